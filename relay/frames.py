"""Where a client's WebSocket frames begin and end: RFC 6455, section 5.2.

Only as much of it as the relay needs to hand on a whole binary message; whatever
else comes is for the `websockets` library to judge, frame by frame.
"""

from typing import NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - where the library has been built without its compiled part
    from websockets.utils import apply_mask

BINARY = 0x82
"""First byte of a whole binary message: FIN, no reserved bit, opcode 2."""
_MASKED = 0x80
_MASK = 4
_SHORT, _MEDIUM = 126, 65536


class Head(NamedTuple):
    """What a frame's head says.

    Attributes:
        first: its first byte; FIN, reserved bits and opcode.
        masked: whether the payload is, as every client's must be.
        size: bytes of the head itself, with the mask.
        payload: bytes that follow it.
    """

    first: int
    masked: bool
    size: int
    payload: int


def head_at(data: memoryview, place: int) -> Head | None:
    """Return a frame's head, or None if not all of it is there.

    Args:
        data: bytes of a client.
        place: where a frame begins.
    """
    left = len(data) - place
    if left < 2:
        return None
    second = data[place + 1]
    masked = second >= _MASKED
    payload = second & ~_MASKED
    size = 2 + _MASK * masked
    if payload >= _SHORT:
        wide = 2 if payload == _SHORT else 8
        size += wide
        payload = int.from_bytes(data[place + 2 : place + 2 + wide], "big")
    return Head(data[place], masked, size, payload) if left >= size else None


def binary_head(payload: int) -> bytes:
    """Return the head of a server's whole binary message of so many bytes."""
    if payload < _SHORT:
        return bytes((BINARY, payload))
    if payload < _MEDIUM:
        return b"\x82\x7e" + payload.to_bytes(2, "big")
    return b"\x82\x7f" + payload.to_bytes(8, "big")


def unmasked(data: memoryview, place: int, head: Head) -> bytes:
    """Return the payload of a masked frame that is all there."""
    begin = place + head.size
    return apply_mask(data[begin : begin + head.payload], bytes(data[begin - _MASK : begin]))
