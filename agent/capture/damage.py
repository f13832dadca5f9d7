"""Which part of the desktop changed: the DAMAGE and RandR extensions.

The connection belongs to the thread that waits. `wake` alone may be called
from any thread.
"""

import contextlib
import os
import select
import time
from collections.abc import Callable

from Xlib.display import Display
from Xlib.ext import damage, randr

from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, require
from agent.capture.monitor import Rect, primary_monitor, watch_monitors
from session.errors import EffectFailed


class DamageWatch:
    """Waits until something is drawn on a monitor.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        find: tells where the monitor lies; None when it is gone.

    Raises:
        EffectFailed: there is no such display, or it cannot report changes.
    """

    def __init__(self, name: str | None, find: Callable[[Display], Rect | None] = primary_monitor) -> None:
        self._find = find
        self._connection = open_connection(name)
        require(self._connection, damage.extname, randr.extname)
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        root = self._connection.screen().root
        damage.query_version(self._connection)
        watch_monitors(self._connection)
        found = find(self._connection)
        self.monitor = found or primary_monitor(self._connection)
        """Where the monitor lies on the desktop."""
        self.gone = found is None
        """Whether it is there no longer; `monitor` then says nothing."""
        # `NonEmpty` would report the whole screen each time, `RawRectangles` each single letter.
        self._damage = damage.damage_create(root, damage.DamageReportBoundingBox)
        self._connection.sync()

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        os.eventfd_write(self._waker, 1)

    def wait(self, timeout: float) -> Rect | None:
        """Wait for a change of the monitor's picture.

        What is drawn after this returns is reported by the next call, so a grab
        that follows misses nothing. When the monitor itself changed, `monitor`
        is new and all of it counts as changed.

        Args:
            timeout: seconds.

        Returns:
            The changed area relative to the monitor; None after the timeout or `wake`.

        Raises:
            EffectFailed: the X server is gone.
        """
        try:
            return self._wait(time.monotonic() + timeout)
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error

    def _wait(self, deadline: float) -> Rect | None:
        while True:
            # Events may be queued already, where `select` does not see them.
            while self._connection.pending_events():
                changed = self._changed()
                if changed is not None:
                    return changed
            left = deadline - time.monotonic()
            readable = select.select([self._connection.fileno(), self._waker], [], [], max(left, 0.0))[0]
            if self._waker in readable:
                os.eventfd_read(self._waker)
                return self._changed()
            if not readable:
                return None

    def _changed(self) -> Rect | None:
        """Take what the server has reported so far."""
        drawn: Rect | None = None
        resized = False
        for event in pending(self._connection):
            if event.type == self._connection.extension_event.DamageNotify:
                area = event.area
                rect = Rect(area.x, area.y, area.width, area.height)
                drawn = drawn.united(rect) if drawn else rect
            else:
                resized = True
        if drawn is not None:
            damage.damage_subtract(self._connection, self._damage)
            # The picture is grabbed over another connection: the server must have
            # seen this one first, or it forgets what is drawn in between.
            self._connection.sync()
        if resized and self.look_again():
            return Rect(0, 0, self.monitor.width, self.monitor.height)
        visible = drawn.common(self.monitor) if drawn else None
        return visible.moved(-self.monitor.x, -self.monitor.y) if visible else None

    def look_again(self) -> bool:
        """Find out where the monitor lies now; say whether that is new.

        Raises:
            EffectFailed: the X server is gone.
        """
        before = self.monitor
        try:
            found = self._find(self._connection)
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error
        self.gone = found is None
        self.monitor = found or before
        return self.gone or self.monitor != before

    def close(self) -> None:
        """Close the connection; to be called by the thread that waits."""
        os.close(self._waker)
        # It may be closed already, from the other end.
        with contextlib.suppress(*CONNECTION_ERRORS):
            self._connection.close()
