"""All that a platform shows: its monitors, the picture of each, and the pointer."""

from typing import Protocol

from agent.capture.monitor import MonitorWatch, Roster, X11Monitors
from agent.capture.pointer import Pointer, X11Pointer
from agent.capture.screen import Screen, open_screen


class Desktop(Protocol):
    """Opens what is shown, each part for the thread that calls. Every method may raise `EffectFailed`."""

    @property
    def roster(self) -> Roster:
        """Knows the monitors' numbers."""
        ...

    def monitors(self) -> MonitorWatch:
        """Return what tells of monitors that come and go."""
        ...

    def screen(self, number: int) -> Screen:
        """Return the picture of the monitor of this number."""
        ...

    def pointer(self) -> Pointer:
        """Return the person's pointer."""
        ...


class X11Desktop:
    """An X display.

    Args:
        name: such as `:0`; None takes the one this program was started on.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self.roster = Roster()

    def monitors(self) -> MonitorWatch:
        """Return what tells of monitors that come and go."""
        return X11Monitors(self._name, self.roster)

    def screen(self, number: int) -> Screen:
        """Return the picture of the monitor of this number."""
        return open_screen(self._name, number, self.roster)

    def pointer(self) -> Pointer:
        """Return the person's pointer."""
        return X11Pointer(self._name, self.roster)


def open_desktop(name: str | None = None) -> Desktop:
    """Return this platform's desktop."""
    return X11Desktop(name)
