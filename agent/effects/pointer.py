"""The pointer of an X11 desktop: moves, buttons, wheel; belongs to the thread of its connection."""

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.capture.monitor import primary_monitor, watch_monitors
from agent.effects.held import Held

UP, DOWN, LEFT, RIGHT = 4, 5, 6, 7
"""The wheel's steps are buttons in X11."""

WHEEL = range(UP, RIGHT + 1)


class PointerInput:
    """Moves the pointer within the primary monitor and presses its buttons.

    Args:
        connection: to the X server, with RandR and XTEST.
        held: what presses.
    """

    def __init__(self, connection: Display, held: Held) -> None:
        self._connection = connection
        self._held = held
        watch_monitors(connection)
        self._monitor = primary_monitor(connection)

    def monitors_changed(self) -> None:
        """Find out again where the primary monitor lies."""
        self._monitor = primary_monitor(self._connection)

    def move(self, x: int, y: int) -> None:
        """Move to a pixel of the monitor, or to the nearest one."""
        monitor = self._monitor
        xtest.fake_input(
            self._connection,
            X.MotionNotify,
            x=monitor.x + min(max(x, 0), monitor.width - 1),
            y=monitor.y + min(max(y, 0), monitor.height - 1),
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
