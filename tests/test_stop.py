"""Stop means stop: within 200 ms nothing moves any more, whatever hangs. CONSENT.md.

The agent is a process of its own, and another one watches the pointer. Each
stop happens in a flood of 5,000 events a second, and something else is wrong.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import Enum
from pathlib import Path

import pytest

from session import messages
from session.errors import ByleaveError
from session.messages import Capability
from tests.glass import Glass
from tests.house import House, open_house, request, until
from tests.person_process import PersonProcess
from tests.pointer_watch import PointerWatch, watching
from tests.small_disk import SmallDisk, small_disk
from tests.technician import Technician

CI_STOPS = 50
SOAK_STOPS = 1000
LIMIT_MS = 200.0
EVENTS, EVERY_SECONDS = 50, 0.01
FLOOD_SECONDS = 0.1
WATCH_SECONDS = 0.35


class Trouble(Enum):
    """What else is wrong when the person presses Stop."""

    NONE = "nothing"
    FROZEN = "the relay is frozen"
    LINK = "the link is down"
    BUSY = "both cores are busy"
    DISK = "the disk is full"


class Stops:
    """Stops sessions, one after the other.

    Args:
        house: everything but the two people.
        person: the agent.
        glass: the person's display.
        watch: watches its pointer.
        disk: the agent's state is on it.
    """

    def __init__(
        self, house: House, person: PersonProcess, glass: Glass, watch: PointerWatch, disk: SmallDisk
    ) -> None:
        self.house, self.person, self.glass, self.watch, self.disk = house, person, glass, watch, disk
        self.took: dict[Trouble, list[float]] = {trouble: [] for trouble in Trouble}

    async def stop(self, trouble: Trouble) -> None:
        """Hold a session, flood it, and press Stop."""
        technician = Technician(self.house.url, self.house.technician)
        self.person.say(f"code {(await technician.open()).replace(' ', '')}")
        with suppress(ByleaveError):
            async with technician.meet():
                technician.say(request(Capability.VIEW, Capability.CONTROL))
                await technician.hear(messages.Answered)
                technician.say(messages.Key(0x61, True))
                async with flooding(technician):
                    # The first of the flood opens the effects, which takes a while.
                    before = self.watch.last_move()
                    await until(lambda: self.watch.last_move() != before, "the flood arrives")
                    await asyncio.sleep(FLOOD_SECONDS)
                    await self._press(trouble)
        await asyncio.to_thread(self.person.wait, "Summary", lambda page: page["can_save"])
        self.disk.free()
        self.person.say("forget")
        await asyncio.to_thread(self.person.wait, "Welcome")

    async def _press(self, trouble: Trouble) -> None:
        with self._in_trouble(trouble):
            self.person.say("stop")
            told = await asyncio.to_thread(self.person.wait, "stopped")
            await asyncio.sleep(WATCH_SECONDS)
            last = self.watch.last_move()
            assert time.monotonic_ns() - last > WATCH_SECONDS * 1e9 / 2
        self.took[trouble].append(max(0.0, (last - told["pressed"]) / 1e6))
        assert self.glass.held == set()
        assert self.glass.buttons == 0

    @contextmanager
    def _in_trouble(self, trouble: Trouble) -> Iterator[None]:
        match trouble:
            case Trouble.NONE:
                yield
            case Trouble.FROZEN:
                self.house.tap.freeze()
                try:
                    yield
                finally:
                    self.house.tap.thaw()
            case Trouble.LINK:
                self.house.tap.close()
                try:
                    yield
                finally:
                    self.house.tap.open()
            case Trouble.BUSY:
                hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
                try:
                    yield
                finally:
                    for hog in hogs:
                        hog.kill()
                        hog.wait()
            case Trouble.DISK:
                self.disk.fill()
                yield


@asynccontextmanager
async def flooding(technician: Technician) -> AsyncIterator[None]:
    """Have the technician move the pointer and type, 5,000 times a second."""

    async def flood() -> None:
        place = 0
        while True:
            for _ in range(EVENTS):
                place = (place + 1) % 600
                technician.say(messages.PointerMove(0, place, 100 + place % 7))
            await asyncio.sleep(EVERY_SECONDS)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(flood())
        yield
        task.cancel()


async def stopped(
    glass: Glass, tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]
) -> dict[Trouble, list[float]]:
    """Stop so many sessions, in every trouble in turn."""
    with (
        open_house(tmp_path / "house") as house,
        small_disk(tmp_path / "disk") as disk,
        PersonProcess(disk.folder / "agent", house.adoption, glass.name, glass.environment) as person,
        watching(glass.name, glass.environment) as watch,
    ):
        person.say("allow view control")
        stops = Stops(house, person, glass, watch, disk)
        for number in range(count):
            await stops.stop(list(Trouble)[number % len(Trouble)])
    with capsys.disabled():
        every = sorted(each for took in stops.took.values() for each in took)
        p99 = statistics.quantiles(every, n=100, method="inclusive")[98]
        words = ", ".join(f"{trouble.value} {max(took):.1f}" for trouble, took in stops.took.items())
        sys.stdout.write(
            f"\n{count} stops: p50 {statistics.median(every):.1f} ms, p99 {p99:.1f} ms ({words})\n"
        )
    return stops.took


async def test_fifty_stops_end_all_input(
    glass: Glass, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    took = await stopped(glass, tmp_path, CI_STOPS, capsys)
    assert {trouble: worst for trouble, each in took.items() if (worst := max(each)) > LIMIT_MS} == {}


@pytest.mark.soak
async def test_a_thousand_stops_end_all_input(
    glass: Glass, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    took = await stopped(glass, tmp_path, SOAK_STOPS, capsys)
    every = [each for several in took.values() for each in several]
    assert statistics.quantiles(every, n=100, method="inclusive")[98] <= LIMIT_MS
