"""What the line to the technician carries, told by when acknowledgements come. PROTOCOL.md, section 6.

A model without threads or clocks. What is known of a frame is when it left,
how long it is, and when it was acknowledged; from that:

    the round trip   the least that was seen lately, so without any waiting
    a busy period    frames that left so early that each one found the one
                     before still on the line; within one, the line was never
                     idle, so bytes by time is its rate, whatever was sent
    the rate         the best of the busy periods of the last moments; what
                     was too little to tell may raise it, never lower it

After Cardwell et al., "BBR: Congestion-Based Congestion Control" (2016), with
frames in the place of packets. A frame is many packets, sent at once: each one
probes the line by itself, so nothing has to be sent faster to find out more.
"""

import math
from collections import deque
from typing import NamedTuple

NEAR_SECONDS = 0.010
"""A round trip as short as this is a local network: fast until the contrary is seen."""

PRESUMED = 500_000.0
"""Bytes a second of a far line of which nothing is known yet."""

FAST = 6_000_000.0
"""Bytes a second from which on a line is no bound to a picture."""

RATE_SECONDS = 0.35
"""A rate counts for so long after a newer one is known; less than the half second that is promised."""

SPAN_SECONDS = 0.2
"""A long busy period is looked at over so long a time."""

SURE_SECONDS = 0.025
SURE_BYTES = 8 * 1024
EXCESS_SECONDS = 0.040
NEAR_EXCESS_SECONDS = 0.100
"""So much too late is an acknowledgement on account of the line, and not of a technician's busy computer."""

JITTER_SECONDS = 0.002
"""So late may an acknowledgement be for reasons of its own, when a busy period's beginning is computed."""

LEAP = 4.0
"""So many times the rate before is believed at once; the next frame confirms it, or not."""

CONFIRM_SECONDS = 10.0
NEARLY_SECONDS = 0.015
"""A round trip that is longer by this much still confirms the least one."""

DOUBT_SECONDS = 2.5
DOUBTFUL_SECONDS = 0.08
"""Round trips that are all longer by this much are no queue of ours: the way itself has become longer."""


class Flight(NamedTuple):
    """A frame on its way."""

    number: int
    size: int
    sent: float


class Mark(NamedTuple):
    """A moment of a busy period, and all that had arrived then."""

    at: float
    delivered: int
    seen: bool


