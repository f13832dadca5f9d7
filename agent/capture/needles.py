"""Needles: short distinctive rows of pixels that show by how much something moved.

They are taken from where the new picture differs and looked for in the old one,
pixel by pixel the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.capture.blocks import BAND, COLOUR, Box, Mask, Vector, Words

Indices = NDArray[np.intp]

LENGTH = 16
EDGES = 5
"""Neighbouring pixels in a needle that must differ: white is found everywhere."""
SAMPLES = 384
NEEDLES = 24
GRAINY = 14
"""So many edges are those of a photograph or a video; text has flat stretches."""
AMBIGUOUS = 16
"""A needle found in more places says nothing."""
REACH = 96
"""Pixels that something moves in both directions at once; along a row or a column there is no limit."""


class Needles(NamedTuple):
    """Rows of `LENGTH` pixels of the new picture.

    Attributes:
        x: where each begins.
        y: likewise.
        words: their pixels, needles × `LENGTH`.
        rare: which pixel of each is the most telling one.
    """

    x: Indices
    y: Indices
    words: Words
    rare: Indices

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.x)


def take_needles(new: Words, old: Words, box: Box, left: Mask) -> Needles:
    """Take needles from all over what is left to explain."""
    step = np.count_nonzero(left) // (4 * SAMPLES) | 1
    places = np.flatnonzero(left.reshape(-1)[::step]) * step
    order = np.arange(min(SAMPLES, len(places)))
    band, column = np.divmod(places[order * len(places) // max(len(order), 1)], left.shape[1])
    # Another row of each band, and not the same in neighbouring samples.
    y = np.minimum(box.top + band * BAND + order * 7 % BAND, box.bottom - 1)
    x = np.clip(box.left + column - LENGTH // 2, box.left, box.right - LENGTH)
    at = (y[:, None], x[:, None] + np.arange(LENGTH))
    words = new[at] & COLOUR
    edges = np.count_nonzero(words[:, 1:] != words[:, :-1], axis=1)
    good = np.flatnonzero((edges >= EDGES) & (words != old[at]).any(axis=1))
    # Half of them from what looks like text, where there is both: a video would outnumber it.
    grainy = edges[good] >= GRAINY
    good = np.concatenate((_spread(good[grainy], ~grainy), _spread(good[~grainy], grainy)))
    good = good[np.arange(len(good)) * 7 % len(good)] if len(good) % 7 else good
    words = words[good]
    alike = np.count_nonzero(words[:, :, None] == words[:, None], axis=2)
    return Needles(x[good], y[good], words, alike.argmin(axis=1))


def _spread(places: Indices, others: Mask) -> Indices:
    """Choose a share of the places, far from one another."""
    count = min(len(places), NEEDLES - min(NEEDLES // 2, int(np.count_nonzero(others))))
    return places[np.arange(count) * len(places) // max(count, 1)]


def fitting(old: Words, needles: Needles, dx: int, dy: int) -> int:
    """Return how many needles came from where this vector says."""
    x, y = needles.x - dx, needles.y - dy
    height, width = old.shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x <= width - LENGTH)
    there = old[y[inside, None], x[inside, None] + np.arange(LENGTH)]
    return int(np.count_nonzero((there == needles.words[inside]).all(axis=1)))


def origins(old: Words, needles: Needles, index: int) -> list[Vector]:
    """Return the vectors by which a needle may have come: along its column, its row, or from nearby."""
    height, width = old.shape
    x, y, rare = int(needles.x[index]), int(needles.y[index]), int(needles.rare[index])
    words = needles.words[index]
    left, right = max(x - REACH, 0), min(x + REACH, width - LENGTH) + 1
    top, bottom = max(y - REACH, 0), min(y + REACH + 1, height)
    near = np.flatnonzero(old[top:bottom, left + rare : right + rare] == words[rare])
    rows, columns = np.divmod(near, right - left)
    flat = old.reshape(-1)
    starts = np.concatenate(
        (
            (rows + top) * width + columns + left,
            np.flatnonzero(old[:, x + rare] == words[rare]) * width + x,
            np.flatnonzero(old[y, rare : width - LENGTH + 1 + rare] == words[rare]) + y * width,
        )
    )
    for other in (rare - 5, rare - 2, rare - 1, rare - 7):
        if len(starts) <= AMBIGUOUS:
            break
        starts = starts[flat[starts + other % LENGTH] == words[other % LENGTH]]
    if len(starts) > SAMPLES:
        return []
    found = starts[(flat[starts[:, None] + np.arange(LENGTH)] == words).all(axis=1)]
    vectors = {(x - int(start) % width, y - int(start) // width) for start in found[: 4 * AMBIGUOUS]}
    vectors.discard((0, 0))
    return list(vectors) if len(vectors) <= AMBIGUOUS else []
