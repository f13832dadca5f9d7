"""The main job without windows: a technician, a relay and a person's agent, each for real."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.view import Question, Session, Summary, Welcome
from byleave.demo.display import free_port
from session import messages
from session.messages import Answer, Capability, Reason
from tests.person import Person
from tests.relay.office import Holder, Office
from tests.relay.process import RelayProcess
from tests.technician import Technician


@dataclass
class House:
    """An organisation, its relay, a technician and a person."""

    office: Office
    relay: RelayProcess
    technician: Holder
    adoption: Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    port = free_port()
    office = Office(tmp_path / "office", relay=f"http://127.0.0.1:{port}")
    with RelayProcess(office.relay, port=port) as relay:
        yield House(office, relay, office.holder(), office.layout.adoption("Example Support"))


@pytest.fixture
def person(house: House, tmp_path: Path) -> Iterator[Person]:
    with Person(tmp_path / "agent", house.adoption) as person:
        yield person


def request(*capabilities: Capability) -> messages.Request:
    return messages.Request("The printer does not print", capabilities or (Capability.SYSTEM_INFO,), "4821", 10)


async def test_a_session_from_the_code_to_its_closed_evidence(house: House, person: Person) -> None:
    technician = Technician(house.relay.url, house.technician)
    person.seen.wait(Welcome)
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        technician.say(request())
        await technician.hear(messages.Asking)
        question = await asyncio.to_thread(person.seen.wait, Question)
        assert question.technician.name == "Person 1001"
        await asyncio.to_thread(person.allow)
        answered = await technician.hear(messages.Answered)
        assert (answered.answer, answered.granted) == (Answer.ALLOWED, (Capability.SYSTEM_INFO,))
        technician.say(messages.FactsWanted())
        assert dict((await technician.hear(messages.Facts)).facts)["Memory"]
        technician.say(messages.Chat("Hello"))
        await asyncio.to_thread(person.seen.wait, Session, lambda page: len(page.chat) == 1)
        person.engine.chat("Good day")
        assert (await technician.hear(messages.Chat)).text == "Good day"
        person.engine.stop()
        assert (await technician.hear(messages.Ended)).reason is Reason.STOPPED
    summary = await asyncio.to_thread(person.seen.wait, Summary, lambda page: page.can_save)
    assert summary.reason is Reason.STOPPED
    kinds = [message.kind for message in technician.got if isinstance(message, messages.StatementMade)]
    assert kinds == ["open", "consent", "segment", "close"]
