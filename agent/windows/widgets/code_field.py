"""The field for the code: digits in groups as they are read out, a slip caught at once."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from session import codes
from session.errors import ConfigurationError

GROUPS = (4, 3, 3)
# Room for a paste with dashes, dots and blanks between the digits.
LONGEST = 40
_SEPARATORS = " \t\r\n-.\u00a0\u202f"


class CodeField(QLineEdit):
    """Ten digits as `4821 193 552`; `edited` comes after each change."""

    edited = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText("0000 000 000")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMaxLength(LONGEST)
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self.setStyleSheet("QLineEdit { font-size: 30px; font-weight: 600; min-height: 56px; }")
        self.textEdited.connect(self._regroup)

    def sizeHint(self) -> QSize:
        """Return a large field."""
        return QSize(380, 60)

    @property
    def digits(self) -> str:
        """The digits, without blanks."""
        return codes.digits_of(self.text())

    def _regroup(self, text: str) -> None:
        if not text.strip(_SEPARATORS + "0123456789"):
            before = len(codes.digits_of(text[: self.cursorPosition()]))
            shown = grouped(codes.digits_of(text))
            self.setText(shown)
            self.setCursorPosition(place_after(shown, before))
        self.edited.emit()


def grouped(digits: str) -> str:
    """Return digits in groups of four, three and three; what is too much stays in the last one."""
    parts, start = [], 0
    for size in GROUPS[:-1]:
        parts.append(digits[start : start + size])
        start += size
    parts.append(digits[start:])
    return " ".join(part for part in parts if part)


def place_after(text: str, digits: int) -> int:
    """Return the cursor's place after so many digits of a grouped text."""
    place = 0
    while digits and place < len(text):
        digits -= text[place].isdigit()
        place += 1
    return place


def complaint(text: str) -> tuple[str, int]:
    """Return the catalogue's key for what is wrong with a code, and a number for it.

    The key is empty for a good code and `code.more` for one that is not complete.
    """
    if text.strip(_SEPARATORS + "0123456789"):
        return "code.not-digits", 0
    missing = codes.LENGTH - len(codes.digits_of(text))
    if missing:
        return ("code.more", missing) if missing > 0 else ("code.too-long", 0)
    try:
        codes.parse(text)
    except ConfigurationError:
        return "code.typing-error", 0
    return "", 0
