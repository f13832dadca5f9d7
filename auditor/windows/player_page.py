"""The player: header with the badge, the screen beside what happened, timeline and buttons below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QSplitter, QWidget

from auditor.view import Player, Tone
from auditor.windows.controls import OneLine, button, columns, restyle, rows, rule, text
from auditor.windows.event_list import EventList
from auditor.windows.stage import Stage
from auditor.windows.theme import Theme
from auditor.windows.timeline_bar import TimelineBar
from auditor.windows.transport import Intents, Transport

LIST_WIDTH = 352
BADGES = {Tone.OK: "shield-check", Tone.WARNING: "triangle-alert", Tone.DANGER: "circle-x"}


class PlayerPage(QWidget):
    """Everything that is seen while a recording is watched.

    Args:
        theme: whose palette.
        intents: gets what the auditor wants.
    """

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._tone = Tone.OK
        self._shown: object = None
        self.stage = Stage(theme)
        self.list = EventList(theme, intents.seek)
        self.bar = TimelineBar(theme, intents.seek)
        self.transport = Transport(theme, intents)
        self._title = OneLine("title")
        self._subtitle = OneLine("muted")
        self._standing = text("", "standing", "What the session was doing", wrap=False)
        self.badge = button("", "badge", "Verified", intents.checks, "What was checked (B)")
        page = rows(self._header(), rule(), self._middle(), rule(), self._foot())
        page.setStretch(2, 1)
        self.setLayout(page)
        theme.changed.connect(self._dress)

    def render_state(self, state: Player) -> None:
        """Show one moment of the recording."""
        if state.header is not self._shown:
            self._shown = state.header
            self._show_header(state)
        if self._standing.text() != state.standing:
            self._standing.setText(state.standing)
        self.stage.say(state.header.blank)
        self.stage.show_pointers(state.technician, state.person, state.clicked)
        self.bar.show_position(state.position)
        self.list.mark(state.row)
        self.transport.render_state(state)

    def _show_header(self, state: Player) -> None:
        header = state.header
        self._title.setText(header.title)
        self._subtitle.setText(header.subtitle)
        self._tone = header.badge.tone
        # The style has no distance between icon and words.
        self.badge.setText(f" {header.badge.words}")
        self.badge.setAccessibleName(header.badge.words)
        self.badge.setAccessibleDescription("Opens the list of what was checked")
        restyle(self.badge, "tone", str(self._tone))
        self.bar.show_timeline(state.timeline)
        self.list.show_timeline(state.timeline)
        self._dress()

    def _dress(self) -> None:
        self.badge.setIcon(self._theme.icon(BADGES[self._tone], str(self._tone), 18))

    def _header(self) -> QFrame:
        names = rows(self._title, self._subtitle, gap=2)
        line = columns(names, self._standing, self.badge, gap=12)
        line.setStretch(0, 1)
        line.setContentsMargins(16, 12, 16, 12)
        line.setAlignment(self._standing, Qt.AlignmentFlag.AlignVCenter)
        return _bar(line)

    def _middle(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.stage)
        split.addWidget(_bar(rows(self.list)))
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([1000, LIST_WIDTH])
        return split

    def _foot(self) -> QFrame:
        line = rows(self.bar, self.transport)
        line.setContentsMargins(6, 6, 6, 0)
        return _bar(line)


def _bar(layout: QLayout) -> QFrame:
    made = QFrame()
    made.setProperty("part", "bar")
    made.setLayout(layout)
    return made
