"""The way from the program's thread to the window's: the newest of everything.

The program calls `show`, `picture`, `pointer` and `close` from any thread; the
window is woken once, takes all there is, and is woken again only after that.
Nothing queues up here, so a slow window shows the newest picture, not a backlog.

Pixels are not handed over, they are shared: the decoder's thread writes into the very
memory that the window paints from. Who writes or reads them holds `Surface.painting`, and
the decoder publishes a picture before it lets go; so what the window paints is always one
whole picture. Moving pixels takes a fraction of a millisecond, and neither thread does
anything else meanwhile (`benchmarks/bench_console_paint.py`).
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy
from numpy.typing import NDArray

from session.messages import PointerAt, PointerImage
from technician_console.view import ViewState

Rectangle: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in pixels of `Picture.pixels`."""

RECTANGLES_MAXIMUM = 16
WORTH = 0.6
"""Rectangles that fill so much of what surrounds them all are painted as one."""


@dataclass(frozen=True)
class Part:
    """One of the person's monitors in a picture: its number and its place, in the person's pixels."""

    number: int
    x: int
    y: int
    width: int
    height: int

    def distance(self, x: int, y: int) -> int:
        """Return how far a pixel is from this monitor, 0 on it."""
        across = max(self.x - x, 0, x - (self.x + self.width - 1))
        return across + max(self.y - y, 0, y - (self.y + self.height - 1))

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Return the monitor's number, and the nearest of its own pixels."""
        inside = max(0, min(self.width - 1, x - self.x)), max(0, min(self.height - 1, y - self.y))
        return self.number, *inside


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, ready to paint.

    Attributes:
        pixels: rows × columns × 4 (blue, green, red, unused), contiguous; shared, see above. Rows
            and columns are those of `Surface.size_wanted` at that time, or the person's own.
        width: of the person's monitor, or of all that are shown, in their pixels.
        height: likewise.
        number: of the frame.
        captured_ms: the person's clock when the frame was captured.
        changed: what may differ from the picture before; a picture with other `pixels` differs everywhere.
        parts: the monitors in it; a picture without any is the first monitor's.
    """

    pixels: NDArray[numpy.uint8] = field(repr=False)
    width: int
    height: int
    number: int
    captured_ms: int
    changed: tuple[Rectangle, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def monitors(self) -> tuple[Part, ...]:
        """The monitors in it."""
        return self.parts or (Part(0, 0, 0, self.width, self.height),)

    def monitor_at(self, x: int, y: int, *, clamped: bool = False) -> tuple[int, int, int] | None:
        """Return the monitor under a pixel, and which of its own pixels that is.

        Args:
            x: column of the picture, in the person's pixels.
            y: row, likewise.
            clamped: between the monitors take the nearest one; else there is none.
        """
        nearest = min(self.monitors, key=lambda part: part.distance(x, y))
        return nearest.pixel(x, y) if clamped or not nearest.distance(x, y) else None


@dataclass
class Taken:
    """All that is new since the last time; None where nothing is."""

    state: ViewState | None = None
    picture: Picture | None = None
    pointer_at: PointerAt | None = None
    pointer_image: PointerImage | None = None
    closed: bool = False


class Surface:
    """One slot for each kind of thing to show; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.painting = threading.RLock()
        """Held by whoever writes or reads the pixels of a picture; taken before any other lock."""
        self._new = Taken()
        self._woken = False
        self._wake: Callable[[], None] | None = None
        self._resized: Callable[[], None] | None = None
        self._size: tuple[int, int] | None = None

    # from the program

    def show(self, state: ViewState) -> None:
        """Show this from now on."""
        with self._lock:
            self._new.state = state
        self._call()

    def picture(self, picture: Picture) -> None:
        """Paint this picture; one that was not painted yet is replaced. Called while `painting` is held."""
        with self._lock:
            older = self._new.picture
            self._new.picture = picture if older is None else _together(older, picture)
        self._call()

    def pointer(self, message: PointerAt | PointerImage) -> None:
        """Show where the person's pointer is, or how it looks."""
        with self._lock:
            if isinstance(message, PointerAt):
                self._new.pointer_at = message
            else:
                self._new.pointer_image = message
        self._call()

    def close(self) -> None:
        """Close the window; `windows.application.run` then returns."""
        with self._lock:
            self._new.closed = True
        self._call()

    @property
    def size_wanted(self) -> tuple[int, int] | None:
        """Width and height that pictures should have to be painted as they are; None: the person's own."""
        with self._lock:
            return self._size

    def on_resize(self, resized: Callable[[], None] | None) -> None:
        """Call this whenever `size_wanted` has changed."""
        with self._lock:
            self._resized = resized

    # from the window

    def take(self) -> Taken:
        """Return what is new, and forget it here; a picture is that one only while `painting` is held."""
        with self._lock:
            taken, self._new = self._new, Taken(closed=self._new.closed)
            self._woken = False
            return taken

    def on_wake(self, wake: Callable[[], None] | None) -> None:
        """Call this once when there is something to take, at once when there is already."""
        with self._lock:
            self._wake = wake
            self._woken = False
        self._call()

    def want_size(self, size: tuple[int, int] | None) -> None:
        """Say what size pictures should have from now on."""
        with self._lock:
            if size == self._size:
                return
            self._size, resized = size, self._resized
        if resized is not None:
            resized()

    def _call(self) -> None:
        with self._lock:
            if self._woken or self._wake is None or self._new == Taken():
                return
            self._woken = True
            wake = self._wake
        wake()


def _together(older: Picture, newer: Picture) -> Picture:
    """Return the newer picture; what changed in either counts as changed."""
    if older.pixels is not newer.pixels:
        return newer
    return replace(newer, changed=few((*older.changed, *newer.changed)))


def few(rectangles: Iterable[Rectangle]) -> tuple[Rectangle, ...]:
    """Return few rectangles that hold all of these: the one around them if that is hardly larger."""
    every = tuple(dict.fromkeys(rectangles))
    if len(every) < 2:
        return every
    left, top = min(each[0] for each in every), min(each[1] for each in every)
    right, bottom = max(each[0] + each[2] for each in every), max(each[1] + each[3] for each in every)
    around = (left, top, right - left, bottom - top)
    area = sum(width * height for _, _, width, height in every)
    return (around,) if len(every) > RECTANGLES_MAXIMUM or area >= WORTH * around[2] * around[3] else every
