"""The effects on an X11 desktop, over one connection that belongs to one thread.

Input and the question whom it would reach share the connection, so that the
answer counts a move that was made just before.
"""

from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager

from Xlib import X
from Xlib.ext import randr, xtest

from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, require
from agent.capture.watching import Watching
from agent.effects import feed
from agent.effects.held import Held
from agent.effects.keyboard import Keyboard
from agent.effects.pointer import PointerInput
from agent.effects.targets import Targets
from agent.effects.watchdog import Watchdog
from session.errors import EffectFailed

WINDOW_EVENTS = frozenset({X.ReparentNotify, X.DestroyNotify, X.MapNotify, X.PropertyNotify})
OTHER_WINDOW_EVENTS = frozenset({X.ConfigureNotify, X.UnmapNotify, X.GravityNotify, X.CirculateNotify})


class X11Effects:
    """Pointer, keyboard and targets of an X display; see `Effects`.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        watching: which monitors the technician watches; the primary one by default.

    Raises:
        EffectFailed: there is no such display, it lacks XTEST, XKB or RandR, or the watchdog does not start.
    """

    def __init__(self, name: str | None = None, watching: Watching | None = None) -> None:
        self._connection = open_connection(name)
        require(self._connection, xtest.extname, randr.extname)
        self._watchdog = Watchdog(name)
        self._held = Held(self._connection, self._watchdog)
        self._pointer = PointerInput(self._connection, self._held, watching or Watching())
        self._keyboard = Keyboard(self._connection, self._held, self._watchdog)
        self._targets = Targets(self._connection)

    def move(self, monitor: int, x: int, y: int) -> None:
        """Move the pointer to a pixel of a monitor that is seen; outside, to the nearest one of it."""
        with self._obedient():
            self._pointer.move(monitor, x, y)

    def button(self, number: int, down: bool) -> None:
        """Press or release a mouse button: 1 left, 2 middle, 3 right, 8 back, 9 forward."""
        with self._obedient():
            self._pointer.button(number, down)

    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel by whole steps; positive is right and down."""
        with self._obedient():
            self._pointer.scroll(dx, dy)

    def key(self, keysym: int, down: bool) -> None:
        """Press or release the key that gives an X keysym; a held key repeats as the person set it."""
        with self._obedient():
            self._keyboard.key(keysym, down)

    def text(self, text: str, allowed: Callable[[], bool] = lambda: True) -> None:
        """Type a text.

        Takes 0.1 ms a character, 4 ms for one that this keyboard lacks, and up to
        180 ms when all of its spare keys (about 19) were used a moment ago.

        Args:
            text: any Unicode characters.
            allowed: asked before each character; False ends the text there.
        """

        def go_on() -> bool:
            self._hear()
            self._watchdog.tell(feed.BEAT)
            return allowed()

        with self._obedient():
            self._keyboard.text(text, go_on)

    def release_all(self) -> None:
        """Release every key and button that is held."""
        with self._obedient():
            self._keyboard.released()
            self._held.release_all()

    def beat(self) -> None:
        """Say that the gate is alive: at least every 100 ms while `holding`, or all is released."""
        with self._obedient():
            self._watchdog.tell(feed.BEAT)

    @property
    def holding(self) -> bool:
        """Whether a key or button is held."""
        return bool(self._held)

    def pointer_is_on(self, own: Set[int]) -> bool:
        """Say whether a click now would reach one of these windows (ids of top-level windows)."""
        with self._obedient():
            return self._targets.at_pointer(own)

    def focus_is_on(self, own: Set[int]) -> bool:
        """Say whether a key now would reach one of these windows (ids of top-level windows)."""
        with self._obedient():
            return self._targets.focused(own)

    def sees(self, monitor: int) -> bool:
        """Say whether input may reach this monitor: the technician watches it, and saw it."""
        with self._obedient():
            return self._pointer.sees(monitor)

    def pointer_is_seen(self) -> bool:
        """Say whether the pointer is where the technician sees it."""
        with self._obedient():
            return self._pointer.all_seen or self._targets.pointer_within(self._pointer.seen)

    def focus_is_seen(self) -> bool:
        """Say whether the window that a key would reach is where the technician sees it."""
        with self._obedient():
            return self._pointer.all_seen or self._targets.focus_within(
                self._pointer.seen, self._pointer.monitors
            )

    def close(self) -> None:
        """Release everything and leave the keyboard as it was found."""
        try:
            self._held.release_all()
            self._keyboard.close()
            # Closing does not wait until the server has read everything.
            self._connection.sync()
            self._connection.close()
        except (EffectFailed, *CONNECTION_ERRORS):
            # The X server is gone, and every key with it.
            return
        finally:
            self._watchdog.close()

    @contextmanager
    def _obedient(self) -> Iterator[None]:
        try:
            self._hear()
            self._keyboard.rest()
            yield
        except CONNECTION_ERRORS as error:
            raise EffectFailed(f"the X server does not obey: {type(error).__name__}") from error

    def _hear(self) -> None:
        for event in pending(self._connection):
            if event.type in WINDOW_EVENTS:
                self._targets.heard(event)
            elif event.type == X.ConfigureNotify and event.window == self._connection.screen().root:
                self._pointer.monitors_changed()
            elif event.type not in OTHER_WINDOW_EVENTS:
                # XKB's events, the core protocol's MappingNotify, RandR's: seldom, and both are cheap.
                self._keyboard.map_changed()
                self._pointer.monitors_changed()
