"""What goes on by itself: in time, also after the computer slept, and without more wake-ups than it takes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from agent import upkeep
from agent.evidence import Evidence
from agent.joining import LinkKeeper
from agent.upkeep import Orders, Upkeep
from session.statements import SEGMENT_MS
from tests.house import until


class Clock:
    """The session's clock, which can leap as after a sleep, and counts who looks at it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return time.monotonic() + self.ahead


class Link:
    """A link that is up, and to nobody."""

    up, late = True, False

    async def revoked(self) -> bool:
        return False


class Tape:
    """Evidence that counts its cuts."""

    lag = 0.0
    used_up = False

    def __init__(self) -> None:
        self.cuts = self.pictures = 0
        self.full = self.moving = False

    def sent(self) -> int:
        self.pictures += self.moving
        return self.pictures

    @property
    def recorder(self) -> "Tape":
        return self

    async def cut(self) -> None:
        self.cuts += 1
        self.full = False

    def pass_time(self, seconds: float) -> None:
        assert seconds >= 0


@asynccontextmanager
async def running(clock: Clock) -> AsyncIterator[tuple[Tape, list[float]]]:
    ticks: list[float] = []

    def fails(*_: Any) -> None:
        raise AssertionError

    orders = Orders(ticks.append, fails, lambda: None, fails, fails)
    kept = Upkeep(clock, cast(LinkKeeper, Link()), 0.0, orders)
    tape = Tape()
    kept.evidence = cast(Evidence, tape)
    async with asyncio.TaskGroup() as group:
        tasks = kept.start(group)
        yield tape, ticks
        for task in tasks:
            task.cancel()


async def until_ticked(ticks: list[float], times: int) -> None:
    await until(lambda: len(ticks) >= times, f"{times} ticks")


async def test_only_the_ticks_look_at_the_clock() -> None:
    clock = Clock()
    async with running(clock) as (tape, ticks):
        await until_ticked(ticks, 1)
        looks, before = clock.looks, len(ticks)
        await until_ticked(ticks, before + 4)
        assert clock.looks - looks == len(ticks) - before
        assert tape.cuts == 0


async def test_it_cuts_soon_after_the_computer_slept() -> None:
    clock = Clock()
    async with running(clock) as (tape, ticks):
        await until_ticked(ticks, 1)
        for cuts in range(1, 4):
            clock.ahead += SEGMENT_MS / 1000
            await until_ticked(ticks, len(ticks) + 2)
            assert tape.cuts == cuts


async def test_it_cuts_early_when_there_is_much() -> None:
    async with running(Clock()) as (tape, ticks):
        tape.full = True
        await until_ticked(ticks, 2)
        assert tape.cuts == 1
        await until_ticked(ticks, 4)
        assert tape.cuts == 1


async def test_memory_is_given_back_when_no_picture_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    clock = Clock()
    async with running(clock) as (tape, ticks):
        monkeypatch.setattr(upkeep, "STILL_SECONDS", 0.1)
        monkeypatch.setattr(upkeep, "give_back", lambda: given.append(tape.pictures))
        await until_ticked(ticks, 1)
        tape.moving = True
        clock.ahead += upkeep.TIDY_SECONDS
        await until(lambda: tape.pictures >= 5, "pictures leave")
        assert given == []
        tape.moving = False
        await until(lambda: given == [tape.pictures], "memory is given back")
