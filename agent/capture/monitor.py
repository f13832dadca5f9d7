"""Where the monitors lie on the desktop, by RandR, and the numbers that they have in a session."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple, Protocol, TypeAlias

import msgspec
from Xlib import X
from Xlib.display import Display
from Xlib.ext import randr

from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, require
from session.errors import EffectFailed
from session.messages import MONITORS_LIMIT

MONITORS_SINCE = (1, 5)
"""RandR version that knows monitors; before, the whole desktop counts as one."""

SHORTEST, LONGEST = 16, 16384
"""Pixels of a side: what a frame can carry."""

MOST_PIXELS = 1 << 25


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

    def holds(self, x: int, y: int) -> bool:
        """Tell whether a pixel lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Monitor(msgspec.Struct, frozen=True):
    """A monitor: its number in this session, its place on the desktop, and whether it is the first one."""

    number: int
    area: Rect
    primary: bool


class Found(NamedTuple):
    """A monitor as the X server tells it; `name` is an atom, the same on every connection."""

    name: int
    area: Rect
    primary: bool


class Roster:
    """Gives each monitor a number and keeps it, also if it goes and comes again; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[int, int] = {}

    def numbered(self, found: Sequence[Found]) -> tuple[Monitor, ...]:
        """Return these monitors in the order of their numbers."""
        with self._lock:
            here = {each.name for each in found}
            for each in found:
                if each.name not in self._numbers:
                    self._numbers[each.name] = self._free(here)
            monitors = [Monitor(self._numbers[each.name], each.area, each.primary) for each in found]
        return tuple(sorted(monitors, key=lambda monitor: monitor.number))

    def _free(self, here: set[int]) -> int:
        """Return a number that nobody had; when there is none left, one whose monitor is not here."""
        used = set(self._numbers.values())
        for number in range(MONITORS_LIMIT):
            if number not in used:
                return number
        gone = next(name for name in self._numbers if name not in here)
        return self._numbers.pop(gone)


def find_monitors(connection: Display) -> list[Found]:
    """Return the monitors that a picture can be made of, the primary one first; at least one.

    Raises:
        EffectFailed: there is none.
    """
    root = connection.screen().root
    geometry = root.get_geometry()
    desktop = Rect(0, 0, geometry.width, geometry.height)
    version = randr.query_version(connection)
    found: list[Found] = []
    if (version.major_version, version.minor_version) >= MONITORS_SINCE:
        for each in randr.get_monitors(root).monitors:
            # What reaches beyond the desktop cannot be read.
            area = Rect(each.x, each.y, each.width_in_pixels, each.height_in_pixels).common(desktop)
            if area is not None:
                found.append(Found(each.name, area, bool(each.primary)))
    fit = [each for each in found if _fits(each.area)]
    if not fit and _fits(desktop):
        # An old server, or one whose monitors are all switched off for a moment.
        fit = [Found(0, desktop, True)]
    if not fit:
        raise EffectFailed("no monitor has a size that can be shown")
    fit.sort(key=lambda each: (not each.primary, each.area.x, each.area.y))
    # Somebody is always the first, or nothing would be shown before it is asked for.
    return [each._replace(primary=place == 0) for place, each in enumerate(fit[:MONITORS_LIMIT])]


def _fits(area: Rect) -> bool:
    sides = (area.width, area.height)
    return all(SHORTEST <= side <= LONGEST for side in sides) and area.width * area.height <= MOST_PIXELS


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
    return find_monitors(connection)[0].area


def watch_monitors(connection: Display) -> None:
    """Have the server tell this connection when the desktop's size or the monitors change."""
    root = connection.screen().root
    randr.select_input(root, randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask)
    # Of monitors that are not made of outputs the server tells in the core protocol's way alone.
    root.change_attributes(event_mask=X.StructureNotifyMask)


class MonitorWatch(Protocol):
    """What a platform has to offer so that monitors can come and go."""

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        """All monitors, in the order of their numbers; changes only inside `wait`."""
        ...

    def wait(self, timeout: float) -> None:
        """Wait until the monitors change, for `timeout` seconds, or until `wake`."""
        ...

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        ...

    def close(self) -> None:
        """Let go of the monitors."""
        ...


class X11Monitors:
    """The monitors of an X display; its connection belongs to the thread that waits.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        roster: knows their numbers.

    Raises:
        EffectFailed: there is no such display, or it has no monitors.
    """

    def __init__(self, name: str | None, roster: Roster) -> None:
        self._roster = roster
        self._connection = open_connection(name)
        require(self._connection, randr.extname)
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        watch_monitors(self._connection)
        self.monitors = roster.numbered(find_monitors(self._connection))
        """All monitors, in the order of their numbers."""

    def wait(self, timeout: float) -> None:
        """Wait until the monitors change, for `timeout` seconds, or until `wake`.

        Raises:
            EffectFailed: the X server is gone.
        """
        try:
            self._wait(time.monotonic() + timeout)
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error

    def _wait(self, deadline: float) -> None:
        while True:
            if pending(self._connection):
                before = self.monitors
                self.monitors = self._roster.numbered(find_monitors(self._connection))
                if self.monitors != before:
                    return
            left = deadline - time.monotonic()
            # Events may be queued already, where `select` does not see them.
            if self._connection.pending_events():
                continue
            readable = select.select([self._connection.fileno(), self._waker], [], [], max(left, 0.0))[0]
            if self._waker in readable:
                os.eventfd_read(self._waker)
                return
            if not readable:
                return

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        os.eventfd_write(self._waker, 1)

    def close(self) -> None:
        """Close the connection; to be called by the thread that waits."""
        os.close(self._waker)
        # It may be closed already, from the other end.
        with contextlib.suppress(*CONNECTION_ERRORS):
            self._connection.close()
