"""The first screen: did you phone us yourself? Then, and only then, the field for the code."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from agent.view import Intents, Welcome
from agent.windows.page import SteppedPage
from agent.windows.widgets.button import Button
from agent.windows.widgets.code_field import CodeField, complaint
from agent.windows.widgets.layout import Card, Note, column, row
from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text, copyable
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, foreign

ASK, ADVICE, CODE = range(3)


class WelcomePage(SteppedPage):
    """Three steps: the question, the advice, the code.

    Args:
        state: the page.
        words: the catalogue.
        intents: told the code.
    """

    def __init__(self, state: Welcome, words: Words, intents: Intents) -> None:
        super().__init__(words.say("welcome.window"))
        self._state, self._words, self._intents = state, words, intents
        if state.organisation is None:
            self.add_step(self._not_adopted())
            return
        for step in (self._ask(), self._advice(), self._code()):
            self.add_step(step)
        # Who comes back with an error has answered the question already.
        self.show_step(CODE if state.trouble else ASK)

    def show_step(self, step: int) -> None:
        """Show the question (0), the advice (1) or the field for the code (2)."""
        super().show_step(step)
        if step == CODE:
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> QWidget:
        say = self._words.say
        why = Text(say("welcome.ask.why"), "muted")
        yes = Button(say("welcome.yes"), lambda: self.show_step(CODE), "secondary")
        no = Button(say("welcome.no"), lambda: self.show_step(ADVICE), "secondary")
        title = Text(say("welcome.ask"), "title")
        return _step(
            self._head(), column(title, why, spacing=4), self._number(), row(no, yes, spacing=12), spacing=20
        )

    def _advice(self) -> QWidget:
        say = self._words.say
        return _step(
            self._head(),
            Note(say("welcome.hang-up"), "danger", "hang-up").as_heading(),
            column(
                Text(say("welcome.hang-up.why")),
                Text(say("welcome.hang-up.bank")),
                Text(say("welcome.hang-up.unsure"), "strong"),
                spacing=12,
            ),
            self._number(),
            row(Button(say("welcome.back"), lambda: self.show_step(ASK), "neutral", "back"), 0),
            spacing=20,
        )

    def _code(self) -> QWidget:
        say = self._words.say
        self._field = CodeField(say("welcome.code.field"))
        self._hint = Text("", "small")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._connect = Button(say("welcome.connect"), self._go, "primary")
        self._connect.setEnabled(False)
        self._field.edited.connect(self._edited)
        self._field.returnPressed.connect(self._go)
        back = Button(say("welcome.back"), lambda: self.show_step(ASK), "neutral", "back")
        title = column(Text(say("welcome.code"), "title"), Text(say("welcome.code.why"), "muted"), spacing=4)
        trouble = (
            [Note(self._words.trouble(self._state.trouble), "danger", "warning")]
            if self._state.trouble
            else []
        )
        secret = Note(say("welcome.code.secret"), "warning")
        step = _step(
            self._head(),
            title,
            *trouble,
            column(self._field, self._hint, spacing=8),
            secret,
            row(back, 0, self._connect, spacing=12),
            spacing=20,
        )
        self._edited()
        return step

    def _not_adopted(self) -> QWidget:
        say = self._words.say
        command = copyable(Text(say("welcome.not-adopted.command"), "code"))
        return _step(
            column(
                Text(say("welcome.not-adopted"), "title"),
                Text(say("welcome.not-adopted.why"), "muted"),
                spacing=4,
            ),
            Text(say("welcome.not-adopted.what")),
            Card(command),
            spacing=20,
        )

    def _head(self) -> QWidget:
        name = foreign(self._state.organisation.name, ORGANISATION_LENGTH) if self._state.organisation else ""
        head = QWidget()
        label = Text(self._words.say("welcome.help", organisation=name), "strong")
        head.setLayout(row(Icon("leaf", "accent", 22), label, spacing=8))
        return head

    def _number(self) -> Card:
        telephone = foreign(self._state.organisation.telephone, 40) if self._state.organisation else ""
        caption, number = Text(self._words.say("welcome.number"), "caption"), Text(telephone, "number")
        copyable(number)
        number.setAccessibleName(f"{caption.text()}: {telephone}")
        texts = column(caption, number, spacing=2)
        return Card(row(Icon("phone", "accent", 28), texts, spacing=16))

    def _edited(self) -> None:
        key, number = complaint(self._field.text())
        slip = bool(key) and key != "code.more"
        text = self._words.count(key, number) if key == "code.more" else self._words.say(key) if key else ""
        self._hint.setText(text)
        self._hint.setProperty("role", "error" if slip else "small")
        self._hint.style().polish(self._hint)
        self._field.setAccessibleDescription(text)
        self._connect.setEnabled(not key)
        self.resized.emit()

    def _go(self) -> None:
        if not complaint(self._field.text())[0]:
            self._connect.setEnabled(False)
            self._intents.code_typed(self._field.digits)


def _step(*items: object, spacing: int) -> QWidget:
    step = QWidget()
    step.setLayout(column(*items, spacing=spacing))  # type: ignore[arg-type]  # widgets and layouts alike
    return step
