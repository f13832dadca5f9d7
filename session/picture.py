"""What a picture is made of: parts of the one before, and tiles. PROTOCOL.md, section 6."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

COPIES_LIMIT = 64
TILES_LIMIT = 1024

Place: TypeAlias = Annotated[int, Meta(ge=0, le=16383)]
Length: TypeAlias = Annotated[int, Meta(ge=1, le=16384)]


class Coding(StrEnum):
    """How a tile's pixels are coded; PNG and WebP give back each pixel as it was, the others about."""

    PNG = "png"
    WEBP = "webp"
    JPEG = "jpeg"
    VP8 = "vp8"
    H264 = "h264"


LOSSLESS = frozenset({Coding.PNG, Coding.WEBP})


class Copy(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Pixels that were in the picture before and show elsewhere now, as RFB's CopyRect (RFC 6143, 7.7.2).

    Attributes:
        x: of the new place, in pixels of the monitor; `y` likewise.
        width: in pixels; `height` likewise.
        from_x: of the old place; `from_y` likewise.
    """

    x: Place
    y: Place
    width: Length
    height: Length
    from_x: Place
    from_y: Place


class Tile(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A rectangle of new pixels.

    Attributes:
        x: of its place, in pixels of the monitor; `y` likewise.
        width: in pixels; `height` likewise.
        coding: of `data`.
        data: a whole image file; for H.264 one coded picture, Annex B.
        stream: for H.264 the number of the video stream within the epoch.
    """

    x: Place
    y: Place
    width: Length
    height: Length
    coding: Coding
    data: bytes
    stream: Annotated[int, Meta(ge=0, le=2**31)] = 0

    def __repr__(self) -> str:
        """Show the place without the content."""
        return f"Tile({self.x}, {self.y}, {self.width}, {self.height}, {self.coding})"


Copies: TypeAlias = Annotated[tuple[Copy, ...], Meta(max_length=COPIES_LIMIT)]
Tiles: TypeAlias = Annotated[tuple[Tile, ...], Meta(max_length=TILES_LIMIT)]
