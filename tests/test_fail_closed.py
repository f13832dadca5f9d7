"""No recording, no session: what the log does not take freezes after 10 s and ends after 30 s. EVIDENCE.md.

The agent's clock is handed in and runs twice as fast as the world's.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from agent.capture import tiles
from agent.view import Session, Summary
from session import messages
from session.messages import Capability, Hold, Reason
from tests.clocks import FASTEST, Fast
from tests.glass import Glass
from tests.house import House, ended, meanwhile, open_house, session, until
from tests.person import Person
from tests.small_disk import SmallDisk, small_disk
from tests.technician import Technician

BOTH = (Capability.VIEW, Capability.CONTROL)
FREEZE, END = 10.0, 30.0
LOOK = 2.0
"""Seconds on the agent's clock that a look and what follows may take."""


@pytest.fixture
def clock() -> Fast:
    return Fast()


def frozen(page: Session) -> bool:
    return Hold.EVIDENCE in page.holds


@asynccontextmanager
async def moving(technician: Technician) -> AsyncIterator[None]:
    """Have the technician go on with what was allowed."""

    async def move() -> None:
        place = 0
        while True:
            place = (place + 1) % 600
            technician.say(messages.PointerMove(0, place, 50))
            await asyncio.sleep(0.02)

    async with meanwhile(move()):
        yield


async def frozen_then_ended(
    person: Person, technician: Technician, glass: Glass, clock: Fast, since: float
) -> None:
    """Check that the session freezes at 10 s and ends at 30 s after the log took something last."""
    await asyncio.to_thread(person.seen.wait, Session, frozen)
    assert FREEZE - LOOK <= clock() - since <= FREEZE + 5 + LOOK
    await technician.hear(messages.Refusal, lambda refusal: refusal.why == "held")
    place, frames = glass.pointer, len(technician.frames)
    glass.paint(0x123456)
    summary = await asyncio.to_thread(person.seen.wait, Summary)
    assert summary.reason is Reason.UNRECORDED
    assert END - LOOK <= clock() - since
    assert glass.pointer == place
    assert len(technician.frames) == frames


@contextmanager
def crowded(tmp_path: Path, glass: Glass, clock: Fast) -> Iterator[tuple[House, Person, SmallDisk]]:
    """A house whose relay is on a small disk."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(tmp_path / "disk"))
        house = stack.enter_context(open_house(tmp_path / "house", office=disk.folder / "office"))
        person = stack.enter_context(Person(tmp_path / "agent", house.adoption, glass.name, clock))
        yield house, person, disk


async def test_a_log_that_takes_nothing_freezes_and_ends_the_session(
    tmp_path: Path, glass: Glass, clock: Fast
) -> None:
    with crowded(tmp_path, glass, clock) as (house, person, disk):
        async with session(house, person, *BOTH) as technician, moving(technician):
            await until(lambda: glass.pointer[1] == 50, "the pointer moves")
            disk.fill()
            since = clock()
            clock.run(FASTEST)
            await frozen_then_ended(person, technician, glass, clock, since)
            # Nothing is lost: what the log did not take then, it takes now.
            disk.free()
            await ended(person)
        (spool,) = person.home.spools()
        await house.closed(spool.sid, 40)
        report = await asyncio.to_thread(house.audit, spool.sid)
        assert report.findings == []
        assert report.facts.reason == Reason.UNRECORDED


async def test_a_log_that_takes_again_thaws_the_session(tmp_path: Path, glass: Glass, clock: Fast) -> None:
    with crowded(tmp_path, glass, clock) as (house, person, disk):
        async with session(house, person, *BOTH) as technician, moving(technician):
            await until(lambda: glass.pointer[1] == 50, "the pointer moves")
            disk.fill()
            clock.run(FASTEST)
            await asyncio.to_thread(person.seen.wait, Session, frozen)
            clock.run(1.0)
            disk.free()
            await asyncio.to_thread(person.seen.wait, Session, lambda page: not page.holds)
            place = glass.pointer
            await until(lambda: glass.pointer != place, "the pointer moves again")
            person.engine.stop()
            await technician.hear(messages.Ended)
        assert (await ended(person)).reason is Reason.STOPPED


async def test_a_full_disk_of_the_agent_ends_the_session_at_once(
    house: House, glass: Glass, tmp_path: Path, clock: Fast
) -> None:
    with ExitStack() as stack:
        disk: SmallDisk = stack.enter_context(small_disk(tmp_path / "disk"))
        person = stack.enter_context(Person(disk.folder / "agent", house.adoption, glass.name, clock))
        async with session(house, person, *BOTH) as technician, moving(technician):
            await until(lambda: glass.pointer[1] == 50, "the pointer moves")
            disk.fill()
            since = clock()
            clock.run(FASTEST)
            summary = await asyncio.to_thread(person.seen.wait, Summary)
            assert summary.reason is Reason.UNRECORDED
            # The first thing that is written after the disk was full is the last.
            assert clock() - since < FREEZE + 5
            place = glass.pointer
            disk.free()
            await technician.ended.wait()
            assert glass.pointer == place
        await house.closed(person.home.spools()[0].sid)
        report = await asyncio.to_thread(house.audit, person.home.spools()[0].sid)
        assert report.findings == []
        # The close, whoever wrote it, says how much is missing before it.
        assert report.facts.gap_ms > 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_pictures_that_die_end_the_session(
    house: House, glass: Glass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object, **__: object) -> None:
        raise RuntimeError("the encoder has died")

    with Person(tmp_path / "agent", house.adoption, glass.name) as person:
        async with session(house, person, Capability.VIEW) as technician:
            await until(lambda: bool(technician.frames), "a picture")
            monkeypatch.setattr(tiles, "lossless", dead)
            glass.paint(0xABCDEF)
            assert (await ended(person)).reason is Reason.UNRECORDED
