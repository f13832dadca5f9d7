"""The pointer of an X11 desktop: moves, buttons, wheel; belongs to the thread of its connection."""

from Xlib import X
from Xlib.display import Display

from agent.capture.monitor import Monitor, find_monitors, watch_monitors
from agent.capture.watching import Watching
from agent.effects.held import Held
from agent.effects.injection import inject

UP, DOWN, LEFT, RIGHT = 4, 5, 6, 7
"""The wheel's steps are buttons in X11."""

WHEEL = range(UP, RIGHT + 1)


class PointerInput:
    """Moves the pointer on the monitors that are seen and presses its buttons.

    Args:
        connection: to the X server, with RandR and XTEST.
        held: what presses.
        watching: which monitors the technician watches.
    """

    def __init__(self, connection: Display, held: Held, watching: Watching) -> None:
        self._connection = connection
        self._held = held
        self._watching = watching
        watch_monitors(connection)
        self.monitors: tuple[Monitor, ...] = ()
        self.monitors_changed()

    def monitors_changed(self) -> None:
        """Find out again where the monitors lie."""
        self.monitors = self._watching.roster.numbered(find_monitors(self._connection))

    @property
    def seen(self) -> tuple[Monitor, ...]:
        """The monitors that input may reach."""
        return self._watching.seen(self.monitors)

    @property
    def all_seen(self) -> bool:
        """Whether there is no monitor that input may not reach."""
        return len(self.seen) == len(self.monitors)

    def sees(self, monitor: int) -> bool:
        """Tell whether input may reach the monitor of this number."""
        return any(each.number == monitor for each in self.seen)

    def move(self, monitor: int, x: int, y: int) -> None:
        """Move to a pixel of a monitor that is seen, or to the nearest one of it; of no other."""
        area = next((each.area for each in self.seen if each.number == monitor), None)
        if area is None:
            return
        inject(
            self._connection,
            X.MotionNotify,
            x=area.x + min(max(x, 0), area.width - 1),
            y=area.y + min(max(y, 0), area.height - 1),
        )
        self._held.flush()

    def button(self, number: int, down: bool) -> None:
        """Press or release a button; the wheel's are left to `scroll`."""
        if number not in WHEEL:
            self._held.button(number, down)
            self._held.flush()

    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel by whole steps; positive is right and down."""
        for steps, backward, forward in ((dx, LEFT, RIGHT), (dy, UP, DOWN)):
            for _ in range(abs(steps)):
                for down in (True, False):
                    self._held.button(forward if steps > 0 else backward, down)
        self._held.flush()
