"""What moves the pointer, types, and tells facts: called by the gate alone."""

from collections.abc import Callable, Set
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agent.capture.watching import Watching


class Effects(Protocol):
    """What a platform has to offer so that a granted message can act.

    All of it belongs to one thread. Every method raises `EffectFailed` when
    this computer does not obey.
    """

    def move(self, monitor: int, x: int, y: int) -> None:
        """Move the pointer to a pixel of a monitor that is seen; outside, to the nearest one of it."""
        ...

    def button(self, number: int, down: bool) -> None:
        """Press or release a mouse button: 1 left, 2 middle, 3 right, 8 back, 9 forward."""
        ...

    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel by whole steps; positive is right and down."""
        ...

    def key(self, keysym: int, down: bool) -> None:
        """Press or release the key that gives an X keysym, whatever the keyboard layout."""
        ...

    def text(self, text: str, allowed: Callable[[], bool] = lambda: True) -> None:
        """Type a text; `allowed` is asked before each character, and False ends it."""
        ...

    def release_all(self) -> None:
        """Release every key and button that is held."""
        ...

    def beat(self) -> None:
        """Say that the gate is alive: at least every 100 ms while `holding`, or all is released."""
        ...

    @property
    def holding(self) -> bool:
        """Whether a key or button is held."""
        ...

    def pointer_is_on(self, own: Set[int]) -> bool:
        """Say whether a click now would reach one of these windows (ids of top-level windows)."""
        ...

    def focus_is_on(self, own: Set[int]) -> bool:
        """Say whether a key now would reach one of these windows (ids of top-level windows)."""
        ...

    def sees(self, monitor: int) -> bool:
        """Say whether input may reach this monitor: the technician watches it, and saw it."""
        ...

    def pointer_is_seen(self) -> bool:
        """Say whether the pointer is where the technician sees it."""
        ...

    def focus_is_seen(self) -> bool:
        """Say whether the window that a key would reach is where the technician sees it."""
        ...

    def close(self) -> None:
        """Release everything and leave the keyboard as it was found."""
        ...


def open_effects(watching: "Watching", name: str | None = None) -> Effects:
    """Return this platform's effects.

    Args:
        watching: which monitors the technician watches.
        name: the display, such as `:0`; None takes the one this program was started on.

    Raises:
        EffectFailed: this computer cannot be controlled.
    """
    # The watchdog process imports this package, and must start fast.
    from agent.effects.x11 import X11Effects

    return X11Effects(name, watching)
