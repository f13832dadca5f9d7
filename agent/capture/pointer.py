"""Where the person's pointer is and how it looks: the XFixes and XInput extensions.

Everything here belongs to one thread, the pointer's own; `wake` alone may be
called from any thread.
"""

import contextlib
import os
import select
import time
from typing import Protocol

import msgspec
import numpy as np
from Xlib import X
from Xlib.display import Display
from Xlib.ext import randr, xfixes, xinput

from agent.capture.asking import pointer_place
from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, require
from agent.capture.monitor import Roster, find_monitors, watch_monitors
from session.errors import EffectFailed

LOOK_ANYWAY = 1.0
"""Seconds after which the position is asked for without an event: programs can move a pointer silently."""

LARGEST = 256
"""Pixels; a larger image is cut, PROTOCOL.md does not carry it."""


class PointerImage(msgspec.Struct, frozen=True):
    """How the pointer looks: RGBA, four bytes a pixel, not premultiplied."""

    serial: int
    width: int
    height: int
    hot_x: int
    hot_y: int
    rgba: bytes


class PointerChange(msgspec.Struct, frozen=True):
    """What is new; None where nothing is.

    Attributes:
        position: number of the monitor, and x and y in its pixels.
        image: how the pointer looks.
    """

    position: tuple[int, int, int] | None = None
    image: PointerImage | None = None


class Pointer(Protocol):
    """What a platform has to offer so that the person's pointer can be shown."""

    def wait(self, timeout: float) -> PointerChange | None:
        """Wait until the pointer moves or changes its look; None after `timeout` seconds."""
        ...

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        ...

    def close(self) -> None:
        """Let go of the pointer."""
        ...


class X11Pointer:
    """The pointer of an X display, relative to the monitor that it is on.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        roster: knows the monitors' numbers.

    Raises:
        EffectFailed: there is no such display, or it does not tell.
    """

    def __init__(self, name: str | None = None, roster: Roster | None = None) -> None:
        self._roster = roster or Roster()
        self._connection = open_connection(name)
        require(self._connection, xfixes.extname, xinput.extname, randr.extname)
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._root = self._connection.screen().root
        xfixes.query_version(self._connection)
        # The library asks for 2.0, whose raw motion stops while a menu holds the pointer; 2.1 tells all.
        xinput.XIQueryVersion(
            display=self._connection.display,
            opcode=self._connection.display.get_extension_major(xinput.extname),
            major_version=2,
            minor_version=1,
        )
        xfixes.select_cursor_input(self._connection, self._root, xfixes.XFixesDisplayCursorNotifyMask)
        xinput.select_events(self._root, [(xinput.AllMasterDevices, [xinput.RawMotionMask])])
        watch_monitors(self._connection)
        self._monitors = self._roster.numbered(find_monitors(self._connection))
        self._position: tuple[int, int, int] | None = None
        self._serial: int | None = None
        self._image_may_be_new = True

    def wait(self, timeout: float) -> PointerChange | None:
        """Wait until the pointer moves or changes its look; the first call returns both at once.

        Args:
            timeout: seconds.

        Returns:
            What is new; None after the timeout or `wake`.

        Raises:
            EffectFailed: the X server is gone.
        """
        deadline = time.monotonic() + timeout
        try:
            while True:
                change = self._look()
                if change or self._sleep(deadline):
                    return change
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        os.eventfd_write(self._waker, 1)

    def _sleep(self, deadline: float) -> bool:
        """Sleep until an event arrives or a look is due; say whether to wait no longer."""
        if self._connection.pending_events():
            return False
        left = max(0.0, min(deadline - time.monotonic(), LOOK_ANYWAY))
        readable = select.select([self._connection.fileno(), self._waker], [], [], left)[0]
        if self._waker in readable:
            os.eventfd_read(self._waker)
            return True
        # The next wait begins with a look.
        return not readable and time.monotonic() >= deadline

    def _look(self) -> PointerChange | None:
        events = self._connection.extension_event
        for event in pending(self._connection):
            if event.type == events.DisplayCursorNotify[0]:
                self._image_may_be_new = True
            elif event.type in (X.ConfigureNotify, events.ScreenChangeNotify, events.CrtcChangeNotify[0]):
                self._monitors = self._roster.numbered(find_monitors(self._connection))
        _, x, y = pointer_place(self._connection)
        position = self._placed(x, y)
        moved = position != self._position
        self._position = position
        image = self._new_image() if self._image_may_be_new else None
        return PointerChange(position if moved else None, image) if moved or image else None

    def _placed(self, x: int, y: int) -> tuple[int, int, int]:
        """Return the monitor under the pointer, or the first one, and where the pointer is on it."""
        on = next((each for each in self._monitors if each.area.holds(x, y)), None)
        on = on or next(each for each in self._monitors if each.primary)
        return on.number, x - on.area.x, y - on.area.y

    def _new_image(self) -> PointerImage | None:
        self._image_may_be_new = False
        image = pointer_image(self._connection)
        if image.serial == self._serial:
            return None
        self._serial = image.serial
        return image

    def close(self) -> None:
        """Close the connection; to be called by the thread that waits."""
        os.close(self._waker)
        # It may be closed already, from the other end.
        with contextlib.suppress(*CONNECTION_ERRORS):
            self._connection.close()


def pointer_image(connection: Display) -> PointerImage:
    """Ask the X server how the pointer looks now."""
    reply = xfixes.get_cursor_image(connection, connection.screen().root)
    argb = np.array(reply.cursor_image, dtype=np.uint32).reshape(reply.height, reply.width)
    argb = argb[:LARGEST, :LARGEST]
    height, width = argb.shape
    return PointerImage(
        serial=reply.cursor_serial,
        width=width,
        height=height,
        hot_x=min(reply.xhot, width - 1),
        hot_y=min(reply.yhot, height - 1),
        rgba=straight(argb),
    )


def straight(argb: "np.typing.NDArray[np.uint32]") -> bytes:
    """Return RGBA bytes of premultiplied 0xAARRGGBB pixels, with the alpha divided out."""
    alpha = argb >> 24
    # A pixel without alpha has no colour, whatever it is divided by.
    divisor = np.maximum(alpha, 1)
    rgba = np.empty((*argb.shape, 4), dtype=np.uint8)
    for channel, shift in enumerate((16, 8, 0)):
        value = (argb >> shift) & 0xFF
        rgba[..., channel] = np.minimum((value * 255 + divisor // 2) // divisor, 255)
    rgba[..., 3] = alpha
    return rgba.tobytes()
