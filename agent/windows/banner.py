"""The banner: who is there, what they can do now, how long, `Pause` and `Stop`. One on every monitor.

It belongs to no window manager (X11 override-redirect), so nothing can close,
shrink or iconify it, and it comes back to the top when something covers it.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QRegion, QScreen
from PySide6.QtWidgets import QWidget

from agent.view import Intents, Session
from agent.windows import theme
from agent.windows.device import Hand
from agent.windows.widgets.button import Button, HandButton
from agent.windows.widgets.chip import LOOKS
from agent.windows.widgets.layout import row
from agent.windows.widgets.picture import Dot, Icon
from agent.windows.widgets.text import Text
from agent.words import Words
from agent.words.banner import banner_text

HEIGHT = 48
CORNER = 10


class Banner(QWidget):
    """The banner on one screen.

    Args:
        screen: where it stays.
        words: the catalogue.
        intents: told of Pause, Go on and Stop.
        hand: tells a person's hand from a program; only a hand can go on.
        clock: seconds on the boot-time clock.
        open_chat: shows the session's own window.
    """

    def __init__(
        self,
        screen: QScreen,
        words: Words,
        intents: Intents,
        hand: Hand,
        clock: Callable[[], float],
        open_chat: Callable[[], None],
    ) -> None:
        flags = (
            Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.BypassWindowManagerHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        super().__init__(None, Qt.WindowType.Tool | flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._on, self._words, self._intents = screen, words, intents
        self._hand, self._clock = hand, clock
        self._session: Session | None = None
        self._read = 0
        self._arranged: object = None
        self.setWindowTitle(words.say("banner.window"))
        self.setAccessibleName(words.say("banner.window"))
        self._build(open_chat)

    @property
    def on(self) -> QScreen:
        """The screen on which it stays."""
        return self._on

    def show_session(self, session: Session, read: int) -> None:
        """Show what the session is doing now.

        Args:
            session: the page.
            read: how many chat lines the person has seen.
        """
        self._session, self._read = session, read
        self.refresh()
        if not self.isVisible():
            self.show()
        self.raise_()

    def refresh(self) -> None:
        """Show the time that is left; nothing changes on the screen if the words are the same."""
        if self._session is None:
            return
        session, say = self._session, self._words.say
        text = banner_text(session, self._clock(), self._words)
        icon, colour = LOOKS[session.standing]
        self._dot.change("live" if colour == "live" else colour)
        self._icon.change(icon, colour)
        _put(self._name, text.name)
        _put(self._what, text.what)
        _put(self._left, text.left)
        self._left.setVisible(bool(text.left))
        unread = max(0, len(session.chat) - self._read)
        self._chat.say(say("banner.chat.new", number=unread) if unread else say("banner.chat"), "chat")
        self._pause.setVisible(text.can_pause and not session.paused_by_person)
        self._go_on.setVisible(text.can_pause and session.paused_by_person)
        self._chat.setVisible(text.can_chat)
        self.setAccessibleDescription(text.spoken)
        self._take_place()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Stay in the normal state."""
        if event.type() is QEvent.Type.WindowStateChange and self.isMinimized():
            self.setWindowState(Qt.WindowState.WindowNoState)
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar with its two lower corners rounded and a line in the state's colour."""
        palette = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(palette.border))
        painter.setPen(QPen(QColor(palette.border), 1))
        painter.setBrush(QColor(palette.background))
        painter.drawPath(_bar(QRectF(self.rect()).adjusted(0.5, -0.5, -0.5, -0.5)))
        colour = LOOKS[self._session.standing][1] if self._session else "muted"
        painter.fillRect(QRectF(1, 0, self.width() - 2, 3), QColor(getattr(palette, colour)))
        painter.end()

    def _take_place(self) -> None:
        area = self._on.geometry()
        said = (area.width(), *(child.text() for child in (self._name, self._what, self._left)))
        shown = tuple(button.isVisibleTo(self) for button in self._small)
        if (said, shown) != self._arranged:
            # Only then, because every change of a button paints, even if it is undone at once.
            self._arranged = (said, shown)
            self._arrange(area.width())
        width = min(self.sizeHint().width(), area.width())
        place = (area.x() + (area.width() - width) // 2, area.y(), width, HEIGHT)
        if place != self.geometry().getRect():
            self.setFixedSize(width, HEIGHT)
            self.setGeometry(*place)
            self.setMask(QRegion(_bar(QRectF(self.rect())).toFillPolygon().toPolygon()))

    def _arrange(self, room: int) -> None:
        """Let words on buttons that have icons go first, then let what they can do take two lines."""
        for narrowed, wraps in ((False, False), (True, False), (True, True)):
            for button in self._small:
                button.narrow_down(narrowed)
            self._what.setWordWrap(wraps)
            self._what.setProperty("role", "tight" if wraps else "body")
            self._what.style().polish(self._what)
            # A row inside a row goes on answering for the words before.
            self._who.invalidate()
            self._row.invalidate()
            if self.sizeHint().width() <= room:
                break

    def _build(self, open_chat: Callable[[], None]) -> None:
        say = self._words.say
        self._dot = Dot("live")
        self._icon = Icon("eye", "live", 18)
        self._name = Text(role="strong", wraps=False)
        self._what = Text(wraps=False)
        self._left = Text(role="muted", wraps=False)
        self._chat = Button(say("banner.chat"), open_chat, "neutral", "chat", narrow=True)
        self._pause = Button(
            say("banner.pause"), self._intents.pause, "neutral", "pause", narrow=True, at_once=True
        )
        self._go_on = HandButton(
            say("banner.go-on"), self._hand, self._intents.go_on, "neutral", "play", narrow=True
        )
        self._small = (self._chat, self._pause, self._go_on)
        stop = Button(say("banner.stop"), self._intents.stop, "stop", "stop", narrow=True, at_once=True)
        self._who = row(self._dot, self._icon, self._name, self._what, spacing=8)
        self._who.setSpacing(6)
        self._row = row(self._who, 4, self._left, 4, self._chat, self._pause, self._go_on, stop, spacing=8)
        self._row.setContentsMargins(16, 5, 10, 4)
        self.setLayout(self._row)


def _put(label: Text, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _bar(area: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(area.adjusted(0, -2 * CORNER, 0, 0), CORNER, CORNER)
    return path
