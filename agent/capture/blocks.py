"""Where two pictures differ, by bands of rows.

Pixels are compared as 32-bit words, several rows are put together before a
single one is looked at, and the unused fourth byte is taken out only then.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
"""Pixels, height × width."""
Mask = NDArray[np.bool_]

COLOUR = np.uint32(0x00FFFFFF)
"""The bytes of a BGRx word that are shown."""
BAND = 16
"""Rows that are compared as one."""

_STRIP = 1 << 17
"""Words compared at once: few enough to stay in the processor's cache until they are put together."""


class Box(NamedTuple):
    """A rectangle by its edges; `right` and `bottom` lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """Pixels inside."""
        return (self.right - self.left) * (self.bottom - self.top)

    def of(self, picture: Words) -> Words:
        """Return this part of a picture, not a copy."""
        return picture[self.top : self.bottom, self.left : self.right]

    def moved(self, dx: int, dy: int) -> "Box":
        """Return the same rectangle elsewhere."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def meets(self, other: "Box") -> bool:
        """Say whether a pixel lies in both."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def united(self, other: "Box") -> "Box":
        """Return the smallest rectangle that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def differing_bands(one: Words, other: Words) -> Mask:
    """Compare two pictures of one size.

    Returns:
        For each `BAND` rows and each column whether a pixel differs there.
    """
    height, width = one.shape
    joined = np.empty((-(-height // BAND), width), np.uint32)
    step = max(_STRIP // width // BAND, 1) * BAND
    scratch = np.empty((min(step, height), width), np.uint32)
    for top in range(0, height, step):
        part = scratch[: height - top]
        np.bitwise_xor(one[top : top + step], other[top : top + step], out=part)
        band, whole = top // BAND, len(part) // BAND
        if whole:
            rows = part[: whole * BAND].reshape(whole, BAND, width)
            np.bitwise_or.reduce(rows, axis=1, out=joined[band : band + whole])
        if whole * BAND < len(part):
            np.bitwise_or.reduce(part[whole * BAND :], axis=0, out=joined[band + whole])
    return np.asarray(np.not_equal(np.bitwise_and(joined, COLOUR, out=joined), 0))


def differing(one: Words, other: Words) -> Mask:
    """Return for each pixel whether it differs."""
    return np.asarray(np.not_equal((one ^ other) & COLOUR, 0))
