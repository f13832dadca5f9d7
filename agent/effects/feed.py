"""What the agent tells its watchdog: records of two bytes, an operation and what it is about.

A pipe keeps writes this small in one piece, so a killed agent leaves no half
record behind.
"""

from collections.abc import Iterator

KEY_DOWN, KEY_UP = b"K", b"k"
BUTTON_DOWN, BUTTON_UP = b"B", b"b"
LENT, RETURNED = b"L", b"l"
BEAT = b"."

RECORD = 2
READY = b"r"
"""What the watchdog answers once, when it can release."""

SILENCE = 0.4
"""Seconds without a record after which what is held is released: the promise is 500 ms."""

SETTLED = 0.18
"""Seconds that a program gets to look up a key before the key may mean something else.

The longest wait before a character, too: it must stay below what Stop may take.
"""


def record(operation: bytes, detail: int = 0) -> bytes:
    """Return one record; `detail` is a keycode or a button."""
    return operation + bytes((detail,))


def records(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the records of what was read; a half one at the end is left out."""
    for offset in range(0, len(data) - RECORD + 1, RECORD):
        yield data[offset : offset + 1], data[offset + 1]
