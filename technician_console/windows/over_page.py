"""Why it is over, in clear words, and what next."""

from PySide6.QtWidgets import QWidget

from technician_console.view import Intents, Over, Tone
from technician_console.windows.controls import Icon, button, columns, frame, restyle, rows, text
from technician_console.windows.page import Page
from technician_console.windows.theme import Theme

LOOKS = {
    Tone.CALM: ("circle-stop", "accent", "calm"),
    Tone.WARNING: ("triangle-alert", "warning", "warning"),
    Tone.DANGER: ("circle-x", "danger", "danger"),
}


class OverPage(QWidget):
    """The last page of a session."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._icon = Icon(theme, "circle-stop", "accent", 24)
        self._mark = frame(columns(self._icon, margin=12), "")
        self._mark.setFixedSize(48, 48)
        self._title = text(role="title")
        self._sentence = text(role="body")
        self._facts = {name: text() for name in ("Purpose", "Ticket", "Duration", "Recording")}
        self._lines = {name: _line(name, value) for name, value in self._facts.items()}
        self._table = frame(rows(*self._lines.values(), margin=16, gap=8), "inset")
        self._again = button("New session", "primary", pressed=intents.again)
        content = rows(
            self._mark,
            16,
            self._title,
            8,
            self._sentence,
            20,
            self._table,
            20,
            columns(0, button("Close", "secondary", pressed=intents.quit), self._again, gap=8),
        )
        self.setLayout(rows(Page(content)))

    def show_state(self, state: Over, *, entered: bool) -> None:
        """Show this; `entered` when another page was shown before."""
        icon, colour, tone = LOOKS[state.tone]
        self._icon.show_icon(icon, colour)
        restyle(self._mark, "tone", tone)
        self._title.setText(state.title)
        self._sentence.setText(state.sentence)
        values = (state.purpose, state.ticket, state.duration, state.recording)
        for (name, value), words in zip(self._facts.items(), values, strict=True):
            value.setText(words)
            self._lines[name].setVisible(bool(words))
        self._table.setVisible(any(values))
        if entered:
            self._again.setFocus()


def _line(name: str, value: QWidget) -> QWidget:
    line = QWidget()
    title = text(name, "muted", wrap=False)
    title.setFixedWidth(88)
    line.setLayout(columns(title, value, gap=8))
    return line
