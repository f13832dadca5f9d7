"""What moved from one picture to the next: scrolling, dragged windows.

Needles vote for a vector; what it explains is then compared in full, and the
rectangle that saves the most is chosen. A wrong guess costs time and saves
nothing; it never makes a wrong picture, since what a copy leaves different is
painted.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.capture.blocks import BAND, Box, Mask, Words, differing, differing_bands
from agent.capture.needles import LENGTH, Needle, Vector, fits, origins, take_needles

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

_PACKED = 32


class Move(NamedTuple):
    """`target` shows what was shown before where it lies less `vector`.

    `wrong` says which bands of `reach`, where the target lies in, would differ then.
    """

    target: Box
    vector: Vector
    reach: Box
    wrong: Mask

    @property
    def source(self) -> Box:
        """Where it was."""
        return self.target.moved(-self.vector[0], -self.vector[1])


class Motion:
    """Finds what moved; remembers what moved lately, and where nothing did.

    Args:
        width: of the pictures, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._picture = Box(0, 0, width, height)
        self._recent: tuple[Vector, ...] = ()
        self._still: Box | None = None
        self._failures = 0
        self._rest = 0

    def find(self, new: Words, old: Words, box: Box, changed: Mask) -> tuple[list[Move], Mask]:
        """Say what moved; all of it reads the old picture, later ones cover earlier ones.

        Returns:
            The moves, and which bands differ then, but for those that an upper or a lower edge parts.

        Args:
            new: the picture now.
            old: the picture before; its fourth bytes are 0.
            box: where it changed.
            changed: the differing bands in the box.
        """
        total = int(np.count_nonzero(changed))
        if total * BAND < LARGE or min(box.right - box.left, box.bottom - box.top) < 2 * LENGTH:
            return [], changed
        if self._resting(box, changed):
            return [], changed
        moves: list[Move] = []
        left, remaining = changed, total
        while len(moves) < COPIES_LIMIT and remaining * BAND >= LARGE and remaining * LEFT > total:
            # Where little is left, only what the same motion explains as well is worth the time.
            same = moves[-1] if moves and remaining * 4 <= total else None
            move = self._chosen(new, old, box, left, same) if same else self._next(new, old, box, left)
            if move is None or sum(each.target.area for each in [*moves, move]) > self._picture.area:
                break
            moves.append(move)
            left = _unexplained(left, box, move)
            remaining = int(np.count_nonzero(left))
        if moves:
            self._recent = tuple(move.vector for move in moves)
            self._failures, self._still = 0, None
        else:
            self._failures += 1
            self._rest = min(self._failures - 1, REST)
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

    def _next(self, new: Words, old: Words, box: Box, left: Mask) -> Move | None:
        needles = take_needles(new, old, box, left)
        if len(needles) < VOTES:
            return None
        for vector in self._vectors(old, needles):
            move = self._move(new, old, box, left, vector)
            if move is not None:
                return move
        return None

    def _vectors(self, old: Words, needles: list[Needle]) -> list[Vector]:
        """Return the vectors that needles agree on, the best one first, at most two."""
        for dx, dy in self._recent:
            if sum(fits(old, needle, dx, dy) for needle in needles) >= max(len(needles) // 3, VOTES):
                return [(dx, dy)]
        votes: Counter[Vector] = Counter()
        for count, needle in enumerate(needles, 1):
            votes.update(origins(old, needle))
            if count >= 2 * VOTES and count % VOTES == 0:
                best = votes.most_common(1)
                if best and best[0][1] * 4 >= count * 3:
                    break
        return [vector for vector, number in votes.most_common(2) if number >= VOTES]

    def _move(self, new: Words, old: Words, box: Box, left: Mask, vector: Vector) -> Move | None:
        """Find the rectangle where copying saves the most, None if that is too little."""
        reach = self._reach(box, vector)
        if (reach.bottom - reach.top + BAND - 1) // BAND <= 0 or reach.right - reach.left < LENGTH:
            return None
        wrong = differing_bands(reach.of(new), reach.moved(-vector[0], -vector[1]).of(old))
        return self._chosen(new, old, box, left, Move(reach, vector, reach, wrong))

    def _chosen(self, new: Words, old: Words, box: Box, left: Mask, move: Move) -> Move | None:
        """Return a move with the target that saves the most."""
        reach, wrong = move.reach, move.wrong
        bands = (reach.bottom - reach.top + BAND - 1) // BAND
        skipped, offset = (reach.top - box.top) // BAND, reach.left - box.left
        known = left[skipped : skipped + bands, offset : offset + reach.right - reach.left]
        # What differs before and not after is saved; what differs after and not before is spoilt.
        gains = _packed_counts(known) - _packed_counts(wrong)
        first, last, begin, end = _best_rectangle(gains)
        begin, end = max(begin - _PACKED, 0), min(end + _PACKED, known.shape[1])
        columns = known[first:last, begin:end].sum(0, np.int32) - wrong[first:last, begin:end].sum(
            0, np.int32
        )
        start, stop = _best_stretch(columns)
        gain = int(columns[start:stop].sum())
        if gain * BAND < WORTH or gain * SHARE < np.count_nonzero(left):
            return None
        target = Box(
            reach.left + begin + start,
            reach.top + first * BAND,
            reach.left + begin + stop,
            min(reach.top + last * BAND, reach.bottom),
        )
        return self._trimmed(new, old, box, move._replace(target=target))

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


def _unexplained(left: Mask, box: Box, move: Move) -> Mask:
    """Return the differing bands when this copy is made too; what it parts of a band counts as equal."""
    target, reach = move.target, move.reach
    first = -(-(target.top - reach.top) // BAND)
    last = (target.bottom - reach.top) // BAND
    down, across = (reach.top - box.top) // BAND, reach.left - box.left
    begin, end = target.left - reach.left, target.right - reach.left
    rest = left.copy()
    touched = rest[:, across + begin : across + end]
    touched[(target.top - box.top) // BAND : -(-(target.bottom - box.top) // BAND)] = False
    touched[down + first : down + last] = move.wrong[first:last, begin:end]
    return rest


def _packed_counts(mask: Mask) -> NDArray[np.int32]:
    """Return how many are set of each `_PACKED` columns."""
    octets = np.packbits(mask, axis=1)
    short = -octets.shape[1] % 4
    if short:
        octets = np.pad(octets, ((0, 0), (0, short)))
    return np.bitwise_count(octets.view(np.uint32)).astype(np.int32)


def _per_column(mask: Mask) -> NDArray[np.int32]:
    return np.asarray(np.add.reduce(mask, axis=0, dtype=np.int32))


def _per_row(mask: Mask) -> NDArray[np.int32]:
    return np.asarray(np.count_nonzero(mask, axis=1), np.int32)


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
