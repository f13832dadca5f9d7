"""A screen and a pointer that a test moves by hand."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.capture.monitor import Rect
from agent.capture.pointer import PointerChange
from agent.capture.shared_memory import Pixels
from tests.agent.capture.pictures import page


@dataclass
class Paper:
    """A screen whose pages a test turns; implements `agent.capture.screen.Screen`."""

    picture: Pixels = field(default_factory=lambda: page(1, 128, 96))
    turned: threading.Event = field(default_factory=threading.Event)
    awake: bool = False
    looks: int = 0
    closed: bool = False
    grabs: int = 0
    grabbed: Callable[[], object] = bool

    @property
    def monitor(self) -> Rect:
        height, width = self.picture.shape[:2]
        return Rect(0, 0, width, height)

    def wait(self, timeout: float) -> Rect | None:
        self.looks += 1
        if not self.turned.wait(timeout):
            return None
        self.turned.clear()
        awake, self.awake = self.awake, False
        return None if awake else self.monitor

    def wake(self) -> None:
        self.awake = True
        self.turned.set()

    def grab(self, changed: Rect | None = None) -> Pixels:
        self.grabs += 1
        self.grabbed()
        return self.picture

    def close(self) -> None:
        self.closed = True

    def turn(self, seed: int, width: int = 128, height: int = 96) -> None:
        self.picture = page(seed, width, height)
        self.awake = False
        self.turned.set()


@dataclass
class Hand:
    """A pointer that a test moves; implements `agent.capture.pointer.Pointer`."""

    changes: "queue.Queue[PointerChange]" = field(default_factory=queue.Queue)
    closed: bool = False

    def wait(self, timeout: float) -> PointerChange | None:
        try:
            return self.changes.get(timeout=min(timeout, 0.05))
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Nothing waits for long."""

    def close(self) -> None:
        self.closed = True
