"""A recording that is full: the session ends, both people are told why, and its evidence is whole."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.view import Summary
from session import messages
from session.messages import Capability, Reason
from tests.glass import Glass
from tests.house import ended, meanwhile, open_house, session
from tests.person import Person

SHARE = 20_000


@asynccontextmanager
async def painting(glass: Glass) -> AsyncIterator[None]:
    """Have the screen change all the time."""

    async def paint() -> None:
        for colour in itertools.count(step=0x010305):
            glass.paint(colour & 0xFFFFFF)
            await asyncio.sleep(0.02)

    async with meanwhile(paint()):
        yield


async def test_a_relay_that_keeps_no_more_ends_the_session_and_its_evidence_is_whole(
    tmp_path: Path, glass: Glass
) -> None:
    with (
        open_house(tmp_path / "house", share=SHARE) as house,
        Person(tmp_path / "agent", house.adoption, glass.name) as person,
    ):
        async with session(house, person, Capability.VIEW) as technician:
            async with painting(glass):
                summary = await asyncio.to_thread(person.seen.wait, Summary)
            assert summary.reason is Reason.FULL
            assert (await technician.hear(messages.Ended)).reason is Reason.FULL
        await ended(person)
        (spool,) = person.home.spools()
        await house.closed(spool.sid)
        report = await asyncio.to_thread(house.audit, spool.sid)
        assert report.findings == []
        assert report.facts.reason == Reason.FULL
        assert sum(each.bytes for each in house.sessions()) >= SHARE
