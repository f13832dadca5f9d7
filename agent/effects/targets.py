"""Whether input would reach one of our own windows; belongs to the thread of its connection.

Window managers put a managed window into a frame of theirs, and a click on that
frame closes or moves our window: frames of ours count as ours. A tray icon is
put into the panel's window, which stays foreign but for the icon.
"""

from collections.abc import Sequence, Set

import msgspec
from Xlib import X
from Xlib.display import Display
from Xlib.error import BadWindow, CatchError
from Xlib.protocol import rq
from Xlib.xobject.drawable import Window

from agent.capture.asking import Question, ask_focus, ask_parent, focus_of, parent_of, pointer_place
from agent.capture.monitor import Monitor, Rect

NOTHING, POINTER_ROOT = 0, 1
"""What can have the focus instead of a window; with the second one it follows the pointer."""


class Around(msgspec.Struct, frozen=True):
    """The windows between one of ours and the root, and those of them that are its frame."""

    outer: frozenset[int] = frozenset()
    frames: frozenset[int] = frozenset()


class Focus(msgspec.Struct, frozen=True):
    """What has the keyboard's focus.

    Attributes:
        what: a window, `NOTHING` or `POINTER_ROOT`.
        chain: the window and those around it up to the root, which is not among them.
        whole: whether the root is around all of them; one may be gone, or on another X screen.
    """

    what: int
    chain: tuple[int, ...]
    whole: bool


class Targets:
    """Finds the top-level windows that hold ours.

    Args:
        connection: to the X server.
    """

    def __init__(self, connection: Display) -> None:
        self._connection = connection
        self._root = connection.screen().root
        self._managed = connection.intern_atom("WM_STATE")
        self._around: dict[int, Around] = {}
        self._chain: tuple[int, ...] = ()

    def heard(self, event: rq.Event) -> None:
        """Forget what an event says has changed."""
        if event.type != X.PropertyNotify or event.atom == self._managed:
            self._around.pop(event.window.id, None)

    def at_pointer(self, own: Set[int]) -> bool:
        """Say whether the window under the pointer is one of `own`, or is its frame, or lies in it."""
        top, x, y = pointer_place(self._connection)
        if top == NOTHING:
            return False
        if self._is_ours(top, own):
            return True
        if not any(top in self._place(each).outer for each in own):
            return False
        return self._below(self._window(top), x, y, own)

    def focused(self, own: Set[int]) -> bool:
        """Say whether the window with the keyboard's focus is one of `own`, its frame, or lies in it."""
        focus = self._focus()
        if focus.what == POINTER_ROOT:
            return self.at_pointer(own)
        return any(self._is_ours(each, own) for each in focus.chain)

    def _focus(self) -> Focus:
        # Most often it is where it was, so the windows around it are asked for along with it.
        asked = ask_focus(self._connection)
        known = {each: ask_parent(self._connection, each) for each in self._chain}
        what = window = focus_of(asked.answer())
        chain: list[int] = []
        try:
            while window not in (NOTHING, POINTER_ROOT, self._root.id):
                chain.append(window)
                question: Question = known.get(window) or ask_parent(self._connection, window)
                window = parent_of(question.answer())
        except BadWindow:
            window = NOTHING
        self._chain = tuple(chain)
        return Focus(what, self._chain, window == self._root.id)

    def pointer_within(self, seen: Sequence[Monitor]) -> bool:
        """Say whether the pointer is on one of these monitors."""
        _, x, y = pointer_place(self._connection)
        return any(each.area.holds(x, y) for each in seen)

    def focus_within(self, seen: Sequence[Monitor], monitors: Sequence[Monitor]) -> bool:
        """Say whether a key would reach what is on one of these monitors, or no window at all.

        Args:
            seen: the monitors that are seen.
            monitors: all of them.
        """
        focus = self._focus()
        if focus.what == POINTER_ROOT:
            return self.pointer_within(seen)
        if not focus.chain:
            return True
        if not focus.whole:
            # Of another X screen nothing is seen.
            return False
        try:
            # Programs give the focus to tiny windows at odd places, so what counts is the outermost one.
            around = self._window(focus.chain[-1]).get_geometry()
        except BadWindow:
            return False
        place = Rect(around.x, around.y, around.width, around.height)
        on = [each for each in monitors if place.common(each.area) is not None]
        # Window managers give the focus to a window beyond every monitor when no other shall have it.
        return not on or any(each in seen for each in on)

    def _is_ours(self, window: int, own: Set[int]) -> bool:
        return window in own or any(window in self._place(each).frames for each in own)

    def _below(self, window: Window, x: int, y: int, own: Set[int]) -> bool:
        """Go down to what lies under a point of a foreign window that holds one of ours."""
        while True:
            try:
                inner = window.translate_coords(self._root, x, y).child
            except BadWindow:
                return False
            if not isinstance(inner, Window):
                return False
            if inner.id in own:
                return True
            window = inner

    def _place(self, window: int) -> "Around":
        """Return what is around a window of ours; asked once, until an event says otherwise."""
        known = self._around.get(window)
        if known is None:
            try:
                known = self._asked(self._window(window))
            except BadWindow:
                # Gone; ids are used again, so this is not kept.
                return Around()
            self._around[window] = known
        return known

    def _asked(self, window: Window) -> "Around":
        # The mask is this connection's own; Qt's is not touched. That the window is gone is seen below.
        window.change_attributes(
            event_mask=X.StructureNotifyMask | X.PropertyChangeMask, onerror=CatchError(BadWindow)
        )
        outer: set[int] = set()
        parent = window.query_tree().parent
        while isinstance(parent, Window) and parent != self._root:
            outer.add(parent.id)
            parent = parent.query_tree().parent
        managed = window.get_property(self._managed, X.AnyPropertyType, 0, 2) is not None
        return Around(frozenset(outer), frozenset(outer) if managed else frozenset())

    def _window(self, window: int) -> Window:
        made: Window = self._connection.create_resource_object("window", window)
        return made
