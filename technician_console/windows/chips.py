"""One chip for each capability: what is granted, and a click to ask for more."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton

from session.messages import Answer, Capability
from technician_console.view import Intents, Live
from technician_console.windows.controls import button, colour_of, restyle
from technician_console.windows.theme import Theme
from technician_console.words import CAPABILITIES, CHIPS, SHORT

ICONS = {
    "granted": ("check", "ok"),
    "pending": ("hourglass", "accent"),
    "refused": ("ban", "danger"),
    "unanswered": ("clock", "warning"),
    "open": ("plus", "muted"),
}


class Chip:
    """The chip of one capability; its name is read out as "Control: allowed".

    Args:
        theme: whose colours.
        intents: gets what is asked for and given back.
        capability: whose chip it is.
        show_facts: opens the panel with the system facts.
    """

    def __init__(
        self, theme: Theme, intents: Intents, capability: Capability, show_facts: Callable[[], None]
    ) -> None:
        self._show_facts = show_facts
        self._theme, self._intents, self._capability = theme, intents, capability
        self._look = "open"
        self._short = False
        self.button: QPushButton = button(SHORT[capability], "chip", pressed=self._pressed)
        theme.changed.connect(self._draw)
        self._draw()

    def show_state(self, state: Live) -> None:
        """Show what this state says of the capability."""
        look = look_of(state, self._capability)
        if look != self._look:
            self._look = look
            self._draw()

    def fold(self, short: bool) -> None:
        """Say no more than the capability; its icon and what rests on it tell the rest."""
        if short != self._short:
            self._short = short
            self._draw()

    def _draw(self) -> None:
        icon, colour = ICONS[self._look]
        self.button.setIcon(self._theme.icon(icon, colour_of(self._theme.palette, colour), 14))
        short, state = SHORT[self._capability], CHIPS[self._look]
        # The blank keeps the words off the icon.
        plain = self._short or self._look == "granted"
        self.button.setText(f" {short}" if plain else f" {short}: {state}")
        self.button.setAccessibleName(f"{short}: {state}")
        self.button.setToolTip(f"{CAPABILITIES[self._capability]}: {state}")
        restyle(self.button, "look", self._look)

    def _pressed(self) -> None:
        if self._look in ("granted", "pending"):
            self._choose()
        else:
            self._intents.ask(self._capability)

    def _choose(self) -> None:
        menu = QMenu(self.button)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setAccessibleName(SHORT[self._capability])
        if self._look == "granted" and self._capability is Capability.SYSTEM_INFO:
            menu.addAction("Show the facts", self._show_facts)
        words = "Give it back" if self._look == "granted" else "Withdraw the question"
        menu.addAction(words, lambda: self._intents.give_back(self._capability))
        menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 4)))


def look_of(state: Live, capability: Capability) -> str:
    """Return how a capability's chip looks: a key of `ICONS`."""
    if capability in state.granted:
        return "granted"
    if capability in state.pending:
        return "pending"
    match dict(state.answers).get(capability):
        case Answer.REFUSED:
            return "refused"
        case Answer.TIMED_OUT:
            return "unanswered"
        case _:
            return "open"
