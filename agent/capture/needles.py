"""Needles: short distinctive rows of pixels that show by how much something moved.

They are taken from where the new picture differs and looked for in the old one,
pixel by pixel the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.capture.blocks import BAND, COLOUR, Box, Mask, Words

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

Vector = tuple[int, int]
"""How far something moved, right and down."""


class Needle(NamedTuple):
    """A row of `LENGTH` pixels of the new picture, at `x`, `y`; `rare` is the most telling of them."""

    x: int
    y: int
    words: Words
    rare: int


def take_needles(new: Words, old: Words, box: Box, left: Mask) -> list[Needle]:
    """Take needles from all over what is left to explain."""
    places = np.flatnonzero(left)
    order = np.arange(min(SAMPLES, len(places)))
    band, column = np.divmod(places[order * len(places) // len(order)], left.shape[1])
    # Another row of each band, and not the same in neighbouring samples.
    y = np.minimum(box.top + band * BAND + order * 7 % BAND, box.bottom - 1)
    x = np.clip(box.left + column - LENGTH // 2, box.left, box.right - LENGTH)
    at = (y[:, None], x[:, None] + np.arange(LENGTH))
    words = new[at] & COLOUR
    edges = np.count_nonzero(words[:, 1:] != words[:, :-1], axis=1)
    good = np.flatnonzero((edges >= EDGES) & (words != old[at]).any(axis=1))
    if not len(good):
        return []
    # Half of them from what looks like text, where there is both: a video would outnumber it.
    grainy = edges[good] >= GRAINY
    good = np.concatenate((_spread(good[grainy], ~grainy), _spread(good[~grainy], grainy)))
    good = good[np.arange(len(good)) * 7 % len(good)] if len(good) % 7 else good
    alike = np.count_nonzero(words[good][:, :, None] == words[good][:, None], axis=2)
    return [
        Needle(int(x[index]), int(y[index]), words[index], int(rare))
        for index, rare in zip(good, alike.argmin(axis=1), strict=True)
    ]


def _spread(places: Indices, others: Mask) -> Indices:
    """Choose a share of the places, far from one another."""
    count = min(len(places), NEEDLES - min(NEEDLES // 2, int(np.count_nonzero(others))))
    return places[np.arange(count) * len(places) // max(count, 1)]


def fits(old: Words, needle: Needle, dx: int, dy: int) -> bool:
    """Say whether a needle came from where this vector says."""
    x, y = needle.x - dx, needle.y - dy
    height, width = old.shape
    if not (0 <= y < height and 0 <= x <= width - LENGTH):
        return False
    return bool((old[y, x : x + LENGTH] == needle.words).all())


def origins(old: Words, needle: Needle) -> list[Vector]:
    """Return the vectors by which a needle may have come: along its column, its row, or from nearby."""
    height, width = old.shape
    x, y, words, rare = needle
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
    for index in (rare - 5, rare - 2, rare - 1, rare - 7):
        if len(starts) <= AMBIGUOUS:
            break
        starts = starts[flat[starts + index % LENGTH] == words[index % LENGTH]]
    if len(starts) > SAMPLES:
        return []
    found = starts[(flat[starts[:, None] + np.arange(LENGTH)] == words).all(axis=1)]
    vectors = {(x - int(start) % width, y - int(start) // width) for start in found[: 4 * AMBIGUOUS]}
    vectors.discard((0, 0))
    return list(vectors) if len(vectors) <= AMBIGUOUS else []
