"""When `Allow` may be pressed: after 3.0 s in which nothing changed.

Clickjacking needs a window that appears, moves, loses the focus or is covered
just before the click. So every change of `Circumstances` starts the wait again,
and while they are not good there is no wait at all. No Qt here; the clock is
handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.view import ARMING_SECONDS

Rectangle = tuple[int, int, int, int]
"""x, y, width, height in the X server's pixels."""


@dataclass(frozen=True)
class Circumstances:
    """How the question stands on the screen at one moment."""

    visible: bool
    covered: bool
    focused: bool
    banner: bool
    place: Rectangle

    @property
    def good(self) -> bool:
        """Tell whether the person can see all of it and is looking at it."""
        return self.visible and not self.covered and self.focused and self.banner

    @property
    def hint(self) -> str:
        """Return the catalogue's key for what the person can do about it; empty if all is good."""
        if self.covered or not self.visible:
            return "question.covered"
        if not self.banner:
            return "question.no-banner"
        return "" if self.focused else "question.unfocused"


class Arming:
    """The wait before `Allow`.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._before: Circumstances | None = None
        self._since: float | None = None
        self._disturbed = False

    def observe(self, now: Circumstances) -> None:
        """Take in how things are; anything but the same good circumstances starts again."""
        if now != self._before or not now.good:
            self._disturbed = self._disturbed or (self._before is not None and self._before.good)
            self._since = self._clock() if now.good else None
            self._before = now

    def disturb(self) -> None:
        """Start again because something else happened, such as input from a program."""
        self._disturbed = True
        if self._since is not None:
            self._since = self._clock()

    @property
    def progress(self) -> float:
        """Return how much of the wait is over, from 0.0 to 1.0."""
        if self._since is None:
            return 0.0
        return min(1.0, (self._clock() - self._since) / ARMING_SECONDS)

    @property
    def armed(self) -> bool:
        """Tell whether `Allow` counts now."""
        return self.progress >= 1.0

    @property
    def disturbed(self) -> bool:
        """Tell whether the wait was ever started again."""
        return self._disturbed
