"""The small things that every page is made of: texts, buttons, cards, icons."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
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

from technician_console.windows.palette import Palette
from technician_console.windows.theme import Theme, drawing

Box = TypeVar("Box", bound=QBoxLayout)

MESSAGE_ICONS = {"calm": "info", "ok": "circle-check", "warning": "triangle-alert", "danger": "circle-x"}


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


def button(
    words: str, kind: str = "", name: str = "", pressed: Callable[[], object] | None = None
) -> QPushButton:
    """Return a button; `kind` is a word of the style sheet."""
    made = QPushButton(words.replace("&", "&&"))
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAccessibleName(name or words)
    if kind:
        made.setProperty("kind", kind)
    if pressed is not None:
        made.clicked.connect(lambda _checked=False: pressed())
    return made


def rows(*parts: QWidget | QLayout | int, margin: int = 0, gap: int = 0) -> QVBoxLayout:
    """Return parts one below the other; a number is a distance, 0 takes what is left."""
    return _filled(QVBoxLayout(), parts, margin, gap)


def columns(*parts: QWidget | QLayout | int, margin: int = 0, gap: int = 0) -> QHBoxLayout:
    """Return parts side by side; a number is a distance, 0 takes what is left."""
    return _filled(QHBoxLayout(), parts, margin, gap)


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


class Icon(QWidget):
    """An icon in a colour of the palette, sharp at any scale.

    Args:
        theme: whose palette.
        name: of a file in `icons/`.
        colour: the name of a colour of the palette.
        size: width and height in pixels.
    """

    def __init__(self, theme: Theme, name: str, colour: str = "muted", size: int = 16) -> None:
        super().__init__()
        self._theme, self._name, self._colour = theme, name, colour
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def show_icon(self, name: str, colour: str) -> None:
        """Show another icon, or in another colour."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        drawing(self._name, colour_of(self._theme.palette, self._colour)).render(painter, QRectF(self.rect()))
        painter.end()


class Initials(QWidget):
    """The round mark with the first letters of a name."""

    def __init__(self, theme: Theme, size: int = 40) -> None:
        super().__init__()
        self._theme, self._letters = theme, ""
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def show_name(self, name: str) -> None:
        """Show the letters of this name."""
        words = name.split()
        self._letters = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.palette.accent))
        painter.drawEllipse(self.rect())
        font = self.font()
        font.setPixelSize(self.width() * 2 // 5)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.palette.accent_text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letters)
        painter.end()


class Message(QWidget):
    """A coloured strip with an icon and words, and a distance below; hidden while it has none.

    Args:
        theme: whose palette.
        tone: `calm`, `ok`, `warning` or `danger`.
    """

    def __init__(self, theme: Theme, tone: str = "danger") -> None:
        super().__init__()
        icon = Icon(theme, MESSAGE_ICONS[tone], _ink(tone), 20)
        self._words = text(role=tone)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line = columns(icon, self._words, margin=12, gap=12)
        line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
        strip = frame(line, "message")
        strip.setProperty("tone", tone)
        self.setLayout(rows(strip, 16))
        self.hide()

    def say(self, words: str) -> None:
        """Show these words, or nothing."""
        self._words.setText(words)
        self.setVisible(bool(words))


def _ink(tone: str) -> str:
    return "accent" if tone == "calm" else tone


def colour_of(palette: Palette, name: str) -> str:
    """Return a colour of the palette by its name."""
    return str(getattr(palette, name))
