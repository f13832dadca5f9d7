"""One banner on every monitor, kept in sight."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QScreen

from agent.view import Intents, Session, seconds_left
from agent.windows.banner import Banner
from agent.windows.watch import Watch
from agent.words import Words

STEADY_SECONDS = 0.3

LAST_SECONDS = 120.0
"""From then on somebody may count the seconds."""


class Banners(QObject):
    """Makes a banner for each monitor that comes, and takes away those of monitors that go.

    Args:
        words: the catalogue.
        intents: told of Pause and Stop.
        watch: tells whether they are in sight.
        clock: seconds on the boot-time clock.
        open_chat: shows the session's own window.
    """

    def __init__(
        self,
        words: Words,
        intents: Intents,
        watch: Watch,
        clock: Callable[[], float],
        open_chat: Callable[[], None],
    ) -> None:
        super().__init__()
        self._words, self._intents, self._watch = words, intents, watch
        self._clock, self._open_chat = clock, open_chat
        self._read = 0
        self.session: Session | None = None
        self.all: list[Banner] = []
        self.visible = False
        self._since = 0.0
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(lambda _screen: self._show())
            application.screenRemoved.connect(lambda _screen: self._show())

    def show_session(self, session: Session | None) -> None:
        """Show this on every banner, or no banner at all."""
        if session is None:
            self._read = 0
        self.session = session
        self._show()

    def mark_read(self, lines: int) -> None:
        """Count so many chat lines as seen."""
        if lines != self._read:
            self._read = lines
            self._show()

    def mark_all_read(self) -> None:
        """Count all chat lines as seen."""
        if self.session is not None:
            self.mark_read(len(self.session.chat))

    def refresh(self) -> None:
        """Show the time that is left, and look whether all are in sight."""
        for banner in self.all:
            banner.refresh()
        self.look()

    def look(self) -> None:
        """Look whether all are in sight, and raise those that are not."""
        before = self.visible
        self.visible = self.session is not None and self._watch.shown_whole(self.all)
        if self.visible and not before:
            self._since = self._clock()

    @property
    def steady(self) -> bool:
        """Tell whether all have been in sight without a break for long enough to be seen."""
        return self.visible and self._clock() - self._since >= STEADY_SECONDS

    @property
    def calm(self) -> bool:
        """Tell whether they need not be looked at often: in sight, nothing over them, minutes left."""
        session = self.session
        if session is None or not self.visible or seconds_left(session.ends_at, self._clock()) < LAST_SECONDS:
            return False
        return self._watch.alone(self.all)

    def _show(self) -> None:
        screens = QGuiApplication.screens() if self.session is not None else []
        for banner in [each for each in self.all if each.on not in screens]:
            self.all.remove(banner)
            banner.hide()
            banner.deleteLater()
        known = [banner.on for banner in self.all]
        self.all += [self._made(screen) for screen in screens if screen not in known]
        if self.session is not None:
            for banner in self.all:
                banner.show_session(self.session, self._read)
        self.look()

    def _made(self, screen: QScreen) -> Banner:
        hand = self._watch.hand
        return Banner(screen, self._words, self._intents, hand, self._clock, self._open_chat)
