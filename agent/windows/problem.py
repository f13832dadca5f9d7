"""Nothing can go on: what happened, what to do, whom to phone."""

from agent.view import Intents, Problem
from agent.windows.page import Page
from agent.windows.widgets.button import Button
from agent.windows.widgets.layout import Card, column, row
from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text, copyable
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, foreign


class ProblemPage(Page):
    """One sentence and one piece of advice.

    Args:
        state: the page.
        words: the catalogue.
        intents: told to quit.
    """

    def __init__(self, state: Problem, words: Words, intents: Intents) -> None:
        super().__init__(words.say("problem.window"))
        title = Text(words.say("problem.window"), "title")
        parts = [Text(words.trouble(state.trouble)), Text(words.advice(state.trouble), "strong")]
        layout = column(row(Icon("warning", "warning", 36), title, spacing=12), *parts, spacing=16)
        if state.organisation:
            name = foreign(state.organisation.name, ORGANISATION_LENGTH)
            telephone = foreign(state.organisation.telephone, 40)
            phone = copyable(Text(words.say("problem.phone", organisation=name, telephone=telephone)))
            layout.addWidget(Card(row(Icon("phone", "accent"), phone, spacing=12)))
        layout.addLayout(row(0, Button(words.say("problem.close"), intents.quit, "neutral")))
        self.setLayout(layout)
