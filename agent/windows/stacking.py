"""Which window lies over which, kept up to date from the X server's notices; no I/O here.

The X server tells who selects SubstructureNotify on the root about every change
of every top-level window, in order, so not even a window that is there for a
millisecond goes unnoticed.
"""

from dataclasses import dataclass, replace

from agent.windows.arming import Rectangle


@dataclass(frozen=True)
class Pane:
    """One top-level window: a client's, or the window manager's frame around one."""

    number: int
    place: Rectangle
    mapped: bool = False
    override: bool = False


class Stack:
    """All top-level windows, from the lowest to the highest."""

    def __init__(self, panes: list[Pane] | None = None) -> None:
        self._panes = {pane.number: pane for pane in panes or []}
        self._order = [pane.number for pane in panes or []]

    def __contains__(self, number: int) -> bool:
        return number in self._panes

    def __getitem__(self, number: int) -> Pane:
        return self._panes[number]

    def created(self, pane: Pane) -> None:
        """Take in a new window; it lies on top."""
        self.destroyed(pane.number)
        self._panes[pane.number] = pane
        self._order.append(pane.number)

    def destroyed(self, number: int) -> None:
        """Forget a window that is gone, or went into another one."""
        if self._panes.pop(number, None):
            self._order.remove(number)

    def mapped(self, number: int, mapped: bool) -> None:
        """Take in that a window is shown or hidden."""
        if number in self._panes:
            self._panes[number] = replace(self._panes[number], mapped=mapped)

    def configured(self, number: int, place: Rectangle, above: int, override: bool) -> None:
        """Take in a window's new place; it lies right over `above`, or lowest if that is 0."""
        if number not in self._panes:
            return
        self._panes[number] = replace(self._panes[number], place=place, override=override)
        self._order.remove(number)
        self._order.insert(self._order.index(above) + 1 if above in self._panes else 0, number)

    def measured(self, number: int, place: Rectangle, before: Rectangle) -> None:
        """Take in a window's place that was asked for, unless a notice told a newer one."""
        if number in self._panes and self._panes[number].place == before:
            self._panes[number] = replace(self._panes[number], place=place)

    def circulated(self, number: int, on_top: bool) -> None:
        """Take in that a window went to the top or to the bottom."""
        if number in self._panes:
            self._order.remove(number)
            self._order.insert(len(self._order) if on_top else 0, number)

    def over(self, number: int, place: Rectangle) -> list[Pane]:
        """Return the shown windows that lie over a window and touch a rectangle of it."""
        if number not in self._panes:
            return []
        higher = self._order[self._order.index(number) + 1 :]
        panes = (self._panes[each] for each in higher)
        return [pane for pane in panes if pane.mapped and overlap(pane.place, place)]

    def covers(self, number: int, pane: Pane) -> bool:
        """Tell whether a window is shown, lies over another one and shares a pixel with its rectangle."""
        other = self._panes.get(number)
        if other is None or not other.mapped or not overlap(other.place, pane.place):
            return False
        return self._order.index(number) > self._order.index(pane.number)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Tell whether two rectangles share at least one pixel."""
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def contains(outer: Rectangle, inner: Rectangle) -> bool:
    """Tell whether the inner rectangle lies wholly in the outer one."""
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[0] + outer[2] >= inner[0] + inner[2]
        and outer[1] + outer[3] >= inner[1] + inner[3]
    )
