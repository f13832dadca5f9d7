"""What moved from one picture to the next: scrolling, dragged windows.

Needles vote for a vector; what it explains is then compared in full, and the
rectangle that saves the most is chosen. What goes on as before needs no search.
A wrong guess costs time and saves nothing; it never makes a wrong picture, since
what a copy leaves different is painted.
"""

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.capture.blocks import BAND, Box, Mask, Move, Vector, Words, differing, differing_bands
from agent.capture.comparison import Comparison
from agent.capture.needles import AMBIGUOUS, LENGTH, Needles, fitting, origins, take_needles

COPIES_LIMIT = 4
LARGE = 96 * 96
"""Pixels that must have changed to look for motion at all."""
WORTH = 64 * 64
"""Pixels that a copy must save."""
SHARE = 16
"""One in so many of the changed pixels must be saved by a copy."""
LEFT = 24
"""One in so many of the changed pixels must be left to look for more of the same motion: beside a banner."""
VOTES = 4
REST = 4
"""Pictures at most for which a place where nothing moved is not looked at again."""
STEADY = 30
"""Pictures at most for which what moved is taken to go on; then it is searched for anew."""
MOST_LEFT = 0.5
"""Share of the changed pixels; where more is left to be painted, it is searched for anew at once."""
SLACK = 0.01
"""Share of the changed pixels that may be left besides."""
GLANCE = 16
"""Each so many rows one shows whether it does."""

_PACKED = 32


class _Steady(NamedTuple):
    """What moved in a box, and what share of the changed pixels it left to be painted."""

    box: Box
    moves: Sequence[Move]
    share: float
    pictures: int


class _Fit(NamedTuple):
    """How well a vector fits: which bands of `reach` would differ if all of it had moved by it."""

    vector: Vector
    reach: Box
    wrong: Mask


