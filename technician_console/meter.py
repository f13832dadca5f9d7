"""Round trip, rate and pictures a second, for the status bar and the history."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from technician_console.history import Quantiles

SAMPLES = 20_000
"""Measurements kept of one session: five hours of pings, ten minutes of pictures."""

REST_SECONDS = 5.0
"""So seldom the round trip is measured while the technician only looks; with input, at each `due`."""

PINGS_WAITING = 64
"""Pings without an answer that are remembered; a lost link leaves some."""


@dataclass
class Rates:
    """What the last second was like."""

    kilobits: float = 0.0
    frames: float = 0.0


@dataclass
class _Counts:
    at: float
    received: int = 0
    painted: int = 0


@dataclass
class Meter:
    """Measures one session.

    Args:
        clock: seconds of a clock that only goes forward.

    Attributes:
        painted: how many pictures were painted.
        round_trip: the latest, in seconds; None before the first answer.
        rates: of the last second.
    """

    clock: Callable[[], float]
    painted: int = 0
    round_trip: float | None = None
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._received = 0
        self._number = 0
        self._sent: dict[int, float] = {}
        self._measured_at = -REST_SECONDS
        self._inputs = 0
        self._round_trips: deque[float] = deque(maxlen=SAMPLES)
        self._delays: deque[float] = deque(maxlen=SAMPLES)
        self._before = _Counts(self.clock())

    def due(self, inputs: int) -> bool:
        """Tell whether the round trip shall be measured again; `inputs` is how many were sent ever."""
        before, self._inputs = self._inputs, inputs
        return inputs != before or self.clock() - self._measured_at >= REST_SECONDS

    def ping(self) -> int:
        """Return the number of a ping that is sent now."""
        self._number += 1
        self._sent[self._number] = self._measured_at = self.clock()
        if len(self._sent) > PINGS_WAITING:
            del self._sent[next(iter(self._sent))]
        return self._number

    def pong(self, number: int) -> None:
        """A ping was answered."""
        sent = self._sent.pop(number, None)
        if sent is not None:
            self.round_trip = self.clock() - sent
            self._round_trips.append(1000 * self.round_trip)

    def received(self, size: int) -> None:
        """So many bytes of pictures have come."""
        self._received += size

    def shown(self, delay_ms: float) -> None:
        """A picture was painted, so many milliseconds after it was captured, as the two clocks say."""
        self.painted += 1
        self._delays.append(delay_ms)

    def second(self) -> None:
        """Work the rates out; called about once a second."""
        now, before = self.clock(), self._before
        passed = now - before.at
        if passed > 0:
            self.rates = Rates(
                kilobits=(self._received - before.received) * 8 / 1000 / passed,
                frames=(self.painted - before.painted) / passed,
            )
            self._before = _Counts(now, self._received, self.painted)

    @property
    def round_trip_quantiles(self) -> Quantiles:
        """Of all pings."""
        return _quantiles(self._round_trips)

    @property
    def delay_quantiles(self) -> Quantiles:
        """Of all pictures, from capture to paint."""
        return _quantiles(self._delays)


def _quantiles(samples: Iterable[float]) -> Quantiles:
    ordered = sorted(samples)
    if not ordered:
        return Quantiles()
    last = len(ordered) - 1
    p50, p95 = (round(ordered[round(part * last)], 2) for part in (0.5, 0.95))
    return Quantiles(p50, p95)
