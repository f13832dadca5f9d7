"""What came over our windows between two looks, told by the notices alone; no I/O here.

A look asks the X server and costs time, so there cannot be one after each of a
thousand notices a second. A cover that flashes between two looks is counted here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.windows.stacking import Pane, Stack


@dataclass(frozen=True)
class _Guarded:
    frame: int
    besides: frozenset[int]


class Touching:
    """Counts for each window of ours how often something touched it.

    Args:
        stack: of all top-level windows.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._guarded: dict[int, _Guarded] = {}
        self._counts: dict[int, int] = {}

    def guard(self, window: int, frame: int, besides: frozenset[int]) -> None:
        """Count from now on what touches a window.

        Args:
            window: ours.
            frame: the top-level window that holds it.
            besides: top-level windows that may lie over it.
        """
        self._guarded[window] = _Guarded(frame, besides)
        self._counts.setdefault(window, 0)

    def count(self, window: int) -> int:
        """Return how often a window was touched so far."""
        return self._counts.get(window, 0)

    def note(self, number: int, change: Callable[[], None]) -> bool:
        """Carry a change of one top-level window out, and tell whether it touched a guarded one."""
        guarded = list(self._guarded.items())
        before = [self._standing(each, number) for _, each in guarded]
        pane = self._pane(number)
        change()
        changed = self._pane(number) != pane
        touched = False
        for (window, each), earlier in zip(guarded, before, strict=True):
            later = self._standing(each, number)
            # Who only goes below it was counted when it came over, or seen by a look.
            moved = changed and (number == each.frame or number in earlier | later)
            if moved or later - earlier:
                self._counts[window] += 1
                touched = True
        return touched

    def forget(self, frame: int) -> None:
        """Guard what this top-level window held no longer; it is gone."""
        for window in [window for window, each in self._guarded.items() if each.frame == frame]:
            del self._guarded[window], self._counts[window]

    def _standing(self, guarded: _Guarded, number: int) -> frozenset[int]:
        """Return what of this change lies over a guarded window now."""
        own = self._pane(guarded.frame)
        if own is None or number in guarded.besides:
            return frozenset()
        if number == guarded.frame:
            over = (pane.number for pane in self._stack.over(number, own.place))
            return frozenset(over) - guarded.besides
        return frozenset({number}) if self._stack.covers(number, own) else frozenset()

    def _pane(self, number: int) -> Pane | None:
        return self._stack[number] if number in self._stack else None
