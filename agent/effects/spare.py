"""Keys without a symbol, lent one for a while, so that any character can be typed.

Each change of the keyboard's map is told to all programs, and each looks the
symbol up a little later, when it gets to the key press. So a lent key keeps its
symbol until programs have had time, and is given back only after a rest.
"""

import contextlib
import time
from collections.abc import Sequence

from Xlib.display import Display

from agent.effects import feed
from agent.effects.keysyms import both_cases
from agent.effects.watchdog import Watchdog
from session.errors import EffectFailed

REST = 10.0
"""Seconds after its last use that a lent key is given back."""

NO_SYMBOL = 0


class SpareKeys:
    """Lends keys; belongs to the thread of its connection.

    Args:
        connection: to the X server.
        watchdog: gives the keys back if this process cannot.
    """

    def __init__(self, connection: Display, watchdog: Watchdog) -> None:
        self._connection = connection
        self._watchdog = watchdog
        self._used: dict[int, float] = {}

    def lend(self, keysym: int, empty: Sequence[int]) -> None:
        """Put a symbol on a key; may wait until one that was lent before is free again.

        Args:
            keysym: the symbol.
            empty: keycodes that give no symbol.

        Raises:
            EffectFailed: there is no key to spare.
        """
        free = [keycode for keycode in empty if keycode not in self._used]
        keycode = free[-1] if free else self._oldest()
        self._watchdog.tell(feed.LENT, keycode)
        # With its two cases the key obeys Shift and Caps Lock like any letter.
        self._connection.change_keyboard_mapping(keycode, [both_cases(keysym)])
        self._used[keycode] = time.monotonic()

    def _oldest(self) -> int:
        if not self._used:
            raise EffectFailed("no key is free to type this character")
        keycode = min(self._used, key=self._used.__getitem__)
        time.sleep(max(0.0, self._used[keycode] + feed.SETTLED - time.monotonic()))
        return keycode

    def used(self, keycode: int) -> None:
        """Note that a key was pressed, in case it is a lent one."""
        if keycode in self._used:
            self._used[keycode] = time.monotonic()

    def give_back(self, after: float = REST) -> None:
        """Take the symbols off the keys if none was used for `after` seconds."""
        if not self._used or max(self._used.values()) + after > time.monotonic():
            return
        for keycode in list(self._used):
            del self._used[keycode]
            self._connection.change_keyboard_mapping(keycode, [(NO_SYMBOL,)])
            with contextlib.suppress(EffectFailed):
                self._watchdog.tell(feed.RETURNED, keycode)
        self._connection.flush()

    def close(self) -> None:
        """Give all keys back, as soon as no program is about to look one up."""
        if self._used:
            time.sleep(max(0.0, max(self._used.values()) + feed.SETTLED - time.monotonic()))
            self.give_back(after=0.0)
