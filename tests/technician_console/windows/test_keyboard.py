"""Keys where the platform says no keysym; X11's own are tested on a real display."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from technician_console.view import TEXT_MAXIMUM
from technician_console.windows.keyboard import Keyboard
from technician_console.windows.keysyms import keysym_of
from tests.technician_console.windows.told import Told

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
DOWN, UP = QEvent.Type.KeyPress, QEvent.Type.KeyRelease


def event(
    key: int,
    text: str = "",
    kind: QEvent.Type = DOWN,
    modifiers: Qt.KeyboardModifier = NONE,
    again: bool = False,
) -> QKeyEvent:
    return QKeyEvent(kind, key, modifiers, text, again)


@pytest.mark.parametrize(
    ("key", "text", "keysym"),
    [
        (Qt.Key.Key_A, "a", 0x61),
        (Qt.Key.Key_A, "A", 0x41),
        (Qt.Key.Key_A, "\x01", 0x61),
        (Qt.Key.Key_Space, " ", 0x20),
        (Qt.Key.Key_Adiaeresis, "ä", 0xE4),
        (0, "€", 0x010020AC),
        (0, "😀", 0x0101F600),
        (Qt.Key.Key_Return, "\r", 0xFF0D),
        (Qt.Key.Key_Backtab, "", 0xFF09),
        (Qt.Key.Key_F12, "", 0xFFC9),
        (Qt.Key.Key_unknown, "", None),
    ],
)
def test_a_key_has_its_keysym(key: int, text: str, keysym: int | None) -> None:
    assert keysym_of(event(key, text)) == keysym


def test_a_held_key_repeats_as_presses_and_is_released_once() -> None:
    told = Told()
    keyboard = Keyboard(told, lambda: None)
    keyboard.pressed(event(Qt.Key.Key_A, "a"))
    keyboard.released(event(Qt.Key.Key_A, "a", UP, again=True))
    keyboard.pressed(event(Qt.Key.Key_A, "a", again=True))
    keyboard.released(event(Qt.Key.Key_A, "a", UP))
    assert told.heard == [("key", 0x61, True), ("key", 0x61, True), ("key", 0x61, False)]


def test_a_key_goes_up_as_it_went_down() -> None:
    told = Told()
    keyboard = Keyboard(told, lambda: None)
    keyboard.pressed(event(Qt.Key.Key_A, "A"))
    keyboard.released(event(Qt.Key.Key_A, "a", UP))
    assert told.heard == [("key", 0x41, True), ("key", 0x41, False)]


def test_a_release_without_its_press_is_not_sent() -> None:
    told = Told()
    keyboard = Keyboard(told, lambda: None)
    keyboard.released(event(Qt.Key.Key_Return, "\r", UP))
    keyboard.pressed(event(Qt.Key.Key_A, "a"))
    keyboard.forget()
    keyboard.released(event(Qt.Key.Key_A, "a", UP))
    assert told.heard == [("key", 0x61, True)]


def test_a_long_text_goes_in_parts() -> None:
    told = Told()
    Keyboard(told, lambda: None).committed("x" * (TEXT_MAXIMUM + 1))
    assert told.heard == [("text", "x" * TEXT_MAXIMUM), ("text", "x")]
