"""The frame of the pages before and after a session: one card in the middle."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QVBoxLayout, QWidget

from technician_console.windows.controls import columns, frame, rows

WIDTH = 480
PADDING = 24


class Page(QScrollArea):
    """A page with one card, which scrolls when the window is too low for it.

    Args:
        content: what the card holds.
        width: of the card.
    """

    def __init__(self, content: QLayout, width: int = WIDTH) -> None:
        super().__init__()
        content.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        card = frame(content, "card")
        card.setFixedWidth(width)
        column = QVBoxLayout()
        column.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        inside = QWidget()
        inside.setObjectName("page")
        inside.setLayout(columns(0, rows(0, column, 0), 0))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
