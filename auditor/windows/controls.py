"""The small things that every page is made of: texts, buttons, boxes, icons."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from auditor.windows.theme import Theme, drawing

Box = TypeVar("Box", bound=QBoxLayout)


def text(words: str = "", role: str = "", name: str = "", *, wrap: bool = True) -> QLabel:
    """Return a label that shows plain text, whatever it holds.

    Args:
        words: what it says.
        role: how it looks, a word of the style sheet.
        name: what it is called by a screen reader; its words if empty.
        wrap: whether long text goes on in the next line.
    """
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role:
        label.setProperty("role", role)
    if name:
        label.setAccessibleName(name)
    return label


class OneLine(QLabel):
    """A label of one line that gives way: what does not fit is in its tool tip.

    Args:
        role: how it looks, a word of the style sheet.
    """

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Return next to no width."""
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


def button(words: str, kind: str, name: str, pressed: Callable[[], object], hint: str = "") -> QPushButton:
    """Return a button.

    Args:
        words: what it says.
        kind: how it looks, a word of the style sheet.
        name: what it is called by a screen reader.
        pressed: what it does.
        hint: shown when the pointer rests on it.
    """
    made = QPushButton(words.replace("&", "&&"))
    made.setAutoDefault(False)
    made.setAccessibleName(name)
    made.setProperty("kind", kind)
    made.setToolTip(hint)
    made.clicked.connect(lambda _checked=False: pressed())
    return made


class IconButton(QPushButton):
    """A button with an icon alone, whose colour follows the theme.

    Args:
        theme: whose palette.
        icon: of a file in `icons/`.
        name: what it is called by a screen reader.
        pressed: what it does.
        hint: shown when the pointer rests on it.
        kind: how it looks, a word of the style sheet.
        colour: of the icon, a name of the palette.
        size: of the icon, in pixels.
    """

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        pressed: Callable[[], object],
        hint: str = "",
        *,
        kind: str = "quiet",
        colour: str = "text",
        size: int = 18,
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._colour, self._size = theme, icon, colour, size
        self.setAutoDefault(False)
        self.setAccessibleName(name)
        self.setToolTip(hint or name)
        self.setProperty("kind", kind)
        self.setIconSize(QSize(size, size))
        self.clicked.connect(lambda _checked=False: pressed())
        theme.changed.connect(self._dress)
        self._dress()

    def show_icon(self, icon: str, name: str) -> None:
        """Become a button for something else."""
        if icon != self._icon:
            self._icon = icon
            self.setAccessibleName(name)
            self._dress()

    def _dress(self) -> None:
        self.setIcon(self._theme.icon(self._icon, self._colour, self._size))


class Icon(QWidget):
    """An icon in a colour of the palette, sharp at any scale.

    Args:
        theme: whose palette.
        name: of a file in `icons/`.
        colour: the name of a colour of the palette.
        size: width and height in pixels.
    """

    def __init__(self, theme: Theme, name: str, colour: str = "muted", size: int = 18) -> None:
        super().__init__()
        self._theme, self._name, self._colour = theme, name, colour
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        drawing(self._name, self._theme.colour(self._colour)).render(painter, QRectF(self.rect()))
        painter.end()


def rows(*parts: QWidget | QLayout | int, margin: int = 0, gap: int = 0) -> QVBoxLayout:
    """Return parts one below the other; a number is a distance, 0 takes what is left."""
    return _filled(QVBoxLayout(), parts, margin, gap)


def columns(*parts: QWidget | QLayout | int, margin: int = 0, gap: int = 0) -> QHBoxLayout:
    """Return parts side by side; a number is a distance, 0 takes what is left."""
    return _filled(QHBoxLayout(), parts, margin, gap)


def frame(layout: QLayout, part: str) -> QFrame:
    """Return a frame around a layout; `part` is a word of the style sheet."""
    made = QFrame()
    made.setProperty("part", part)
    made.setLayout(layout)
    return made


def rule(*, upright: bool = False) -> QFrame:
    """Return a hairline."""
    made = QFrame()
    made.setProperty("part", "rule")
    if upright:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property of the style sheet, and apply the style anew if that changes something."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def _filled(box: Box, parts: tuple[QWidget | QLayout | int, ...], margin: int, gap: int) -> Box:
    box.setContentsMargins(margin, margin, margin, margin)
    box.setSpacing(gap)
    for part in parts:
        match part:
            case 0:
                box.addStretch(1)
            case int():
                box.addSpacing(part)
            case QWidget():
                box.addWidget(part)
            case QLayout():
                box.addLayout(part)
    return box
