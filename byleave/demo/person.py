"""A person at a desktop: a VNC client that moves, clicks and types at a human pace.

Its events come from the display's own devices, which is what tells a person
from injected input. The protocol is RFB 3.8 (RFC 6143); no picture is asked for.
"""

import math
import socket
import struct
import time
from types import TracebackType
from typing import Self

VERSION = b"RFB 003.008\n"
NO_AUTHENTICATION = 1
KEY_EVENT, POINTER_EVENT = 4, 5
LEFT, MIDDLE, RIGHT, WHEEL_UP, WHEEL_DOWN = 1, 2, 3, 4, 5

KEYS = {
    "BackSpace": 0xFF08,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Escape": 0xFF1B,
    "Home": 0xFF50,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Page_Up": 0xFF55,
    "Page_Down": 0xFF56,
    "End": 0xFF57,
    "F4": 0xFFC1,
    "F11": 0xFFC8,
    "Shift": 0xFFE1,
    "Control": 0xFFE3,
    "Control_R": 0xFFE4,
    "dead_acute": 0xFE51,
    "Alt": 0xFFE9,
    "Delete": 0xFFFF,
}
"""Names of the keys that write nothing, with their keysyms."""

CONTROL_CHARACTERS = {"\n": KEYS["Return"], "\t": KEYS["Tab"], "\b": KEYS["BackSpace"]}


class PersonError(Exception):
    """The VNC server does not let the person in."""


def keysym(key: str) -> int:
    """Return the keysym of a named key or of one character (X11 protocol, appendix A)."""
    if key in KEYS:
        return KEYS[key]
    if key in CONTROL_CHARACTERS:
        return CONTROL_CHARACTERS[key]
    point = ord(key)
    return point if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF else 0x01000000 + point


class VncPerson:
    """Somebody who holds the devices of one display.

    Args:
        port: the display's VNC port on loopback.
        pace: 1.0 moves and types as a quick person does; 0 without any pause.

    Raises:
        PersonError: the server speaks something else or wants a password.
    """

    def __init__(self, port: int, pace: float = 1.0) -> None:
        self._pace = pace
        self._x, self._y, self._buttons = 0, 0, 0
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._enter()
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _enter(self) -> None:
        if not self._read(12).startswith(b"RFB 003."):
            message = "this is no VNC server"
            raise PersonError(message)
        self._socket.sendall(VERSION)
        if NO_AUTHENTICATION not in self._read(self._read(1)[0]):
            message = "the VNC server wants a password"
            raise PersonError(message)
        self._socket.sendall(bytes([NO_AUTHENTICATION]))
        if self._read(4) != bytes(4):
            message = "the VNC server refused"
            raise PersonError(message)
        self._socket.sendall(b"\x01")
        self.width, self.height = struct.unpack(">HH", self._read(4))
        self._read(16)
        self.desktop = self._read(struct.unpack(">I", self._read(4))[0]).decode()

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                message = "the VNC server closed the connection"
                raise PersonError(message)
            data += part
        return data

    def _rest(self, seconds: float) -> None:
        time.sleep(seconds * self._pace)

    def _point(self, x: int, y: int) -> None:
        self._x, self._y = min(max(x, 0), self.width - 1), min(max(y, 0), self.height - 1)
        self._socket.sendall(struct.pack(">BBHH", POINTER_EVENT, self._buttons, self._x, self._y))

    def _button(self, number: int, *, down: bool) -> None:
        bit = 1 << (number - 1)
        self._buttons = self._buttons | bit if down else self._buttons & ~bit
        self._point(self._x, self._y)

    def point(self, x: int, y: int) -> None:
        """Put the pointer there at once."""
        self._point(x, y)

    def button(self, *, down: bool) -> None:
        """Press or release the left button where the pointer is."""
        self._button(LEFT, down=down)

    def move(self, x: int, y: int) -> None:
        """Move the pointer along a short path that slows down towards its end.

        Args:
            x: pixels from the left edge of the display.
            y: pixels from its upper edge.
        """
        start_x, start_y = self._x, self._y
        steps = max(2, min(25, int(math.hypot(x - start_x, y - start_y) / 25)))
        for step in range(1, steps + 1):
            part = math.sin(step / steps * math.pi / 2)
            self._point(round(start_x + (x - start_x) * part), round(start_y + (y - start_y) * part))
            self._rest(0.012)

    def click(self, x: int, y: int, button: int = LEFT, times: int = 1) -> None:
        """Move there and click."""
        self.move(x, y)
        for _ in range(times):
            self._rest(0.06)
            self._button(button, down=True)
            self._rest(0.06)
            self._button(button, down=False)

    def drag(self, start: tuple[int, int], end: tuple[int, int], button: int = LEFT) -> None:
        """Press at the start, move to the end, let go."""
        self.move(*start)
        self._button(button, down=True)
        self._rest(0.1)
        self.move(*end)
        self._rest(0.1)
        self._button(button, down=False)

    def scroll(self, notches: int) -> None:
        """Turn the wheel where the pointer is: down if positive, up if negative."""
        wheel = WHEEL_DOWN if notches > 0 else WHEEL_UP
        for _ in range(abs(notches)):
            self._button(wheel, down=True)
            self._button(wheel, down=False)
            self._rest(0.05)

    def press(self, *keys: str) -> None:
        """Press keys together, such as `press("Control", "a")`, and let them go again."""
        for key in keys:
            self.key(key, down=True)
            self._rest(0.02)
        for key in reversed(keys):
            self.key(key, down=False)
        self._rest(0.03)

    def key(self, key: str, *, down: bool) -> None:
        """Press one key and hold it, or let it go."""
        self._socket.sendall(struct.pack(">BBxxI", KEY_EVENT, down, keysym(key)))

    def type(self, text: str) -> None:
        """Type a text, any Unicode, with line breaks and tabs as keys."""
        for character in text:
            self.press(character)
