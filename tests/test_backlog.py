"""What the relay did not get in time is brought home later, and then deleted here."""

import asyncio
from pathlib import Path

import pytest

from agent import backlog
from agent.spool import Spool
from agent.view import Welcome
from session.messages import Capability
from tests.glass import Glass
from tests.house import House, ended, session, until
from tests.person import Person


@pytest.fixture
def person(tmp_path: Path, house: House, glass: Glass) -> Person:
    return Person(tmp_path / "agent", house.adoption, glass.name)


async def stopped_without_a_link(house: House, person: Person, *, refused: bool = False) -> Spool:
    """Cut the link, stop the session, and close the summary at once.

    Args:
        house: everything but the two people.
        person: has the session.
        refused: whether the relay will take nothing of it later on.
    """
    known = {spool.sid for spool in person.home.spools()}
    async with session(house, person, Capability.VIEW):
        (spool,) = (spool for spool in person.home.spools() if spool.sid not in known)
        if refused:
            (spool.folder / "token").write_text("no such right")
        house.tap.close()
        person.engine.stop()
        await ended(person)
        person.engine.close_summary()
        await asyncio.to_thread(person.seen.wait, Welcome)
    house.tap.open()
    return spool


async def test_nothing_is_left_of_a_session_that_is_brought_home_later(house: House, person: Person) -> None:
    with person:
        spool = await stopped_without_a_link(house, person)
        await house.closed(spool.sid)
        await until(lambda: not spool.folder.exists(), "the sealed copy is deleted")
    report = await asyncio.to_thread(house.audit, spool.sid)
    assert report.findings == []


async def test_a_session_that_cannot_be_brought_home_keeps_no_other_waiting(
    house: House, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "AGAIN_SECONDS", 1.0)
    with person:
        refused = await stopped_without_a_link(house, person, refused=True)
        other = await stopped_without_a_link(house, person)
        await house.closed(other.sid)
        await until(lambda: not other.folder.exists(), "the sealed copy is deleted")
        assert refused.folder.exists()
