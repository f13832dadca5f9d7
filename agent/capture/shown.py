"""How well the technician's picture equals the screen, pixel by pixel, and where it changes all the time."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.capture.monitor import Rect
from session.picture import Copy

BLOCK = 16
"""Pixels; areas that have to be painted are found in blocks of this size."""

HOT_SECONDS = 0.6
HOT_PIXELS = 100_000
HOT_SHARE = 0.5
"""A film fills its rectangle; where less is hot, several things move."""

Grid = NDArray[np.bool_]

_EACH = np.uint64(0x0101010101010101)


class Shown(IntEnum):
    """What the technician has of a pixel, the worse the more; bits, so that many can be looked at as one."""

    EXACT = 0
    FINE = 1
    ROUGH = 2
    STALE = 4


WORST_FIRST = (Shown.STALE, Shown.ROUGH, Shown.FINE)


class ShownMap:
    """What the technician has of the monitor; moves along with what is copied.

    Args:
        width: of the monitor, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._all = Rect(0, 0, width, height)
        # Whole blocks, so that a row of a block is two words of eight pixels.
        self._map = np.zeros((-(-height // BLOCK) * BLOCK, -(-width // BLOCK) * BLOCK), np.uint8)
        # All that is not exact lies in here, so that an exact picture costs nothing.
        self._owed: Rect | None = None
        # Likewise of what is put aside, once something rough was.
        self._aside: NDArray[np.uint8] | None = None

    @property
    def exact(self) -> bool:
        """Tell whether there is nothing to paint."""
        return self._owed is None

    def set(self, place: Rect, shown: Shown) -> None:
        """Note what the technician has of a rectangle from now on."""
        if shown is Shown.EXACT and (self._owed is None or self._owed.common(place) is None):
            return
        self._at(place)[:] = shown
        if shown is not Shown.EXACT:
            self._owed = place if self._owed is None else self._owed.united(place)
        elif place == self._all:
            self._owed = None

    def has(self, place: Rect, shown: Shown) -> bool:
        """Tell whether the technician has this of a rectangle everywhere, or better."""
        owed = self._owed and self._owed.common(place)
        return owed is None or int(self._at(owed).max()) <= shown

    def copied(self, copies: Sequence[Copy]) -> None:
        """Note what was copied: all of it reads what was there before, also what was put aside."""
        if self._owed is None and self._aside is None:
            return
        moved = [self._states(each.from_x, each.from_y, each.width, each.height) for each in copies]
        for each, states in zip(copies, moved, strict=True):
            target, rough = Rect(each.x, each.y, each.width, each.height), bool(states.any())
            if each.y >= self._all.height:
                if self._aside is None and rough:
                    self._aside = np.zeros((self._all.height, self._all.width), np.uint8)
                if self._aside is not None:
                    _part(self._aside, target.moved(0, -self._all.height))[:] = states
                continue
            self._at(target)[:] = states
            if rough:
                self._owed = target if self._owed is None else self._owed.united(target)

    def _states(self, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        """Return a copy of what is noted of a place, which may be one of what is put aside."""
        if y < self._all.height:
            return self._at(Rect(x, y, width, height)).copy()
        if self._aside is None:
            return np.zeros((height, width), np.uint8)
        return _part(self._aside, Rect(x, y - self._all.height, width, height)).copy()

    def forget_aside(self) -> None:
        """Nothing is put aside any more."""
        self._aside = None

    def areas(self, shown: Shown, among: Grid | None = None) -> list[Rect]:
        """Return the areas of which the technician has no more than this somewhere, in whole blocks.

        Args:
            shown: STALE, ROUGH or FINE.
            among: only these blocks, if given.
        """
        if self._owed is None:
            return []
        words = self._map.view(np.uint64).reshape(len(self._map) // BLOCK, BLOCK, -1)
        rows: NDArray[np.uint64] = np.bitwise_or.reduce(words, axis=1)
        blocks = rows[:, 0::2] | rows[:, 1::2]
        if not blocks.any():
            self._owed = None
            return []
        chosen = blocks != 0
        for worse in WORST_FIRST[: WORST_FIRST.index(shown) + 1]:
            has = (blocks & (_EACH * np.uint64(worse))) != 0
            chosen &= has if worse is shown else ~has
        return self._clipped(cover(chosen if among is None else chosen & among))

    def _clipped(self, blocks: list[Rect]) -> list[Rect]:
        scaled = [Rect(b.x * BLOCK, b.y * BLOCK, b.width * BLOCK, b.height * BLOCK) for b in blocks]
        return [rect for each in scaled if (rect := each.common(self._all))]

    def _at(self, place: Rect) -> NDArray[np.uint8]:
        return _part(self._map, place)


def _part(states: NDArray[np.uint8], place: Rect) -> NDArray[np.uint8]:
    return states[place.y : place.y + place.height, place.x : place.x + place.width]


class Heat:
    """When each block of the monitor was painted anew, the last times.

    Args:
        width: of the monitor, in pixels.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self._all = Rect(0, 0, width, height)
        rows, columns = -(-height // BLOCK), -(-width // BLOCK)
        self._last = np.full((3, rows, columns), -np.inf)

    def painted(self, places: Iterable[Rect], now: float, *, often: bool = True) -> None:
        """Note what was painted at this moment; a block counts when its middle was.

        Args:
            places: what was painted.
            now: the moment.
            often: whether that makes it hotter.
        """
        for place in places:
            x, y = _half(place.x), _half(place.y)
            right, bottom = _half(place.x + place.width), _half(place.y + place.height)
            times = self._last[:, y:bottom, x:right]
            if often:
                times[2], times[1] = times[1], times[0]
            times[0] = now

    def forget(self) -> None:
        """Call nothing hot that was painted until now."""
        self._last[1:] = -np.inf

    def rested(self, since: float) -> Grid:
        """Return the blocks that were not painted after that moment."""
        return np.asarray(self._last[0] <= since)

    def area(self, place: Rect, since: float) -> int:
        """Return how many pixels of a rectangle were painted after that moment."""
        blocks = self._last[0, _half(place.y) : _half(place.y + place.height)]
        return (
            int(np.count_nonzero(blocks[:, _half(place.x) : _half(place.x + place.width)] > since)) * BLOCK**2
        )

    def hot(self, now: float) -> Rect | None:
        """Return the largest area that was painted three times within `HOT_SECONDS`, all of it."""
        grid = (self._last[2] >= now - HOT_SECONDS).astype(np.uint8)
        if np.count_nonzero(grid) * BLOCK**2 < HOT_PIXELS:
            return None
        _, _, found, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
        x, y, width, height, blocks = (int(n) for n in max(found[1:], key=lambda each: int(each[4])))
        if blocks * BLOCK**2 < HOT_PIXELS or blocks < HOT_SHARE * width * height:
            return None
        place = Rect(x * BLOCK, y * BLOCK, width * BLOCK, height * BLOCK)
        return place.common(self._all)

    def interval(self, place: Rect, fallback: float) -> float:
        """Return the seconds between two paintings of a rectangle's middle."""
        y, x = (place.y + place.height // 2) // BLOCK, (place.x + place.width // 2) // BLOCK
        first, last = float(self._last[2, y, x]), float(self._last[0, y, x])
        return (last - first) / 2 if last > first > -np.inf else fallback


def _half(place: int) -> int:
    """Return the first block whose middle is not before this pixel."""
    return (place + BLOCK // 2 - 1) // BLOCK


def blocks_of(place: Rect, shape: tuple[int, ...]) -> Grid:
    """Return the blocks that a rectangle touches."""
    grid = np.zeros(shape, np.bool_)
    right, bottom = place.x + place.width, place.y + place.height
    grid[place.y // BLOCK : -(-bottom // BLOCK), place.x // BLOCK : -(-right // BLOCK)] = True
    return grid


def cover(blocks: Grid) -> list[Rect]:
    """Return rectangles that hold each true block once: runs of a row, joined with the same run below."""
    done: list[Rect] = []
    growing: dict[tuple[int, int], Rect] = {}
    # Mostly there are few, or none: each row takes time.
    rows = np.flatnonzero(blocks.any(axis=1)).tolist()
    for y in range(rows[0], rows[-1] + 1) if rows else ():
        row = blocks[y]
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        runs = {(int(x), int(right)) for x, right in zip(edges[::2], edges[1::2], strict=True)}
        done += [rect for run, rect in growing.items() if run not in runs]
        growing = {
            (x, right): Rect(x, above.y, right - x, y + 1 - above.y)
            if (above := growing.get((x, right)))
            else Rect(x, y, right - x, 1)
            for x, right in sorted(runs)
        }
    return done + list(growing.values())
