"""Which part of the desktop the session shows: the primary monitor, by RandR."""

from collections.abc import Iterable
from functools import reduce
from typing import TypeAlias

import msgspec
from Xlib.display import Display
from Xlib.ext import randr

MONITORS_SINCE = (1, 5)
"""RandR version that knows monitors; before, the whole desktop counts as one."""


class Rect(msgspec.Struct, frozen=True):
    """An area in pixels; `x` and `y` are its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    def united(self, other: "Rect") -> "Rect":
        """Return the smallest area that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Rect(x, y, right - x, bottom - y)

    def common(self, other: "Rect") -> "Rect | None":
        """Return the area that lies in both, if there is one."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Rect(x, y, right - x, bottom - y) if right > x and bottom > y else None

    def moved(self, dx: int, dy: int) -> "Rect":
        """Return the same area elsewhere."""
        return Rect(self.x + dx, self.y + dy, self.width, self.height)


Changed: TypeAlias = Rect | tuple[Rect, ...]
"""Where something changed: one place, or several that do not overlap and lie far apart."""


def around(rects: Iterable[Rect]) -> Rect:
    """Return the smallest area that holds all of these, which are one at least."""
    return reduce(Rect.united, rects)


def parts(changed: Changed) -> tuple[Rect, ...]:
    """Return the places, also if it is one."""
    return (changed,) if isinstance(changed, Rect) else changed


def primary_monitor(connection: Display) -> Rect:
    """Return where the primary monitor lies on the desktop (the first one if none is named primary)."""
    root = connection.screen().root
    version = randr.query_version(connection)
    if (version.major_version, version.minor_version) >= MONITORS_SINCE:
        monitors = randr.get_monitors(root).monitors
        for monitor in sorted(monitors, key=lambda each: not each.primary):
            return Rect(monitor.x, monitor.y, monitor.width_in_pixels, monitor.height_in_pixels)
    desktop = root.get_geometry()
    return Rect(0, 0, desktop.width, desktop.height)


def watch_monitors(connection: Display) -> None:
    """Have the server tell this connection when the desktop's size or the monitors change."""
    randr.select_input(
        connection.screen().root, randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask
    )
