"""Labels. Every label is plain text, so nothing that somebody else wrote can be markup."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Text(QLabel):
    """A plain text that wraps.

    Args:
        text: shown as it is.
        role: a role of the style sheet: title, strong, caption, muted, small, error, number, code.
        wraps: False for a text that keeps to one line.
    """

    def __init__(
        self, text: str = "", role: str = "body", *, wraps: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wraps)
        if wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setText(text)


class ToneText(Text):
    """A text in the colour of a note: warning, danger, ok or plain."""

    def __init__(self, text: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(text, "note", parent=parent)
        self.setProperty("tone", tone)


def copyable(label: QLabel) -> QLabel:
    """Let the person select and copy a label's text with mouse and keyboard."""
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label
