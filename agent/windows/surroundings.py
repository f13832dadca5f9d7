"""What is around our windows on the X display: what covers them, and where they are.

One connection of its own beside Qt's, read in Qt's thread. Every notice is
taken in and told on one by one, so a window that only flashes is seen as well.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from Xlib import X
from Xlib.display import Display
from Xlib.error import XError
from Xlib.ext import shape

from agent.windows.arming import Rectangle
from agent.windows.stacking import Pane, Stack, contains, overlap


class Surroundings(QObject):
    """The display around our windows; `changed` comes after every single change of it.

    Args:
        display: a connection of its own.
    """

    changed = Signal()

    def __init__(self, display: Display) -> None:
        super().__init__()
        self._display = display
        self._root = display.screen().root
        self._frames: dict[int, int] = {}
        self._draining = False
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)
        self._stack = self._look()
        self._notifier = QSocketNotifier(display.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self.take_in())

    def close(self) -> None:
        """Listen no longer, and close the connection."""
        self._notifier.setEnabled(False)
        self._display.close()

    def take_in(self) -> None:
        """Take in every notice that has arrived."""
        if self._draining:
            return
        self._draining = True
        try:
            while self._display.pending_events():
                if self._apply(self._display.next_event()):
                    self.changed.emit()
        finally:
            self._draining = False

    def take_in_all(self) -> None:
        """Take in every notice up to this moment of the server."""
        self._display.sync()
        self.take_in()

    def place(self, window: int) -> Rectangle | None:
        """Return where a window of ours lies on the display, or None if it is not shown."""
        frame = self.frame(window)
        if frame not in self._stack or not self._stack[frame].mapped:
            return None
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
        allowed = {self.frame(other) for other in besides}
        return place is not None and any(
            pane.number not in allowed and self._touches(pane, place)
            for pane in self._stack.over(self.frame(window), place)
        )

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
        size = self._root.get_geometry()
        return contains((0, 0, size.width, size.height), place)

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

    def _apply(self, event: Any) -> bool:
        act = self._notices().get(event.type)
        if act is None:
            return False
        act(event)
        return True

    def _notices(self) -> dict[int, Callable[[Any], None]]:
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
        self._stack.destroyed(event.window.id)

    def _configured(self, event: Any) -> None:
        above = event.above_sibling.id if event.above_sibling else 0
        self._stack.configured(event.window.id, _with_border(event), above, bool(event.override))

    def _reparented(self, event: Any) -> None:
        self._frames.pop(event.window.id, None)
        if event.parent.id == self._root.id:
            # It comes unmapped, on top of its new siblings.
            self._stack.created(
                Pane(event.window.id, (event.x, event.y, 1, 1), override=bool(event.override))
            )
            with contextlib.suppress(XError):
                self._stack.configured(
                    event.window.id, _with_border(event.window.get_geometry()), 0, bool(event.override)
                )
                self._stack.circulated(event.window.id, on_top=True)
        else:
            self._stack.destroyed(event.window.id)


def _with_border(event: Any) -> Rectangle:
    border = 2 * event.border_width
    return event.x, event.y, event.width + border, event.height + border
