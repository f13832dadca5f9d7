"""What an X display shows, read without a toolkit and without the environment.

A small client of the X11 protocol (X Window System Protocol, release 7): the
libraries take the display's cookie from `XAUTHORITY` of the whole process,
while the demo looks at two displays from one process.
"""

import socket
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

COOKIE = b"MIT-MAGIC-COOKIE-1"
FAMILY_LOCAL = 256

INTERN_ATOM, GET_SELECTION_OWNER, GET_IMAGE = 16, 23, 73
QUERY_POINTER = 38
Z_PIXMAP, ALL_PLANES = 2, 0xFFFFFFFF


class ScreenError(Exception):
    """The X server refused the connection or a request."""


def write_authority(path: Path, number: int, cookie: bytes) -> None:
    """Write an Xauthority file with one cookie for a local display.

    Args:
        path: the file, replaced; mode 0600.
        number: the display's number.
        cookie: 16 random bytes.
    """
    fields = (socket.gethostname().encode(), str(number).encode(), COOKIE, cookie)
    path.touch(mode=0o600)
    path.write_bytes(
        struct.pack(">H", FAMILY_LOCAL) + b"".join(struct.pack(">H", len(field)) + field for field in fields)
    )


class Screen:
    """One connection to a local X display; not for several threads at once.

    Args:
        number: the display's number.
        cookie: its MIT-MAGIC-COOKIE-1.
        timeout: seconds to wait for any reply.

    Raises:
        ScreenError: the server does not accept the cookie.
        OSError: there is no such display.
    """

    def __init__(self, number: int, cookie: bytes, timeout: float = 5.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - where X11 puts it
            self._open(cookie)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _open(self, cookie: bytes) -> None:
        name = COOKIE + bytes(-len(COOKIE) % 4)
        self._socket.sendall(struct.pack("<cxHHHHxx", b"l", 11, 0, len(COOKIE), len(cookie)) + name + cookie)
        accepted, _, _, length = struct.unpack("<BxHHH", self._read(8))
        setup = self._read(4 * length)
        if accepted != 1:
            message = f"the display refused: {bytes(setup[:80])!r}"
            raise ScreenError(message)
        (vendor,) = struct.unpack_from("<H", setup, 16)
        formats = setup[21]
        first = 32 + vendor + -vendor % 4 + 8 * formats
        (self._root,) = struct.unpack_from("<I", setup, first)
        self.width, self.height = struct.unpack_from("<HH", setup, first + 20)

    def grab(self, x: int = 0, y: int = 0, width: int = 0, height: int = 0) -> NDArray[np.uint8]:
        """Return the pixels of a rectangle, (height, width, 4), in the order blue, green, red, unused.

        Args:
            x: left edge, pixels.
            y: upper edge, pixels.
            width: 0 for all up to the right edge.
            height: 0 for all down to the lower edge.

        Raises:
            ScreenError: the rectangle is not wholly on the display.
        """
        width, height = width or self.width - x, height or self.height - y
        request = struct.pack(
            "<BBHIhhHHI", GET_IMAGE, Z_PIXMAP, 5, self._root, x, y, width, height, ALL_PLANES
        )
        pixels = np.frombuffer(self._ask(request), np.uint8, 4 * width * height)
        return pixels.reshape(height, width, 4)

    def owned(self, selection: str) -> bool:
        """Say whether a program owns the selection: how a window manager (`WM_S0`) or a tray shows itself."""
        name = selection.encode()
        padded = name + bytes(-len(name) % 4)
        request = struct.pack("<BBHHxx", INTERN_ATOM, 0, 2 + len(padded) // 4, len(name)) + padded
        self._ask(request)
        (atom,) = struct.unpack_from("<I", self._reply, 8)
        self._ask(struct.pack("<BxHI", GET_SELECTION_OWNER, 2, atom))
        (owner,) = struct.unpack_from("<I", self._reply, 8)
        return bool(owner)

    def pointer(self) -> tuple[int, int]:
        """Return where the pointer is, in pixels."""
        self._ask(struct.pack("<BxHI", QUERY_POINTER, 2, self._root))
        x, y = struct.unpack_from("<hh", self._reply, 16)
        return x, y

    def _ask(self, request: bytes) -> bytearray:
        self._socket.sendall(request)
        while True:
            self._reply = self._read(32)
            if self._reply[0] == 1:
                return self._read(4 * struct.unpack_from("<I", self._reply, 4)[0])
            if self._reply[0] == 0:
                message = f"X error {self._reply[1]} for request {self._reply[10]}"
                raise ScreenError(message)

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                message = "the display closed the connection"
                raise ScreenError(message)
            view = view[count:]
        return data
