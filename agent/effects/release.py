"""The watchdog: a process of its own that releases what a dead or frozen agent holds down.

`python -m agent.effects.release DISPLAY` reads records (`feed.py`) from its
standard input. When the pipe closes, it releases every key and button that the
agent held, gives lent keys back, and exits. When the pipe falls silent while
something is held, it releases, and goes on listening. It presses nothing, ever.
"""

import contextlib
import os
import select
import signal
import sys
import time

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.capture.connection import CONNECTION_ERRORS, open_connection
from agent.effects import feed
from session.errors import EffectFailed

STANDARD_INPUT, STANDARD_OUTPUT = 0, 1
WHOLE_PIPE = 65536
NO_SYMBOL = 0


class Release:
    """Knows what is held, and releases it; its connection belongs to the process's only thread."""

    def __init__(self, connection: Display) -> None:
        self._connection = connection
        self._keys: set[int] = set()
        self._buttons: set[int] = set()
        self._lent: set[int] = set()

    @property
    def holding(self) -> bool:
        """Whether anything is held."""
        return bool(self._keys or self._buttons)

    def hear(self, data: bytes) -> None:
        """Note what the agent told."""
        for operation, detail in feed.records(data):
            match operation:
                case feed.KEY_DOWN:
                    self._keys.add(detail)
                case feed.KEY_UP:
                    self._keys.discard(detail)
                case feed.BUTTON_DOWN:
                    self._buttons.add(detail)
                case feed.BUTTON_UP:
                    self._buttons.discard(detail)
                case feed.LENT:
                    self._lent.add(detail)
                case feed.RETURNED:
                    self._lent.discard(detail)
                case _:
                    # A beat says nothing but that it came.
                    continue

    def release(self) -> None:
        """Release every key and button."""
        for keycode in self._keys:
            xtest.fake_input(self._connection, X.KeyRelease, keycode)
        for button in self._buttons:
            xtest.fake_input(self._connection, X.ButtonRelease, button)
        self._keys.clear()
        self._buttons.clear()
        self._connection.sync()

    def give_back(self) -> None:
        """Empty the keys that were lent a symbol, once nobody is about to look them up."""
        if self._lent:
            time.sleep(feed.SETTLED)
        for keycode in self._lent:
            self._connection.change_keyboard_mapping(keycode, [(NO_SYMBOL,)])
        self._connection.sync()


def watch(release: Release, asked_to_end: int) -> None:
    """Listen until the pipe closes, or until `asked_to_end` (a descriptor) can be read."""
    os.set_blocking(STANDARD_INPUT, False)
    while True:
        patience = feed.SILENCE if release.holding else None
        readable = select.select([STANDARD_INPUT, asked_to_end], [], [], patience)[0]
        if STANDARD_INPUT in readable:
            data = os.read(STANDARD_INPUT, WHOLE_PIPE)
            if not data:
                return
            release.hear(data)
        elif readable:
            # Only now: everything that was told before is heard.
            return
        else:
            release.release()


def main() -> None:
    """Run the watchdog on the display that the first argument names (empty: the one of the environment)."""
    # Ctrl-C in a terminal reaches the whole group; this process must outlive the agent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        release = Release(open_connection(sys.argv[1] or None))
    except EffectFailed as error:
        sys.exit(str(error))
    # An exception in the midst of reading would lose what was read.
    asked_to_end = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: os.eventfd_write(asked_to_end, 1))
    os.write(STANDARD_OUTPUT, feed.READY)
    # When the X server is gone, every key is gone with it.
    with contextlib.suppress(*CONNECTION_ERRORS):
        try:
            watch(release, asked_to_end)
        finally:
            release.release()
            release.give_back()


if __name__ == "__main__":
    main()
