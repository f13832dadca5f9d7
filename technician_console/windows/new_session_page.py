"""What shall be asked of the person: why, for which ticket, what, how long."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QPushButton, QSpinBox, QWidget

from session.consent import NEEDS
from session.messages import Capability
from technician_console.view import (
    MINUTES_MAXIMUM,
    MINUTES_MINIMUM,
    OFFERED,
    PURPOSE_MAXIMUM,
    PURPOSE_MINIMUM,
    TICKET_MAXIMUM,
    Intents,
    NewSession,
)
from technician_console.windows.controls import Initials, Message, button, columns, restyle, rows, rule, text
from technician_console.windows.page import Page
from technician_console.windows.theme import Theme
from technician_console.words import CAPABILITIES, WHAT_FOR

PRESETS = (15, 30, 60, 120)


class NewSessionPage(QWidget):
    """The form; Enter starts, wherever the focus is."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._intents = intents
        self._initials = Initials(theme, 32)
        self._name = text(role="strong")
        self._expiry = text(role="muted")
        self._purpose = Purpose()
        self._purpose.entered.connect(self._start)
        self._purpose.textChanged.connect(self._typed)
        self._left = text(role="muted", wrap=False)
        self._ticket = QLineEdit()
        self._ticket.setMaxLength(TICKET_MAXIMUM)
        self._ticket.setAccessibleName("Ticket")
        self._ticket.returnPressed.connect(self._start)
        self._wanted = {capability: _box(capability) for capability in OFFERED}
        for capability, needed in NEEDS.items():
            self._wanted[needed].toggled.connect(partial(self._bind, self._wanted[capability]))
        self._minutes = QSpinBox()
        self._minutes.setRange(MINUTES_MINIMUM, MINUTES_MAXIMUM)
        self._minutes.setSingleStep(5)
        self._minutes.setSuffix(" minutes")
        self._minutes.setAccessibleName("Minutes")
        self._minutes.setFixedWidth(128)
        # The style sheet's padding does not reach the field inside.
        self._minutes.lineEdit().setTextMargins(10, 0, 0, 0)
        self._minutes.valueChanged.connect(self._show_preset)
        self._presets = {minutes: self._preset(minutes) for minutes in PRESETS}
        self._error = Message(theme, "danger")
        self._go = button("Get a code", "primary", pressed=self._start)
        self._where = text(role="muted")
        content = rows(
            columns(self._initials, rows(self._name, self._expiry, gap=0), gap=12),
            16,
            rule(),
            20,
            text("New session", "title"),
            16,
            columns(text("Why do you need to see their screen?", "field", wrap=False), 0, self._left),
            4,
            self._purpose,
            4,
            text("They read this word for word before they choose.", "muted"),
            16,
            text("Ticket, if there is one", "field", wrap=False),
            4,
            self._ticket,
            16,
            text("Ask for", "field", wrap=False),
            8,
            *(part for capability in OFFERED for part in (self._line(capability), 8)),
            8,
            text("For at most", "field", wrap=False),
            4,
            columns(self._minutes, *self._presets.values(), 0, gap=8),
            20,
            self._error,
            self._go,
            12,
            self._where,
        )
        self.setLayout(rows(Page(content)))

    def _line(self, capability: Capability) -> QWidget:
        line = QWidget()
        line.setLayout(columns(self._wanted[capability], 0, text(WHAT_FOR[capability], "muted", wrap=False)))
        return line

    def _bind(self, box: QCheckBox, needed: bool) -> None:
        """Have a box wait, unticked, for the one that it needs."""
        box.setEnabled(needed)
        box.setChecked(box.isChecked() and needed)

    def _preset(self, minutes: int) -> QPushButton:
        made = button(str(minutes), "choice", f"{minutes} minutes", lambda: self._minutes.setValue(minutes))
        made.setCheckable(True)
        made.setFixedWidth(56)
        return made

    def _show_preset(self, value: int) -> None:
        for minutes, preset in self._presets.items():
            preset.setChecked(minutes == value)

    def show_state(self, state: NewSession, *, entered: bool) -> None:
        """Show this; `entered` when another page was shown before."""
        self._initials.show_name(state.name)
        self._name.setText(state.name)
        self._expiry.setText(state.expiry)
        places = [place for place in (state.organisation, state.relay) if place]
        self._where.setText("Through " + " · ".join(places) if places else "")
        if entered:
            self._purpose.setPlainText(state.draft.purpose)
            self._ticket.setText(state.draft.ticket)
            self._minutes.setValue(state.draft.minutes)
            self._show_preset(state.draft.minutes)
            for capability, box in self._wanted.items():
                box.setChecked(capability in state.draft.capabilities)
            for capability, needed in NEEDS.items():
                self._bind(self._wanted[capability], self._wanted[needed].isChecked())
        self._error.say(state.error)
        self._go.setText("Asking the relay for a code…" if state.busy else "Get a code")
        self._go.setEnabled(not state.busy)
        if entered:
            self._purpose.setFocus()

    def _typed(self) -> None:
        self._left.setText(f"{len(self._words())} of {PURPOSE_MAXIMUM}")
        restyle(self._left, "role", "danger" if len(self._words()) > PURPOSE_MAXIMUM else "muted")
        restyle(self._purpose, "invalid", False)
        self._error.say("")

    def _words(self) -> str:
        return " ".join(self._purpose.toPlainText().split())

    def _start(self) -> None:
        if not self._go.isEnabled():
            return
        purpose = self._words()
        wanted = tuple(capability for capability, box in self._wanted.items() if box.isChecked())
        if not PURPOSE_MINIMUM <= len(purpose) <= PURPOSE_MAXIMUM:
            short = len(purpose) < PURPOSE_MINIMUM
            self._error.say(
                "Say why, in a few words." if short else "That is too long for the person to read."
            )
            restyle(self._purpose, "invalid", True)
            self._purpose.setFocus()
        elif not wanted:
            self._error.say("Ask for one thing at least.")
            self._wanted[Capability.VIEW].setFocus()
        else:
            self._intents.start(purpose, self._ticket.text().strip(), wanted, self._minutes.value())


class Purpose(QPlainTextEdit):
    """A short text; Enter goes on, Tab leaves."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Purpose")
        self.setTabChangesFocus(True)
        self.setFixedHeight(76)
        self.setPlaceholderText("Outlook does not open since the update")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as the end of the text."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


def _box(capability: Capability) -> QCheckBox:
    box = QCheckBox(CAPABILITIES[capability])
    box.setAccessibleName(CAPABILITIES[capability])
    return box
