"""XTEST's request that makes input (xtestproto, section 3): one for every key, button and move."""

import struct

from Xlib.display import Display
from Xlib.ext import xtest

from agent.capture.asking import tell

_FAKE_INPUT, _WORDS = 2, 9
_REQUEST = struct.Struct("=BBHBBxx16xhh8x")


def inject(connection: Display, kind: int, detail: int = 0, x: int = 0, y: int = 0) -> None:
    """Have the server make input, with whatever is sent next.

    Args:
        connection: with XTEST.
        kind: `X.KeyPress` and its like, or `X.MotionNotify`.
        detail: keycode or button.
        x: where a move goes to on the desktop.
        y: likewise.
    """
    opcode = connection.display.get_extension_major(xtest.extname)
    tell(connection, _REQUEST.pack(opcode, _FAKE_INPUT, _WORDS, kind, detail, x, y))
