"""The lines of the chat: the newest ones, added a few at a time.

Whoever writes many long lines must not keep Stop waiting, which is in the same thread.
"""

from collections import deque

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from agent.view import ChatLine, Side
from agent.windows.widgets.layout import column
from agent.windows.widgets.text import Text, copyable
from agent.words import Words
from agent.words.foreign import foreign_lines

MOST_LINES = 60
AT_ONCE = 4
LEAST_HEIGHT = 140
MOST_HEIGHTS = 16


class ChatLines(QScrollArea):
    """What was written, the newest line in sight.

    Args:
        name: the technician's, made harmless.
        words: the catalogue.
    """

    def __init__(self, name: str, words: Words) -> None:
        super().__init__()
        self._name, self._words = name, words
        self._waiting: deque[ChatLine] = deque(maxlen=MOST_LINES)
        self._entries: deque[QWidget] = deque()
        self._empty = Text(words.say("session.chat.empty"), "small")
        self._earlier = Text(words.say("session.chat.earlier"), "small")
        self._earlier.hide()
        self._lines = column(self._empty, self._earlier, 0, spacing=8, margin=12)
        inside = QWidget()
        inside.setProperty("clear", "true")
        inside.setLayout(self._lines)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high))
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._add_some)

    @property
    def shown(self) -> int:
        """How many lines are shown."""
        return len(self._entries)

    def add(self, lines: tuple[ChatLine, ...]) -> None:
        """Show lines, a few at once and the others soon."""
        if not lines:
            return
        if len(self._waiting) + len(lines) > MOST_LINES:
            self._earlier.show()
        busy = bool(self._waiting)
        self._waiting.extend(lines)
        if not busy:
            self._add_some()

    def _add_some(self) -> None:
        self._empty.hide()
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._drop_oldest()
            entry = self._entry(self._waiting.popleft())
            self._entries.append(entry)
            self._lines.insertWidget(self._lines.count() - 1, entry)
        if not self._waiting:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _drop_oldest(self) -> None:
        if len(self._entries) < MOST_LINES:
            return
        oldest = self._entries.popleft()
        self._lines.removeWidget(oldest)
        oldest.hide()
        oldest.deleteLater()
        self._earlier.show()

    def _entry(self, line: ChatLine) -> QWidget:
        who = self._words.say("session.chat.you") if line.side is Side.PERSON else self._name
        text = copyable(LongText(foreign_lines(line.text)))
        text.setAccessibleName(f"{who}: {text.text()}")
        entry = QWidget()
        entry.setLayout(column(Text(who, "caption"), text, spacing=2))
        return entry


class LongText(Text):
    """A text that remembers how high it is, because a layout asks many times and counting letters is slow."""

    def __init__(self, text: str) -> None:
        self._heights: dict[tuple[int, str], int] = {}
        super().__init__(text)

    def heightForWidth(self, width: int) -> int:
        """Return the height that the text needs, which never changes."""
        asked = width, self.font().key()
        if asked not in self._heights:
            if len(self._heights) >= MOST_HEIGHTS:
                self._heights.clear()
            self._heights[asked] = super().heightForWidth(width)
        return self._heights[asked]
