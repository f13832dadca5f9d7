"""Whole pictures that are kept along a recording, so that no seek has far to go.

A session may have one key picture in an hour. What counts is the work from one
kept picture to the next, not the time: where nothing moves, nothing is kept.
"""

from bisect import bisect_right, insort
from dataclasses import dataclass, field

from session.messages import Frame
from session.picture import Coding

SPACING_NS = 80_000_000
"""Work between two kept pictures, in nanoseconds of one core of some years ago."""
SHELF_BYTES = 256 * 1024 * 1024
"""What all kept pictures may take; then every other one goes, and they stand twice as far apart."""

PIECE_NS = 1_000_000
"""What it takes to open another segment."""
_COPY_NS = 1
_PIXEL_NS = {Coding.PNG: 14, Coding.WEBP: 14, Coding.JPEG: 8, Coding.VP8: 12, Coding.H264: 5}
_TILE_NS = 20_000
_BYTE_NS = 10


@dataclass(frozen=True, order=True)
class Position:
    """One picture: which piece of its reel, and which one in it."""

    piece: int
    number: int


@dataclass(frozen=True, order=True)
class Kept:
    """A picture that was kept.

    Args:
        position: which.
        epoch: its epoch.
        file: its pixels, as a PNG file.
        video: where the video stream can be decoded from that was decoded last, if there is one.
        aside: what was put aside, likewise as a PNG file; empty if that is nothing.
    """

    position: Position
    epoch: int = field(compare=False)
    file: bytes = field(compare=False, repr=False)
    video: Position | None = field(compare=False)
    aside: bytes = field(default=b"", compare=False, repr=False)

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return len(self.file) + len(self.aside)


class Shelf:
    """Kept pictures of one reel.

    Args:
        limit: bytes that all of them may take.
    """

    def __init__(self, limit: int = SHELF_BYTES) -> None:
        self._limit = limit
        self._spacing = SPACING_NS
        self._kept: list[Kept] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return self._size

    def wants(self, position: Position, work: int) -> bool:
        """Tell whether a picture should be kept.

        Args:
            position: which.
            work: since the last one that is kept, or the key picture.
        """
        return work >= self._spacing and not self.has(position)

    def has(self, position: Position) -> bool:
        """Tell whether this picture is kept."""
        found = self.nearest(position)
        return found is not None and found.position == position

    def keep(self, kept: Kept) -> None:
        """Keep a picture; when there are too many, every other one goes."""
        insort(self._kept, kept)
        self._size += kept.size
        while self._size > self._limit and self._kept:
            del self._kept[::2]
            self._size = sum(each.size for each in self._kept)
            self._spacing *= 2

    def nearest(self, position: Position) -> Kept | None:
        """Return the newest picture that is kept up to a position."""
        number = bisect_right(self._kept, position, key=lambda kept: kept.position)
        return self._kept[number - 1] if number else None


def work_of(frame: Frame) -> int:
    """Return how long a frame takes to be composed, in nanoseconds, roughly."""
    copied = sum(copy.width * copy.height for copy in frame.copies) * _COPY_NS
    return copied + sum(
        tile.width * tile.height * _PIXEL_NS[tile.coding] + len(tile.data) * _BYTE_NS + _TILE_NS
        for tile in frame.tiles
    )
