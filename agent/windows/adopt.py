"""Shall this organisation be trusted from now on? Asked once, answered by a hand."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent

from agent.view import Adopt, Intents
from agent.windows.device import Hand
from agent.windows.page import Page
from agent.windows.widgets.answer import AnswerButton, answers
from agent.windows.widgets.layout import Card, Fact, Note, column
from agent.windows.widgets.text import Text, copyable
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, foreign


class AdoptPage(Page):
    """The organisation, its key's fingerprint, and two equal buttons.

    Args:
        state: the page.
        words: the catalogue.
        intents: told the answer.
        hand: tells a person's hand from a program.
    """

    def __init__(self, state: Adopt, words: Words, intents: Intents, hand: Hand) -> None:
        super().__init__(words.say("adopt.window"))
        self._intents = intents
        say, organisation = words.say, state.organisation
        name = foreign(organisation.name, ORGANISATION_LENGTH)
        head = column(
            Text(say("adopt.title", organisation=name), "title"), Text(say("adopt.why"), "muted"), spacing=4
        )
        fingerprint = Text(_in_groups(foreign(state.fingerprint, 80)), "code")
        fingerprint.setAccessibleName(f"{say('adopt.fingerprint')}: {state.fingerprint}")
        self._no = AnswerButton(say("adopt.no"), hand, lambda: intents.adopt(False))
        yes = AnswerButton(say("adopt.yes"), hand, lambda: intents.adopt(True), sends_focus_to=self._no)
        card = Card(
            Fact("phone", say("adopt.telephone"), foreign(organisation.telephone, 40)),
            Fact("person", say("adopt.contact"), foreign(organisation.contact, 80)),
            Fact("building", say("adopt.relay"), foreign(state.relay, 80)),
            column(Text(say("adopt.fingerprint"), "caption"), copyable(fingerprint), spacing=4),
            spacing=12,
        )
        replaced = (
            [Note(say("adopt.replaces", organisation=foreign(state.replaces, 80)), "danger", "warning")]
            if state.replaces
            else []
        )
        self.setLayout(
            column(
                head,
                card,
                *replaced,
                Note(say("adopt.compare")),
                answers(self._no, yes),
                spacing=16,
            )
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Begin on `Don't trust`."""
        super().showEvent(event)
        self._no.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Refuse on Esc and Enter."""
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._intents.adopt(False)
        else:
            super().keyPressEvent(event)


def _in_groups(fingerprint: str) -> str:
    """Return a fingerprint in groups of four, which are easier to compare."""
    kind, colon, digest = fingerprint.rpartition(":")
    groups = " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
    return f"{kind}{colon}\n{groups}" if kind else groups
