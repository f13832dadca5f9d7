"""The tray: what is happening as icon, word and colour, with `Stop` in its menu."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from agent.view import Intents, Session
from agent.windows import icons, theme
from agent.windows.widgets.chip import LOOKS
from agent.words import Words
from agent.words.banner import what_now
from agent.words.foreign import foreign

SIZE = 22


class Tray:
    """The icon and its menu.

    Args:
        words: the catalogue.
        intents: told of Stop, Pause and the end of the program.
        show_window: shows the main window.
    """

    def __init__(self, words: Words, intents: Intents, show_window: Callable[[], None]) -> None:
        self._words = words
        self._session: Session | None = None
        self._drawn: tuple[str, str] | None = None
        self._said = ""
        self._menu = QMenu()
        self._menu.setAccessibleName(words.say("welcome.window"))
        self._state = self._entry(words.say("tray.ready"), None)
        self._state.setEnabled(False)
        self._menu.addSeparator()
        self._entry(words.say("tray.show"), show_window)
        self._pause = self._entry(words.say("tray.pause"), intents.pause)
        self._stop = self._entry(words.say("tray.stop"), intents.stop)
        self._menu.addSeparator()
        self._quit = self._entry(words.say("tray.quit"), intents.quit)
        self.icon = QSystemTrayIcon()
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(
            lambda reason: show_window() if reason is QSystemTrayIcon.ActivationReason.Trigger else None
        )
        self.show_session(None)
        self.icon.show()

    @property
    def menu(self) -> QMenu:
        """The menu, for pictures of it."""
        return self._menu

    def show_session(self, session: Session | None) -> None:
        """Show what a session is doing, or that there is none."""
        self._session = session
        palette, say = theme.colours(), self._words.say
        name, colour = LOOKS[session.standing] if session else ("leaf", "accent")
        drawn = (name, getattr(palette, colour))
        if drawn != self._drawn:
            self._drawn = drawn
            self.icon.setIcon(icons.icon(*drawn, SIZE))
        text = say("tray.ready")
        if session:
            who = foreign(session.technician.name, 32)
            what = what_now(session, self._words)
            standing = say(f"standing.{session.standing}")
            text = say("tray.session", standing=standing, name=who, what=what)
        if text != self._said:
            self._said = text
            self._state.setText(text.replace("&", "&&"))
            self.icon.setToolTip(text)
        self._stop.setVisible(session is not None)
        self._pause.setVisible(session is not None and not session.paused_by_person)

    def repaint(self) -> None:
        """Draw the icon in the colours of now."""
        self.show_session(self._session)

    def close(self) -> None:
        """Take the icon away."""
        self.icon.hide()

    def _entry(self, text: str, act: Callable[[], None] | None) -> QAction:
        entry = QAction(text, self._menu)
        if act is not None:
            entry.triggered.connect(lambda: act())
        self._menu.addAction(entry)
        return entry
