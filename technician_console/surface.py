"""The way from the program's thread to the window's: the newest of everything.

The program calls `show`, `picture`, `pointer` and `close` from any thread; the
window is woken once, takes all there is, and is woken again only after that.
Nothing queues up here, so a slow window shows the newest picture, not a backlog.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy
from numpy.typing import NDArray

from session.messages import PointerAt, PointerImage
from technician_console.view import ViewState

Rectangle: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in pixels of `Picture.pixels`."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture, ready to paint.

    Attributes:
        rows: rows × bytes, contiguous, never written to again; four bytes a pixel (blue, green,
            red, unused), and at the end of each row what the codec needs to pad it.
        columns: pixels in a row. Rows and columns are those of `Surface.size_wanted` at that
            time, or the person's own.
        width: of the person's monitor, in its pixels.
        height: of the person's monitor, in its pixels.
        number: of the frame.
        captured_ms: the person's clock when the frame was captured.
        changed: what differs from the picture before, None when nothing is known.
    """

    rows: NDArray[numpy.uint8] = field(repr=False)
    columns: int
    width: int
    height: int
    number: int
    captured_ms: int
    changed: Rectangle | None = None

    @property
    def pixels(self) -> NDArray[numpy.uint8]:
        """Rows × columns × 4, without a copy."""
        return self.rows.reshape(len(self.rows), -1, 4)[:, : self.columns]


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
        """Paint this picture; one that was not painted yet is replaced."""
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
        """Return what is new, and forget it here."""
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
    """Return the newer picture; what changed in both counts as changed."""
    if older.changed is None or newer.changed is None or older.pixels.shape != newer.pixels.shape:
        return replace(newer, changed=None)
    left, top = min(older.changed[0], newer.changed[0]), min(older.changed[1], newer.changed[1])
    right = max(older.changed[0] + older.changed[2], newer.changed[0] + newer.changed[2])
    bottom = max(older.changed[1] + older.changed[3], newer.changed[1] + newer.changed[3])
    return replace(newer, changed=(left, top, right - left, bottom - top))
