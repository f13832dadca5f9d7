"""A screencast with a real recorder and encoder, between a desktop of paper and a list of what was sent."""

import threading
from collections.abc import Callable

from agent.capture.watching import Watching
from agent.recorder import Recorder
from agent.screencast import Screencast
from session import messages
from tests.agent.guarded import until
from tests.agent.paper import Desk


class Show:
    """A screencast with a real recorder and encoder, between a paper screen and a list of what was sent."""

    def __init__(self, recorder: Recorder) -> None:
        self.desk = Desk()
        self.paper, self.hand = self.desk.papers[0], self.desk.hand
        self.opened = self.desk.opened
        self.recorder = recorder
        self.watching = Watching(self.desk.roster)
        self.leave = False
        self.asked: Callable[[], bool] = lambda: self.leave
        self.sent: list[messages.ScreenOut] = []
        self.unrecorded = 0
        self.failures: list[Exception] = []
        self.cast = Screencast(
            self.desk,
            self.watching,
            recorder,
            lambda: self.asked(),
            self._send,
            self.failures.append,
        )

    def _send(self, message: messages.ScreenOut) -> None:
        if isinstance(message, messages.Frame) and self.recorder.frames < message.number:
            self.unrecorded += 1
        self.sent.append(message)

    @property
    def frames(self) -> list[messages.Frame]:
        return [message for message in self.sent if isinstance(message, messages.Frame)]

    def allow(self) -> None:
        self.leave = True
        self.cast.poke()

    def see(self, count: int) -> messages.Frame:
        """Wait for the frame of this number, acknowledging those before it."""

        def seen() -> bool:
            if self.frames:
                self.cast.flow.acknowledge(self.frames[-1].number)
            return len(self.frames) >= count

        until(seen, f"frame {count}")
        return self.frames[count - 1]

    def rest(self) -> int:
        """Wait until a still screen sends nothing more; return how many frames were sent."""
        before = -1
        while before != len(self.frames):
            before = len(self.frames)
            for _ in range(10):
                if self.frames:
                    self.cast.flow.acknowledge(self.frames[-1].number)
                still()
        return before


def still() -> None:
    """Give both threads time to do what they should not."""
    threading.Event().wait(0.03)
