"""The picture of one monitor, and when it changes.

Everything here belongs to one thread, the capture thread: it waits, it grabs,
it closes. `wake` alone may be called from any thread.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from Xlib.display import Display

from agent.capture.damage import DamageWatch
from agent.capture.monitor import Changed, Rect, Roster, find_monitors, parts, primary_monitor
from agent.capture.shared_memory import DesktopPixels, Pixels
from session.errors import EffectFailed

NEAR_ROWS = 32
"""To fetch so many rows more costs less than to ask a second time."""


class Screen(Protocol):
    """What a platform has to offer so that its screen can be shown."""

    @property
    def monitor(self) -> Rect:
        """Where the monitor lies on the desktop; changes only inside `wait` and `grab`."""
        ...

    @property
    def gone(self) -> bool:
        """Whether the monitor is there no longer; `wait` returns at once then, and `grab` may fail."""
        ...

    def wait(self, timeout: float) -> Changed | None:
        """Wait for a change; return where, relative to the monitor, or None after `timeout` seconds."""
        ...

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        ...

    def grab(self, changed: Changed | None = None) -> Pixels:
        """Return the picture now, refreshed in the rows of `changed` only if that is given."""
        ...

    def close(self) -> None:
        """Let go of the screen."""
        ...


class X11Screen:
    """One monitor of an X display.

    Two connections: one reports changes (python-xlib), one fetches pixels (XCB).

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        find: tells where the monitor lies; the primary one by default.

    Raises:
        EffectFailed: there is no such display or monitor, or its screen cannot be read.
    """

    def __init__(
        self, name: str | None = None, find: Callable[[Display], Rect | None] = primary_monitor
    ) -> None:
        self._name = name
        self._watch = DamageWatch(name, find)
        self._desktop = DesktopPixels(name, self._watch.monitor)
        self._fresh = False

    @property
    def monitor(self) -> Rect:
        """Where the monitor lies on the desktop."""
        return self._watch.monitor

    @property
    def gone(self) -> bool:
        """Whether the monitor is there no longer."""
        return self._watch.gone

    def wait(self, timeout: float) -> Changed | None:
        """Wait for a change; when the monitor's size changes, all of it counts as changed.

        Returns:
            What changed, relative to the monitor; None after `timeout` seconds or `wake`.

        Raises:
            EffectFailed: the X server is gone.
        """
        return self._watch.wait(timeout)

    def wake(self) -> None:
        """End a running or the next `wait` early; may be called from any thread."""
        self._watch.wake()

    def grab(self, changed: Changed | None = None) -> Pixels:
        """Return the picture now: BGRx, height × width × 4, `uint8`, no copy.

        The array is the memory that the server writes into: it stays valid, and
        the next grab changes it. It may be painted over. After a change of size
        it is another array of another shape.

        Args:
            changed: refresh only the rows of these places; None refreshes all.

        Raises:
            EffectFailed: the server is gone.
        """
        try:
            return self._grabbed(changed)
        except EffectFailed:
            # The monitor may have changed a moment ago, before its event was read.
            if not self._watch.look_again() or self.gone:
                raise
            return self._grabbed(None)

    def _grabbed(self, changed: Changed | None) -> Pixels:
        if self._desktop.area != self._watch.monitor:
            self._desktop.close()
            self._desktop = DesktopPixels(self._name, self._watch.monitor)
            self._fresh = False
        height = self._desktop.area.height
        whole = Rect(0, 0, 1, height)
        for first, count in _rows(parts(changed if changed and self._fresh else whole), height):
            self._desktop.grab(first, count)
        self._fresh = True
        return self._desktop.pixels

    def close(self) -> None:
        """Close both connections."""
        self._watch.close()
        self._desktop.close()


def _rows(places: Iterable[Rect], height: int) -> list[tuple[int, int]]:
    """Return which rows hold these places, as first row and count; rows between near ones belong to them."""
    found: list[tuple[int, int]] = []
    for first, end in sorted((max(place.y, 0), min(place.y + place.height, height)) for place in places):
        if found and first <= found[-1][1] + NEAR_ROWS:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((first, end))
    return [(first, end - first) for first, end in found]


def open_screen(name: str | None = None, number: int | None = None, roster: Roster | None = None) -> Screen:
    """Return the screen of this platform's primary monitor, or of the one of this number.

    Args:
        name: the display.
        number: of the monitor.
        roster: knows the monitors' numbers.

    Raises:
        EffectFailed: there is none, or it cannot be read.
    """
    if number is None or roster is None:
        return X11Screen(name)

    def find(connection: Display) -> Rect | None:
        monitors = roster.numbered(find_monitors(connection))
        return next((each.area for each in monitors if each.number == number), None)

    return X11Screen(name, find)
