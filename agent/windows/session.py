"""The session's own window: what they can do, taking it back, and the chat."""

from PySide6.QtWidgets import QLineEdit, QWidget

from agent.view import ChatLine, Intents, Session
from agent.windows.device import Hand
from agent.windows.lines import ChatLines
from agent.windows.page import Page
from agent.windows.question import CAPABILITY_ICONS
from agent.windows.widgets.button import Button, HandButton
from agent.windows.widgets.chip import Chip
from agent.windows.widgets.layout import Card, column, row
from agent.windows.widgets.picture import Icon, Initials
from agent.windows.widgets.text import Text
from agent.words import Words
from agent.words.banner import what_now
from agent.words.foreign import foreign
from session.messages import Capability

HEIGHT = 600
LONGEST_LINE = 4000


class SessionPage(Page):
    """Updated in place while the session runs, so that what is being typed stays.

    Args:
        state: the page.
        words: the catalogue.
        intents: told what the person does.
        hand: tells a person's hand from a program.
    """

    def __init__(self, state: Session, words: Words, intents: Intents, hand: Hand) -> None:
        super().__init__(words.say("session.window"))
        self._words, self._intents = words, intents
        self._granted: frozenset[Capability] | None = None
        self._shown: tuple[ChatLine, ...] = ()
        name = foreign(state.technician.name)
        self._name = name
        self._chip = Chip(words)
        self._what = Text(role="muted")
        self._recorded = Text(role="small")
        self._record_mark = Icon("record", "live", 18)
        self._pause = Button(words.say("banner.pause"), intents.pause, "neutral", "pause", at_once=True)
        self._go_on = HandButton(words.say("banner.go-on"), hand, intents.go_on, "neutral", "play")
        stop = Button(words.say("banner.stop"), intents.stop, "stop", "stop", at_once=True)
        self._rights = Card(Text(words.say("session.can", name=name), "caption"), spacing=4)
        head = row(Initials(name), column(Text(name, "title"), self._what, spacing=2), spacing=12)
        layout = column(
            head,
            row(self._chip, 0, self._pause, self._go_on, stop, spacing=8),
            self._rights,
            row(self._record_mark, self._recorded, spacing=8),
            spacing=16,
        )
        # The chat takes all the height that the rest leaves.
        layout.addWidget(self._chat(name), 1)
        self.setLayout(layout)
        self.show_session(state)

    def needed_height(self, width: int) -> int:
        """Return a height that leaves room for the chat."""
        return max(HEIGHT, super().needed_height(width))

    def show_session(self, state: Session) -> None:
        """Show how things are now."""
        self._chip.show_standing(state.standing)
        self._what.setText(what_now(state, self._words))
        self._pause.setVisible(not state.paused_by_person)
        self._go_on.setVisible(state.paused_by_person)
        self._recorded.setText(
            self._words.say("session.recorded" if state.recorded else "session.unrecorded")
        )
        self._record_mark.change("record", "live" if state.recorded else "warning")
        if state.granted != self._granted:
            self._granted = state.granted
            self._show_rights(state.granted)
        self._lines.add(new_lines(self._shown, state.chat))
        self._shown = state.chat

    def _show_rights(self, granted: frozenset[Capability]) -> None:
        layout = self._rights.layout()
        while layout is not None and layout.count() > 1:
            item = layout.takeAt(1)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for capability in [each for each in Capability if each in granted]:
            if layout is not None:
                layout.addWidget(self._right(capability))

    def _right(self, capability: Capability) -> QWidget:
        say = self._words.say
        what = say(f"box.{capability}")
        back = Button(
            say("session.take-back"), lambda: self._intents.withdraw(capability), "quiet", narrow=True
        )
        back.setAccessibleName(say("session.take-back.what", what=what))
        line = QWidget()
        line.setLayout(row(Icon(CAPABILITY_ICONS[capability]), Text(what), back, spacing=12))
        return line

    def _chat(self, name: str) -> QWidget:
        say = self._words.say
        self._lines = ChatLines(name, self._words)
        self._field = QLineEdit()
        self._field.setMaxLength(LONGEST_LINE)
        self._field.setPlaceholderText(say("session.chat.field"))
        self._field.setAccessibleName(say("session.chat.field"))
        self._field.returnPressed.connect(self._send)
        frame = Card(self._lines, spacing=0)
        frame.setContentsMargins(-12, -12, -12, -12)
        layout = column(
            Text(say("session.chat", name=name), "caption"),
            frame,
            row(self._field, Button(say("session.chat.send"), self._send, "primary", "send"), spacing=8),
            Text(say("session.chat.warning"), "small"),
            spacing=8,
        )
        layout.setStretch(1, 1)
        chat = QWidget()
        chat.setLayout(layout)
        return chat

    def _send(self) -> None:
        text = self._field.text().strip()
        if text:
            self._field.clear()
            self._intents.chat(text)


def new_lines(before: tuple[ChatLine, ...], now: tuple[ChatLine, ...]) -> tuple[ChatLine, ...]:
    """Return the lines that came after `before`, whose oldest ones may be gone from `now`."""
    for gone in range(len(before) + 1):
        kept = len(before) - gone
        if before[gone:] == now[:kept]:
            return now[kept:]
    return now
