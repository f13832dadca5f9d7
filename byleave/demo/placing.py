"""The user's own display: how much of it is free, and how windows are put where they belong.

As a pager does it, by Extended Window Manager Hints 1.5: the window manager is
asked, and may refuse.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.ext import randr
from Xlib.protocol.event import ClientMessage

from byleave.demo.layout import Rectangle

NORTH_WEST = 1
"""Gravity: the place is that of the frame's upper left corner, the size that of what is in it."""

FROM_PAGER, STATE_REMOVE = 2, 0
WITH_PLACE, WITH_SIZE = 0b0011, 0b1100
APPEARING_SECONDS = 20.0
SETTLING_SECONDS = 1.0
LOOK_SECONDS = 0.1


class PlacingError(Exception):
    """The display cannot be reached."""


class UserDisplay:
    """A connection to the display that `DISPLAY` names; not for several threads at once.

    Args:
        name: such as `:0`.

    Raises:
        PlacingError: there is no such display, or it does not let us in.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._display = Display(name)
        except (DisplayError, ConnectionClosedError, OSError) as error:
            raise PlacingError(f"the display {name} cannot be used: {error}") from error
        self._root = self._display.screen().root

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.close()

    def area(self) -> Rectangle:
        """Return the part of the first monitor that no panel covers."""
        screen = self._display.screen()
        area = Rectangle(0, 0, screen.width_in_pixels, screen.height_in_pixels)
        if self._display.has_extension("RANDR"):
            monitors = randr.get_monitors(self._root).monitors
            first = next((one for one in monitors if one.primary), next(iter(monitors), None))
            if first is not None:
                area = Rectangle(first.x, first.y, first.width_in_pixels, first.height_in_pixels)
        free = self._numbers(self._root, "_NET_WORKAREA")[:4]
        both = area.common(Rectangle(*free)) if len(free) == 4 else area
        return both if both.pixels else area

    def place(self, pid: int, rectangle: Rectangle, *, resize: bool, going: Callable[[], bool]) -> bool:
        """Put a program's window somewhere, once it shows; tell whether it has shown.

        Args:
            pid: of the program.
            rectangle: where the window goes with its frame.
            resize: whether it takes the size, too, or only the place.
            going: whether the program still runs.
        """
        deadline = time.monotonic() + APPEARING_SECONDS
        while going() and time.monotonic() < deadline:
            window = self._window(pid)
            if window is not None:
                self._ask(window, rectangle, resize=resize)
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def _window(self, pid: int) -> Any | None:
        for number in self._numbers(self._root, "_NET_CLIENT_LIST"):
            window = self._display.create_resource_object("window", number)
            try:
                if pid in self._numbers(window, "_NET_WM_PID"):
                    return window
            except XError:
                # It has gone meanwhile.
                continue
        return None

    def _ask(self, window: Any, rectangle: Rectangle, *, resize: bool) -> None:
        """Ask for the place, and again if the frame changes meanwhile: a maximized window has another one."""
        what = NORTH_WEST | (WITH_PLACE | (WITH_SIZE if resize else 0)) << 8 | FROM_PAGER << 12
        ways = [self._display.intern_atom(f"_NET_WM_STATE_MAXIMIZED_{way}") for way in ("VERT", "HORZ")]
        self._send(window, "_NET_WM_STATE", [STATE_REMOVE, *ways, FROM_PAGER, 0])
        asked: list[int] | None = None
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            try:
                extents = self._numbers(window, "_NET_FRAME_EXTENTS")
            except XError:
                return
            if extents != asked:
                left, right, top, bottom = extents if len(extents) == 4 else (0, 0, 0, 0)
                size = [rectangle.width - left - right, rectangle.height - top - bottom]
                self._send(window, "_NET_MOVERESIZE_WINDOW", [what, rectangle.x, rectangle.y, *size])
                asked = extents
            time.sleep(LOOK_SECONDS)

    def _send(self, window: Any, name: str, numbers: list[int]) -> None:
        message = ClientMessage(
            window=window, client_type=self._display.intern_atom(name), data=(32, numbers)
        )
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()

    def _numbers(self, window: Any, name: str) -> list[int]:
        value = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return [int(number) for number in value.value] if value is not None else []
