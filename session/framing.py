"""Messages on a stream of bytes: PROTOCOL.md, section 4.

Each message is its length (four bytes, big end first) and that many bytes of
MessagePack. The limit is checked before anything is allocated or decoded.
"""

import struct
from collections.abc import Iterator

from session.errors import LimitExceeded

_LENGTH = struct.Struct(">I")


def pack(payload: bytes) -> bytes:
    """Return `payload` with its length in front."""
    return _LENGTH.pack(len(payload)) + payload


class Unpacker:
    """Cuts a stream of bytes into payloads.

    Args:
        limit: the largest payload, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes from the stream and yield every payload that is complete.

        Raises:
            LimitExceeded: a payload announces more than the limit.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._limit:
                raise LimitExceeded(f"a message of {length} bytes, {self._limit} allowed")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield payload
