"""The consent window: who, why, what, how long, who can look, a warning, two equal buttons.

It renders a `Question` and gives one answer. Every way out but a hand's press
on an armed `Allow` is a refusal (CONSENT.md).
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QScreen
from PySide6.QtWidgets import QScrollArea, QWidget

from agent.view import Asks, Intents, Question, seconds_left
from agent.windows import theme
from agent.windows.arming import Arming, Circumstances
from agent.windows.device import Hand
from agent.windows.widgets.answer import AnswerButton, answers
from agent.windows.widgets.layout import Card, Note, column, polish, row, scroll_bar
from agent.windows.widgets.lengths import Lengths
from agent.windows.widgets.picture import Icon, Initials
from agent.windows.widgets.text import Text
from agent.windows.widgets.tick import Tick
from agent.words import Words
from agent.words.foreign import foreign
from agent.words.question import allow_text, question_text
from session.consent import NEEDS
from session.messages import Answer, Capability

TICK_MS = 100
LEAST_BODY = 120
LAST_SECONDS = 10
CAPABILITY_ICONS = {
    Capability.VIEW: "eye",
    Capability.CONTROL: "pointer",
    Capability.CLIPBOARD_IN: "clipboard-in",
    Capability.CLIPBOARD_OUT: "clipboard-out",
    Capability.FILES_IN: "files-in",
    Capability.FILES_OUT: "files-out",
    Capability.TERMINAL: "terminal",
    Capability.SYSTEM_INFO: "facts",
}

Look = Callable[["QuestionWindow"], Circumstances]
"""Tells how the window stands on the screen now."""


class QuestionWindow(QWidget):
    """One question, answered once.

    Args:
        question: what is asked.
        words: the catalogue.
        intents: told the answer.
        hand: tells a person's hand from a program.
        look: tells how the window stands on the screen now.
        clock: seconds on the boot-time clock.
    """

    def __init__(
        self,
        question: Question,
        words: Words,
        intents: Intents,
        hand: Hand,
        look: Look,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowStaysOnTopHint)
        flags = Qt.WindowType.CustomizeWindowHint | Qt.WindowType.WindowTitleHint
        self.setWindowFlags(self.windowFlags() | flags | Qt.WindowType.WindowCloseButtonHint)
        self.question, self._words, self._intents = question, words, intents
        self._hand, self._look, self._clock = hand, look, clock
        self._text = question_text(question, words)
        self._arming = Arming(clock)
        self._answered = self._guarded = self._read = False
        self._ticks: dict[Capability, Tick] = {}
        self._lengths: Lengths | None = None
        self.setWindowTitle(words.say("question.window"))
        self.setAccessibleName(words.say("question.window"))
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.refresh)

    def open_on(self, screen: QScreen, below: int) -> None:
        """Show the window in the middle of a screen, below the banner, with the focus on `Don't allow`.

        Args:
            screen: where.
            below: how many pixels at the top are the banner's.
        """
        area = screen.availableGeometry().adjusted(0, below, 0, 0)
        self._fit(area.height() - 48)
        self.move(area.center().x() - self.width() // 2, area.center().y() - self.height() // 2)
        self._hand.guard(int(self.winId()), self._injected)
        self._guarded = True
        self.show()
        self.raise_()
        self.activateWindow()
        self._deny.setFocus(Qt.FocusReason.OtherFocusReason)
        self._timer.start()

    def refresh(self) -> None:
        """Look at the clock and at the screen, and show what follows."""
        if self._answered:
            return
        left = seconds_left(self.question.deadline, self._clock())
        if left <= 0:
            self.deny(Answer.TIMED_OUT)
            return
        circumstances = self._look(self)
        self._arming.observe(circumstances)
        self._allow.fill(self._arming.progress if self._ready() else 0.0)
        self._hint.setText(self._hint_text(left, circumstances))

    def deny(self, how: Answer) -> None:
        """Answer with a refusal; only the first answer counts."""
        if not self._answered:
            self._finish()
            self._intents.deny(self.question.number, how)

    def dismiss(self) -> None:
        """Close without an answer: the question is no longer open."""
        self._finish()

    @property
    def granted(self) -> frozenset[Capability]:
        """What is ticked now; for more time, all that is granted already."""
        if self.question.asks is Asks.RENEW:
            return frozenset(self.question.capabilities)
        return frozenset(capability for capability, tick in self._ticks.items() if tick.isChecked())

    @property
    def minutes(self) -> int:
        """The length that is chosen now."""
        return self._lengths.minutes if self._lengths else self.question.minutes

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Refuse on Esc and Enter."""
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.deny(Answer.REFUSED)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Refuse when the window is closed."""
        self.deny(Answer.REFUSED)
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Put the focus back on `Don't allow` whenever the window comes to the front."""
        if event.type() is QEvent.Type.ActivationChange and not self._answered:
            if self.isActiveWindow():
                self._deny.setFocus(Qt.FocusReason.OtherFocusReason)
            self.refresh()
        super().changeEvent(event)

    def _allow_pressed(self) -> None:
        # Look once more, now: whatever came over the window since the last tick counts.
        self.refresh()
        if self._answered or not self._arming.armed or not self._ready():
            return
        granted, minutes = self.granted, self.minutes
        self._finish()
        self._intents.answer(self.question.number, granted, minutes)

    def _finish(self) -> None:
        self._answered = True
        self._timer.stop()
        if self._guarded:
            self._guarded = False
            self._hand.release(int(self.winId()))
        self.hide()

    def _injected(self) -> None:
        self._arming.disturb()
        self._hint.setText(self._words.say("question.injected"))

    def _ready(self) -> bool:
        """Tell whether there is something to allow and all of the text has been in sight."""
        bar = self._scroll.verticalScrollBar()
        self._read = self._read or bar.value() >= bar.maximum()
        return self._read and bool(self.granted)

    def _hint_text(self, left: int, circumstances: Circumstances) -> str:
        say = self._words.say
        if left <= LAST_SECONDS:
            return say("question.last", seconds=left)
        if circumstances.hint:
            return say(circumstances.hint)
        if not self._read:
            return say("question.scroll")
        if not self.granted:
            return say("question.nothing.more" if len(self._ticks) == 1 else "question.nothing")
        if self._arming.armed:
            return say("question.ready")
        return say("question.moved" if self._arming.disturbed else "question.arming")

    def _fit(self, most: int) -> None:
        """Take the height that the text needs, or scroll the middle part if the screen is small."""
        width = theme.WIDTH
        polish(self)
        needed = self._inner.totalHeightForWidth(width - 2 * theme.PADDING)
        self._scroll.setFixedHeight(needed)
        rest = self._outer.totalHeightForWidth(width) - needed
        shown = max(LEAST_BODY, min(needed, most - rest))
        self._scroll.setFixedHeight(shown)
        self._scroll.setVerticalScrollBarPolicy(scroll_bar(shown < needed))
        self.setFixedSize(width, self._scroll.height() + rest)

    def _build(self) -> None:
        text = self._text
        self._deny = AnswerButton(text.deny, self._hand, lambda: self.deny(Answer.REFUSED))
        allow = allow_text(self.question.asks, self.question.minutes, self._words)
        self._allow = AnswerButton(allow, self._hand, self._allow_pressed, sends_focus_to=self._deny)
        self._allow.fill(0.0)
        self._hint = Text(self._words.say("question.arming"), "small")
        self._body = QWidget()
        self._body.setProperty("clear", "true")
        self._inner = column(self._head(), self._card(), spacing=16)
        self._body.setLayout(self._inner)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._outer = column(
            self._scroll,
            Note(text.fraud),
            column(self._hint, answers(self._deny, self._allow), spacing=8),
            spacing=16,
            margin=theme.PADDING,
        )
        self.setLayout(self._outer)

    def _head(self) -> QWidget:
        head = QWidget()
        texts = column(
            Text(self._text.title, "title"),
            Text(self._text.organisation, "muted"),
            row(Icon("shield", "ok", 16), Text(self._text.identity, "small"), spacing=4),
            spacing=4,
        )
        mark = Initials(foreign(self.question.technician.name))
        layout = row(mark, texts, spacing=12)
        layout.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        head.setLayout(layout)
        return head

    def _card(self) -> Card:
        text, say = self._text, self._words.say
        why = column(Text(say("question.why"), "caption"), Text(text.why), spacing=4)
        if text.ticket:
            why.addWidget(Text(text.ticket, "small"))
        what = column(Text(text.what, "caption"), *self._boxes(), spacing=4)
        long = column(Text(say("question.long"), "caption"), spacing=8)
        if text.lengths:
            self._lengths = Lengths(
                say("question.long"), text.lengths, self.question.minutes, self._hand, self._chosen
            )
            long.addWidget(self._lengths)
        else:
            long.addWidget(Text(text.how_long))
        mark = Icon("record", "live", 18)
        recorded = row(mark, Text(text.recorded, "small"), spacing=12)
        recorded.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        return Card(why, what, long, recorded, spacing=16)

    def _boxes(self) -> list[QWidget]:
        if self.question.asks is Asks.RENEW:
            return [granted_row(box.capability, box.label) for box in self._text.boxes]
        for box in self._text.boxes:
            tick = Tick(box.label, box.hint, self._hand, self.refresh, ticked=box.ticked, needs=box.needs)
            tick.toggled.connect(self._bind)
            self._ticks[box.capability] = tick
        return list(self._ticks.values())

    def _bind(self) -> None:
        """Have a box wait, unticked, for the one that it needs."""
        for capability, needed in NEEDS.items():
            if capability in self._ticks and needed in self._ticks:
                self._ticks[capability].wait(not self._ticks[needed].isChecked())

    def _chosen(self, minutes: int) -> None:
        self._allow.say(allow_text(self.question.asks, minutes, self._words))


def granted_row(capability: Capability, label: str) -> QWidget:
    """Return an icon and the words for something that is granted already."""
    line = QWidget()
    line.setLayout(row(Icon(CAPABILITY_ICONS[capability]), Text(label), spacing=12))
    return line


def primary_screen() -> QScreen:
    """Return the screen on which questions are asked."""
    return QGuiApplication.primaryScreen()
