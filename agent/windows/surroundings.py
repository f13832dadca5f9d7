"""What is around our windows on the X display: what covers them, and where they are.

One connection beside Qt's brings the notices, another one answers questions, so
that no answer has to wait behind notices. Both are used in Qt's thread. Any program
can make thousands of notices a second, and Stop must work all the same:

Laws:
    1. A notice costs no round trip. Whatever touches a guarded window is counted from
       the notices themselves, so a window that only flashes is seen as well.
    2. While nothing changes a look asks the server nothing: what the notices tell is not asked for.
    3. Notices take Qt's thread for `TURN_SECONDS` at a time, or `ALL_SECONDS` for an open question;
       looks take half of the time at most.
    4. What has not been taken in counts as a cover.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal
from Xlib import X
from Xlib.display import Display
from Xlib.error import XError
from Xlib.ext import shape

from agent.windows.arming import Rectangle
from agent.windows.stacking import Pane, Stack, contains, overlap
from agent.windows.touching import Touching

TURN_SECONDS = 0.005
ALL_SECONDS = 0.03
"""So long the notices may take when everything up to now has to be known."""

LOOK_SECONDS = 0.02
"""At least so long passes between two looks, and at least as long as the last one took."""

FAR_SECONDS = 0.2
"""The same while windows only move somewhere else."""

MOST_QUESTIONS = 32
"""More windows than these are not asked about in one look; they count as covers."""

UNMEASURED = 32767


class Surroundings(QObject):
    """The display around our windows; `changed` comes soon after a change of it, once for many.

    Args:
        display: for questions.
        notices: a connection of its own.
    """

    changed = Signal()

    def __init__(self, display: Display, notices: Display) -> None:
        super().__init__()
        self._display, self._notices = display, notices
        self._root = display.screen().root
        self._frames: dict[int, int] = {}
        self._unmeasured: set[int] = set()
        notices.screen().root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)
        size = notices.screen().root.get_geometry()
        self._size = size.width, size.height
        self._stack = self._look()
        self._touching = Touching(self._stack)
        self._acts = self._made_acts()
        self._looked, self._rest = 0.0, LOOK_SECONDS
        self._turn = self._timer(self.take_in)
        self._next_look = self._timer(self._look_around)
        self._again = False
        self._notifier = QSocketNotifier(notices.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self.take_in())

    def close(self) -> None:
        """Listen no longer, and close the connections."""
        self._notifier.setEnabled(False)
        self._turn.stop()
        self._next_look.stop()
        self._notices.close()
        self._display.close()

    def take_in(self, seconds: float = TURN_SECONDS) -> bool:
        """Take in notices for a moment, and tell whether these were all; the rest follows by itself."""
        done = self._drain(time.monotonic() + seconds)
        self._notifier.setEnabled(done)
        if not done:
            self._turn.start(0)
        return done

    def take_in_all(self) -> bool:
        """Take in every notice up to this moment of the server, and tell whether that worked."""
        # With notices left over, the server's answer would have to wait for all that came since.
        if not self.take_in(ALL_SECONDS):
            return False
        self._notices.sync()
        done = self.take_in(ALL_SECONDS)
        self._measure()
        return done and not self._unmeasured

    def guard(self, window: int, besides: Iterable[int] = ()) -> None:
        """Count from now on what touches a window of ours; others of ours may lie over it."""
        others = frozenset(self.frame(other) for other in besides)
        self._touching.guard(window, self.frame(window), others)

    def touches(self, window: int) -> int:
        """Return how often something touched a guarded window so far."""
        return self._touching.count(window)

    def place(self, window: int) -> Rectangle | None:
        """Return where a window of ours lies on the display, or None if it is not shown."""
        frame = self.frame(window)
        if frame not in self._stack or not self._stack[frame].mapped:
            return None
        if frame == window:
            return self._stack[frame].place
        with contextlib.suppress(XError):
            client = self._display.create_resource_object("window", window)
            if client.get_attributes().map_state != X.IsViewable:
                return None
            size = client.get_geometry()
            corner = client.translate_coords(self._root, 0, 0)
            # The reply gives the root's corner in the window's coordinates.
            return -corner.x, -corner.y, size.width, size.height
        return None

    def covered(self, window: int, besides: Iterable[int] = ()) -> bool:
        """Tell whether any shown window lies over a window of ours, be it by one pixel.

        Args:
            window: ours.
            besides: windows of ours that may lie over it.
        """
        place = self.place(window)
        if place is None:
            return False
        allowed = {self.frame(other) for other in besides}
        panes = [pane for pane in self._stack.over(self.frame(window), place) if pane.number not in allowed]
        return len(panes) > MOST_QUESTIONS or any(self._touches(pane, place) for pane in panes)

    def alone(self, window: int) -> bool:
        """Tell whether nothing lies over a window of ours, be it a window that is cut out there."""
        place = self.place(window)
        return place is not None and not self._stack.over(self.frame(window), place)

    def locked(self, window: int, monitor: Rectangle, besides: Iterable[int] = ()) -> bool:
        """Tell whether a screen locker's kind of window lies over the whole monitor."""
        ours = {self.frame(other) for other in besides}
        return any(
            pane.override and pane.number not in ours and contains(pane.place, monitor)
            for pane in self._stack.over(self.frame(window), monitor)
        )

    def put_on_top(self, windows: Iterable[int]) -> None:
        """Show and raise windows that no window manager holds, at once."""
        for number in windows:
            window = self._display.create_resource_object("window", number)
            window.map()
            window.configure(stack_mode=X.Above)
        self._display.flush()

    def inside(self, place: Rectangle) -> bool:
        """Tell whether a rectangle lies wholly on the display."""
        return contains((0, 0, *self._size), place)

    def frame(self, window: int) -> int:
        """Return the top-level window that holds a window of ours: the frame, or the window itself."""
        if window not in self._frames:
            self._frames[window] = self._find_frame(window)
        return self._frames[window]

    def frames(self, windows: Iterable[int]) -> frozenset[int]:
        """Return these windows and what the window manager put around them."""
        own = frozenset(windows)
        return own | {self.frame(window) for window in own}

    def _find_frame(self, window: int) -> int:
        with contextlib.suppress(XError):
            while True:
                tree = self._display.create_resource_object("window", window).query_tree()
                if not tree.parent or tree.parent.id == self._root.id:
                    break
                window = tree.parent.id
        return window

    def _touches(self, pane: Pane, place: Rectangle) -> bool:
        x, y, _, _ = pane.place
        try:
            window = self._display.create_resource_object("window", pane.number)
            parts = shape.get_rectangles(window, shape.SK.Bounding).rectangles
        except XError:
            # It is gone by now, but it was there at the moment that is being looked at.
            return True
        return any(overlap((x + part.x, y + part.y, part.width, part.height), place) for part in parts)

    def _look(self) -> Stack:
        panes = []
        for window in self._root.query_tree().children:
            with contextlib.suppress(XError):
                attributes, size = window.get_attributes(), window.get_geometry()
                shown = attributes.map_state != X.IsUnmapped
                panes.append(Pane(window.id, _with_border(size), shown, bool(attributes.override_redirect)))
        return Stack(panes)

    def _timer(self, act: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: act())
        return timer

    def _drain(self, deadline: float) -> bool:
        while waiting := self._notices.pending_events():
            for _ in range(waiting):
                self._apply(self._notices.next_event())
                if time.monotonic() >= deadline:
                    return not self._notices.pending_events()
        return True

    def _apply(self, event: Any) -> None:
        act = self._acts.get(event.type)
        # Anybody may send what looks like a notice; the server's own are marked as none of those.
        if act is None or event.send_event:
            return
        touched = self._touching.note(event.window.id, lambda: act(event))
        if event.type == X.DestroyNotify:
            self._touching.forget(event.window.id)
        # What was touched is told twice: once that it happened, and once how it is since.
        self._again = self._again or touched
        near = touched or event.type != X.ConfigureNotify
        self._plan(LOOK_SECONDS if near else FAR_SECONDS)

    def _plan(self, rest: float) -> None:
        """Look around when the last look is so long ago, or earlier if that is planned."""
        wait = max(0.0, self._looked + max(rest, self._rest) - time.monotonic())
        left = round(1000 * wait)
        if not self._next_look.isActive() or self._next_look.remainingTime() > left:
            self._next_look.start(left)

    def _look_around(self) -> None:
        again, self._again = self._again, False
        began = time.monotonic()
        self._measure()
        self.changed.emit()
        self._looked = time.monotonic()
        self._rest = self._looked - began
        if again or self._unmeasured:
            self._plan(LOOK_SECONDS)

    def _measure(self) -> None:
        """Ask for the size of windows that came out of other windows."""
        for number in list(self._unmeasured)[:MOST_QUESTIONS]:
            self._unmeasured.discard(number)
            if number in self._stack:
                pane = self._stack[number]
                with contextlib.suppress(XError):
                    window = self._display.create_resource_object("window", number)
                    self._stack.measured(number, _with_border(window.get_geometry()), pane.place)

    def _made_acts(self) -> dict[int, Callable[[Any], None]]:
        stack = self._stack
        return {
            X.CreateNotify: lambda e: stack.created(
                Pane(e.window.id, _with_border(e), override=bool(e.override))
            ),
            X.DestroyNotify: self._destroyed,
            X.MapNotify: lambda e: stack.mapped(e.window.id, True),
            X.UnmapNotify: lambda e: stack.mapped(e.window.id, False),
            X.ConfigureNotify: self._configured,
            X.CirculateNotify: lambda e: stack.circulated(e.window.id, e.place == X.PlaceOnTop),
            X.ReparentNotify: self._reparented,
        }

    def _destroyed(self, event: Any) -> None:
        self._frames.pop(event.window.id, None)
        self._unmeasured.discard(event.window.id)
        self._stack.destroyed(event.window.id)

    def _configured(self, event: Any) -> None:
        if event.window.id == self._root.id:
            self._size = event.width, event.height
            return
        above = event.above_sibling.id if event.above_sibling else 0
        self._unmeasured.discard(event.window.id)
        self._stack.configured(event.window.id, _with_border(event), above, bool(event.override))

    def _reparented(self, event: Any) -> None:
        number = event.window.id
        self._frames.pop(number, None)
        if event.parent.id == self._root.id:
            # It comes unmapped, on top of its new siblings, and as large as can be until it is measured.
            place = event.x, event.y, UNMEASURED, UNMEASURED
            self._stack.created(Pane(number, place, override=bool(event.override)))
            self._unmeasured.add(number)
        else:
            self._unmeasured.discard(number)
            self._stack.destroyed(number)


def _with_border(event: Any) -> Rectangle:
    border = 2 * event.border_width
    return event.x, event.y, event.width + border, event.height + border
