"""What changed from one picture of the screen to the next: what moved, and what must be painted anew.

Motion is a guess that is made use of before the pictures are compared for good,
so whatever it finds, copies and rectangles together give the new picture.
"""

from dataclasses import dataclass

import numpy as np

from agent.capture.blocks import BAND, COLOUR, Box, Mask, Words, differing_bands
from agent.capture.monitor import Changed, Rect, parts
from agent.capture.motion import Motion, Move
from agent.capture.rectangles import few, rectangles
from agent.capture.shared_memory import Pixels
from session.picture import Copy

_STRIP = 64

SMALL = 1 << 14
"""Pixels of a place, a letter's or a clock's, where nothing moves that is worth a copy."""


@dataclass(frozen=True)
class Change:
    """The way from the picture before to the one now.

    Attributes:
        copies: what moved; all read the picture before, later ones cover earlier ones.
        rects: what must be painted anew then: disjoint, no larger than what differs.
    """

    copies: tuple[Copy, ...]
    rects: tuple[Rect, ...]


class Differ:
    """Remembers one picture and says how the next one differs.

    Args:
        width: of the pictures, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._old: Words = np.zeros((height, width), np.uint32)
        self._all = Rect(0, 0, width, height)
        self._motion = Motion(width, height)
        self._known = False

    def look(self, pixels: Pixels, changed: Changed | None) -> Change:
        """Compare with the picture looked at before, and remember this one.

        Args:
            pixels: BGRx, height × width × 4; the fourth byte does not count.
            changed: look only there, nothing differs elsewhere; None looks everywhere.
        """
        new: Words = pixels.view(np.uint32)[..., 0]
        if not self._known:
            self._known = True
            np.bitwise_and(new, COLOUR, out=self._old)
            return Change((), (self._all,))
        boxes = [_box(area) for area in map(self._all.common, parts(changed or self._all)) if area]
        if not boxes:
            return Change((), ())
        # Copies read the picture before: only one place is looked at for them, before anything is painted.
        boxes.sort(key=lambda each: each.area, reverse=True)
        moves: list[Move] = []
        rects: list[Rect] = []
        if boxes[0].area > SMALL:
            box = boxes.pop(0)
            bands = differing_bands(box.of(new), box.of(self._old))
            moves, bands = self._motion.find(new, self._old, box, bands)
            if moves:
                self._apply(moves)
                self._look_again(new, box, bands, moves)
            rects = self._taken(new, box, bands)
        for box in boxes:
            large = box.area > SMALL
            rects += self._taken(new, box, differing_bands(box.of(new), box.of(self._old)) if large else None)
        return Change(tuple(_copy(move) for move in moves), tuple(rects))

    def _taken(self, new: Words, box: Box, bands: Mask | None) -> list[Rect]:
        """Remember what differs in a box, and return where that is."""
        one, other = box.of(new), box.of(self._old)
        rects = []
        for part in few(one, other) if bands is None else rectangles(bands, one, other):
            place = part.moved(box.left, box.top)
            np.bitwise_and(place.of(new), COLOUR, out=place.of(self._old))
            rects.append(Rect(place.left, place.top, place.right - place.left, place.bottom - place.top))
        return rects

    @property
    def picture(self) -> Pixels:
        """The remembered picture: BGRx, height × width × 4; whoever gets all changes has just this."""
        height, width = self._old.shape
        return self._old.view(np.uint8).reshape(height, width, 4)

    def forget(self) -> None:
        """Report everything at the next look."""
        self._known = False

    def _look_again(self, new: Words, box: Box, bands: Mask, moves: list[Move]) -> None:
        """Compare the bands that the edges of what moved part."""
        for edge in {edge for move in moves for edge in (move.target.top, move.target.bottom)}:
            band, inside = divmod(edge - box.top, BAND)
            if inside:
                top = box.top + band * BAND
                rows = Box(box.left, top, box.right, min(top + BAND, box.bottom))
                bands[band] = differing_bands(rows.of(new), rows.of(self._old))[0]

    def _apply(self, moves: list[Move]) -> None:
        """Change the remembered picture as whoever receives the copies will."""
        if len(moves) == 1:
            _shift(self._old, moves[0])
            return
        sources = [move.source.of(self._old).copy() for move in moves]
        for move, source in zip(moves, sources, strict=True):
            move.target.of(self._old)[:] = source


def _box(area: Rect) -> Box:
    return Box(area.x, area.y, area.x + area.width, area.y + area.height)


def _shift(picture: Words, move: Move) -> None:
    """Copy within a picture, in strips; those first whose place nobody reads any more."""
    (left, top, right, bottom), (dx, dy) = move.target, move.vector
    strips = range(top, bottom, _STRIP)
    scratch = np.empty((_STRIP, right - left), np.uint32)
    for first in reversed(strips) if dy > 0 else strips:
        strip = Box(left, first, right, min(first + _STRIP, bottom))
        held = scratch[: strip.bottom - first]
        held[:] = strip.moved(-dx, -dy).of(picture)
        strip.of(picture)[:] = held


def _copy(move: Move) -> Copy:
    left, top, right, bottom = move.target
    return Copy(left, top, right - left, bottom - top, move.source.left, move.source.top)
