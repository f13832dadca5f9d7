"""A desktop whose monitors, screens and pointer a test moves by hand."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.capture.monitor import Monitor, Rect, Roster
from agent.capture.pointer import Pointer, PointerChange
from agent.capture.screen import Screen
from agent.capture.shared_memory import Pixels
from tests.agent.capture.pictures import page


@dataclass
class Paper:
    """A screen whose pages a test turns; implements `agent.capture.screen.Screen`."""

    picture: Pixels = field(default_factory=lambda: page(1, 128, 96))
    turned: threading.Event = field(default_factory=threading.Event)
    awake: bool = False
    touched: Rect | None = None
    looks: int = 0
    closed: bool = False
    gone: bool = False
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
        touched, self.touched = self.touched, None
        return None if awake else touched or self.monitor

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
        self.awake, self.touched = False, None
        self.turned.set()

    def touch(self, place: Rect) -> None:
        """Turn this place's colours over, and say that no other has changed."""
        self.picture[place.y : place.y + place.height, place.x : place.x + place.width, :3] ^= 255
        self.awake, self.touched = False, place
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


@dataclass
class Plugs:
    """Monitors that a test plugs in and out; implements `agent.capture.monitor.MonitorWatch`."""

    monitors: tuple[Monitor, ...]
    news: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def wait(self, timeout: float) -> None:
        self.news.wait(timeout)
        self.news.clear()

    def wake(self) -> None:
        self.news.set()

    def plug(self, *monitors: Monitor) -> None:
        self.monitors = monitors
        self.news.set()

    def close(self) -> None:
        self.closed = True


def monitor(number: int, x: int = 0, *, primary: bool = False) -> Monitor:
    return Monitor(number, Rect(x, 0, 128, 96), primary)


@dataclass
class Desk:
    """A desktop of paper; implements `agent.capture.desktop.Desktop`.

    Attributes:
        opened: what was opened, in order.
        papers: the screens by their monitors' numbers.
    """

    roster: Roster = field(default_factory=Roster)
    plugs: Plugs = field(default_factory=lambda: Plugs((monitor(0, primary=True),)))
    papers: dict[int, Paper] = field(default_factory=lambda: {0: Paper()})
    hand: Hand = field(default_factory=Hand)
    opened: list[str] = field(default_factory=list)
    opens: Callable[[int], Screen] | None = None

    def monitors(self) -> Plugs:
        self.opened.append("monitors")
        return self.plugs

    def screen(self, number: int) -> Screen:
        self.opened.append(f"screen {number}")
        return self.opens(number) if self.opens is not None else self.papers[number]

    def pointer(self) -> Pointer:
        self.opened.append("pointer")
        return self.hand
