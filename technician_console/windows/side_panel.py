"""The panel beside the person's screen: chat, or the facts about their computer."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from technician_console.view import CHAT_MAXIMUM, ChatLine, Intents
from technician_console.windows.controls import button, columns, rows, rule, text
from technician_console.windows.theme import Theme

WIDTH = 320
LINE_WIDTH = 248
BUBBLE_PADDING = 12
"""That of the style sheet."""


class SidePanel(QFrame):
    """Shows one of the two, or nothing."""

    closed = Signal()

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self.setProperty("part", "bar")
        self.setFixedWidth(WIDTH)
        self._title = text(role="heading")
        self._close = button("", "quiet", "Close the panel", self.closed.emit)
        self._theme = theme
        self.chat = Chat(theme, intents)
        self.facts = Facts()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chat)
        self._pages.addWidget(self.facts)
        head = columns(self._title, 0, self._close)
        head.setContentsMargins(16, 8, 8, 8)
        self.setLayout(rows(head, rule(), self._pages))
        theme.changed.connect(self._draw)
        self._draw()
        self.hide()

    def _draw(self) -> None:
        self._close.setIcon(self._theme.icon("x", self._theme.palette.text, 18))
        self._close.setIconSize(QSize(18, 18))

    def show_chat(self) -> None:
        """Show the chat and take the keyboard."""
        self._title.setText("Chat")
        self._pages.setCurrentWidget(self.chat)
        self.show()
        self.chat.focus()

    def show_facts(self) -> None:
        """Show the facts."""
        self._title.setText("System facts")
        self._pages.setCurrentWidget(self.facts)
        self.show()

    @property
    def chatting(self) -> bool:
        """Whether new lines of chat are seen."""
        return self.isVisible() and self._pages.currentWidget() is self.chat


class Chat(QWidget):
    """Lines, the newest at the bottom, and a field."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme, self._intents = theme, intents
        self._shown: tuple[ChatLine, ...] = ()
        self._bubbles: list[QWidget] = []
        self._lines = rows(0, margin=16, gap=4)
        inside = QWidget()
        inside.setLayout(self._lines)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setAccessibleName("Chat so far")
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.timeout.connect(self._to_end)
        self._field = QLineEdit()
        self._field.setMaxLength(CHAT_MAXIMUM)
        self._field.setAccessibleName("Message")
        self._field.setPlaceholderText("Write to the person")
        self._field.returnPressed.connect(self._send)
        self._button = button("", "quiet", "Send", self._send)
        foot = columns(self._field, self._button, gap=4)
        foot.setContentsMargins(12, 12, 12, 12)
        self.setLayout(rows(self._scroll, rule(), foot))
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._button.setIcon(self._theme.icon("send", self._theme.palette.accent, 18))
        self._button.setIconSize(QSize(18, 18))

    def show_lines(self, lines: tuple[ChatLine, ...]) -> None:
        """Show these; lines that are there already stay as they are."""
        if lines[: len(self._shown)] != self._shown:
            self._clear()
        for line in lines[len(self._shown) :]:
            bubble = _bubble(line)
            self._bubbles.append(bubble)
            self._lines.addWidget(bubble)
        if lines != self._shown:
            self._shown = lines
            self._follow.start()

    def focus(self) -> None:
        """Take the keyboard."""
        self._field.setFocus()
        self._follow.start()

    def _clear(self) -> None:
        for bubble in self._bubbles:
            self._lines.removeWidget(bubble)
            bubble.deleteLater()
        self._bubbles, self._shown = [], ()

    def _to_end(self) -> None:
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _send(self) -> None:
        words = self._field.text().strip()
        if words:
            self._field.clear()
            self._intents.chat(words)


def _bubble(line: ChatLine) -> QWidget:
    words = text(line.text, "mine" if line.mine else "theirs", f"{line.who}, {line.when}: {line.text}")
    longest = max(words.fontMetrics().horizontalAdvance(part) for part in line.text.split("\n"))
    words.setFixedWidth(min(LINE_WIDTH, longest + 2 * BUBBLE_PADDING + 4))
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    caption = text(f"{line.who} · {line.when}", "muted", wrap=False)
    if line.mine:
        caption.setAlignment(Qt.AlignmentFlag.AlignRight)
    bubble = QWidget()
    bubble.setLayout(rows(caption, 2, columns(0, words) if line.mine else columns(words, 0), 8))
    return bubble


class Facts(QScrollArea):
    """Names and values, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("System facts")
        self.show_facts(())

    def show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        """Show these."""
        if facts == self._shown and self.widget() is not None:
            return
        self._shown = facts
        inside = QWidget()
        parts: list[QWidget | int] = []
        for name, value in facts:
            shown = text(value, name=f"{name}: {value}")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            parts += [text(name, "muted"), shown, 12]
        inside.setLayout(
            rows(*parts, 0, margin=16)
            if parts
            else rows(text("Their computer is being asked.", "muted"), 0, margin=16)
        )
        self.setWidget(inside)
