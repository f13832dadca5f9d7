"""The person's real agent without its windows: the engine, and somebody who answers by a script."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.capture.desktop import open_desktop
from agent.engine import Engine
from agent.kit import Kit
from agent.state import Adopted, Home
from agent.view import Question, ViewState, boot_time
from agent.words import Words
from session.profile import read_adoption, read_profile

V = TypeVar("V")
DEADLINE = 20.0


class Seen:
    """Stands where the windows stand (`agent.view.Windows`): keeps every page that was shown."""

    def __init__(self) -> None:
        self.pages: list[ViewState] = []
        self._news = threading.Condition()
        self.own: frozenset[int] = frozenset()
        self.over = False

    def show(self, state: ViewState) -> None:
        with self._news:
            self.pages.append(state)
            self._news.notify_all()

    def own_windows(self) -> frozenset[int]:
        return self.own

    def banner_visible(self) -> bool:
        return True

    def quit(self) -> None:
        self.over = True

    def wait(self, kind: type[V], condition: Callable[[V], bool] = lambda page: True) -> V:
        """Return the newest page once it is such a one."""
        deadline = time.monotonic() + DEADLINE
        with self._news:
            while True:
                page = self.pages[-1] if self.pages else None
                if isinstance(page, kind) and condition(page):
                    return page
                if not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"no {kind.__name__}, but {page!r}")


class Person:
    """A person with an agent that has adopted an organisation.

    Args:
        folder: the agent's state.
        adoption: the organisation's adoption file.
        display: the X display that would be shown.
        clock: seconds of the boot-time clock.
        seen: what sees the pages.
    """

    def __init__(
        self,
        folder: Path,
        adoption: Path,
        display: str | None = None,
        clock: Callable[[], float] = boot_time,
        seen: Seen | None = None,
    ) -> None:
        self.home = Home(folder)
        offer = read_adoption(adoption.read_bytes())
        self.home.adopt(offer)
        self.seen = seen or Seen()
        self.kit = Kit(
            home=self.home,
            windows=self.seen,
            words=Words("en"),
            desktop=open_desktop(display),
            clock=clock,
        )
        self.engine = Engine(Adopted(offer, read_profile(offer.profile)))

    def __enter__(self) -> "Person":
        self.engine.start(self.kit)
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.quit()
        self.engine.join()

    def allow(self, *, minutes: int = 10, **_: object) -> None:
        """Wait for a question and allow all that it asks."""
        question = self.seen.wait(Question)
        self.engine.answer(question.number, frozenset(question.capabilities), minutes)
