"""The list behind the badge: every step of the check, what it proves, and what came of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QWidget

from auditor.findings import Status
from auditor.view import Badge, CheckLine, Tone
from auditor.windows.controls import Icon, button, columns, rows, text
from auditor.windows.theme import Theme

WIDTH, HEIGHT = 640, 620
ICONS = {Tone.OK: "shield-check", Tone.WARNING: "triangle-alert", Tone.DANGER: "circle-x"}
MARKS = {
    Status.PASSED: ("circle-check", "ok", "passed"),
    Status.SKIPPED: ("info", "muted", "not checked"),
    Status.FAILED: ("circle-x", "danger", "failed"),
}


class Checks(QDialog):
    """The window with what was checked.

    Args:
        theme: whose palette.
        badge: the verdict and its steps.
        parent: the window above which it stands.
    """

    def __init__(self, theme: Theme, badge: Badge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setWindowTitle("What was checked")
        self.setAccessibleName("What was checked")
        self.resize(WIDTH, HEIGHT)
        close = button("Close", "", "Close", self.accept)
        steps = _steps(theme, _failed_first(badge.lines))
        self.setLayout(rows(_verdict(theme, badge), 16, steps, 16, columns(0, close), margin=20))
        close.setFocus()


def _verdict(theme: Theme, badge: Badge) -> QFrame:
    tone = str(badge.tone)
    icon = Icon(theme, ICONS[badge.tone], tone, 24)
    line = columns(icon, rows(text(badge.words, "strong"), text(badge.explanation, tone), gap=2), gap=12)
    line.setContentsMargins(14, 12, 14, 12)
    line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
    line.setStretch(1, 1)
    made = QFrame()
    made.setProperty("tone", tone)
    made.setLayout(line)
    return made


def _steps(theme: Theme, lines: tuple[CheckLine, ...]) -> QScrollArea:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 8, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(12)
    grid.setColumnStretch(1, 1)
    for number, line in enumerate(lines):
        icon, colour, said = MARKS[line.status]
        mark = Icon(theme, icon, colour)
        mark.setAccessibleName(f"{line.name}: {said}")
        grid.addWidget(mark, number, 0, Qt.AlignmentFlag.AlignTop)
        words = [text(_sentence(line), "", f"{line.name}: {said}. {line.proves}")]
        words += [
            text(remark, "danger" if line.status is Status.FAILED else "muted") for remark in line.remarks
        ]
        grid.addLayout(rows(*words, gap=2), number, 1)
        grid.addWidget(text(line.name, "muted", wrap=False), number, 2, Qt.AlignmentFlag.AlignTop)
    grid.setRowStretch(len(lines), 1)
    inside = QWidget()
    inside.setLayout(grid)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    area.setAccessibleName("Steps of the check")
    return area


def _failed_first(lines: tuple[CheckLine, ...]) -> tuple[CheckLine, ...]:
    """Return the lines with what failed on top; otherwise in their order."""
    return tuple(sorted(lines, key=lambda line: line.status is not Status.FAILED))


def _sentence(line: CheckLine) -> str:
    if line.status is Status.FAILED:
        return f"Not proved: {line.proves}."
    return f"{line.proves[0].upper()}{line.proves[1:]}."
