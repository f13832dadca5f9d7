"""Columns, rows, cards and notes on the grid of 4 px."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text, ToneText

NOTE_ICONS = {"warning": "warning", "danger": "hang-up", "ok": "check", "plain": "facts"}


def column(*items: QWidget | QLayout | int, spacing: int = 8, margin: int = 0) -> QVBoxLayout:
    """Return a column; a number is a space of so many pixels, 0 takes what is left."""
    layout = QVBoxLayout()
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    fill(layout, items)
    return layout


def row(*items: QWidget | QLayout | int, spacing: int = 8) -> QHBoxLayout:
    """Return a row; a number is a space of so many pixels, 0 takes what is left."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    fill(layout, items)
    return layout


def fill(layout: QBoxLayout, items: Iterable[QWidget | QLayout | int]) -> None:
    """Put things into a layout, as `column` does."""
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        elif item:
            layout.addSpacing(item)
        else:
            layout.addStretch(1)


class Card(QFrame):
    """A rounded surface that holds a column."""

    def __init__(self, *items: QWidget | QLayout | int, kind: str = "plain", spacing: int = 8) -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.setLayout(column(*items, spacing=spacing, margin=16))


class Note(QFrame):
    """One sentence in a coloured card, with an icon.

    Args:
        text: the sentence.
        kind: warning, danger, ok or plain.
        icon: another icon than the kind's.
    """

    def __init__(self, text: str, kind: str = "warning", icon: str = "") -> None:
        super().__init__()
        self.setProperty("card", kind)
        mark = Icon(icon or NOTE_ICONS[kind], "muted" if kind == "plain" else kind)
        self.label = ToneText(text, kind)
        layout = row(mark, self.label, spacing=12)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)

    def as_heading(self) -> "Note":
        """Return this note with a heading's larger text."""
        self.label.setProperty("role", "title")
        return self


def rule() -> QFrame:
    """Return a thin line across."""
    line = QFrame()
    line.setProperty("rule", "true")
    return line


class Fact(QWidget):
    """An icon, a caption and a value below it."""

    def __init__(self, icon: str, caption: str, value: str, colour: str = "muted") -> None:
        super().__init__()
        mark = Icon(icon, colour)
        self.value = Text(value)
        texts = column(Text(caption, "caption"), self.value, spacing=2)
        layout = row(mark, texts, spacing=12)
        layout.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)


def polish(window: QWidget) -> None:
    """Give all children their fonts now, so that heights can be computed before the window is shown."""
    for widget in (window, *window.findChildren(QWidget)):
        widget.ensurePolished()
        layout = widget.layout()
        if layout is not None:
            layout.invalidate()


def scroll_bar(needed: bool) -> Qt.ScrollBarPolicy:
    """Return the policy that shows a scroll bar only where the text does not fit.

    Left alone, Qt shows one too early: it narrows wrapped text, which then is too high indeed.
    """
    return Qt.ScrollBarPolicy.ScrollBarAsNeeded if needed else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
