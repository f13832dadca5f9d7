"""When a question may be shown, and what takes it away."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from agent.view import Intents, Question, Session, Trouble
from agent.windows.arming import Circumstances
from agent.windows.banner import HEIGHT
from agent.windows.banners import Banners
from agent.windows.question import QuestionWindow, primary_screen
from agent.windows.watch import Watch
from agent.words import Words
from session.messages import Answer, Standing

BANNER_SECONDS = 3.0
LOOK_MS = 50
NO_BANNER = Trouble("no-banner")
NO_DEVICE_CHECK = Trouble("no-device-check")


class Questioning(QObject):
    """Shows one question at a time, and none while the banner is not in sight.

    Args:
        words: the catalogue.
        intents: told the answers.
        watch: tells how windows stand on the screen.
        banners: must be in sight.
        clock: seconds on the boot-time clock.

    Attributes:
        window: the question that is open.
        trouble: why the last question was given back unasked.
    """

    def __init__(
        self, words: Words, intents: Intents, watch: Watch, banners: Banners, clock: Callable[[], float]
    ) -> None:
        super().__init__()
        self._words, self._intents, self._watch = words, intents, watch
        self._banners, self._clock = banners, clock
        self._waiting: Question | None = None
        self._give_up = 0.0
        self._done: set[int] = set()
        self.window: QuestionWindow | None = None
        self.trouble: Trouble | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._try_to_open)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(lambda _screen: self._lose_display())
            application.screenRemoved.connect(lambda _screen: self._lose_display())
            application.primaryScreenChanged.connect(lambda _screen: self._lose_display())

    def ask(self, question: Question) -> None:
        """Show a question, or its session's news if it is open already."""
        self._banners.show_session(question.session or _asking(question))
        if question.number in self._done:
            return
        self.close()
        self._done.add(question.number)
        self.trouble = None
        if not self._watch.able:
            self._give_back(question, NO_DEVICE_CHECK)
            return
        self._waiting, self._give_up = question, self._clock() + BANNER_SECONDS
        self._timer.start()
        self._try_to_open()

    def close(self) -> None:
        """Take the question away; it is no longer open."""
        self._waiting = None
        self._timer.stop()
        if self.window is not None:
            self.window.dismiss()
            self.window.deleteLater()
            self.window = None

    def look(self) -> None:
        """Take in a change on the display."""
        window = self.window
        if window is None or not window.isVisible():
            return
        if self._watch.locked(window, self._banners.all):
            window.deny(Answer.REFUSED)
        else:
            window.refresh()

    def _try_to_open(self) -> None:
        question = self._waiting
        if question is None:
            self._timer.stop()
            return
        self._banners.look()
        if self._banners.steady:
            self._waiting = None
            self._timer.stop()
            self._open(question)
        elif self._clock() > self._give_up:
            self.close()
            self._give_back(question, NO_BANNER)

    def _give_back(self, question: Question, why: Trouble) -> None:
        self.trouble = why
        self._intents.deny(question.number, Answer.REFUSED)

    def _open(self, question: Question) -> None:
        hand = self._watch.hand
        window = QuestionWindow(question, self._words, self._intents, hand, self._circumstances, self._clock)
        self.window = window
        screen = primary_screen()
        screen.geometryChanged.connect(lambda _area: self._lose_display())
        window.open_on(screen, HEIGHT)

    def _circumstances(self, window: QuestionWindow) -> Circumstances:
        return self._watch.circumstances(window, self._banners.all)

    def _lose_display(self) -> None:
        if self.window is not None:
            self.window.deny(Answer.REFUSED)


def _asking(question: Question) -> Session:
    return Session(Standing.ASKING, question.technician, frozenset(), question.deadline)
