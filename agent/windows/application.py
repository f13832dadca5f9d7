"""All windows of the person, in Qt's thread; `show` may be called from any other."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication

from agent.view import (
    Adopt,
    Connecting,
    Intents,
    Problem,
    Question,
    Session,
    Summary,
    ViewState,
    Welcome,
    Windows,
    boot_time,
)
from agent.windows import icons, theme
from agent.windows.adopt import AdoptPage
from agent.windows.banners import Banners
from agent.windows.connecting import ConnectingPage
from agent.windows.main import MainWindow
from agent.windows.page import Page
from agent.windows.problem import ProblemPage
from agent.windows.questioning import NO_DEVICE_CHECK, Questioning
from agent.windows.session import SessionPage
from agent.windows.summary import SummaryPage
from agent.windows.tray import Tray
from agent.windows.watch import Blind, X11Watch, watch
from agent.windows.welcome import WelcomePage
from agent.words import Words
from session.messages import Reason

REFRESH_MS, CALM_MS = 250, 4000
"""How often the banners are looked at; the second while only a notice or the clock could change them."""


class PersonWindows(QObject):
    """Renders one page after another; implements `agent.view.Windows`.

    Args:
        intents: told what the person wants, in Qt's thread.
        words: the catalogue.
        clock: seconds on the boot-time clock.
    """

    _posted = Signal()

    def __init__(self, intents: Intents, words: Words, clock: Callable[[], float] = boot_time) -> None:
        super().__init__()
        self._intents, self._words = intents, words
        self._lock = threading.Lock()
        self._newest: ViewState | None = None
        self._told: ViewState | None = None
        self._state: ViewState | None = None
        self._own: frozenset[int] = frozenset()
        self._watch: X11Watch | Blind = watch()
        self._main = MainWindow(self._closed)
        self._banners = Banners(words, intents, self._watch, clock, self._open_session)
        self._questioning = Questioning(words, intents, self._watch, self._banners, clock)
        self._tray = Tray(words, intents, self._main.bring_forward)
        self._session_page: SessionPage | None = None
        self._posted.connect(self._render_newest, Qt.ConnectionType.QueuedConnection)
        self._watch.on_change(self._changed)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        application = QGuiApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)

    def show(self, state: ViewState) -> None:
        """Show this page; only the newest one counts. From any thread."""
        with self._lock:
            if isinstance(state, Session) and state == self._told:
                # It is told with every tick of the session's clock, and nearly always says the same.
                return
            self._told = state
            posted = self._newest is not None
            self._newest = state
        if not posted:
            self._posted.emit()

    def own_windows(self) -> frozenset[int]:
        """Return the X11 ids of all our windows and of the frames around them. From any thread."""
        return self._own

    def banner_visible(self) -> bool:
        """Tell whether the banner is on every monitor, whole and on top. From any thread."""
        return self._banners.visible

    def quit(self) -> None:
        """Close all windows and end `run`. From any thread."""
        application = QApplication.instance()
        if application is not None:
            # `quit` would ask the main window first, which says no.
            QTimer.singleShot(0, application, application.exit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice every native window of ours as it is made and before it goes."""
        if event.type() is QEvent.Type.PlatformSurface and isinstance(watched, QWindow):
            QTimer.singleShot(0, self, self._count_windows)
        return False

    def _changed(self) -> None:
        self._count_windows()
        self._banners.look()
        self._pace()
        self._questioning.look()

    def _count_windows(self) -> None:
        windows = [int(window.winId()) for window in QGuiApplication.allWindows() if window.isVisible()]
        self._own = self._watch.frames(windows)

    def _render_newest(self) -> None:
        with self._lock:
            state, self._newest = self._newest, None
        if state is not None:
            self._render(self._honest(state))
            self._count_windows()

    def _honest(self, state: ViewState) -> ViewState:
        """Return the page, or what stands in its way on this display."""
        if isinstance(state, Welcome | Adopt) and not self._watch.able:
            return Problem(NO_DEVICE_CHECK, state.organisation)
        if isinstance(state, Summary) and state.reason is Reason.REFUSED:
            return replace(state, trouble=state.trouble or self._questioning.trouble)
        return state

    def _render(self, state: ViewState) -> None:
        session = (
            state if isinstance(state, Session) else state.session if isinstance(state, Question) else None
        )
        self._state = state
        if isinstance(state, Question):
            self._questioning.ask(state)
        else:
            self._questioning.close()
            self._banners.show_session(session)
        shown = self._banners.session
        self._tray.show_session(shown)
        self._main.closes = shown is None
        self._timer.start() if shown else self._timer.stop()
        if session:
            self._show_session(session)
        elif not isinstance(state, Question):
            self._show_page(self._page(state))
        else:
            self._main.hide()

    def _show_session(self, session: Session) -> None:
        if self._session_page is None:
            self._session_page = SessionPage(session, self._words, self._intents, self._watch.hand)
            self._main.show_page(self._session_page)
            # The work is on the person's screen; the banner opens this window again.
            self._main.hide()
        else:
            self._session_page.show_session(session)
        self._read_along()

    def _read_along(self) -> None:
        """Count the chat as read while the person has it before them."""
        session = self._banners.session
        if session and self._session_page and self._main.isVisible() and self._main.isActiveWindow():
            self._banners.mark_read(len(session.chat))

    def _refresh(self) -> None:
        self._read_along()
        self._banners.refresh()
        self._pace()

    def _pace(self) -> None:
        interval = CALM_MS if self._banners.calm else REFRESH_MS
        if interval != self._timer.interval():
            self._timer.setInterval(interval)

    def _show_page(self, page: Page) -> None:
        self._session_page = None
        self._main.show_page(page)
        if not self._main.isVisible():
            self._main.center()
        self._main.bring_forward()

    def _page(self, state: Welcome | Connecting | Summary | Adopt | Problem | Session) -> Page:
        words, intents = self._words, self._intents
        match state:
            case Welcome():
                return WelcomePage(state, words, intents)
            case Connecting():
                return ConnectingPage(state, words, intents)
            case Summary():
                return SummaryPage(state, words, intents)
            case Adopt():
                return AdoptPage(state, words, intents, self._watch.hand)
            case Problem():
                return ProblemPage(state, words, intents)
            case Session():
                return SessionPage(state, words, intents, self._watch.hand)

    def _open_session(self) -> None:
        self._banners.mark_all_read()
        self._main.bring_forward()

    def _closed(self) -> None:
        match self._state:
            case Summary():
                self._intents.close_summary()
            case Adopt():
                self._intents.adopt(False)
            case Connecting():
                self._intents.stop()
            case _:
                self._intents.quit()

    def _dress(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.dress(application, theme.preferred())
        self._tray.repaint()


def run(intents: Intents, attach: Callable[[Windows], None], language: str = "en") -> int:
    """Open the windows in the main thread and stay until they are closed.

    Args:
        intents: told what the person wants.
        attach: called once, in this thread, with the windows; starts the engine and returns.
        language: of the catalogue.

    Returns:
        The exit code of Qt.
    """
    application = QApplication(sys.argv[:1])
    application.setApplicationName("byleave-agent")
    application.setApplicationDisplayName("Byleave")
    application.setDesktopFileName("byleave-agent")
    application.setQuitOnLastWindowClosed(False)
    theme.dress(application, theme.preferred())
    application.setWindowIcon(icons.icon("leaf", theme.colours().accent, 64))
    windows = PersonWindows(intents, Words(language))
    with _Signals(intents.quit):
        attach(windows)
        return application.exec()


class _Signals:
    """Quits on SIGINT and SIGTERM, which Qt's loop would not let Python see."""

    def __init__(self, quit_now: Callable[[], None]) -> None:
        self._quit = quit_now
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._ours.setblocking(False)

    def __enter__(self) -> None:
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self._ours.recv(64))
        self._before = signal.set_wakeup_fd(self._theirs.fileno())
        self._handlers = {
            number: signal.signal(number, self._asked) for number in (signal.SIGINT, signal.SIGTERM)
        }

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._theirs.close()

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self._quit()
