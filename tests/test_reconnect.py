"""A lost link pauses the session; within 60 s it goes on, under the same leave. ARCHITECTURE, section 4."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from agent.view import Question, Session, Welcome
from session import messages
from session.errors import LinkLost, RoomRefused
from session.messages import Capability, Hold, Reason, Standing
from tests.clocks import Ahead
from tests.glass import Glass
from tests.house import House, ended, request, session, until
from tests.person import Person
from tests.technician import Technician

BOTH = (Capability.VIEW, Capability.CONTROL)


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
def person(house: House, tmp_path: Path, clock: Ahead, glass: Glass) -> Iterator[Person]:
    with Person(tmp_path / "agent", house.adoption, glass.name, clock) as made:
        yield made


@asynccontextmanager
async def met_again(technician: Technician) -> AsyncIterator[Technician]:
    """Come back, as soon as the relay and the person are there."""
    for _ in range(100):
        try:
            async with technician.meet_again():
                yield technician
                return
        except LinkLost:
            await asyncio.sleep(0.1)
    raise AssertionError("the link does not come back")


def paused(page: Session) -> bool:
    return Hold.LINK in page.holds


async def running(technician: Technician, since: int) -> None:
    """Wait until a status after so many messages says that nothing holds the session any more."""
    await until(
        lambda: any(
            isinstance(message, messages.Status) and not message.holds for message in technician.got[since:]
        ),
        "the session goes on",
    )


async def pointer_at(technician: Technician, glass: Glass, place: tuple[int, int]) -> None:
    technician.say(messages.PointerMove(0, *place))
    await until(lambda: glass.pointer == place, f"the pointer is at {place}")


async def test_a_lost_link_pauses_and_goes_on_under_the_same_leave(
    house: House, person: Person, glass: Glass
) -> None:
    async with session(house, person, *BOTH) as technician:
        await pointer_at(technician, glass, (100, 100))
        await until(lambda: bool(technician.frames), "a picture")
        before = await asyncio.to_thread(person.seen.wait, Session)
        house.tap.cut()
        page = await asyncio.to_thread(person.seen.wait, Session, paused)
        assert page.standing is Standing.PAUSED
        assert (page.granted, page.ends_at) == (before.granted, before.ends_at)
        glass.paint(0x00FF00)
    # What was on its way when the link was cut has come by now.
    frames, since = len(technician.frames), len(technician.got)
    async with met_again(technician):
        await running(technician, since)
        after = await asyncio.to_thread(person.seen.wait, Session, lambda page: not page.holds)
        assert (after.granted, after.ends_at) == (before.granted, before.ends_at)
        await until(lambda: len(technician.frames) > frames, "a picture on the new link")
        assert technician.frames[frames].key
        await pointer_at(technician, glass, (200, 200))
        person.engine.stop()
        await technician.hear(messages.Ended)
    assert (await ended(person)).reason is Reason.STOPPED
    assert not any(isinstance(page, Question) and page.session for page in person.seen.pages)
    await verified(house)


async def verified(house: House) -> None:
    (kept,) = await asyncio.to_thread(house.sessions)
    await house.closed(kept.sid)
    report = await asyncio.to_thread(house.audit, kept.sid)
    assert report.findings == []


async def test_a_session_outlives_a_restart_of_the_relay(house: House, person: Person, glass: Glass) -> None:
    async with session(house, person, *BOTH) as technician:
        await pointer_at(technician, glass, (100, 100))
        since = len(technician.got)
        await asyncio.to_thread(house.relay.restart)
    async with met_again(technician):
        await running(technician, since)
        await pointer_at(technician, glass, (200, 200))
        person.engine.stop()
        await technician.hear(messages.Ended)
    assert (await ended(person)).reason is Reason.STOPPED
    await verified(house)


async def test_nothing_goes_on_before_the_log_has_what_was_made_until_then(
    house: House, person: Person, glass: Glass
) -> None:
    async with session(house, person, *BOTH, Capability.SYSTEM_INFO) as technician:
        await pointer_at(technician, glass, (100, 100))
        # From now on the relay carries sessions, but takes no evidence; and there is some.
        house.store(takes=False)
        await asyncio.to_thread(house.relay.kill)
        await asyncio.to_thread(person.seen.wait, Session, paused)
        person.engine.withdraw(Capability.SYSTEM_INFO)
        await asyncio.to_thread(
            person.seen.wait, Session, lambda page: Capability.SYSTEM_INFO not in page.granted
        )
        await asyncio.to_thread(house.relay.start)
    async with met_again(technician):
        since = len(technician.got)
        for _ in range(20):
            technician.say(messages.PointerMove(0, 300, 300))
            technician.say(messages.Ping(1))
            await asyncio.sleep(0.05)
        assert glass.pointer == (100, 100)
        refused = await technician.hear(messages.Refusal)
        assert (refused.what, refused.why) == ("pointer-move", "held")
        assert Hold.LINK in (await asyncio.to_thread(person.seen.wait, Session)).holds
        house.store(takes=True)
        await asyncio.to_thread(house.relay.restart)
    async with met_again(technician):
        await running(technician, since)
        await pointer_at(technician, glass, (200, 200))
        person.engine.stop()
        await technician.hear(messages.Ended)
    await ended(person)
    await verified(house)


async def test_after_sixty_seconds_it_is_over(house: House, person: Person, clock: Ahead) -> None:
    async with session(house, person, Capability.SYSTEM_INFO) as technician:
        house.tap.close()
        await asyncio.to_thread(person.seen.wait, Session, paused)
        clock.ahead += 59
        looks = clock.looks
        await until(lambda: clock.looks > looks + 8, "the agent looks at its clock")
        assert isinstance(person.seen.pages[-1], Session)
        clock.ahead += 1
        house.tap.open()
        assert (await ended(person)).reason is Reason.LINK_LOST
    with pytest.raises((LinkLost, TimeoutError)):
        async with asyncio.timeout(1), technician.meet_again():
            pass
    await verified(house)


async def test_a_technician_who_was_revoked_meanwhile_does_not_come_back(
    house: House, person: Person
) -> None:
    before = (house.office.relay / "trust" / "krl").read_bytes()
    async with session(house, person, Capability.SYSTEM_INFO) as technician:
        house.tap.close()
        await asyncio.to_thread(person.seen.wait, Session, paused)
        house.office.revoke(house.technician)
        house.tap.open()
    # The relay looks at its trust folder every second.
    await until(
        lambda: httpx.get(f"{house.url}/trust/krl", trust_env=False).content != before, "a newer list"
    )
    with pytest.raises(RoomRefused, match="revoked"):
        async with technician.meet_again():
            pass


async def test_a_link_that_is_lost_before_leave_is_no_session(house: House, person: Person) -> None:
    technician = Technician(house.url, house.technician)
    await asyncio.to_thread(person.seen.wait, Welcome)
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        technician.say(request())
        await technician.hear(messages.Asking)
        question = await asyncio.to_thread(person.seen.wait, Question)
        house.tap.cut()
    assert (await ended(person)).reason is Reason.LINK_LOST
    person.engine.answer(question.number, frozenset(question.capabilities), 10)
    await verified(house)
