"""After the end: what happened, the person's copy, and a way to report a problem."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from agent.view import Intents, Recording, Summary
from agent.windows.page import SteppedPage
from agent.windows.widgets.button import Button
from agent.windows.widgets.layout import Card, Fact, Note, column, row
from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text, copyable
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, foreign
from agent.words.summary import deeds_text, length_text, rights_text
from session.messages import Reason

HAPPENED, REPORT = range(2)
LONGEST_REPORT = 4000
_RECORDING_LOOKS = {
    Recording.NONE: ("record", "muted"),
    Recording.SAVED: ("save", "ok"),
    Recording.UPLOADING: ("waiting", "warning"),
    Recording.STORED: ("lock", "ok"),
    Recording.INCOMPLETE: ("warning", "warning"),
}
_CALM = {Reason.STOPPED, Reason.LEFT, Reason.REFUSED, Reason.LEASE_ENDED, Reason.WITHDRAWN, Reason.TIMED_OUT}


class SummaryPage(SteppedPage):
    """What happened, and what to do with it.

    Args:
        state: the page.
        words: the catalogue.
        intents: told what the person does.
    """

    def __init__(self, state: Summary, words: Words, intents: Intents) -> None:
        super().__init__(words.say("summary.window"))
        self._state, self._words, self._intents = state, words, intents
        self.add_step(self._happened())
        self.add_step(self._report())

    def show_step(self, step: int) -> None:
        """Show what happened (0) or the report (1)."""
        super().show_step(step)
        if step == REPORT:
            self._report_field.setFocus()

    def _happened(self) -> QWidget:
        state, say = self._state, self._words.say
        icon, colour = ("shield", "ok") if state.reason in _CALM else ("warning", "warning")
        texts = column(
            Text(say(f"summary.title.{state.reason}"), "title"),
            Text(say(f"summary.why.{state.reason}"), "muted"),
            spacing=4,
        )
        page = QWidget()
        page.setLayout(
            column(
                row(Icon(icon, colour, 36), texts, spacing=12),
                Card(*self._facts(), spacing=12),
                *self._programs(),
                *self._notes(),
                *self._buttons(),
                spacing=16,
            )
        )
        return page

    def _facts(self) -> list[QWidget]:
        state, words, say = self._state, self._words, self._words.say
        if state.technician:
            name = foreign(state.technician.name)
            organisation = foreign(state.technician.organisation, ORGANISATION_LENGTH)
            who = say("summary.who.value", name=name, organisation=organisation)
        else:
            who = say("summary.nobody")
        when = f"{words.date(state.began.astimezone(), with_time=True)} · {length_text(state.seconds, words)}"
        return [
            Fact("person", say("summary.who"), who),
            Fact("calendar", say("summary.when"), when),
            Fact("check", say("summary.allowed"), rights_text(state.granted, words)),
            Fact("pointer", say("summary.deeds"), deeds_text(state.deeds, words)),
            Fact(
                _RECORDING_LOOKS[state.recording][0],
                say("summary.recording"),
                say(f"summary.recording.{state.recording}"),
                _RECORDING_LOOKS[state.recording][1],
            ),
        ]

    def _programs(self) -> list[QWidget]:
        if not self._state.programs:
            return []
        names = [Text(f"• {foreign(name)}") for name in self._state.programs]
        return [Card(Text(self._words.say("summary.programs"), "caption"), *names, kind="plain", spacing=4)]

    def _notes(self) -> list[QWidget]:
        state, notes = self._state, list[QWidget]()
        if state.saved:
            note = Note(self._words.say("summary.saved", folder=state.saved), "ok", "save")
            copyable(note.label)
            notes.append(note)
        if state.reported:
            notes.append(Note(self._words.say("summary.reported"), "ok"))
        if state.trouble:
            notes.append(Note(self._words.trouble(state.trouble), "danger", "warning"))
        return notes

    def _buttons(self) -> list[QWidget]:
        say, state = self._words.say, self._state
        rows = QWidget()
        lines = column(spacing=12)
        if state.can_save and not state.saved:
            elsewhere = Button(say("summary.save.elsewhere"), self._choose_folder, "quiet")
            save = Button(say("summary.save"), lambda: self._save(documents()), "primary", "save")
            lines.addLayout(row(save, elsewhere, 0, spacing=8))
        report = Button(say("summary.report"), lambda: self.show_step(REPORT), "neutral", "report")
        report.setVisible(state.can_report and not state.reported)
        lines.addLayout(row(report, 0, Button(say("summary.done"), self._intents.close_summary, "neutral")))
        rows.setLayout(lines)
        return [rows]

    def _report(self) -> QWidget:
        say, state = self._words.say, self._state
        self._report_field = QPlainTextEdit()
        self._report_field.setAccessibleName(say("summary.report.field"))
        self._report_field.setTabChangesFocus(True)
        self._report_field.setMinimumHeight(160)
        organisation = foreign(state.technician.organisation, ORGANISATION_LENGTH) if state.technician else ""
        why = (
            say("summary.report.why", organisation=organisation)
            if organisation
            else say("summary.report.why.unknown")
        )
        page = QWidget()
        page.setLayout(
            column(
                column(Text(say("summary.report.title"), "title"), Text(why, "muted"), spacing=4),
                self._report_field,
                row(
                    Button(say("summary.report.cancel"), lambda: self.show_step(HAPPENED), "neutral"),
                    0,
                    Button(say("summary.report.send"), self._send_report, "primary", "send"),
                ),
                spacing=16,
            )
        )
        return page

    def _send_report(self) -> None:
        text = self._report_field.toPlainText().strip()[:LONGEST_REPORT]
        if text:
            self.show_step(HAPPENED)
            self._intents.report(text)

    def _save(self, folder: Path) -> None:
        self._intents.save_copy(folder)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self._words.say("summary.save"), str(documents()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        chosen: Callable[[str], None] = lambda folder: self._save(Path(folder))  # noqa: E731 - a signal's slot
        dialog.fileSelected.connect(chosen)
        dialog.open()


def documents() -> Path:
    """Return the folder that a copy goes to if the person chooses no other."""
    place = QStandardPaths.StandardLocation.DocumentsLocation
    return Path(QStandardPaths.writableLocation(place) or Path.home()) / "Byleave"
