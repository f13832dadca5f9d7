"""The main job without windows: a technician, a relay and a person's agent, each for real."""

import asyncio
from collections.abc import Callable

from agent.view import Session
from session import messages
from session.messages import Capability, Reason
from tests.house import House, ended, request, session
from tests.person import Person
from tests.technician import Technician


async def test_a_session_from_the_code_to_its_closed_evidence(house: House, person: Person) -> None:
    async with session(house, person) as technician:
        answered = await technician.hear(messages.Answered)
        assert (answered.answer, answered.granted) == ("allowed", (Capability.SYSTEM_INFO,))
        technician.say(messages.FactsWanted())
        assert dict((await technician.hear(messages.Facts)).facts)["Memory"]
        technician.say(messages.Chat("Hello"))
        await asyncio.to_thread(person.seen.wait, Session, lambda page: len(page.chat) == 1)
        person.engine.chat("Good day")
        assert (await technician.hear(messages.Chat)).text == "Good day"
        person.engine.stop()
        assert (await technician.hear(messages.Ended)).reason is Reason.STOPPED
    assert (await ended(person)).reason is Reason.STOPPED
    kinds = [message.kind for message in technician.got if isinstance(message, messages.StatementMade)]
    assert kinds == ["open", "consent", "segment", "close"]
    report = await asyncio.to_thread(house.audit, house.sessions()[0].sid)
    assert (report.verdict, report.findings) == ("verified", [])


async def test_a_leave_that_the_technician_has_not_signed_for_does_not_count(
    house: House, person: Person
) -> None:
    technician = Technician(house.url, house.technician, honest=False)
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        technician.say(request())
        technician.countersign(await technician.hear(messages.StatementMade, _is("open")))
        await asyncio.to_thread(person.allow)
        consent = await technician.hear(messages.StatementMade, _is("consent"))
        technician.say(messages.FactsWanted())
        assert (await technician.hear(messages.Refusal)).what == "facts-wanted"
        assert not [message for message in technician.got if isinstance(message, messages.Answered)]
        technician.countersign(consent)
        assert (await technician.hear(messages.Answered)).granted == (Capability.SYSTEM_INFO,)
        technician.say(messages.FactsWanted())
        await technician.hear(messages.Facts)
        person.engine.stop()
        await technician.hear(messages.Ended)


def _is(kind: str) -> Callable[[messages.StatementMade], bool]:
    return lambda made: made.kind == kind
