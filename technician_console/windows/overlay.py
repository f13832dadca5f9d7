"""What lies over the person's screen: why it stands still, a question, a hint, a notice."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from technician_console.windows.controls import Icon, button, columns, frame, rows, text
from technician_console.windows.theme import Theme

CARD_WIDTH = 400
VEIL = 176
HINT_MS = 6000


class Veil(QWidget):
    """Dims what is below and shows one card in the middle."""

    def __init__(self, parent: QWidget, theme: Theme, name: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self._icon = Icon(theme, "pause", "warning", 24)
        self._title = text(role="heading")
        self._sentence = text(role="muted")
        self._line = columns(0, gap=8)
        content = rows(self._icon, 12, self._title, 4, self._sentence, 16, self._line, margin=24)
        card = frame(content, "card")
        card.setFixedWidth(CARD_WIDTH)
        self.setLayout(rows(0, columns(0, card, 0), 0))
        self.hide()

    def say(self, icon: str, colour: str, title: str, sentence: str) -> None:
        """Show this card."""
        self._icon.show_icon(icon, colour)
        self._title.setText(title)
        self._sentence.setText(sentence)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what is below."""
        painter = QPainter(self)
        colour = QColor(self._theme.palette.stage)
        colour.setAlpha(VEIL)
        painter.fillRect(event.rect(), colour)
        painter.end()


class Still(Veil):
    """Why the screen stands still, perhaps with one thing to do about it."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "Why the screen stands still")
        self._pressed: Callable[[], None] | None = None
        self._button = button("", "primary", pressed=self._press)
        self._line.addWidget(self._button)

    def offer(self, words: str = "", pressed: Callable[[], None] | None = None) -> None:
        """Offer a button with these words, or none."""
        self._pressed = pressed
        self._button.setText(words)
        self._button.setAccessibleName(words)
        self._button.setVisible(bool(words))

    def _press(self) -> None:
        if self._pressed is not None:
            self._pressed()


class Ending(Veil):
    """Asks whether the session shall really end: a new one needs the person again."""

    ended = Signal()
    kept = Signal()

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, theme, "End the session?")
        self._keep = button("Keep going", "secondary", pressed=self._close)
        self._end = button("End it now", "primary", pressed=self.ended.emit)
        self._line.addWidget(self._keep)
        self._line.addWidget(self._end)

    def ask(self) -> None:
        """Ask."""
        self.say(
            "log-out",
            "live",
            "End the session?",
            "To come back, you need a new code and they have to allow it again.",
        )
        self._end.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as the focused answer and Escape as no."""
        match event.key():
            case Qt.Key.Key_Escape:
                self._close()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                (self._keep if self._keep.hasFocus() else self._end).click()
            case _:
                super().keyPressEvent(event)

    def _close(self) -> None:
        self.hide()
        self.kept.emit()


class Strip(QWidget):
    """A line of words that goes away by itself, perhaps with something to press."""

    def __init__(self, parent: QWidget, theme: Theme, name: str, icon: str, colour: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._words = text(wrap=False)
        self._line = columns(Icon(theme, icon, colour, 20), self._words, margin=12, gap=12)
        self.setLayout(rows(frame(self._line, "card")))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HINT_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, words: str) -> None:
        """Show these words for a while."""
        self._words.setText(words)
        self.adjustSize()
        self.show()
        self.raise_()
        self._timer.start()


class Hint(Strip):
    """What to do when a click has no effect, with the one click that helps."""

    def __init__(self, parent: QWidget, theme: Theme, asked: Callable[[], None]) -> None:
        super().__init__(parent, theme, "Hint", "hand", "accent")
        self._button = button("Ask for control", pressed=asked)
        self._button.clicked.connect(self.hide)
        self._line.addWidget(self._button)

    def explain(self, words: str, *, askable: bool) -> None:
        """Show these words; `askable` when the person can be asked for control now."""
        self._button.setVisible(askable)
        self.say(words)


class WayOut(Strip):
    """How to leave full screen, for a while at its beginning, with the one click that does it."""

    def __init__(self, parent: QWidget, theme: Theme, left: Callable[[], None]) -> None:
        super().__init__(parent, theme, "Full screen", "maximize", "accent")
        self._line.addWidget(button("Leave full screen", pressed=left))
