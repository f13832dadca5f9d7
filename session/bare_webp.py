"""WebP tiles on the wire: what their files' heads say follows from the rest. PROTOCOL.md, section 6.

A WebP file of one chunk is 20 bytes of `RIFF`, lengths and names around it (RFC 9649,
2.3 to 2.6), and perhaps one of padding: of a letter that was typed a fifth.
"""

import struct
from collections.abc import Callable

import msgspec

from session.messages import Frame
from session.picture import Coding, Tile

_HEAD = struct.Struct("<4sI4s4sI")
_RIFF, _WEBP = b"RIFF", b"WEBP"
_CHUNK = {Coding.WEBP: b"VP8L", Coding.VP8: b"VP8 "}
_CHUNK_HEAD = 8


def bare(frame: Frame) -> Frame:
    """Return a frame whose WebP tiles hold their chunk's content alone; `whole` gives the very same back."""
    return _each(frame, _bare)


def whole(frame: Frame) -> Frame:
    """Return a frame whose WebP tiles are files, as they are decoded and recorded."""
    return _each(frame, _whole)


def _each(frame: Frame, change: Callable[[Tile], Tile]) -> Frame:
    if not any(tile.coding in _CHUNK for tile in frame.tiles):
        return frame
    return msgspec.structs.replace(frame, tiles=tuple(map(change, frame.tiles)))


def _bare(tile: Tile) -> Tile:
    if tile.coding not in _CHUNK or len(tile.data) < _HEAD.size:
        return tile
    size = _HEAD.unpack_from(tile.data)[-1]
    content = tile.data[_HEAD.size : _HEAD.size + size]
    # What is not as `_file` makes it stays as it is: what is shown is what is recorded, to the byte.
    return _with(tile, content) if _file(tile.coding, content) == tile.data else tile


def _whole(tile: Tile) -> Tile:
    if tile.coding not in _CHUNK or tile.data.startswith(_RIFF):
        return tile
    return _with(tile, _file(tile.coding, tile.data))


def _file(coding: Coding, content: bytes) -> bytes:
    padding = bytes(len(content) % 2)
    riff = len(_WEBP) + _CHUNK_HEAD + len(content) + len(padding)
    return _HEAD.pack(_RIFF, riff, _WEBP, _CHUNK[coding], len(content)) + content + padding


def _with(tile: Tile, data: bytes) -> Tile:
    return Tile(tile.x, tile.y, tile.width, tile.height, tile.coding, data, tile.stream)
