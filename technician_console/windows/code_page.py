"""The code, large, and how far the session has come."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from technician_console.view import Code, Intents, Stage
from technician_console.windows.controls import Icon, button, columns, frame, restyle, rows, text
from technician_console.windows.page import Page
from technician_console.windows.theme import Theme, digits
from technician_console.words import CAPABILITIES, STAGES, WAITING, clock

CODE_SECONDS = 600
QUESTION_SECONDS = 60
SHORT = {Stage.WAITING: 60, Stage.ASKING: 15}
WIDTH = 560
COPIED_MS = 2000
ORDER = tuple(Stage)
STEPS = (Stage.WAITING, Stage.CONNECTING, Stage.ASKING)
LOOKS = {"done": ("circle-check", "ok"), "now": ("circle-dot", "accent"), "later": ("circle-dot", "border")}


class CodePage(QWidget):
    """From the room to the person's answer."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._code = ""
        self._title = text(role="title")
        self._say = text(role="muted")
        self._large = _large()
        self._copy = button("Copy", name="Copy the code", pressed=self._copy_code)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MS)
        self._copied.timeout.connect(lambda: self._copy.setText("Copy"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Time left")
        self._left = text(role="muted", wrap=False)
        self._left.setMinimumHeight(38)
        self._left.setFont(digits(self._left.font()))
        self._digits = frame(
            rows(
                columns(0, self._large, 0),
                16,
                self._bar,
                12,
                columns(self._left, 0, self._copy),
                margin=20,
            ),
            "inset",
        )
        self._steps = {stage: Step(theme, STAGES[stage]) for stage in STEPS}
        self._request = text()
        self._details = text(role="muted")
        content = rows(
            self._title,
            4,
            self._say,
            20,
            self._digits,
            20,
            *(part for step in self._steps.values() for part in (step, 12)),
            8,
            frame(
                rows(text("What they are asked", "field"), 4, self._request, 4, self._details, margin=16),
                "inset",
            ),
            20,
            columns(0, button("Cancel", "secondary", pressed=intents.cancel)),
        )
        self.setLayout(rows(Page(content, WIDTH)))

    def show_state(self, state: Code, *, entered: bool) -> None:
        """Show this; `entered` when another page was shown before."""
        title, say = WAITING[state.stage]
        self._title.setText(title)
        self._say.setText(say)
        self._code = state.grouped
        self._large.setText(state.grouped or "···· ··· ···")
        self._large.setAccessibleName(f"Code {state.grouped}" if state.grouped else "No code yet")
        used = ORDER.index(state.stage) > ORDER.index(Stage.WAITING)
        restyle(self._large, "role", "used" if used else "")
        self._copy.setVisible(state.stage is Stage.WAITING)
        self._show_time(state)
        for stage, step in self._steps.items():
            step.show_progress(_progress(state.stage, stage))
        ticket = f" (ticket {state.ticket})" if state.ticket else ""
        self._request.setText(f"“{state.purpose}”{ticket}")
        wanted = [CAPABILITIES[capability] for capability in state.capabilities]
        self._details.setText(" · ".join((*wanted, f"at most {state.minutes} minutes", "recorded")))
        if entered:
            self._copy.setText("Copy")
            self._copy.setFocus()

    def _show_time(self, state: Code) -> None:
        whole = QUESTION_SECONDS if state.stage is Stage.ASKING else CODE_SECONDS
        counting = state.stage in SHORT
        self._bar.setRange(0, whole)
        self._bar.setValue(min(whole, state.seconds_left) if counting else 0)
        restyle(self._bar, "short", counting and state.seconds_left < SHORT[state.stage])
        match state.stage:
            case Stage.WAITING:
                self._left.setText(f"Good for one use, {clock(state.seconds_left)} left")
            case Stage.ASKING:
                self._left.setText(f"{clock(state.seconds_left)} left to answer")
            case Stage.JOINED | Stage.CONNECTING:
                self._left.setText("This code has been used")
            case Stage.OPENING:
                self._left.setText("")

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self._copy.setText("Copied")
        self._copied.start()


def _large() -> QLabel:
    label = text(wrap=False)
    font = digits(label.font())
    font.setPixelSize(60)
    font.setBold(True)
    label.setFont(font)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _progress(now: Stage, step: Stage) -> str:
    """Return `done`, `now` or `later` for a step."""
    begins = ORDER.index(Stage.JOINED) if step is Stage.CONNECTING else ORDER.index(step)
    ends = ORDER.index(step)
    if ORDER.index(now) > ends:
        return "done"
    return "now" if ORDER.index(now) >= begins else "later"


class Step(QWidget):
    """One line of what has to happen before the session is live."""

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self._icon = Icon(theme, "circle-dot", "border", 20)
        self._words = text(words)
        self._plain = words
        self.setLayout(columns(self._icon, self._words, gap=12))

    def show_progress(self, progress: str) -> None:
        """Show whether this step is done, goes on now, or comes later."""
        self._icon.show_icon(*LOOKS[progress])
        restyle(self._words, "role", {"done": "", "now": "strong", "later": "muted"}[progress])
        self._words.setAccessibleName(f"{self._plain}: {progress}")
