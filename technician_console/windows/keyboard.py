"""From the technician's keys to intents.

Every key but F11 goes to the person's computer while the remote screen has the focus;
the right Control key alone gives the keyboard back. A key that went down here goes up
here, whatever keysym its release would give by then.

F11 is the console's full screen. With the right Control key it is the person's F11,
because somebody whose browser fills the screen has to be helped out of it. Where the person
has several screens, Shift and F11 go on to the next one, likewise.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from technician_console.view import TEXT_MAXIMUM, Intents
from technician_console.windows.keysyms import CONTROL_R, keysym_of


class Keyboard:
    """What is held, and what to say about it.

    Args:
        intents: whom to tell.
        escape: called when the right Control key was pressed and let go alone.
    """

    def __init__(self, intents: Intents, escape: Callable[[], None]) -> None:
        self._intents, self._escape = intents, escape
        self._held: dict[int, int] = {}
        self._escaping: int | None = None

    def pressed(self, event: QKeyEvent) -> None:
        """Take a key press; repeats of a held key are presses again."""
        keysym = keysym_of(event)
        if keysym is None:
            return
        place = _place(event)
        if keysym == CONTROL_R:
            if not event.isAutoRepeat():
                self._escaping = place
            return
        if self._escaping is not None:
            # Together with another key but F11 it is a Control key like the other one.
            if event.key() != Qt.Key.Key_F11:
                self._down(self._escaping, CONTROL_R)
            self._escaping = None
        self._down(place, self._held.get(place, keysym))

    def released(self, event: QKeyEvent) -> None:
        """Take a key release."""
        place = _place(event)
        if event.isAutoRepeat():
            return
        if place == self._escaping:
            self._escaping = None
            self._escape()
        elif (keysym := self._held.pop(place, None)) is not None:
            self._intents.key(keysym, False)

    def committed(self, text: str) -> None:
        """Take text that a dead key or an input method made."""
        for start in range(0, len(text), TEXT_MAXIMUM):
            self._intents.text(text[start : start + TEXT_MAXIMUM])

    def forget(self) -> None:
        """Forget what is held; whoever calls this tells the other end."""
        self._held.clear()
        self._escaping = None

    def _down(self, place: int, keysym: int) -> None:
        self._held[place] = keysym
        self._intents.key(keysym, True)


def is_the_consoles(event: QEvent, several: bool) -> bool:
    """Tell whether a key event is the console's own: F11, and with `several` screens Shift and F11."""
    if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_F11:
        return False
    plain, shifted = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    return event.modifiers() == plain or (several and event.modifiers() == shifted)


def _place(event: QKeyEvent) -> int:
    """Return what is the same for the press and the release of one key."""
    return event.nativeScanCode() or -event.key()
