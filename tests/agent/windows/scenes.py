"""Every window of the person in every state, for `make pictures`."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from agent.view import Adopt, Asks, Connecting, Problem, Question, Session, Summary, ViewState, Welcome
from agent.windows import theme
from agent.windows.adopt import AdoptPage
from agent.windows.arming import Circumstances
from agent.windows.banner import HEIGHT, Banner
from agent.windows.connecting import ConnectingPage
from agent.windows.device import NoHand
from agent.windows.main import MainWindow
from agent.windows.page import Page, SteppedPage
from agent.windows.problem import ProblemPage
from agent.windows.question import QuestionWindow
from agent.windows.session import SessionPage
from agent.windows.summary import SummaryPage
from agent.windows.tray import Tray
from agent.windows.welcome import WelcomePage
from agent.windows.widgets.code_field import CodeField
from agent.windows.widgets.tick import Tick
from agent.words import Words
from session.messages import Capability
from tests.agent.windows.recorder import Recorder
from tests.agent.windows.states import FIRST, LONG, STATES

GOOD = Circumstances(visible=True, covered=False, focused=True, banner=True, place=(0, 0, 1, 1))
COVERED = replace(GOOD, covered=True)


def nothing() -> None:
    """Do nothing: what a picture's buttons would do."""


def _dress() -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    # The platform tells of light or dark by an event.
    application.processEvents()
    theme.dress(application, theme.preferred())


def _page(state: ViewState, words: Words) -> Page:
    intents = Recorder()
    match state:
        case Welcome():
            return WelcomePage(state, words, intents)
        case Connecting():
            return ConnectingPage(state, words, intents)
        case Session():
            return SessionPage(state, words, intents, NoHand())
        case Summary():
            return SummaryPage(state, words, intents)
        case Adopt():
            return AdoptPage(state, words, intents, NoHand())
        case Problem():
            return ProblemPage(state, words, intents)
        case Question():
            raise AssertionError


def main(state: ViewState, step: int = 0, typed: str = "", language: str = "en") -> Callable[[], QWidget]:
    """Return a scene of the main window."""

    def build() -> QWidget:
        _dress()
        page = _page(state, Words(language))
        if step and isinstance(page, SteppedPage):
            page.show_step(step)
        window = MainWindow(nothing)
        window.show_page(page)
        for field in page.findChildren(CodeField):
            field.setText(typed)
            field.textEdited.emit(typed)
        return window

    return build


def question(
    state: Question,
    seconds: Iterable[float] = (),
    circumstances: Circumstances = GOOD,
    language: str = "en",
    unticked: str = "",
) -> Callable[[], QWidget]:
    """Return a scene of a question, looked at after each of some seconds, with one box unticked."""

    def build() -> QWidget:
        _dress()
        now = [0.0]
        window = QuestionWindow(
            state, Words(language), Recorder(), NoHand(), lambda _window: circumstances, lambda: now[0]
        )
        window.open_on(QGuiApplication.primaryScreen(), HEIGHT)
        for tick in window.findChildren(Tick):
            tick.setChecked(tick.isChecked() and tick.text() != unticked)
        for now[0] in seconds:
            window.refresh()
        return window

    return build


def banner(state: Session, read: int = 9, language: str = "en") -> Callable[[], QWidget]:
    """Return a scene of a banner."""

    def build() -> QWidget:
        _dress()
        made = Banner(
            QGuiApplication.primaryScreen(), Words(language), Recorder(), NoHand(), lambda: 0.0, nothing
        )
        made.show_session(state, read)
        return made

    return build


def tray(state: Session | None) -> Callable[[], QWidget]:
    """Return a scene of the tray's menu."""

    def build() -> QWidget:
        _dress()
        made = Tray(Words(), Recorder(), nothing)
        made.show_session(state)
        return made.menu

    return build


def _sessions() -> dict[str, Session]:
    return {name: state for name, state in STATES.items() if isinstance(state, Session)}


SCENES: dict[str, Callable[[], QWidget]] = {
    **{name: main(state) for name, state in STATES.items() if not isinstance(state, Question)},
    "welcome-advice": main(STATES["welcome"], step=1),
    "welcome-code": main(STATES["welcome"], step=2, typed="4821 19"),
    "welcome-code-slip": main(STATES["welcome"], step=2, typed="4821 193 551"),
    "welcome-german": main(STATES["welcome"], language="de"),
    "summary-report": main(STATES["summary"], step=1),
    **{
        name: question(state, seconds=(0.0, 1.2))
        for name, state in STATES.items()
        if isinstance(state, Question)
    },
    "question-ready": question(FIRST, seconds=(0.0, 3.1)),
    "question-unseen": question(FIRST, seconds=(0.0,), unticked="See this screen"),
    "question-covered": question(FIRST, seconds=(0.0,), circumstances=COVERED),
    "question-last-seconds": question(FIRST, seconds=(0.0, 53.0)),
    "question-german": question(FIRST, seconds=(0.0, 3.1), language="de"),
    "question-more-german": question(
        replace(FIRST, asks=Asks.MORE, choices=()), seconds=(0.0,), language="de"
    ),
    **{f"banner-{name.removeprefix('session-')}": banner(state) for name, state in _sessions().items()},
    "banner-unread": banner(_sessions()["session"], read=1),
    "banner-long": banner(
        replace(_sessions()["session"], technician=LONG.technician, granted=frozenset(list(Capability)[:3])),
        language="de",
    ),
    "banner-german": banner(_sessions()["session"], language="de"),
    "tray": tray(None),
    "tray-session": tray(_sessions()["session"]),
}
