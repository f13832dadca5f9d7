"""The window: one page for each kind of state, shortcuts, and the list of what was checked."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QStackedWidget, QVBoxLayout, QWidget

from auditor.view import AskReason, Badge, Loading, Player, Problem, ViewState
from auditor.windows.checks import Checks
from auditor.windows.pages import LoadingPage, ProblemPage, ReasonPage
from auditor.windows.player_page import PlayerPage
from auditor.windows.theme import Theme
from auditor.windows.transport import SKIP_MS, Intents

TITLE = "Byleave replay"
WIDTH, HEIGHT = 1280, 820
STEP_MS = 5000
ICON = 64


class WindowIntents(Intents, Protocol):
    """What the auditor can want of the window."""

    def give_reason(self, reason: str) -> None:
        """Open the recording for this reason."""

    def close(self) -> None:
        """End."""


class ReplayWindow(QWidget):
    """Shows a view state.

    Args:
        theme: whose palette.
        intents: gets what the auditor wants.
    """

    def __init__(self, theme: Theme, intents: WindowIntents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._badge: Badge | None = None
        self._checks: Checks | None = None
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(TITLE)
        self.setWindowIcon(theme.icon("shield-check", "accent", ICON))
        self.resize(WIDTH, HEIGHT)
        self._reason = ReasonPage(intents.give_reason, intents.close)
        self._loading = LoadingPage()
        self._problem = ProblemPage(theme, intents.close)
        self.player = PlayerPage(theme, intents)
        self._pages = QStackedWidget()
        for page in (self._reason, self._loading, self._problem, self.player):
            self._pages.addWidget(page)
        layout = QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self.setLayout(layout)
        self._shortcuts()

    def render_state(self, state: ViewState) -> None:
        """Show this."""
        match state:
            case AskReason():
                self._turn_to(self._reason)
                self._reason.render_state(state)
            case Loading():
                self._turn_to(self._loading)
                self._loading.render_state(state)
            case Problem():
                self._turn_to(self._problem)
                self._problem.render_state(state)
            case Player():
                self._badge = state.header.badge
                self._turn_to(self.player)
                self.player.render_state(state)

    def show_checks(self) -> None:
        """Open the list of what was checked."""
        if self._badge is None:
            return
        if self._checks is not None:
            self._checks.close()
        self._checks = Checks(self._theme, self._badge, self)
        self._checks.show()

    def toggle_actual_size(self) -> None:
        """Show the picture pixel by pixel, or fitted."""
        actual = not self.player.stage.property("actual")
        self.player.stage.setProperty("actual", actual)
        self.player.stage.show_actual_size(actual)
        self.player.transport.actual.setChecked(actual)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End with the window."""
        self._intents.close()
        super().closeEvent(event)

    def _turn_to(self, page: QWidget) -> None:
        if self._pages.currentWidget() is not page:
            self._pages.setCurrentWidget(page)
            if page is self.player:
                self.player.transport.play.setFocus()

    def _space(self) -> None:
        """Press the button that has the focus, as everywhere; otherwise play, or stand still."""
        focused = self.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        else:
            self._intents.toggle()

    def _shortcuts(self) -> None:
        intents = self._intents
        keys: dict[str, Callable[[], object]] = {
            "Space": self._space,
            "K": intents.toggle,
            "Left": lambda: intents.skip(-STEP_MS),
            "Right": lambda: intents.skip(STEP_MS),
            "J": lambda: intents.skip(-SKIP_MS),
            "L": lambda: intents.skip(SKIP_MS),
            "Home": lambda: intents.seek(0),
            "End": lambda: intents.seek(10**12),
            "N": lambda: intents.next_event(True),
            "P": lambda: intents.next_event(False),
            ".": lambda: intents.next_picture(True),
            ",": lambda: intents.next_picture(False),
            "]": lambda: intents.faster(1),
            "[": lambda: intents.faster(-1),
            "F": intents.actual_size,
            "B": intents.checks,
        }
        for sequence, act in keys.items():
            # On the player alone: in the reason, a space is a space.
            shortcut = QShortcut(QKeySequence(sequence), self.player)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
