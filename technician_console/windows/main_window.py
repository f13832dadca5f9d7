"""The one window: it shows the page that the state calls for."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QStackedWidget, QWidget

from technician_console.surface import Surface, Taken
from technician_console.view import Code, Intents, Live, NewSession, Over, SignIn, ViewState
from technician_console.windows.code_page import CodePage
from technician_console.windows.controls import rows
from technician_console.windows.live_page import LivePage
from technician_console.windows.new_session_page import NewSessionPage
from technician_console.windows.over_page import OverPage
from technician_console.windows.sign_in_page import SignInPage
from technician_console.windows.theme import Theme

TITLE = "Byleave console"
TITLE_MAXIMUM = 60
LEAST = (720, 560)


class MainWindow(QWidget):
    """Takes what is new from the surface, whenever it is woken.

    Args:
        theme: how it looks.
        surface: where new things come from.
        intents: gets what the technician wants.
    """

    def __init__(self, theme: Theme, surface: Surface, intents: Intents) -> None:
        super().__init__()
        self._surface, self._intents = surface, intents
        self._state: ViewState | None = None
        self._closing = False
        self._sign_in = SignInPage(theme, intents)
        self._new_session = NewSessionPage(theme, intents)
        self._code = CodePage(theme, intents)
        self.live = LivePage(theme, surface, intents)
        self._over = OverPage(theme, intents)
        self._pages = QStackedWidget()
        for page in (self._sign_in, self._new_session, self._code, self.live, self._over):
            self._pages.addWidget(page)
        self.setLayout(rows(self._pages))
        self.setObjectName("page")
        self.setWindowTitle(TITLE)
        self.setWindowIcon(QIcon(theme.icon("shield-check", theme.palette.accent, 32)))
        self.resize(1280, 800)
        self.setMinimumSize(*LEAST)
        self.live.whole_screen.connect(self._show_whole)

    def take(self) -> None:
        """Show all that is new."""
        # Until it is painted, the decoder must not go on to the next picture in the same memory.
        with self._surface.painting:
            new: Taken = self._surface.take()
            if new.state is not None:
                self.show_state(new.state)
            if new.picture is not None:
                self.live.show_picture(new.picture)
        for message in (new.pointer_image, new.pointer_at):
            if message is not None:
                self.live.show_pointer(message)
        if new.closed:
            self._closing = True
            self.close()

    def show_state(self, state: ViewState) -> None:
        """Show this page."""
        if state == self._state:
            return
        entered = type(state) is not type(self._state)
        self.setWindowTitle(title(state))
        self._state = state
        match state:
            case SignIn():
                page: QWidget = self._sign_in
                self._pages.setCurrentWidget(page)
                self._sign_in.show_state(state, entered=entered)
            case NewSession():
                self._pages.setCurrentWidget(self._new_session)
                self._new_session.show_state(state, entered=entered)
            case Code():
                self._pages.setCurrentWidget(self._code)
                self._code.show_state(state, entered=entered)
            case Live():
                self._pages.setCurrentWidget(self.live)
                self.live.show_state(state, entered=entered)
                self.setMinimumWidth(max(LEAST[0], self.live.bar.least))
            case Over():
                self._show_whole(False)
                self._pages.setCurrentWidget(self._over)
                self._over.show_state(state, entered=entered)

    def _show_whole(self, whole: bool) -> None:
        # A maximised window is maximised again afterwards.
        full, state = Qt.WindowState.WindowFullScreen, self.windowState()
        self.setWindowState(state | full if whole else state & ~full)

    def changeEvent(self, event: QEvent) -> None:
        """Hide the bars while the window fills the screen, whoever made it so."""
        if event.type() is QEvent.Type.WindowStateChange:
            self.live.show_whole(self.isFullScreen())
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first while a session runs; the program itself closes the window at its end."""
        if self._closing:
            event.accept()
            return
        event.ignore()
        if isinstance(self._state, Live):
            self.live.ask_end()
        else:
            self._intents.quit()


def title(state: ViewState) -> str:
    """Return the window's title, to which Qt adds the program's name, for whoever has many windows."""
    match state:
        case Code() | Live():
            about = f"{state.ticket} {state.purpose}".strip()
            return (about if len(about) <= TITLE_MAXIMUM else f"{about[: TITLE_MAXIMUM - 1]}…") or TITLE
        case SignIn() | NewSession() | Over():
            return TITLE
