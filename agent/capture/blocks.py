"""Where two pictures differ, by bands of rows.

Pixels are compared as 32-bit words, several rows are put together before a
single one is looked at, and the unused fourth byte is taken out only then.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
"""Pixels, height × width."""
Mask = NDArray[np.bool_]
Vector = tuple[int, int]
"""How far something moved, right and down."""

COLOUR = np.uint32(0x00FFFFFF)
"""The bytes of a BGRx word that are shown."""
BAND = 16
"""Rows that are compared as one."""

_STRIP = 1 << 16
"""Words compared at once: few enough to stay in the processor's cache until they are put together."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


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

    def of(self, picture: NDArray[_Scalar]) -> NDArray[_Scalar]:
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

    def common(self, other: "Box") -> "Box":
        """Return what lies in both, which meet."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def without(self, other: "Box") -> Iterator["Box"]:
        """Return what lies outside another one, as few rectangles, the whole rows first."""
        if not self.meets(other):
            yield self
            return
        left, top, right, bottom = self.common(other)
        parts = (
            self._replace(bottom=top),
            self._replace(top=bottom),
            Box(self.left, top, left, bottom),
            Box(right, top, self.right, bottom),
        )
        yield from (part for part in parts if part.left < part.right and part.top < part.bottom)


class Move(NamedTuple):
    """`target` shows what was shown before where it lies less `vector`."""

    target: Box
    vector: Vector

    @property
    def source(self) -> Box:
        """Where it was."""
        return self.target.moved(-self.vector[0], -self.vector[1])


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
    words = np.bitwise_xor(one, other)
    return np.asarray(np.not_equal(np.bitwise_and(words, COLOUR, out=words), 0))
