"""What changed from one picture of the screen to the next: what moved, and what must be painted anew.

Motion is a guess that is made use of before the pictures are compared for good,
so whatever it finds, copies and rectangles together give the new picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.capture.aside import LARGE, LEAST, Aside, Keeping
from agent.capture.blocks import COLOUR, Box, Mask, Move, Words
from agent.capture.comparison import Comparison
from agent.capture.monitor import Changed, Rect, parts
from agent.capture.motion import Motion
from agent.capture.rectangles import few, rectangles
from agent.capture.shared_memory import Pixels
from session.picture import Copy

SMALL = 1 << 14
"""Pixels of a place, a letter's or a clock's, where nothing moves that is worth a copy."""


@dataclass(frozen=True)
class Change:
    """The way from the picture before to the one now.

    Attributes:
        copies: what moved, what is put aside and what comes back from there; all read what was there before,
            later ones cover earlier ones.
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
        self._aside = Aside(width, height)
        self._targets: list[Box] = []
        self._known = False

    def look(self, pixels: Pixels, changed: Changed | None, keeping: Keeping | None = None) -> Change:
        """Compare with the picture looked at before, and remember this one.

        Args:
            pixels: BGRx, height × width × 4; the fourth byte does not count.
            changed: look only there, nothing differs elsewhere; None looks everywhere.
            keeping: what may be put aside; None if nothing may.
        """
        new: Words = pixels.view(np.uint32)[..., 0]
        if not self._known:
            self._known = True
            np.bitwise_and(new, COLOUR, out=self._old)
            return Change((), (self._all,))
        boxes = [_box(area) for area in map(self._all.common, parts(changed or self._all)) if area]
        # Copies read the picture before: only one place is looked at for them, before anything is painted.
        boxes.sort(key=lambda each: each.area, reverse=True)
        moves: Sequence[Move] = ()
        found: list[Box] = []
        keeping = keeping if self._aside.possible else None
        self._aside.begin(0)
        for number, box in enumerate(boxes):
            here: Sequence[Move] = ()
            bands: Mask | None = None
            if number == 0 and box.area > SMALL:
                here, bands = self._motion.find(new, self._old, box)
                moves = here
                self._aside.begin(sum(move.target.area for move in moves))
            found += self._taken(Comparison(new, self._old, box, here), box, bands, keeping)
        back, found = self._aside.back(self._old, found)
        self._targets = [move.target for move in moves]
        copies = (*self._aside.end(), *(_copy(move) for move in moves), *back)
        return Change(copies, tuple(map(_rect, found)))

    def _taken(
        self, comparison: Comparison, box: Box, bands: Mask | None, keeping: Keeping | None
    ) -> list[Box]:
        """Remember what is new in a box, and return where it differs when what moved is copied."""
        height, width = box.bottom - box.top, box.right - box.left
        if box.area > SMALL:
            found = rectangles(comparison.bands(bands), height, comparison.pixels)
        else:
            found = few(comparison.pixels(Box(0, 0, width, height)))
        places = [part.moved(box.left, box.top) for part in found]
        if keeping is not None:
            self._put_aside(comparison.moves, places, keeping)
        comparison.take(places)
        return places

    def _put_aside(self, moves: Sequence[Move], places: Sequence[Box], keeping: Keeping) -> None:
        """Put aside what is covered now: by what moved over it, and by what is large and new."""
        for move in moves:
            # What moved there itself a moment ago is what scrolls, and does not come back.
            for part in _without(move.target, [move.source, *self._targets]):
                if part.area >= LEAST and keeping.seen(_rect(part)):
                    self._aside.put(self._old, part)
        least, sources = (LEAST, [move.source for move in moves]) if moves else (LARGE, [])
        for place in places:
            # What moved away from here is elsewhere now.
            for part in _without(place, sources):
                if part.area >= least and keeping.seen(_rect(part)) and keeping.rested(_rect(part)):
                    self._aside.put(self._old, part)

    @property
    def picture(self) -> Pixels:
        """The remembered picture: BGRx, height × width × 4; whoever gets all changes has just this."""
        height, width = self._old.shape
        return self._old.view(np.uint8).reshape(height, width, 4)

    def forget(self) -> None:
        """Report everything at the next look."""
        self._known = False
        self._aside.forget()


def _without(box: Box, holes: Sequence[Box]) -> Iterator[Box]:
    """Return what of a box lies outside all holes."""
    parts = [box]
    for hole in holes:
        parts = [rest for part in parts for rest in part.without(hole)]
    yield from parts


def _rect(box: Box) -> Rect:
    return Rect(box.left, box.top, box.right - box.left, box.bottom - box.top)


def _box(area: Rect) -> Box:
    return Box(area.x, area.y, area.x + area.width, area.y + area.height)


def _copy(move: Move) -> Copy:
    left, top, right, bottom = move.target
    return Copy(left, top, right - left, bottom - top, move.source.left, move.source.top)
