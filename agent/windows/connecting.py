"""On the way to the technician: what is being done, step by step."""

from PySide6.QtWidgets import QWidget

from agent.view import Connecting, Intents, Stage
from agent.windows.page import Page
from agent.windows.widgets.button import Button
from agent.windows.widgets.layout import Card, Note, column, row
from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, foreign

_MARKS = {"done": ("check", "ok"), "now": ("waiting", "accent"), "later": ("clock", "muted")}


class ConnectingPage(Page):
    """The stages as a list, and a way out.

    Args:
        state: the page.
        words: the catalogue.
        intents: told of `Cancel`.
    """

    def __init__(self, state: Connecting, words: Words, intents: Intents) -> None:
        super().__init__(words.say("connecting.title"))
        stages = list(Stage)
        now = stages.index(state.stage)
        lines = [
            _line(stage, "done" if place < now else "now" if place == now else "later", words)
            for place, stage in enumerate(stages)
        ]
        head = column(Text(words.say("connecting.title"), "title"), spacing=4)
        if state.technician:
            name = foreign(state.technician.name)
            organisation = foreign(state.technician.organisation, ORGANISATION_LENGTH)
            who = words.say("connecting.who", name=name, organisation=organisation)
            head.addWidget(Text(who, "muted"))
        self.setLayout(
            column(
                head,
                Card(*lines, spacing=12),
                Note(words.say("connecting.safe"), "ok", "shield"),
                row(Button(words.say("connecting.cancel"), intents.stop, "neutral", "cross"), 0),
                spacing=20,
            )
        )


def _line(stage: Stage, when: str, words: Words) -> QWidget:
    line = QWidget()
    text = words.say(f"connecting.stage.{stage}")
    label = Text(text, {"now": "strong", "later": "muted"}.get(when, "body"))
    label.setAccessibleName(f"{text}: {words.say(f'step.{when}')}")
    line.setLayout(row(Icon(*_MARKS[when]), label, spacing=12))
    return line
