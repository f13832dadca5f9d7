"""SSH's data types, read strictly: RFC 4251, section 5.

Certificates, signatures and revocation lists are all made of these. A reader
refuses what is cut short and, by `end`, what is too long.
"""

import struct

from session.errors import IdentityRefused

_UINT32 = struct.Struct(">I")
_UINT64 = struct.Struct(">Q")


def uint32(number: int) -> bytes:
    """Return a number as four bytes, big end first."""
    return _UINT32.pack(number)


def uint64(number: int) -> bytes:
    """Return a number as eight bytes, big end first."""
    return _UINT64.pack(number)


def string(data: bytes) -> bytes:
    """Return bytes with their length in front."""
    return _UINT32.pack(len(data)) + data


class Reader:
    """Takes a blob apart from front to back.

    Args:
        data: the blob.
        what: what it is, for the error's text.
    """

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes.

        Raises:
            IdentityRefused: so many are not left.
        """
        end = self._at + size
        if end > len(self._data):
            raise IdentityRefused(f"{self._what} is cut short")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def byte(self) -> int:
        """Return the next byte as a number; raises as `take`."""
        return self.take(1)[0]

    def uint32(self) -> int:
        """Return the next four bytes as a number; raises as `take`."""
        (number,) = _UINT32.unpack(self.take(_UINT32.size))
        return int(number)

    def uint64(self) -> int:
        """Return the next eight bytes as a number; raises as `take`."""
        (number,) = _UINT64.unpack(self.take(_UINT64.size))
        return int(number)

    def string(self) -> bytes:
        """Return the next bytes with a length in front; raises as `take`."""
        return self.take(self.uint32())

    def text(self) -> str:
        """Return the next string as UTF-8.

        Raises:
            IdentityRefused: it is cut short or not UTF-8.
        """
        try:
            return self.string().decode()
        except UnicodeDecodeError:
            raise IdentityRefused(f"{self._what} holds a text that is not UTF-8") from None

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._at

    def end(self) -> None:
        """Refuse whatever follows.

        Raises:
            IdentityRefused: something does.
        """
        if self.left:
            raise IdentityRefused(f"{self._what} has {self.left} bytes too many")
