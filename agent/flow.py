"""How much of the picture may be on its way, so that nothing waits on the line: PROTOCOL.md, section 6.

The screen's thread waits and sends, the event loop's thread acknowledges.
Nothing is kept back here: what may not leave yet is not painted yet, and when
it may, it is the newest picture.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from agent.line import FAST, Line

QUEUE_SECONDS = 0.050
"""So long may what leaves now wait behind what has left already; the promise is 60 ms."""

ROOM_SECONDS = 0.020
"""The next frame leaves when so much still waits: enough that the line is never idle meanwhile."""

LATE_SECONDS = 0.060
"""An acknowledgement that is so late means a stall; more would only wait behind it."""

LEAST_IN_FLIGHT = 2
MOST_IN_FLIGHT = 8
FRAME_SECONDS = 1 / 60
NEAR_BYTES = 1024 * 1024
"""What may leave at once on a local network; it is there within a few milliseconds."""

LEAST_BYTES = 512
"""A smaller budget is of no use: a keystroke's picture has so many."""

LEAST_SHARE = 0.1
"""How much of the line others have at least while pictures are sent, so that they never stand still."""

REST_SHARE = 0.8
"""How much of it, while none are: the next one shall not find the line full."""

REST_SECONDS = 0.5

SPARSE_SHARE = 0.03
SPARSE_SECONDS = 0.5
"""A caret, a clock, or letters that are typed: pictures that took less than this part of the line, of late,
hardly ever meet anything there. What others send is soon through then, in few pieces."""

YIELD_SECONDS = 0.3
"""Others who have not asked for so long need nothing."""

CERTAIN_SECONDS = 10.0
MOST_LOSS, MOST_GAIN = 0.8, 1.1
"""So much, and not more often, changes what the line is taken for while others use it."""


class Budget(NamedTuple):
    """What the line can take.

    Attributes:
        bytes: may leave now without waiting on the line for more than about 50 ms.
        bytes_per_second: the line's rate, None if it is so fast that it does not matter. Of a far
            line of which nothing is known yet it is a presumption, and a careful one.
    """

    bytes: int
    bytes_per_second: float | None


class Yielded(NamedTuple):
    """What the picture leaves to others.

    Attributes:
        rate: bytes a second.
        at: when they asked for them last.
        whole: what all of the line is taken for, in bytes a second.
        since: when that was decided.
    """

    rate: float
    at: float
    whole: float
    since: float


