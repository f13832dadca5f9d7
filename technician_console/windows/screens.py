"""Which of the person's screens are shown: a button with a menu, where there is more than one."""

from functools import partial

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QMenu, QPushButton

from session.messages import Monitor
from technician_console.view import Intents, Live
from technician_console.windows.controls import button
from technician_console.windows.theme import Theme
from technician_console.words import ALL_SCREENS, NEXT_SCREEN, SCREENS, screen, screens

ICON = 18


class Screens:
    """The button; hidden where there is nothing to choose.

    Args:
        theme: whose colours.
        intents: gets the choice.
    """

    def __init__(self, theme: Theme, intents: Intents) -> None:
        self._theme, self._intents = theme, intents
        self._words = SCREENS
        self._monitors: tuple[Monitor, ...] = ()
        self.button: QPushButton = button(SCREENS, "quiet", pressed=self._choose)
        self.button.setIconSize(QSize(ICON, ICON))
        self.button.hide()
        theme.changed.connect(self._draw)
        self._draw()

    def show_state(self, state: Live) -> None:
        """Show what is chosen."""
        if state.monitors == self._monitors:
            return
        self._monitors = state.monitors
        self._words = screens(state.watched, len(state.monitors)) if state.monitors else SCREENS
        self.button.setAccessibleName(f"{SCREENS}: {self._words}")
        self.button.setVisible(len(state.monitors) > 1)

    def fold(self, short: bool) -> None:
        """Say nothing; the icon, and what rests on it, tell."""
        self.button.setText("" if short else f" {self._words}")
        self.button.setToolTip(f"{self._words}\n{NEXT_SCREEN}")

    def _draw(self) -> None:
        self.button.setIcon(self._theme.icon("monitor", self._theme.palette.text, ICON))

    def go_on(self) -> None:
        """Choose the next screen; after the last one, all; then the first."""
        choices = self._choices()
        if len(choices) > 1:
            chosen = tuple(each.number for each in self._monitors if each.watched)
            place = choices.index(chosen) if chosen in choices else -1
            self._intents.watch(choices[(place + 1) % len(choices)])

    def _choices(self) -> list[tuple[int, ...]]:
        every = tuple(each.number for each in self._monitors)
        return [*((number,) for number in every), every] if len(every) > 1 else []

    def menu(self) -> QMenu:
        """Return the menu of all choices; it is gone once it was hidden."""
        menu = QMenu(self.button)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setAccessibleName(SCREENS)
        chosen = tuple(each.number for each in self._monitors if each.watched)
        names = [
            screen(each.number, each.width, each.height, primary=each.primary) for each in self._monitors
        ]
        for name, choice in zip([*names, ALL_SCREENS], self._choices(), strict=True):
            action = menu.addAction(name, partial(self._intents.watch, choice))
            action.setCheckable(True)
            action.setChecked(choice == chosen)
        return menu

    def _choose(self) -> None:
        self.menu().popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 4)))
