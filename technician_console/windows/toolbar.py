"""The slim bar over the person's screen: what goes on, what is granted, how it is shown."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton

from session.messages import Standing
from technician_console.view import OFFERED, Intents, Live
from technician_console.windows.chips import Chip
from technician_console.windows.controls import Icon, button, columns, rule, text
from technician_console.windows.screens import Screens
from technician_console.windows.theme import Theme
from technician_console.words import STANDINGS

HEIGHT = 48
CHAT = " Chat"
LOOKS = {
    Standing.WAITING: ("hourglass", "muted"),
    Standing.ASKING: ("hourglass", "accent"),
    Standing.VIEWING: ("eye", "ok"),
    Standing.CONTROLLING: ("mouse-pointer-click", "live"),
    Standing.PAUSED: ("pause", "warning"),
    Standing.ENDED: ("circle-stop", "muted"),
}


FOLDS = 3
"""Where there is little room: chips without their state, switches without words, no word in front."""


class Toolbar(QFrame):
    """Chips on the left, the view's switches and the end on the right; folds before it is cut off."""

    fit_chosen = Signal(bool)
    whole_screen = Signal(bool)
    chat_wanted = Signal(bool)
    end_wanted = Signal()
    facts_wanted = Signal()

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._widths: list[int] = []
        self._measured: tuple[list[str], list[bool]] = ([], [])
        self.setProperty("part", "bar")
        self.setFixedHeight(HEIGHT)
        self._standing_icon = Icon(theme, "eye", "ok", 20)
        self._standing = text(role="strong", wrap=False)
        self._standing.setMinimumWidth(88)
        self._chips = [Chip(theme, intents, capability, self.facts_wanted.emit) for capability in OFFERED]
        self.screens = Screens(theme, intents)
        self.fit = self._switch("", "Fit", "Fit the whole screen", self.fit_chosen)
        self.pixels = self._switch("", "1:1", "Show pixel for pixel")
        group = QButtonGroup(self)
        for choice in (self.fit, self.pixels):
            group.addButton(choice)
        self._whole = self._switch("maximize", "", "Full screen", self.whole_screen)
        self._whole.setToolTip("Full screen (F11)")
        self.chat = self._switch("message-square", CHAT, "Chat", self.chat_wanted)
        self._badge = _badge()
        self._end = button("End session", "end", pressed=self.end_wanted.emit)
        self._line = columns(
            self._standing_icon,
            8,
            self._standing,
            8,
            rule(upright=True),
            12,
            *(part for chip in self._chips for part in (chip.button, 8)),
            0,
            self.screens.button,
            4,
            self.fit,
            4,
            self.pixels,
            8,
            rule(upright=True),
            8,
            self._whole,
            4,
            self.chat,
            self._badge,
            12,
            self._end,
        )
        self._line.setContentsMargins(16, 0, 12, 0)
        self.setLayout(self._line)
        self.fit.setChecked(True)
        theme.changed.connect(self._draw)
        for switch in (self._whole, self.chat):
            switch.toggled.connect(self._draw)
        self._draw()
        self._measure()

    def _switch(
        self, icon: str, words: str, name: str, switched: SignalInstance | None = None
    ) -> QPushButton:
        made = button(words, "quiet", name)
        made.setCheckable(True)
        made.setToolTip(name)
        made.setIconSize(QSize(18, 18))
        made.setProperty("picture", icon)
        if switched is not None:
            made.toggled.connect(switched)
        return made

    def _draw(self) -> None:
        colours = self._theme.palette
        for switch in (self._whole, self.chat):
            colour = colours.accent if switch.isChecked() else colours.text
            switch.setIcon(self._theme.icon(str(switch.property("picture")), colour, 18))

    def show_state(self, state: Live) -> None:
        """Show this."""
        self._standing_icon.show_icon(*LOOKS[state.standing])
        self._standing.setText(STANDINGS[state.standing])
        self._standing.setAccessibleName(f"Session: {STANDINGS[state.standing]}")
        for chip in self._chips:
            chip.show_state(state)
        self.screens.show_state(state)
        self._measure()

    @property
    def least(self) -> int:
        """The width below which something would be cut off."""
        return self._widths[-1]

    def _measure(self) -> None:
        """Find out anew how wide it is, folded or not, if it says something else than before."""
        said = [each.button.accessibleName() for each in self._chips]
        said += [
            self._standing.text(),
            self.screens.button.accessibleName(),
            self._badge.text(),
            self.font().key(),
        ]
        hidden = [self.screens.button.isHidden(), self._badge.isHidden()]
        if (said, hidden) == self._measured:
            return
        self._measured = (said, hidden)
        self._widths = []
        for folds in range(FOLDS + 1):
            self._fold_to(folds)
            self._line.invalidate()
            self._widths.append(self._line.minimumSize().width())
        self._fold()

    def _fold(self) -> None:
        """Fold no more than there is need to."""
        room = self.width()
        self._fold_to(next((folds for folds, width in enumerate(self._widths) if width <= room), FOLDS))

    def _fold_to(self, folds: int) -> None:
        for chip in self._chips:
            chip.fold(folds >= 1)
        self.screens.fold(folds >= 2)
        self.chat.setText("" if folds >= 2 else CHAT)
        self._standing.setVisible(folds < 3)
        self._standing_icon.setToolTip(self._standing.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold to the new width."""
        super().resizeEvent(event)
        self._fold()

    def changeEvent(self, event: QEvent) -> None:
        """Fold anew when the letters become larger or smaller."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._widths:
            self._measure()

    def show_whole(self, whole: bool) -> None:
        """Show whether the session fills the screen."""
        self._whole.setChecked(whole)

    def show_unread(self, count: int) -> None:
        """Show how many lines of chat were not seen yet."""
        self._badge.setText(str(min(count, 99)))
        self._badge.setVisible(count > 0)
        self._measure()
        self.chat.setAccessibleName(f"Chat, {count} new" if count else "Chat")

    def focus(self) -> None:
        """Take the keyboard away from the person's screen."""
        self._chips[0].button.setFocus(Qt.FocusReason.OtherFocusReason)


def _badge() -> QLabel:
    badge = text(role="badge", wrap=False)
    badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
    badge.setFixedSize(18, 18)
    badge.hide()
    return badge