class Flow:
    """The pace of one screen channel; may be called from any thread.

    Args:
        clock: seconds of a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._line = Line()
        self._sent_at = -math.inf
        self._recent = 0.0
        self._yielded = Yielded(0.0, -math.inf, 0.0, -math.inf)
        self._paid_until = 0.0
        self._window = LEAST_IN_FLIGHT

    def start_anew(self) -> None:
        """Nothing is on its way any more, and nothing is known: the channel is a new one."""
        with self._changed:
            self._line = Line()
            self._window = LEAST_IN_FLIGHT
            self._changed.notify_all()

    def sent(self, number: int, size: int) -> None:
        """A frame is on its way.

        Args:
            number: its number, higher than the one before.
            size: its bytes on the channel.
        """
        with self._changed:
            now = self._clock()
            self._recent, self._sent_at = self._lately(now) + size, now
            self._line.sent(number, size, now)
            own = self._own(now)
            if own is not None:
                # What was not used a moment ago, as while a picture was painted, may be used now.
                self._paid_until = max(self._paid_until, now - QUEUE_SECONDS) + size / own

    def withdrawn(self, number: int) -> None:
        """A frame was held back after all, and nobody will acknowledge it."""
        with self._changed:
            self._line.withdrawn(number)
            self._changed.notify_all()

    def acknowledge(self, number: int) -> None:
        """Everything up to this frame is in the picture; what was never sent counts for nothing."""
        with self._changed:
            flights = self._line.flights
            if flights and number <= flights[-1].number and self._line.acknowledged(number, self._clock()):
                self._settle()

    def round_trip(self, seconds: float) -> None:
        """A ping on the control channel and its answer took so long."""
        with self._changed:
            self._line.round_trip(seconds, self._clock())
            self._settle()

    def wait(self, seconds: float) -> bool:
        """Wait until another frame may leave; tell whether it may."""
        until = self._clock() + seconds
        with self._changed:
            while (pause := self._pause()) > 0:
                left = until - self._clock()
                if left <= 0:
                    return False
                self._changed.wait(min(pause, left))
        return True

    def late(self) -> float:
        """Return for how many seconds the oldest frame on its way has waited for its acknowledgement."""
        with self._changed:
            flights = self._line.flights
            return self._clock() - flights[0].sent if flights else 0.0

    def budget(self) -> Budget:
        """Return what the line can take now."""
        with self._changed:
            rate = self._line.rate
            if rate is None:
                return Budget(max(LEAST_BYTES, NEAR_BYTES - self._line.in_flight), None)
            room = min(rate * (QUEUE_SECONDS - self._queue(rate)), self._most(rate) - self._line.in_flight)
            now = self._clock()
            own = self._own(now)
            if own is not None:
                rate, room = min(rate, own), min(room, own * QUEUE_SECONDS)
            shown = min(rate, self._line.bound(now, rate))
            return Budget(max(LEAST_BYTES, int(room)), None if shown >= FAST else shown)

    def rate(self) -> float | None:
        """Return what the line carries, in bytes a second; None if it is so fast that it does not matter."""
        with self._changed:
            rate = self._line.rate
            return None if rate is None or rate >= FAST else rate

    def spare(self, needed: float) -> float | None:
        """Return what others may send, in bytes a second; None if they need not be careful.

        Args:
            needed: bytes a second without which they would be too late; infinite where nothing else counts.
        """
        with self._changed:
            rate = self._line.best
            if rate is None or rate >= FAST or needed == math.inf:
                return None
            now = self._clock()
            resting = not self._line.flights and now - self._sent_at > REST_SECONDS
            sparse = self._lately(now) < SPARSE_SHARE * rate * SPARSE_SECONDS
            share = REST_SHARE if resting or sparse else LEAST_SHARE
            if needed:
                rate = self._yield(needed, rate, now)
            return min(max(rate * share, needed), rate)

    def _lately(self, now: float) -> float:
        """Return how many bytes pictures have taken of late; what is long ago counts for ever less."""
        return self._recent * math.exp((self._sent_at - now) / SPARSE_SECONDS) if self._recent else 0.0

    def _own(self, now: float) -> float | None:
        """Return the bytes a second that are left to the picture; None if nobody else needs any.

        The evidence cannot take its part: what is queued first goes first, and pictures queue all the time.
        """
        yielded = self._yielded
        if now - yielded.at > YIELD_SECONDS:
            return None
        return max(yielded.whole * LEAST_SHARE, yielded.whole - yielded.rate)

    def _yield(self, needed: float, best: float, now: float) -> float:
        """Note what others need; return what all of the line is taken for while they get it."""
        before = self._yielded
        whole, since = best, now
        if now - before.at <= CERTAIN_SECONDS:
            # What is measured beside others is uncertain: the rate, and the round trip that it rests on.
            whole, since = before.whole, before.since
            if now - since > CERTAIN_SECONDS:
                whole, since = max(whole * MOST_LOSS, min(best, whole * MOST_GAIN)), now
        self._yielded = Yielded(max(whole * LEAST_SHARE, needed), now, whole, since)
        return whole

    def _settle(self) -> None:
        """Have the number of frames follow the round trip."""
        frames = 1 + round((self._line.least or 0.0) / FRAME_SECONDS)
        self._window = max(LEAST_IN_FLIGHT, min(MOST_IN_FLIGHT, frames))
        self._changed.notify_all()

    def _most(self, rate: float) -> float:
        """Return how many bytes may be on their way: one round trip's, and a little."""
        if not self._line.known:
            # On a presumption one budget leaves, and its acknowledgement tells the rest.
            return rate * QUEUE_SECONDS
        return rate * ((self._line.least or 0.0) + QUEUE_SECONDS)

    def _queue(self, rate: float) -> float:
        """Return how many seconds a frame that left now would wait on the line."""
        now = self._clock()
        return max(0.0, self._line.due(now, rate) - now - (self._line.least or 0.0))

    def _pause(self) -> float:
        """Return in how many seconds a frame may leave; infinite while only an acknowledgement can tell."""
        line = self._line
        if not line.flights:
            return 0.0
        if line.draining or len(line.flights) >= self._window:
            return math.inf
        rate = line.rate
        if rate is None:
            return 0.0 if line.in_flight < NEAR_BYTES else math.inf
        now = self._clock()
        full = line.in_flight >= self._most(rate) or line.overdue(now, rate) > LATE_SECONDS
        pause = math.inf if full else max(0.0, self._queue(rate) - ROOM_SECONDS)
        if self._own(now) is not None:
            pause = max(pause, self._paid_until - now - ROOM_SECONDS)
        if pause:
            line.pressed_at = now
        return pause
