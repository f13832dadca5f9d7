"""What the window shows before there is a recording: the question why, the check's progress, a problem."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from auditor.opening import REASON_LIMIT
from auditor.view import AskReason, Loading, Problem
from auditor.windows.controls import Icon, button, columns, frame, rows, text
from auditor.windows.theme import Theme

WIDTH = 480
PADDING = 24


class ReasonPage(QWidget):
    """Asks why the recording is opened.

    Args:
        given: is told the reason.
        cancelled: is told that it will not be opened.
    """

    def __init__(self, given: Callable[[str], None], cancelled: Callable[[], None]) -> None:
        super().__init__()
        self._given = given
        self._session = text("", "muted")
        self._auditor = text("", "muted")
        self._fault = text("", "danger")
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_LIMIT)
        self.reason.setPlaceholderText("For example: complaint 4821, the person says a file is missing")
        self.reason.setAccessibleName("Why do you open this recording?")
        self.reason.returnPressed.connect(self._give)
        self.open = button("Open the recording", "primary", "Open the recording", self._give)
        cancel = button("Cancel", "", "Cancel", cancelled)
        card = rows(
            text("Why do you open this recording?", "title"),
            8,
            self._session,
            20,
            text("Your reason", "field"),
            6,
            self.reason,
            6,
            self._fault,
            6,
            self._auditor,
            20,
            columns(0, cancel, self.open, gap=8),
            margin=PADDING,
        )
        self.setLayout(_centred(card))

    def render_state(self, state: AskReason) -> None:
        """Show whose recording it is."""
        self._session.setText(state.title)
        self._auditor.setText(
            f"The reason is signed by you, {state.auditor}, and stays in the log for ever. "
            "It is then that the relay hands out the keys."
        )
        self._fault.setText(state.fault)
        self._fault.setVisible(bool(state.fault))
        self.reason.setFocus()

    def _give(self) -> None:
        words = self.reason.text().strip()
        if words:
            self._given(words)
        else:
            self._fault.setText("Say why, in your own words.")
            self._fault.setVisible(True)
            self.reason.setFocus()


class LoadingPage(QWidget):
    """Shows how far the check is."""

    def __init__(self) -> None:
        super().__init__()
        self._title = text("", "muted")
        self._step = text("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the check")
        card = rows(
            text("Checking the recording", "title"),
            8,
            self._title,
            20,
            self._bar,
            10,
            self._step,
            margin=PADDING,
        )
        self.setLayout(_centred(card))

    def render_state(self, state: Loading) -> None:
        """Show the step."""
        self._title.setText(state.title)
        self._bar.setRange(0, state.total)
        self._bar.setValue(state.done)
        self._step.setText(f"{state.step} · {state.done} of {state.total}" if state.total else state.step)


class ProblemPage(QWidget):
    """Says why there is nothing to be seen.

    Args:
        theme: whose palette.
        closed: is told that it was read.
    """

    def __init__(self, theme: Theme, closed: Callable[[], None]) -> None:
        super().__init__()
        self._words = text("", "strong")
        self._title = text("", "muted")
        self._detail = text("", "muted")
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        icon = Icon(theme, "circle-x", "danger", 24)
        head = columns(icon, text("The recording is not shown", "title"), gap=12)
        head.setStretch(1, 1)
        close = button("Close", "primary", "Close", closed)
        card = rows(
            head, 12, self._words, 8, self._detail, 8, self._title, 20, columns(0, close), margin=PADDING
        )
        self.setLayout(_centred(card))

    def render_state(self, state: Problem) -> None:
        """Say what is wrong."""
        self._words.setText(state.words)
        self._detail.setText(state.detail)
        self._detail.setVisible(bool(state.detail))
        self._title.setText(state.title)


def _centred(card: QLayout) -> QVBoxLayout:
    around: QFrame = frame(card, "card")
    around.setFixedWidth(WIDTH)
    return rows(0, columns(0, around, 0), 0, margin=PADDING)
