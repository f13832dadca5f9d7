"""What was covered and may show again: the second picture of a monitor, which nobody sees.

A window that is dragged, a menu and a dialog cover what the technician has already.
It is put aside there and then, at its own place, and copied back when it shows again:
PROTOCOL.md, section 6. Here is what the technician's second picture holds.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from agent.capture.blocks import Box, Mask, Words, differing, differing_bands
from agent.capture.monitor import LONGEST, Rect
from agent.capture.rectangles import few, rectangles
from session.picture import Copy

LEAST = 512
"""Pixels of a place that is worth a copy."""

LARGE = 64 * 64
"""Pixels of what is painted anew, a menu's or a window's, for which what it covers is put aside; beside what
moved it may be less."""

SMALL = 1 << 14
GLANCE = 8
"""Each so many rows one shows whether a larger place may be as it was."""

MOST_DIFFERENT = 0.8
"""Share of a place's pixels; where more of them are new, it is painted anew."""

MOST_PARTS = 8
"""Likewise of parts that are new."""

MOST_BACK, MOST_PUT = 40, 16
"""Copies of a frame, which has 64 at most; moves come on top."""

Worthy = Callable[[Rect], bool]


class Keeping(NamedTuple):
    """What may be put aside.

    Attributes:
        seen: tells whether the technician has a place, and well enough.
        rested: tells whether a place has not been painted anew for a while.
    """

    seen: Worthy
    rested: Worthy


class Aside:
    """What the technician has put aside.

    Args:
        width: of the monitor, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        # A copy names places of both pictures, one below the other.
        self.possible = 2 * height <= LONGEST
        self._words: Words | None = None
        self._held: Box | None = None
        self._put: list[tuple[Box, Words]] = []
        self._room = 0

    def forget(self) -> None:
        """It is black again."""
        self._words = self._held = None
        self._put = []

    def begin(self, moved: int) -> None:
        """A frame begins that moves so many pixels; it may copy no more than the picture has."""
        self._room = self._width * self._height - moved

    def put(self, old: Words, place: Box) -> None:
        """Have a place of the picture before be put aside, once the frame is complete and if it has room."""
        if place.area <= self._room and len(self._put) < MOST_PUT:
            self._put.append((place, place.of(old).copy()))

    def back(self, new: Words, places: Sequence[Box]) -> tuple[list[Copy], list[Box]]:
        """Return what of these places shows again, and what of them must be painted then."""
        copies: list[Copy] = []
        left: list[Box] = []
        for place in places:
            rest = self._differing(new, place) if len(copies) < MOST_BACK else None
            if rest is None:
                left.append(place)
            else:
                self._room -= place.area
                copies.append(self._copy(place, back=True))
                left += rest
        return copies, left

    def end(self) -> list[Copy]:
        """The frame is complete: return how what was put aside gets there."""
        copies = []
        for place, words in self._put:
            # What comes back saves bytes now, this perhaps later.
            if place.area > self._room:
                continue
            self._room -= place.area
            if self._words is None:
                self._words = np.zeros((self._height, self._width), np.uint32)
            place.of(self._words)[:] = words
            self._held = place if self._held is None else self._held.united(place)
            copies.append(self._copy(place, back=False))
        self._put = []
        return copies

    def _differing(self, new: Words, place: Box) -> list[Box] | None:
        """Return what of a place is not as it was put aside; None if it is not worth a copy."""
        words, held = self._words, self._held
        if words is None or held is None or not held.meets(place) or not LEAST <= place.area <= self._room:
            return None
        one, other = place.of(new), place.of(words)
        if place.area > SMALL:
            seen = differing(one[::GLANCE], other[::GLANCE])
            if np.count_nonzero(seen) > MOST_DIFFERENT * seen.size:
                return None

            def pixels(box: Box) -> Mask:
                return differing(box.of(one), box.of(other))

            found = rectangles(differing_bands(one, other), len(one), pixels)
        else:
            found = few(differing(one, other))
        if len(found) > MOST_PARTS or sum(part.area for part in found) > MOST_DIFFERENT * place.area:
            return None
        return [part.moved(place.left, place.top) for part in found]

    def _copy(self, place: Box, *, back: bool) -> Copy:
        left, top, right, bottom = place
        below = top + self._height
        target, source = (top, below) if back else (below, top)
        return Copy(left, target, right - left, bottom - top, left, source)