class Line:
    """Rate and round trip of one channel; times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self.flights: deque[Flight] = deque()
        self.in_flight = 0
        self.least: float | None = None
        self.draining = False
        self.busy_until = 0.0
        self._confirmed = 0.0
        self._credible = 0.0
        self.pressed_at = -math.inf
        self._shortened = 0.0
        self._best = (0.0, 0.0)
        self._delivered = 0
        self._marks: deque[Mark] = deque()
        self._rates: deque[tuple[float, float]] = deque()
        self._rate: float | None = None

    @property
    def near(self) -> bool:
        """Tell whether it is a local network."""
        return self.least is not None and self.least < NEAR_SECONDS

    @property
    def known(self) -> bool:
        """Tell whether the rate was seen, and is no presumption."""
        return self._rate is not None

    @property
    def rate(self) -> float | None:
        """Bytes a second; None for a local network of which nothing slower was seen."""
        return self._rate if self._rate is not None or self.near else PRESUMED

    @property
    def best(self) -> float | None:
        """The best rate of the last seconds, so before others took a part; None if none was seen."""
        return self._best[1] if self.known else None

    def sent(self, number: int, size: int, now: float) -> None:
        """A frame has left."""
        self.flights.append(Flight(number, size, now))
        self.in_flight += size
        if self.least is not None and self._doubted(now):
            # It may have become longer: wait until nothing is on the line, and the next one tells.
            self.draining = True

    def acknowledged(self, number: int, now: float) -> bool:
        """Frames up to this one have arrived; tell whether one of them was on its way."""
        arrived: list[Flight] = []
        while self.flights and self.flights[0].number <= number:
            arrived.append(self.flights.popleft())
        if not arrived:
            return False
        self.in_flight -= sum(flight.size for flight in arrived)
        before = self.least
        self._time_frame(arrived[-1], now, alone=len(arrived) == 1)
        if before is None or (self.least is not None and self.least < before):
            self._shortened = now
        for flight in arrived:
            self._serve(flight, now)
        if arrived[-1].sent <= self._shortened:
            # What left when the way was taken for longer seems to have taken no time at all.
            self._marks.clear()
            self._marks.append(Mark(now, self._delivered, seen=True))
        else:
            self._sample(now, arrived[-1])
        return True

    def withdrawn(self, number: int) -> None:
        """A frame has not left after all."""
        self.flights = deque(flight for flight in self.flights if flight.number != number)
        self.in_flight = sum(flight.size for flight in self.flights)

    def round_trip(self, seconds: float, now: float) -> None:
        """A small message and its answer took so long."""
        self._time(seconds, now, sure=not self.flights)

    def due(self, now: float, rate: float) -> float:
        """Return when the last frame that is on its way will be acknowledged, as far as is known."""
        until = self.busy_until
        for place, flight in enumerate(self.flights):
            until = max(until, flight.sent + (self.least or 0.0)) + flight.size / rate
            if place == 0:
                until = max(until, now)
        return until

    def overdue(self, now: float, rate: float) -> float:
        """Return how many seconds late the next acknowledgement is."""
        if not self.flights or self.least is None:
            return 0.0
        flight = self.flights[0]
        return now - (max(self.busy_until, flight.sent + self.least) + flight.size / rate)

    def bound(self, now: float, rate: float) -> float:
        """Return what the rate cannot be above while an acknowledgement is late; infinite if none is."""
        late = self.overdue(now, rate)
        if late <= SURE_SECONDS:
            return math.inf
        size = self.flights[0].size
        return size / (size / rate + late)

    def _time_frame(self, flight: Flight, now: float, *, alone: bool) -> None:
        seconds = now - flight.sent
        # Only the first frame of a busy period waited for nobody.
        sure = alone and flight.sent + (self.least or 0.0) >= self.busy_until
        # At the best rate: what is taken for too long is put right by any shorter time, never the reverse.
        own = flight.size / (self._best[1] or PRESUMED)
        self._time(seconds, now, sure=sure, own=own)

    def _time(self, seconds: float, now: float, *, sure: bool, own: float = 0.0) -> None:
        """Take a time; `own` is how much of it is the frame's length, `sure` that nothing else is."""
        if self.least is None or (sure and self._doubted(now)):
            self.least = max(seconds - own, 0.0)
            self._confirmed = self._credible = now
        elif seconds <= self.least:
            self.least, self._confirmed, self._credible = seconds, now, now
        elif seconds <= self.least + DOUBTFUL_SECONDS + own:
            self._credible = now
            if seconds <= self.least + NEARLY_SECONDS:
                self._confirmed = now
        if not self.flights or not self._doubted(now):
            self.draining = False

    def _doubted(self, now: float) -> bool:
        return now - self._confirmed > CONFIRM_SECONDS or now - self._credible > DOUBT_SECONDS

    def _serve(self, flight: Flight, now: float) -> None:
        arrival = min(flight.sent + (self.least or 0.0), now)
        if arrival > self.busy_until or not self._marks:
            self._marks.clear()
            self._marks.append(Mark(arrival, self._delivered, seen=False))
        self._delivered += flight.size
        self.busy_until = now

    def _sample(self, now: float, flight: Flight) -> None:
        marks = self._marks
        while len(marks) > 1 and marks[1].at <= now - SPAN_SECONDS:
            marks.popleft()
        since = marks[0]
        size = self._delivered - since.delivered
        seconds = now - since.at
        sure = seconds >= SURE_SECONDS and (len(marks) > 1 or size >= SURE_BYTES)
        sure = sure and self._pressed(since, now, flight)
        marks.append(Mark(now, self._delivered, seen=True))
        if not sure and (since.seen or seconds < JITTER_SECONDS):
            # Acknowledgements that come together, or at once, say nothing of the line.
            return
        self._count(size / (seconds + (0.0 if since.seen else JITTER_SECONDS)), now, sure=sure)

    def _pressed(self, since: Mark, now: float, flight: Flight) -> bool:
        """Tell whether the line was the bound, and not that there was no more to send."""
        least = self.least or 0.0
        if self.pressed_at >= since.at - least - SPAN_SECONDS:
            return True
        excess = now - flight.sent - least - flight.size / (self.rate or math.inf)
        return excess > (NEAR_EXCESS_SECONDS if self.near else EXCESS_SECONDS)

    def _count(self, rate: float, now: float, *, sure: bool) -> None:
        present = self.rate
        self._rates.append((now, rate if present is None else min(rate, LEAP * present)))
        while self._rates[0][0] < now - RATE_SECONDS:
            self._rates.popleft()
        best = max(rate for _, rate in self._rates)
        if not sure and (present is None or best <= present):
            return
        self._rate = best
        if self._rate >= self._best[1] or now - self._best[0] > CONFIRM_SECONDS:
            self._best = (now, self._rate)