class Motion:
    """Finds what moved; remembers what moved lately, and where nothing did.

    Args:
        width: of the pictures, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._picture = Box(0, 0, width, height)
        self._recent: tuple[Vector, ...] = ()
        self._steady: _Steady | None = None
        self._still: Box | None = None
        self._failures = 0
        self._rest = 0

    def find(self, new: Words, old: Words, box: Box) -> tuple[Sequence[Move], Mask | None]:
        """Say what moved; all of it reads the old picture, later ones cover earlier ones.

        Returns:
            The moves, and which bands of the box differ then, but for those that an upper or a lower edge
            parts; None where that was not looked at in full.

        Args:
            new: the picture now.
            old: the picture before; its fourth bytes are 0.
            box: where it changed.
        """
        if box.area < LARGE or min(box.right - box.left, box.bottom - box.top) < 2 * LENGTH:
            return (), None
        if again := self._steadily(new, old, box):
            return again, None
        changed = differing_bands(box.of(new), box.of(old))
        total = int(np.count_nonzero(changed))
        if total * BAND < LARGE or self._resting(box, changed):
            return (), changed
        moves, left = self._search(new, old, box, changed, total)
        if moves:
            before, self._recent = self._recent, tuple(dict.fromkeys(move.vector for move in moves))
            # What moves by another distance each time is not asked whether it goes on.
            share = _share(new, old, box, moves) if before == self._recent else 1.0
            self._steady = _Steady(box, moves, share, 0) if share < MOST_LEFT else None
            self._failures, self._still = 0, None
        else:
            self._failures += 1
            self._rest = min(self._failures - 1, REST)
        return moves, left

    def _steadily(self, new: Words, old: Words, box: Box) -> Sequence[Move]:
        """Return what moved last if it does so again and leaves as little, by a look at some rows."""
        steady, self._steady = self._steady, None
        if steady is None or steady.box != box or steady.pictures >= STEADY:
            return ()
        if _share(new, old, box, steady.moves) > steady.share + SLACK:
            return ()
        self._steady = steady._replace(pictures=steady.pictures + 1)
        return steady.moves

    def _search(self, new: Words, old: Words, box: Box, left: Mask, total: int) -> tuple[list[Move], Mask]:
        moves: list[Move] = []
        fit: _Fit | None = None
        remaining, area = total, 0
        while len(moves) < COPIES_LIMIT and remaining * BAND >= LARGE and remaining * LEFT > total:
            if fit is not None and remaining * 4 <= total:
                # Where little is left, only what the same motion explains as well is worth the time.
                move = self._chosen(new, old, box, left, fit)
            else:
                move, fit = self._next(new, old, box, left)
            if move is None or fit is None or area + move.target.area > self._picture.area:
                break
            area += move.target.area
            moves.append(move)
            left = _unexplained(left, box, move.target, fit)
            remaining = int(np.count_nonzero(left))
        return moves, left

    def _resting(self, box: Box, changed: Mask) -> bool:
        """Say whether this place was looked at in vain just now, as that of a video is."""
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        place = Box(
            box.left + int(columns[0]),
            box.top + int(rows[0]) * BAND,
            box.left + int(columns[-1]) + 1,
            box.top + (int(rows[-1]) + 1) * BAND,
        )
        before, self._still = self._still, place
        if before is None or place.united(before).area * 4 > min(place.area, before.area) * 5:
            self._failures = self._rest = 0
        elif self._rest:
            self._rest -= 1
            return True
        return False

    def _next(self, new: Words, old: Words, box: Box, left: Mask) -> tuple[Move, _Fit] | tuple[None, None]:
        needles = take_needles(new, old, box, left)
        if needles.number < VOTES:
            return None, None
        for vector in self._vectors(old, needles):
            fit = self._fit(new, old, box, vector)
            if fit is not None and (move := self._chosen(new, old, box, left, fit)) is not None:
                return move, fit
        return None, None

    def _vectors(self, old: Words, needles: Needles) -> list[Vector]:
        """Return the vectors that needles agree on, the best one first, at most two."""
        for dx, dy in self._recent:
            if fitting(old, needles, dx, dy) >= max(needles.number // 3, VOTES):
                return [(dx, dy)]
        votes: Counter[Vector] = Counter()
        asked: dict[Vector, int] = {}
        for index in range(needles.number):
            votes.update(origins(old, needles, index))
            # To ask all needles about a vector is quicker than to look for where the next one came from. In
            # a table whose rows are alike each needle says several; the one that most agree on is right.
            for vector, number in votes.most_common(AMBIGUOUS):
                if number > 1 and vector not in asked:
                    asked[vector] = fitting(old, needles, *vector)
            best = max(asked.items(), key=itemgetter(1), default=None)
            if best is not None and best[1] * 2 >= needles.number:
                return [best[0]]
        return [vector for vector, number in votes.most_common(2) if number >= VOTES]

    def _fit(self, new: Words, old: Words, box: Box, vector: Vector) -> _Fit | None:
        reach = self._reach(box, vector)
        if (reach.bottom - reach.top + BAND - 1) // BAND <= 0 or reach.right - reach.left < LENGTH:
            return None
        source = reach.moved(-vector[0], -vector[1])
        return _Fit(vector, reach, differing_bands(reach.of(new), source.of(old)))

    def _chosen(self, new: Words, old: Words, box: Box, left: Mask, fit: _Fit) -> Move | None:
        """Return the rectangle where copying saves the most, None if that is too little."""
        reach, wrong = fit.reach, fit.wrong
        bands = (reach.bottom - reach.top + BAND - 1) // BAND
        skipped, offset = (reach.top - box.top) // BAND, reach.left - box.left
        known = left[skipped : skipped + bands, offset : offset + reach.right - reach.left]
        worth = max(WORTH // BAND, int(np.count_nonzero(left)) // SHARE)
        # What differs before and not after is saved; what differs after and not before is spoilt.
        if np.count_nonzero(known > wrong) < worth:
            return None
        gains = _packed_counts(known) - _packed_counts(wrong)
        first, last, begin, end = _best_rectangle(gains)
        begin, end = max(begin - _PACKED, 0), min(end + _PACKED, known.shape[1])
        columns = _per_column(known[first:last, begin:end]) - _per_column(wrong[first:last, begin:end])
        start, stop = _best_stretch(columns)
        if int(columns[start:stop].sum()) < worth:
            return None
        target = Box(
            reach.left + begin + start,
            reach.top + first * BAND,
            reach.left + begin + stop,
            min(reach.top + last * BAND, reach.bottom),
        )
        return self._trimmed(new, old, box, Move(target, fit.vector))

    def _reach(self, box: Box, vector: Vector) -> Box:
        """Return what of the box can be copied to by whole bands of it."""
        source = self._picture.moved(*vector)
        top = max(box.top, source.top)
        return Box(
            max(box.left, source.left),
            box.top + -(-(top - box.top) // BAND) * BAND,
            min(box.right, source.right),
            min(box.bottom, source.bottom),
        )

    def _trimmed(self, new: Words, old: Words, box: Box, move: Move) -> Move | None:
        """Put the upper and the lower edge where they save the most, to the row."""
        (left, top, right, bottom), (dx, dy) = move.target, move.vector
        middle = (top + bottom) // 2
        highest = max(top - 2 * BAND, box.top, dy)
        lowest = min(bottom + 2 * BAND, box.bottom, self._picture.bottom + dy)

        def saved(first: int, last: int) -> NDArray[np.int32]:
            here = Box(left, first, right, last)
            before = differing(here.of(new), here.of(old))
            after = differing(here.of(new), here.moved(-dx, -dy).of(old))
            return _per_row(before) - _per_row(after)

        above = saved(highest, min(top + 2 * BAND, middle))[::-1].cumsum()
        below = saved(max(bottom - 2 * BAND, middle), lowest).cumsum()
        if not len(above) or not len(below):
            return None
        upper = min(top + 2 * BAND, middle) - int(above.argmax()) - 1
        lower = max(bottom - 2 * BAND, middle) + int(below.argmax()) + 1
        return move._replace(target=Box(left, upper, right, lower))


def _share(new: Words, old: Words, box: Box, moves: Sequence[Move]) -> float:
    """Return what share of the changed pixels still differ once this is copied, about; 1 if nothing did."""
    before = Comparison(new, old, box, ()).sampled(GLANCE)
    return Comparison(new, old, box, moves).sampled(GLANCE) / before if before else 1.0


def _unexplained(left: Mask, box: Box, target: Box, fit: _Fit) -> Mask:
    """Return the differing bands when this copy is made too; what it parts of a band counts as equal."""
    reach = fit.reach
    first = -(-(target.top - reach.top) // BAND)
    last = (target.bottom - reach.top) // BAND
    down, across = (reach.top - box.top) // BAND, reach.left - box.left
    begin, end = target.left - reach.left, target.right - reach.left
    rest = left.copy()
    touched = rest[:, across + begin : across + end]
    touched[(target.top - box.top) // BAND : -(-(target.bottom - box.top) // BAND)] = False
    touched[down + first : down + last] = fit.wrong[first:last, begin:end]
    return rest


def _packed_counts(mask: Mask) -> NDArray[np.int32]:
    """Return how many are set of each `_PACKED` columns."""
    octets = np.packbits(mask, axis=1)
    short = -octets.shape[1] % 4
    if short:
        octets = np.pad(octets, ((0, 0), (0, short)))
    return np.bitwise_count(octets.view(np.uint32)).astype(np.int32)


def _per_column(mask: Mask) -> NDArray[np.int32]:
    return np.asarray(cv2.reduce(mask.view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0], np.int32)


def _per_row(mask: Mask) -> NDArray[np.int32]:
    return np.asarray(_packed_counts(mask).sum(axis=1, dtype=np.int32))


def _best_rectangle(gains: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """Return rows (first, last) and columns (first, last) of the rectangle with the greatest sum.

    Each pair of rows that may bound it is tried at once; across, the best stretch
    ends where the running sum is furthest above its lowest point before.
    """
    # Two bands are taken as one: a quarter of the pairs.
    count = len(gains)
    rows = np.add.reduceat(gains, np.arange(0, count, 2), axis=0) * 8
    rows -= 1  # Of equally good ones the smallest.
    sums = np.zeros((len(rows) + 1, rows.shape[1]), np.int32)
    rows.cumsum(axis=0, out=sums[1:])
    upper, lower = np.triu_indices(len(sums), 1)
    running = np.zeros((len(upper), rows.shape[1] + 1), np.int32)
    (sums[lower] - sums[upper]).cumsum(axis=1, out=running[:, 1:])
    best = running[:, 1:] - np.minimum.accumulate(running[:, :-1], axis=1)
    pair, end = divmod(int(best.argmax()), best.shape[1])
    begin = int(running[pair, : end + 1].argmin())
    return int(upper[pair]) * 2, min(int(lower[pair]) * 2, count), begin * _PACKED, (end + 1) * _PACKED


def _best_stretch(gains: NDArray[np.int32]) -> tuple[int, int]:
    """Return begin and end of the stretch with the greatest sum."""
    running = np.concatenate(([0], (gains * 8 - 1).cumsum()))
    stop = int((running[1:] - np.minimum.accumulate(running[:-1])).argmax()) + 1
    return int(running[:stop].argmin()), stop
