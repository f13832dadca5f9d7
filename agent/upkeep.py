"""What goes on by itself during a session: ticks, cuts, the evidence's lag, revocations. EVIDENCE.

Each has a task of its own, because disk and relay may hang and the clock must not.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from agent.evidence import Evidence
from agent.joining import LinkKeeper
from agent.memory import give_back
from session.errors import (
    ByleaveError,
    IntroductionFailed,
    LinkLost,
    PeerError,
    RecorderFailed,
    RecordingFull,
)
from session.messages import Reason
from session.statements import SEGMENT_MS

TICK_SECONDS = 0.5
"""Each tick wakes this computer, also while nothing happens."""

LONGEST_TICK = 1.0
"""Seconds that one tick counts for at most: a computer that slept was not waiting for the log."""

FREEZE_SECONDS = 10.0
END_SECONDS = 30.0
REVOCATION_SECONDS = 300.0

TIDY_SECONDS = 30.0
STILL_SECONDS = 1.0
"""So long no picture may have left before memory is given back."""


@dataclass(frozen=True)
class Orders:
    """What the host does when it is time; each is called in the event loop's thread and returns at once."""

    tick: Callable[[float], None]
    freeze: Callable[[], None]
    thaw: Callable[[], None]
    revoked: Callable[[], None]
    failed: Callable[[Exception], None]


class _Alarm(NamedTuple):
    """Rings at a moment, or as soon as it is early."""

    at: float
    early: Callable[[], bool]
    rung: asyncio.Event


class Upkeep:
    """Looks after one session.

    Args:
        clock: seconds of the boot-time clock.
        link: stops the evidence's clock while it is down.
        patience: seconds that evidence may wait here by the policy; 0 if it is `strict`.
        orders: to the host.

    Attributes:
        evidence: the session's, once there is any.
    """

    def __init__(self, clock: Callable[[], float], link: LinkKeeper, patience: float, orders: Orders) -> None:
        self._clock = clock
        self._link = link
        self._patience = patience
        self._orders = orders
        self._alarms: list[_Alarm] = []
        self.evidence: Evidence | None = None

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start the tasks; whoever owns the group cancels them."""
        return [group.create_task(work()) for work in (self._keep_time, self._cut, self._ask, self._tidy)]

    async def _keep_time(self) -> None:
        before = self._clock()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock()
            self._orders.tick(now)
            self._ring(now)
            if self._link.late:
                self._orders.failed(LinkLost("the technician did not come back in time"))
            if self.evidence is not None and self._link.up:
                self._watch_lag(self.evidence, min(max(now - before, 0.0), LONGEST_TICK))
            before = now

    def _watch_lag(self, evidence: Evidence, seconds: float) -> None:
        """Freeze at 10 s without a proof from the log, end at 30 s."""
        evidence.pass_time(seconds)
        if evidence.used_up:
            self._orders.failed(RecordingFull("the relay keeps no more of this session"))
            return
        lag = evidence.lag - self._patience
        if lag >= END_SECONDS:
            self._orders.failed(RecorderFailed("the log does not take the evidence"))
        elif lag >= FREEZE_SECONDS:
            self._orders.freeze()
        else:
            self._orders.thaw()

    async def _cut(self) -> None:
        """Seal what was recorded, at least every 5 s, and at once when it is much."""
        while True:
            await self._pass(SEGMENT_MS / 1000 - TICK_SECONDS, lambda: self._much)
            if self.evidence is not None:
                try:
                    await self.evidence.cut()
                except ByleaveError as error:
                    self._orders.failed(error)

    async def _ask(self) -> None:
        """Look for revocations."""
        while True:
            await self._pass(REVOCATION_SECONDS)
            try:
                if await self._link.revoked():
                    self._orders.revoked()
            except ByleaveError as error:
                self._orders.failed(error)

    async def _tidy(self) -> None:
        """Give memory back now and then, but not where somebody waits for pictures."""
        while True:
            await self._pass(TIDY_SECONDS)
            sent = -1
            while self.evidence is not None and sent != (sent := self.evidence.sent()):
                await self._pass(STILL_SECONDS)
            await asyncio.to_thread(give_back)

    @property
    def _much(self) -> bool:
        return self.evidence is not None and self.evidence.recorder.full

    async def _pass(self, seconds: float, early: Callable[[], bool] = lambda: False) -> None:
        """Wait until so much time has passed on the session's clock, asleep or not; or early."""
        end = self._clock() + seconds
        # The ticks look at the clock anyway; a timer of its own would wake this computer as often again.
        alarm = _Alarm(end - TICK_SECONDS, early, asyncio.Event())
        self._alarms.append(alarm)
        await alarm.rung.wait()
        if not early():
            await asyncio.sleep(max(0.0, end - self._clock()))

    def _ring(self, now: float) -> None:
        for alarm in [each for each in self._alarms if each.at <= now or each.early()]:
            self._alarms.remove(alarm)
            alarm.rung.set()


def reason_of(error: Exception) -> Reason:
    """Return the reason for the end that an error stands for."""
    if isinstance(error, LinkLost | IntroductionFailed):
        # The introduction of a lost session fails when somebody else has taken the room.
        return Reason.LINK_LOST
    if isinstance(error, PeerError):
        return Reason.VIOLATION
    return Reason.FULL if isinstance(error, RecordingFull) else Reason.UNRECORDED
