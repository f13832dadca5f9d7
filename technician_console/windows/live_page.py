"""The running session: the person's screen with a bar above, a line below, a panel beside.

In full screen the person's screen is all that shows: pixel for pixel without a margin
where both screens have the same size. F11, the right Control key and, for a while, a
button lead out of it.
"""

from collections.abc import Callable

from PySide6.QtCore import QKeyCombination, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QScrollArea, QWidget

from session.messages import Capability, Hold, PointerAt, PointerImage
from technician_console.surface import Picture, Surface
from technician_console.view import Intents, Live
from technician_console.windows.controls import columns, rows, rule
from technician_console.windows.overlay import Ending, Hint, Still, Strip, WayOut
from technician_console.windows.remote_screen import RemoteScreen, shows
from technician_console.windows.side_panel import SidePanel
from technician_console.windows.status_bar import StatusBar
from technician_console.windows.theme import Theme
from technician_console.windows.toolbar import Toolbar
from technician_console.words import FULL_SCREEN, HINTS, HOLDS, NO_PICTURE, NO_VIEW, UNREAD_BEHIND, clock

EDGE = 24
HOLD_ICONS = {
    Hold.LINK: ("unplug", "danger"),
    Hold.EVIDENCE: ("snowflake", "warning"),
    Hold.PERSON: ("pause", "warning"),
    Hold.LEASE: ("timer", "accent"),
}
"""In the order in which they matter most."""


class LivePage(QWidget):
    """Puts the parts together; each of them shows its own share of the state."""

    whole_screen = Signal(bool)
    """The technician wants the session to fill the screen, or not any more."""

    def __init__(self, theme: Theme, surface: Surface, intents: Intents) -> None:
        super().__init__()
        self._intents = intents
        self._state: Live | None = None
        self._seen = self._unread = 0
        self._noticed = -1
        self._whole = False
        self.bar = Toolbar(theme, intents)
        self.remote = RemoteScreen(theme, surface, intents)
        self._stage = Stage(self.remote, theme, intents, self._leave_whole)
        self._panel = SidePanel(theme, intents)
        self._status = StatusBar(theme)
        below, beside, above = rule(), rule(upright=True), rule()
        middle = columns(self._stage, beside, self._panel)
        self.setLayout(rows(self.bar, below, middle, above, self._status))
        self._around = (self.bar, below, beside, above, self._status)
        QShortcut(Qt.Key.Key_F11, self, self._switch_whole).setAutoRepeat(False)
        shifted = QKeyCombination(Qt.Modifier.SHIFT, Qt.Key.Key_F11)
        QShortcut(QKeySequence(shifted), self, self.bar.screens.go_on).setAutoRepeat(False)
        self.bar.fit_chosen.connect(self.remote.set_fit)
        self.bar.whole_screen.connect(self.whole_screen)
        self.bar.chat_wanted.connect(self._show_chat)
        self.bar.end_wanted.connect(self.ask_end)
        self.bar.facts_wanted.connect(self._show_facts)
        self._panel.closed.connect(self._close_panel)
        self.remote.refused.connect(self._hint)
        self.remote.escaped.connect(self._give_keyboard_back)
        self.remote.focused.connect(self._show_typing)
        self._stage.ending.ended.connect(intents.leave)
        self._stage.ending.kept.connect(self.remote.setFocus)

    def show_state(self, state: Live, *, entered: bool) -> None:
        """Show this; `entered` when another page was shown before."""
        self._state = state
        if entered:
            self._enter(state)
        if Capability.VIEW not in state.granted:
            self.remote.forget_picture()
        self.remote.keep(state.watched)
        self.remote.set_several(len(state.monitors) > 1)
        self.remote.set_controlling(state.controlling)
        self.bar.show_state(state)
        self._status.show_state(state)
        self._status.show_typing(state.controlling and self.remote.hasFocus())
        self._panel.chat.show_lines(state.chat)
        self._panel.facts.show_facts(state.facts)
        self._count_unread(state)
        self._explain(state)
        if state.notice is not None and state.notice.number != self._noticed:
            self._noticed = state.notice.number
            self._stage.notice.say(state.notice.text)
        self._stage.place()

    def _enter(self, state: Live) -> None:
        self._seen = self._unread = 0
        self._noticed = state.notice.number if state.notice else -1
        self.remote.forget_picture()
        self._close_panel()
        self._stage.ending.hide()
        self.remote.setFocus()

    def show_picture(self, picture: Picture) -> None:
        """Paint this, if seeing is granted."""
        state = self._state
        if state is not None and Capability.VIEW in state.granted and shows(picture, state.watched):
            first = self.remote.empty
            self.remote.show_picture(picture)
            if first:
                self._explain(state)

    def show_pointer(self, message: PointerAt | PointerImage) -> None:
        """Draw the person's pointer there, or so."""
        self.remote.show_pointer(message)

    def show_whole(self, whole: bool) -> None:
        """Show nothing but the person's screen, or everything again."""
        if whole == self._whole:
            return
        self._whole = whole
        self.bar.show_whole(whole)
        self._close_panel()
        for part in self._around:
            part.setHidden(whole)
        if whole:
            self._stage.way_out.say(FULL_SCREEN)
        else:
            self._stage.way_out.hide()
        self._stage.place()

    def _switch_whole(self) -> None:
        self.whole_screen.emit(not self._whole)

    def _leave_whole(self) -> None:
        self.whole_screen.emit(False)

    def _give_keyboard_back(self) -> None:
        if self._whole:
            # The bar that takes the keyboard is hidden.
            self._leave_whole()
        self.bar.focus()

    def ask_end(self) -> None:
        """Ask whether the session shall end."""
        self._stage.ending.ask()
        self._stage.place()

    def _explain(self, state: Live) -> None:
        """Say why the screen stands still, if it does."""
        still = self._stage.still
        hold = next((hold for hold in HOLD_ICONS if hold in state.holds), None)
        if hold is not None:
            title, sentence = HOLDS[hold]
            if hold is Hold.LINK and state.reconnect_seconds:
                sentence += f" Giving up in {clock(state.reconnect_seconds)}."
            still.offer()
            still.say(*HOLD_ICONS[hold], title, sentence)
        elif Capability.VIEW not in state.granted:
            asked = Capability.VIEW in state.pending
            still.offer(*() if asked else ("Ask to see it", lambda: self._intents.ask(Capability.VIEW)))
            still.say("eye-off", "warning", *NO_VIEW)
        elif self.remote.empty:
            still.offer()
            still.say("hourglass", "accent", *NO_PICTURE)
        else:
            still.hide()

    def _show_typing(self, focused: bool) -> None:
        self._status.show_typing(focused and self._state is not None and self._state.controlling)

    def _hint(self) -> None:
        state = self._state
        if state is None or state.holds:
            return
        if Capability.CONTROL in state.pending:
            self._stage.hint.explain(HINTS["asked"], askable=False)
        elif state.pending:
            self._stage.hint.explain(HINTS["question"], askable=False)
        else:
            self._stage.hint.explain(HINTS["open"], askable=True)
        self._stage.place()

    def _show_chat(self, wanted: bool) -> None:
        if wanted:
            self._panel.show_chat()
        else:
            self._close_panel()
        if self._state is not None:
            self._count_unread(self._state)

    def _show_facts(self) -> None:
        self._close_panel()
        self._panel.show_facts()
        self._intents.facts()

    def _close_panel(self) -> None:
        self._panel.hide()
        self.bar.chat.setChecked(False)
        self.remote.setFocus()

    def _count_unread(self, state: Live) -> None:
        theirs = sum(not line.mine for line in state.chat)
        if self._panel.chatting:
            self._seen = theirs
        unread, before = theirs - self._seen, self._unread
        self._unread = unread
        self.bar.show_unread(unread)
        if self._whole and unread > before:
            self._stage.notice.say(UNREAD_BEHIND)


