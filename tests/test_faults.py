"""A relay that alters, drops, replays, reorders or swaps bytes: at most a lost link. ARCHITECTURE, section 4.

After each fault the session goes on under the same leave, or it is over;
nothing is shown or done that was not said, and the evidence verifies.
"""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.view import Session, Summary
from byleave.demo.faults import Fault, Faults
from session import messages
from session.errors import ByleaveError
from session.messages import Capability, Reason
from tests.clocks import Ahead
from tests.glass import Glass
from tests.house import House, ended, open_house, session
from tests.person import Person
from tests.technician import Technician

CI_FAULTS = 30
SOAK_FAULTS = 1000
VIEWING = (Capability.VIEW, Capability.SYSTEM_INFO)
LINES = ("Is it better now?", "Please wait a moment", "Thank you")
ATTEMPTS = 3
GOOD_ENDS = {Reason.STOPPED, Reason.LINK_LOST, Reason.VIOLATION}


@pytest.fixture
def faults(dice: random.Random) -> Faults:
    return Faults(dice)


@pytest.fixture
def spoilt(tmp_path: Path, faults: Faults) -> Iterator[House]:
    with open_house(tmp_path / "house", faults=faults) as made:
        yield made


@asynccontextmanager
async def talking(technician: Technician) -> AsyncIterator[None]:
    """Have the technician talk, so that every fault meets a message soon."""

    async def talk() -> None:
        number = 0
        while True:
            number += 1
            technician.say(messages.Chat(LINES[number % len(LINES)]))
            technician.say(messages.Ping(number))
            await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(talk())
        yield
        task.cancel()


class Spoiling:
    """Makes so many faults, in one session after another.

    Args:
        house: with a tap that spoils.
        person: allows what is asked.
        faults: what the tap does.
        glass: the person's display.
        count: how many faults to make.
        early: how often a fault waits already while the two ends meet again.
        dice: decides when.
    """

    def __init__(
        self,
        house: House,
        person: Person,
        faults: Faults,
        glass: Glass,
        count: int,
        early: float,
        dice: random.Random,
    ) -> None:
        self.house, self.person, self.faults, self.glass, self.count = house, person, faults, glass, count
        self.early, self.dice = early, dice
        self.sids: list[str] = []
        self.resumed = 0
        self.wrong: list[str] = []

    async def run(self) -> None:
        # A lost link and nothing else: few sessions, but for faults in the midst of meeting again, are over.
        few = 3 + self.count * (0.05 + self.early)
        while len(self.faults.made) < self.count:
            assert len(self.sids) <= few, f"{len(self.sids)} sessions for {len(self.faults.made)} faults"
            technician: Technician | None = None
            try:
                async with session(self.house, self.person, *VIEWING, minutes=120) as technician:
                    self.sids.append(technician.host_digest.hex())
                    await self.spoil(technician)
            except* ByleaveError:
                # The technician's end has noticed.
                pass
            assert technician is not None
            await self.go_on(technician)
            summary = await ended(self.person)
            if summary.reason not in GOOD_ENDS:
                self.wrong.append(f"ended as {summary.reason} by {self.faults.made[-1]}")
            self.judge(technician)
            self.person.engine.close_summary()

    async def go_on(self, technician: Technician) -> None:
        """Come back after each fault, as long as the session lasts."""
        for _ in range(ATTEMPTS * self.count):
            if self.over or len(self.faults.made) >= self.count:
                break
            technician.ended.clear()
            if self.dice.random() < self.early:
                self.faults.arm()
            try:
                async with asyncio.timeout(8), technician.meet_again():
                    await technician.hear(messages.Status, lambda status: not status.holds)
                    self.resumed += 1
                    await self.spoil(technician)
            except* (ByleaveError, TimeoutError, AssertionError):
                # Not yet, or the session is over.
                await asyncio.sleep(0.05)
        self.person.engine.stop()

    async def spoil(self, technician: Technician) -> None:
        """Make one fault, and see the link end by it."""
        technician.got = [each for each in technician.got if not isinstance(each, messages.Status)]
        async with talking(technician):
            await technician.hear(messages.Pong)
            self.glass.paint(len(self.faults.made) * 4711)
            before = len(self.faults.made)
            self.faults.arm()
            async with asyncio.timeout(15):
                await technician.ended.wait()
            assert len(self.faults.made) > before
        technician.got = [each for each in technician.got if not isinstance(each, messages.Pong)]

    @property
    def over(self) -> bool:
        return isinstance(self.person.seen.pages[-1], Summary)

    def judge(self, technician: Technician) -> None:
        """Nobody saw or heard anything that the other end had not said."""
        for page in self.person.seen.pages:
            if isinstance(page, Session):
                if not page.granted <= set(VIEWING):
                    self.wrong.append(f"granted {page.granted}")
                self.wrong += [f"heard {line.text}" for line in page.chat if line.text not in LINES]
        numbers = [frame.number for frame in technician.frames]
        if numbers != sorted(set(numbers)):
            self.wrong.append("a picture came twice, or out of order")
        self.person.seen.pages[:-1] = []


async def spoil(
    house: House,
    faults: Faults,
    glass: Glass,
    folder: Path,
    dice: random.Random,
    count: int,
    early: float = 0.0,
) -> Spoiling:
    with Person(folder / "agent", house.adoption, glass.name, Ahead()) as person:
        spoiling = Spoiling(house, person, faults, glass, count, early, dice)
        await spoiling.run()
        assert spoiling.wrong == []
        # What the relay keeps is as good as if nothing had happened.
        for sid in spoiling.sids:
            await house.closed(sid)
            report = await asyncio.to_thread(house.audit, sid)
            assert report.findings == []
    return spoiling


async def test_thirty_faults_are_at_most_lost_links(
    spoilt: House, faults: Faults, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    spoiling = await spoil(spoilt, faults, glass, tmp_path, dice, CI_FAULTS)
    assert spoiling.resumed >= CI_FAULTS / 2


async def test_faults_while_the_two_ends_meet_again_do_no_more(
    tmp_path: Path, glass: Glass, dice: random.Random
) -> None:
    # What is dropped here costs twenty seconds of waiting; the long run has that, too.
    faults = Faults(dice, [Fault.ALTER, Fault.SWAP, Fault.INSERT, Fault.SHORTEN])
    with open_house(tmp_path / "house", faults=faults) as house:
        await spoil(house, faults, glass, tmp_path, dice, 8, early=0.8)


@pytest.mark.soak
async def test_a_thousand_faults_are_at_most_lost_links(
    spoilt: House, faults: Faults, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    spoiling = await spoil(spoilt, faults, glass, tmp_path, dice, SOAK_FAULTS, early=0.1)
    assert set(faults.made) == set(Fault)
    assert spoiling.resumed >= SOAK_FAULTS / 4
