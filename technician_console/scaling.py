"""A picture in another size, of which only what has changed is made anew.

The picture is cut into cells whose edges lie on whole pixels in both sizes, or within a
sixteenth of one. Each cell is always made from the same pixels, so a picture that was
changed a hundred times is, byte by byte, the one that is made at once.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy

from session.canvas import Pixels, Rectangle

CELL = 192
"""Pixels of a cell's sides, about, in the larger of the two sizes."""

REACH = 3
"""How far the cubic filter looks beyond a cell's edge, at least, in the picture's own pixels."""


AVERAGED_BELOW = 0.66
"""The part of its size from which a picture still can be sampled, without averaging."""


@dataclass(frozen=True)
class Span:
    """A cell along one axis: where it is in the picture, in the other size, and what surrounds it.

    Attributes:
        begin: in the picture; `end` likewise, with what the filter looks at beyond the edges.
        first: in the other size; `last` likewise.
        lead: pixels of the other size that lie before `first` when `begin` is scaled.
        whole: pixels of the other size from `begin` to `end`.
    """

    begin: int
    end: int
    first: int
    last: int
    lead: int
    whole: int


@dataclass(frozen=True)
class Patch:
    """New pixels of one cell."""

    place: Rectangle
    pixels: Pixels


class Scaling:
    """From one size to another.

    Args:
        source: width and height of the picture.
        target: width and height that are wanted.
    """

    def __init__(self, source: tuple[int, int], target: tuple[int, int]) -> None:
        self.source, self.target = source, target
        self.pixels: Pixels = numpy.zeros((target[1], target[0], 4), numpy.uint8)
        """BGRx, changed in place by `place`."""
        # Averaging keeps thin strokes of text when many pixels have to go. Close to the picture's own
        # size the cubic filter keeps them as well, and takes a tenth of the time.
        self._averages = min(target[0] / source[0], target[1] / source[1]) < AVERAGED_BELOW

    @cached_property
    def _columns(self) -> list[Span]:
        return spans(self.source[0], self.target[0], 0 if self._averages else REACH)

    @cached_property
    def _rows(self) -> list[Span]:
        return spans(self.source[1], self.target[1], 0 if self._averages else REACH)

    def make(self, pixels: Pixels, changed: Sequence[Rectangle]) -> list[Patch]:
        """Scale the cells that hold what has changed; the picture in the other size stays as it is."""
        return [
            Patch((across.first, down.first, across.last - across.first, down.last - down.first), made)
            for down, across in self._touched(changed)
            for made in [self._scaled(pixels, across, down)]
        ]

    def place(self, patches: Iterable[Patch]) -> list[Rectangle]:
        """Put patches into the picture, and tell where."""
        places = []
        for patch in patches:
            x, y, width, height = patch.place
            target = self.pixels[y : y + height, x : x + width]
            if self._averages:
                cv2.cvtColor(patch.pixels, cv2.COLOR_BGR2BGRA, dst=target)
            else:
                target[:] = patch.pixels
            places.append(patch.place)
        return places

    def _touched(self, changed: Sequence[Rectangle]) -> list[tuple[Span, Span]]:
        # A dictionary keeps the order: rows from the top, as they are painted.
        cells = {
            (row, column): None
            for x, y, width, height in changed
            for row, down in enumerate(self._rows)
            if down.begin < y + height and y < down.end
            for column, across in enumerate(self._columns)
            if across.begin < x + width and x < across.end
        }
        return [(self._rows[row], self._columns[column]) for row, column in sorted(cells)]

    def _scaled(self, pixels: Pixels, across: Span, down: Span) -> Pixels:
        source = pixels[down.begin : down.end, across.begin : across.end]
        size = (across.whole, down.whole)
        if self._averages:
            # OpenCV averages three channels three times as fast as four.
            made = cv2.resize(cv2.cvtColor(source, cv2.COLOR_BGRA2BGR), size, interpolation=cv2.INTER_AREA)
        else:
            made = cv2.resize(source, size, interpolation=cv2.INTER_CUBIC)
        height, width = down.last - down.first, across.last - across.first
        return numpy.asarray(
            made[down.lead : down.lead + height, across.lead : across.lead + width], numpy.uint8
        )


def spans(source: int, target: int, reach: int) -> list[Span]:
    """Cut one axis into cells.

    Args:
        source: its length in the picture.
        target: its length in the other size.
        reach: how far the filter looks beyond a cell's edge.
    """
    edges = [(0, 0)]
    # Where one pixel becomes hundreds, a cell still has one of its own.
    step = max(2, round(CELL * target / max(source, target)), 2 * math.ceil(target / source))
    while target - edges[-1][1] > 2 * step:
        wanted = edges[-1][1] + step
        near = range(wanted - step // 4, wanted + step // 4 + 1)
        first = min(near, key=lambda at: (_off(at * source / target), abs(at - wanted)))
        edges.append((round(first * source / target), first))
    edges.append((source, target))
    margin = min(range(reach, reach + 16), key=lambda at: (round(16 * _off(at * target / source)), at))
    return [_span(begin, end, margin if reach else 0, source, target) for begin, end in pairwise(edges)]


def _span(begin: tuple[int, int], end: tuple[int, int], margin: int, source: int, target: int) -> Span:
    scale = target / source
    before, after = min(margin, begin[0]), min(margin, source - end[0])
    lead, trail = round(before * scale), round(after * scale)
    whole = lead + end[1] - begin[1] + trail
    return Span(begin[0] - before, end[0] + after, begin[1], end[1], lead, whole)


def _off(position: float) -> float:
    """How far a position is from a whole pixel."""
    return abs(position - round(position))
