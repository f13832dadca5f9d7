"""WebSocket frames as they pass a place in between (RFC 6455, section 5)."""

import struct
from dataclasses import dataclass, field, replace

import numpy as np

CONTINUATION, TEXT, BINARY = 0, 1, 2
FIRST_CONTROL = 8
RESERVED = 0x70
LARGEST = 16 * 2**20
"""Bytes of the largest frame that is taken for one; more is a stream out of step."""


class FrameError(Exception):
    """These bytes are no plain WebSocket frame, such as a compressed one."""


@dataclass(frozen=True)
class Frame:
    """One frame with its mask taken off.

    Attributes:
        first: the first byte: FIN, reserved bits and opcode.
        key: the masking key of a client's frame, empty for a server's.
        payload: the bytes in clear of the mask.
    """

    first: int
    key: bytes
    payload: bytes = field(repr=False)

    @property
    def opcode(self) -> int:
        """What kind of frame it is."""
        return self.first & 0x0F

    @property
    def is_control(self) -> bool:
        """Whether it is a ping, a pong or a close."""
        return self.opcode >= FIRST_CONTROL

    def with_payload(self, payload: bytes) -> "Frame":
        """Return the same frame with another payload."""
        return replace(self, payload=payload)

    def encode(self) -> bytes:
        """Return the frame's bytes, masked again if it was masked."""
        size, masked = len(self.payload), 0x80 if self.key else 0
        if size < 126:
            head = struct.pack(">BB", self.first, masked | size)
        elif size < 65536:
            head = struct.pack(">BBH", self.first, masked | 126, size)
        else:
            head = struct.pack(">BBQ", self.first, masked | 127, size)
        return head + self.key + unmask(self.payload, self.key)


class Splitter:
    """Cuts one direction of a WebSocket connection into frames."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes in and return the frames that are complete now.

        Raises:
            FrameError: a frame has reserved bits or is too large.
        """
        self._data += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def partial(self) -> bytes:
        """Return what has come of the payload of the frame that is not complete yet."""
        if (head := self._head()) is None:
            return b""
        key, start, _ = head
        return unmask(bytes(self._data[start:]), key)

    def _next(self) -> Frame | None:
        if (head := self._head()) is None:
            return None
        key, start, end = head
        if len(self._data) < end:
            return None
        frame = Frame(self._data[0], key, unmask(bytes(self._data[start:end]), key))
        del self._data[:end]
        return frame

    def _head(self) -> tuple[bytes, int, int] | None:
        """Return the masking key and where the payload begins and ends, once the head is there."""
        data = self._data
        if len(data) < 2:
            return None
        if data[0] & RESERVED:
            message = "a frame with reserved bits: compressed, or not a WebSocket at all"
            raise FrameError(message)
        size, key_start = data[1] & 0x7F, 2
        if size >= 126:
            key_start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:key_start], "big")
        start = key_start + (4 if data[1] & 0x80 else 0)
        if len(data) < start:
            return None
        if size > LARGEST:
            message = f"a frame of {size} bytes"
            raise FrameError(message)
        return bytes(data[key_start:start]), start, start + size


def unmask(payload: bytes, key: bytes) -> bytes:
    """Return the payload with the masking key laid over it, which is its own inverse."""
    if not any(key) or not payload:
        return payload
    keys = np.frombuffer(key * (len(payload) // 4 + 1), np.uint8)[: len(payload)]
    return (np.frombuffer(payload, np.uint8) ^ keys).tobytes()
