"""A line that is computed, not waited for: agent → queue of a rate → technician → acknowledgement."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.flow import Flow

STEP = 0.001
JITTER = (0.0, 0.0021, 0.0004, 0.0013, 0.0009, 0.0027, 0.0002)
"""How late acknowledgements are, one after the other: threads and event loops take their time."""


@dataclass(frozen=True)
class Arrival:
    """One frame's way."""

    number: int
    size: int
    sent: float
    queued: float
    acknowledged: float


@dataclass
class Model:
    """One agent that paints as often as it may, on one line; `most` bytes were on their way at once.

    Args:
        rate: bytes a second at a time; may be 0 for a while.
        round_trip: seconds, at a time.
        paint: returns the size of a frame to be sent now, 0 for none; is asked when the flow lets it.
        pings: whether small messages measure the round trip besides.
        handling: how long the technician's computer is busy with each frame, in turn.
        beside: is asked at every moment, and may put other things on the line by `carry`.
    """

    rate: Callable[[float], float]
    round_trip: Callable[[float], float]
    paint: Callable[["Model"], int]
    now: float = 0.0
    pings: bool = True
    handling: tuple[float, ...] = (0.0,)
    beside: Callable[["Model"], None] = lambda model: None
    arrivals: list[Arrival] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flow = Flow(lambda: self.now)
        self.sent = 0
        self.most = 0
        self._on_its_way: dict[int, int] = {}
        self._free = 0.0
        self._due: list[tuple[float, int, Arrival | float]] = []
        self._events = 0

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = round(self.now + seconds, 6)
        while self.now < until:
            step = round(self.now + STEP, 6)
            self._answer(step)
            self.now = step
            self.beside(self)
            if self.pings and round(step * 1000) % 2000 == 1:
                self._push(self.carry(60) + self.round_trip(step), step)
            if self.flow.wait(0):
                size = self.paint(self)
                if size:
                    self._send(size)
            else:
                self.refused.append(self.now)

    def _send(self, size: int) -> None:
        self.sent += 1
        begun = max(self.now, self._free)
        done = self.carry(size)
        back = done + self.round_trip(done) + JITTER[self.sent % len(JITTER)]
        back += self.handling[self.sent % len(self.handling)]
        self._on_its_way[self.sent] = size
        self.most = max(self.most, sum(self._on_its_way.values()))
        self.flow.sent(self.sent, size)
        self._push(back, Arrival(self.sent, size, self.now, begun - self.now, back))

    def carry(self, size: int) -> float:
        """Put bytes on the line; return when the last one has left it."""
        at, left = max(self.now, self._free), float(size)
        while left > 0:
            took = min(left, self.rate(at) * STEP)
            at += STEP * (took / (self.rate(at) * STEP)) if took else STEP
            left -= took
        self._free = at
        return at

    def _push(self, at: float, what: "Arrival | float") -> None:
        self._events += 1
        heapq.heappush(self._due, (at, self._events, what))

    def _answer(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, what = heapq.heappop(self._due)
            if isinstance(what, Arrival):
                self.arrivals.append(what)
                for number in [each for each in self._on_its_way if each <= what.number]:
                    del self._on_its_way[number]
                self.flow.acknowledge(what.number)
            else:
                self.flow.round_trip(self.now - what)
