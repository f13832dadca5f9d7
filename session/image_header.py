"""What the header of an image file says, read before any pixel is decoded: PROTOCOL.md, section 6.

Only the plainest kind of each format is taken: what a tile never needs (transparency,
interlacing, progressive scans, orientation) would let one file look different to two
programs, or cost more than its size.
"""

import struct

from session.picture import Coding

_PNG_BEGIN = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_GREY, _COLOUR, _PALETTE = 0, 2, 3
_ALPHA, _VERSION = 1 << 28, 7 << 29
_VP8_START = b"\x9d\x01\x2a"
_SOF0 = 0xC0
_OTHER_SOF = frozenset(range(0xC1, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APPLICATION = frozenset(range(0xE1, 0xF0))


def image_size(coding: Coding, data: bytes) -> tuple[int, int] | None:
    """Return width and height, None if it is no such file as a tile may be."""
    try:
        match coding:
            case Coding.PNG:
                return _png_size(data)
            case Coding.WEBP:
                return _webp_size(data)
            case Coding.VP8:
                return _vp8_size(data)
            case Coding.JPEG:
                return _jpeg_size(data)
            case Coding.H264:
                return None
    except (struct.error, IndexError):
        return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Read IHDR (ISO/IEC 15948, 11.2.2); pixels follow at once, so no other chunk changes their meaning."""
    if not data.startswith(_PNG_BEGIN):
        return None
    width, height, depth, colour, compression, filtering, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    at = 33
    if colour == _PALETTE and data[at + 4 : at + 8] == b"PLTE":
        at += 12 + struct.unpack_from(">I", data, at)[0]
    plain = depth == 8 and not (compression or filtering or interlace)
    if not plain or colour not in {_GREY, _COLOUR, _PALETTE} or data[at + 4 : at + 8] != b"IDAT":
        return None
    return width, height


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Read the simple lossless format's header (RFC 9649, 2.6 and 3.4)."""
    if data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8L" or data[20] != 0x2F:
        return None
    (bits,) = struct.unpack_from("<I", data, 21)
    if bits & (_ALPHA | _VERSION):
        return None
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _vp8_size(data: bytes) -> tuple[int, int] | None:
    """Read the simple lossy format's header (RFC 9649, 2.5) and that of its key picture (RFC 6386, 9.1)."""
    if data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8 " or data[20] & 1 or data[23:26] != _VP8_START:
        return None
    width, height = struct.unpack_from("<HH", data, 26)
    if (width | height) >> 14:
        # It asks to be shown larger than it is.
        return None
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the markers to the start of a baseline frame (ITU-T T.81, B.2)."""
    at = 2 if data[:2] == b"\xff\xd8" else len(data)
    while data[at] == 0xFF:
        kind, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if kind == _SOF0:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if kind in _OTHER_SOF | _APPLICATION or length < 2:
            return None
        at += 2 + length
    return None
