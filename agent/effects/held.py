"""What injected input holds down now; the one place that presses and releases, by XTEST.

XTEST and not XSendEvent: programs ignore events that another one sent. It
belongs to the thread of its connection.
"""

import contextlib

from Xlib import X
from Xlib.display import Display

from agent.capture.connection import CONNECTION_ERRORS
from agent.effects import feed
from agent.effects.injection import inject
from agent.effects.watchdog import Watchdog
from session.errors import EffectFailed

Item = tuple[bytes, int]
"""`feed.KEY_DOWN` or `feed.BUTTON_DOWN`, and the keycode or button."""

PRESS = {feed.KEY_DOWN: X.KeyPress, feed.BUTTON_DOWN: X.ButtonPress}
RELEASE = {feed.KEY_DOWN: X.KeyRelease, feed.BUTTON_DOWN: X.ButtonRelease}
OVER = {feed.KEY_DOWN: feed.KEY_UP, feed.BUTTON_DOWN: feed.BUTTON_UP}


class Held:
    """Keys and buttons that are down because this program pressed them.

    The watchdog hears of a press before it is made and of a release after it
    was made, so that it knows of everything that can be down at any moment.

    Args:
        connection: to the X server, with XTEST.
        watchdog: who releases if this process cannot.
    """

    def __init__(self, connection: Display, watchdog: Watchdog) -> None:
        self._connection = connection
        self._watchdog = watchdog
        self._down: set[Item] = set()
        self._released: list[Item] = []

    def __bool__(self) -> bool:
        """Say whether anything is down."""
        return bool(self._down)

    def is_down(self, keycode: int) -> bool:
        """Say whether this program holds a key."""
        return (feed.KEY_DOWN, keycode) in self._down

    def key(self, keycode: int, down: bool) -> None:
        """Press or release a key, with the next `flush` at the latest.

        Raises:
            EffectFailed: the watchdog is gone, so nothing may be pressed.
        """
        self._change((feed.KEY_DOWN, keycode), down)

    def button(self, number: int, down: bool) -> None:
        """Press or release a button; as `key`."""
        self._change((feed.BUTTON_DOWN, number), down)

    def _change(self, item: Item, down: bool) -> None:
        operation, detail = item
        if down:
            self._watchdog.tell(operation, detail)
            self._down.add(item)
            inject(self._connection, PRESS[operation], detail)
        else:
            self._down.discard(item)
            self._released.append(item)
            inject(self._connection, RELEASE[operation], detail)

    def flush(self) -> None:
        """Make everything happen now.

        Raises:
            EffectFailed: the X server is gone.
        """
        try:
            self._connection.flush()
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server is gone: {error}") from error
        released, self._released = self._released, []
        for operation, detail in released:
            if (operation, detail) not in self._down:
                # A release needs no watchdog.
                with contextlib.suppress(EffectFailed):
                    self._watchdog.tell(OVER[operation], detail)

    def release_all(self) -> None:
        """Release everything, now."""
        for item in sorted(self._down):
            self._change(item, False)
        self.flush()
