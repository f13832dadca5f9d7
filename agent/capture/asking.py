"""Requests to the X server that are made at every picture and every key, in the server's own bytes.

python-xlib builds a request and reads its answer field by field, from a description of
them. Here each is one `struct`; order, errors and connection stay the library's.
"""

import struct
from typing import Any, NamedTuple

from Xlib.display import Display
from Xlib.protocol import rq

_QUERY_TREE, _QUERY_POINTER, _GET_INPUT_FOCUS = 15, 38, 43
_PLAIN = struct.Struct("=BxHI")
_EMPTY = struct.Struct("=BxH")
_FOCUS = struct.Struct("=8xI20x")
_TREE = struct.Struct("=12xI")
_POINTER = struct.Struct("=12xIhh")


class _AsItIs:
    """In place of python-xlib's description of fields."""

    @staticmethod
    def to_binary(data: bytes) -> bytes:
        return data

    @staticmethod
    def parse_binary(data: bytes, display: object, rawdict: bool = False) -> tuple[bytes, bytes]:
        del display, rawdict
        return bytes(data), b""


class _Told(rq.Request):
    _request: Any = _AsItIs


class _Asked(rq.ReplyRequest):
    _request: Any = _AsItIs
    _reply: Any = _AsItIs

    @property
    def sequence_number(self) -> int:
        """By this the library knows which answer it has."""
        number: int = self._serial
        return number


class Question:
    """A question that the server gets with whatever is sent or asked next.

    Args:
        connection: whose thread this is.
        data: the request.
    """

    def __init__(self, connection: Display, data: bytes) -> None:
        made: Any = _Asked
        self._asked: Any = made(connection.display, True, data)

    def answer(self) -> bytes:
        """Wait for the answer; questions that were put before are answered by then.

        Raises:
            XError: the server refuses.
            ConnectionClosedError: it is gone.
        """
        self._asked.reply()
        data: bytes = self._asked._data
        return data


def tell(connection: Display, data: bytes) -> None:
    """Have the server do something that has no answer, with what is sent or asked next."""
    made: Any = _Told
    made(connection.display, None, data)


class _Noticed:
    """An event of which only the kind is known."""

    def __init__(self, display: object, binarydata: bytes) -> None:
        del display
        self.type = binarydata[0] & 0x7F


def notice_only(connection: Display, kind: int) -> None:
    """Read no more than its kind of each event of this kind."""
    display: Any = connection.display
    # The library keeps one table for all connections of a program.
    display.event_classes = {**display.event_classes, kind: _Noticed}


class Place(NamedTuple):
    """Where the pointer is on the desktop, and the window below the root that it is in (0: none)."""

    window: int
    x: int
    y: int


def pointer_place(connection: Display) -> Place:
    """Ask where the pointer is."""
    root = connection.screen().root.id
    answer = Question(connection, _PLAIN.pack(_QUERY_POINTER, 2, root)).answer()
    return Place(*_POINTER.unpack_from(answer))


def ask_focus(connection: Display) -> Question:
    """Ask which window has the keyboard's focus; the answer is for `focus_of`."""
    return Question(connection, _EMPTY.pack(_GET_INPUT_FOCUS, 1))


def focus_of(answer: bytes) -> int:
    """Return the window; 0 is none, 1 the one under the pointer."""
    window: int = _FOCUS.unpack_from(answer)[0]
    return window


def ask_parent(connection: Display, window: int) -> Question:
    """Ask for a window's parent; the answer is for `parent_of`."""
    return Question(connection, _PLAIN.pack(_QUERY_TREE, 2, window))


def parent_of(answer: bytes) -> int:
    """Return the window; 0 if it was the root."""
    window: int = _TREE.unpack_from(answer)[0]
    return window
