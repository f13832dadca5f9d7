"""Which X keysym a key event stands for (X Window System Protocol, appendix A).

Where Qt runs on X11 or Wayland the platform says it. Elsewhere, and for events that
no keyboard made, it follows from the key's name or from the text that it gives.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

NATIVE = ("xcb", "wayland", "wayland-egl")
KEYSYM_MAXIMUM = 0x1FFFFFFF
CONTROL_R = 0xFFE4

NAMED: dict[int, int] = {
    Qt.Key.Key_Backspace: 0xFF08,
    Qt.Key.Key_Tab: 0xFF09,
    Qt.Key.Key_Backtab: 0xFF09,
    Qt.Key.Key_Return: 0xFF0D,
    Qt.Key.Key_Enter: 0xFF8D,
    Qt.Key.Key_Pause: 0xFF13,
    Qt.Key.Key_ScrollLock: 0xFF14,
    Qt.Key.Key_SysReq: 0xFF15,
    Qt.Key.Key_Escape: 0xFF1B,
    Qt.Key.Key_Home: 0xFF50,
    Qt.Key.Key_Left: 0xFF51,
    Qt.Key.Key_Up: 0xFF52,
    Qt.Key.Key_Right: 0xFF53,
    Qt.Key.Key_Down: 0xFF54,
    Qt.Key.Key_PageUp: 0xFF55,
    Qt.Key.Key_PageDown: 0xFF56,
    Qt.Key.Key_End: 0xFF57,
    Qt.Key.Key_Print: 0xFF61,
    Qt.Key.Key_Insert: 0xFF63,
    Qt.Key.Key_Menu: 0xFF67,
    Qt.Key.Key_NumLock: 0xFF7F,
    Qt.Key.Key_Shift: 0xFFE1,
    Qt.Key.Key_Control: 0xFFE3,
    Qt.Key.Key_CapsLock: 0xFFE5,
    Qt.Key.Key_Alt: 0xFFE9,
    Qt.Key.Key_Meta: 0xFFEB,
    Qt.Key.Key_AltGr: 0xFE03,
    Qt.Key.Key_Delete: 0xFFFF,
    **{Qt.Key.Key_F1 + index: 0xFFBE + index for index in range(24)},
}


def keysym_of(event: QKeyEvent) -> int | None:
    """Return the keysym of a key event, None if it has none."""
    native = event.nativeVirtualKey()
    if native and QGuiApplication.platformName() in NATIVE:
        return native if native <= KEYSYM_MAXIMUM else None
    if (named := NAMED.get(event.key())) is not None:
        return named
    text = event.text()
    if len(text) == 1 and text.isprintable():
        return keysym_of_character(text)
    letter = event.key()
    # With Control held the text is a control character; the key still says which letter it is.
    return ord(chr(letter).lower()) if 0x20 <= letter <= 0x7E else None


def keysym_of_character(character: str) -> int:
    """Return the keysym of one character: Latin-1 as it is, all others in the Unicode range."""
    point = ord(character)
    return point if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF else 0x01000000 + point
