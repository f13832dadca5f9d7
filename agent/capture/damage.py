"""Which places of the desktop changed: the DAMAGE, XFixes and RandR extensions.

The connection belongs to the thread that waits. `wake` alone may be called
from any thread.
"""

import contextlib
import os
import select
import time
from collections.abc import Callable, Iterable, Sequence

from Xlib.display import Display
from Xlib.ext import damage, randr, xfixes
from Xlib.protocol import rq

from agent.capture.asking import notice_only
from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, queued, require
from agent.capture.monitor import Changed, Rect, around, primary_monitor, watch_monitors
from agent.capture.region import Region
from session.errors import EffectFailed

MOST_PLACES = 8
"""More places at once are one large one."""

WASTE = 4
"""One rectangle around all places counts for them, unless it is so many times as large as they are."""

NEAR = 64 * 64
"""Two places become one if no more pixels than this come on top."""


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
        require(self._connection, damage.extname, randr.extname, xfixes.extname)
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        root = self._connection.screen().root
        # It comes with every picture, and nothing of it is wanted but that it came.
        notice_only(self._connection, self._connection.extension_event.DamageNotify)
        damage.query_version(self._connection)
        watch_monitors(self._connection)
        found = find(self._connection)
        self.monitor = found or primary_monitor(self._connection)
        """Where the monitor lies on the desktop."""
        self.gone = found is None
        """Whether it is there no longer; `monitor` then says nothing."""
        self._region = Region(self._connection)
        # It says only that there is something: one event, however much is drawn until we look.
        self._damage = damage.damage_create(root, damage.DamageReportNonEmpty)
        self._connection.sync()

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        os.eventfd_write(self._waker, 1)

    def wait(self, timeout: float) -> Changed | None:
        """Wait for a change of the monitor's picture.

        What is drawn after this returns is reported by the next call, so a grab
        that follows misses nothing. When the monitor itself changed, `monitor`
        is new and all of it counts as changed.

        Args:
            timeout: seconds.

        Returns:
            What changed, relative to the monitor; None after the timeout or `wake`.

        Raises:
            EffectFailed: the X server is gone.
        """
        try:
            return self._wait(time.monotonic() + timeout)
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error

    def _wait(self, deadline: float) -> Changed | None:
        while True:
            # Events may have been read already, where `select` does not see them.
            events = queued(self._connection)
            if not events:
                left = max(deadline - time.monotonic(), 0.0)
                readable = select.select([self._connection.fileno(), self._waker], [], [], left)[0]
                if not readable:
                    # What comes from here on is left for the next call, which sees it in `select`.
                    return None
                events = pending(self._connection)
                if self._waker in readable:
                    os.eventfd_read(self._waker)
                    return self._changed(events)
            changed = self._changed(events)
            if changed is not None:
                return changed

    def _changed(self, events: Iterable[rq.Event]) -> Changed | None:
        """Take what the server has reported so far."""
        drawn = resized = False
        for event in events:
            if event.type == self._connection.extension_event.DamageNotify:
                drawn = True
            else:
                resized = True
        rects: tuple[Rect, ...] = ()
        if drawn:
            # The picture is grabbed over another connection: the server must have seen this one
            # first, or it forgets what is drawn in between. The answer shows that it has.
            rects = self._region.take(self._damage)
        if resized and self.look_again():
            return Rect(0, 0, self.monitor.width, self.monitor.height)
        visible = [part for part in (rect.common(self.monitor) for rect in rects) if part]
        return places([part.moved(-self.monitor.x, -self.monitor.y) for part in visible])

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


def places(rects: Sequence[Rect]) -> Changed | None:
    """Return few disjoint places that hold all of these; one if that is not much larger."""
    if not rects:
        return None
    bounds = around(rects)
    drawn = sum(rect.area for rect in rects)
    if bounds.area <= max(WASTE * drawn, NEAR):
        return bounds
    found: list[Rect] = []
    for rect in rects:
        place, others = rect, found
        while True:
            near = [other for other in others if _belong(place, other)]
            if not near:
                break
            others = [other for other in others if other not in near]
            place = around([place, *near])
        found = [*others, place]
    return bounds if len(found) > MOST_PLACES else tuple(found) if len(found) > 1 else found[0]


def _belong(one: Rect, other: Rect) -> bool:
    """Tell whether two places overlap, or are so near that one is as good."""
    return one.common(other) is not None or one.united(other).area <= one.area + other.area + NEAR