class Stage(QWidget):
    """The person's screen in the middle, and what lies over it."""

    def __init__(
        self, screen: RemoteScreen, theme: Theme, intents: Intents, leave_whole: Callable[[], None]
    ) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.setMinimumSize(QSize(320, 240))
        self._scroll = QScrollArea()
        self._scroll.setWidget(screen)
        self._scroll.setWidgetResizable(True)
        self.setLayout(rows(self._scroll))
        screen.moved.connect(self._follow)
        self.still = Still(self, theme)
        self.hint = Hint(self, theme, lambda: intents.ask(Capability.CONTROL))
        self.notice = Strip(self, theme, "Notice", "info", "warning")
        self.way_out = WayOut(self, theme, leave_whole)
        self.ending = Ending(self, theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep everything in its place."""
        self.place()
        super().resizeEvent(event)

    def place(self) -> None:
        """Put what lies over the screen where it belongs."""
        for veil in (self.still, self.ending):
            veil.setGeometry(self.rect())
        for strip in (self.hint, self.notice, self.way_out):
            strip.adjustSize()
        # The person's banner is at the top, so what is longest in sight keeps off it.
        low = self.height() - EDGE
        places = (self.hint, low - self.hint.height()), (self.way_out, low - 2 * self.hint.height())
        for strip, top in (*places, (self.notice, EDGE)):
            strip.move((self.width() - strip.width()) // 2, top)

    def _follow(self, at: QPoint) -> None:
        """Bring what is under the pointer into view, when the screen is larger than the window."""
        self._scroll.ensureVisible(at.x(), at.y(), EDGE, EDGE)
