"""Who is not certified is refused, by the relay, and where the relay lets everybody in, by the agent."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from agent.view import Summary, Welcome
from byleave.demo.display import free_port
from relay.trust import Trust
from session import keys, messages
from session.errors import ByleaveError, IdentityRefused, RoomRefused
from session.signatures import Namespace, sign
from tests.house import request
from tests.person import Person
from tests.relay.inside import relay_inside
from tests.relay.office import Holder, Office
from tests.technician import Technician

HOUR = 3600


@dataclass(frozen=True)
class AnyCertificate:
    """What a technician shows of a certificate, whatever is in it."""

    for_ssh: asyncssh.SSHCertificate

    @property
    def text(self) -> str:
        return self.for_ssh.export_certificate().decode()

    @property
    def blob(self) -> bytes:
        return bytes(self.for_ssh.public_data)


class AnyHolder:
    """A key with such a certificate; signs as a `Holder` does."""

    def __init__(self, authority: asyncssh.SSHKey, **changes: object) -> None:
        self.key = keys.generate()
        now = int(time.time())
        fields = {
            "serial": 4711,
            "principals": ["technician:1001"],
            "valid_after": now - 60,
            "valid_before": now + HOUR,
            **changes,
        }
        made = authority.generate_user_certificate(
            self.key.convert_to_public(), fields.pop("name", "Maya Ortiz"), **fields
        )
        self.certificate = AnyCertificate(made)

    def sign(self, data: bytes, namespace: Namespace) -> str:
        return sign(self.key, data, namespace, certificate=self.certificate.blob).decode()


def revoked(office: Office) -> Holder:
    holder = office.holder()
    office.revoke(holder)
    return holder


Make = Callable[[Office], "AnyHolder | Holder"]

NOT_CERTIFIED: dict[str, Make] = {
    "without a principal": lambda office: AnyHolder(office.issuing, principals=[]),
    "with two": lambda office: AnyHolder(office.issuing, principals=["technician:1001", "technician:1002"]),
    "an auditor's": lambda office: office.holder("auditor", "7"),
    "for a login": lambda office: AnyHolder(office.issuing, principals=["root"]),
    "expired": lambda office: office.holder(at=time.time() - 13 * HOUR),
    "of tomorrow": lambda office: office.holder(at=time.time() + 13 * HOUR),
    "for a year": lambda office: AnyHolder(office.issuing, valid_before=int(time.time()) + 365 * 24 * HOUR),
    "of another organisation": lambda office: office.holder(issuing=keys.generate()),
    "with a forced command": lambda office: AnyHolder(office.issuing, force_command="id"),
    "revoked": revoked,
}


@dataclass(frozen=True)
class Scene:
    """An organisation, a relay in this process, and a person."""

    office: Office
    url: str
    trust: Trust
    person: Person

    async def welcome(self) -> Welcome:
        """Return the page that the person is back on, once something went wrong."""
        return await asyncio.to_thread(self.person.seen.wait, Welcome, lambda page: page.trouble is not None)


@asynccontextmanager
async def scene(folder: Path, *, honest: bool) -> AsyncIterator[Scene]:
    """Open the scene; a relay that is not honest lets everybody in."""
    port = free_port()
    office = Office(folder / "office", relay=f"http://127.0.0.1:{port}")
    good = office.holder().certificate
    async with relay_inside(office, port=port) as relay:
        if not honest:
            lobby = relay.parts.lobby
            lobby._door = replace(lobby._door, admit=lambda wish, nonce: good)
        person = Person(folder / "agent", office.layout.adoption("Example Support"))
        try:
            person.__enter__()
            yield Scene(office, relay.url, relay.parts.trust, person)
        finally:
            await asyncio.to_thread(person.__exit__)


async def tried(technician: Technician) -> list[messages.Message]:
    """Try everything that a technician could want; return what came of it."""
    try:
        async with technician.meet():
            technician.say(request())
            technician.say(messages.FactsWanted())
            await technician.hear(messages.StatementMade)
    except* (ByleaveError, AssertionError):
        # Refused by the agent, or nothing came.
        pass
    return technician.got


@pytest.mark.parametrize("make", NOT_CERTIFIED.values(), ids=NOT_CERTIFIED)
async def test_the_relay_opens_no_room_without_a_good_certificate(tmp_path: Path, make: Make) -> None:
    async with scene(tmp_path, honest=True) as here:
        holder = make(here.office)
        here.trust.refresh()
        technician = Technician(here.url, holder)  # type: ignore[arg-type]  # it has what is used
        with pytest.raises(RoomRefused, match="revoked" if make is revoked else "not-certified"):
            await technician.open()


@pytest.mark.parametrize("make", NOT_CERTIFIED.values(), ids=NOT_CERTIFIED)
async def test_the_agent_lets_nobody_in_whom_an_evil_relay_has_let_in(tmp_path: Path, make: Make) -> None:
    async with scene(tmp_path, honest=False) as here:
        technician = Technician(here.url, make(here.office))  # type: ignore[arg-type]  # it has what is used
        here.trust.refresh()
        here.person.engine.code_typed(await technician.open())
        assert await tried(technician) == []
        trouble = (await here.welcome()).trouble
        assert trouble is not None
        assert trouble.code == "identity-refused"
        assert not here.person.home.spools()


async def test_a_good_certificate_comes_through_both(tmp_path: Path) -> None:
    async with scene(tmp_path, honest=True) as here:
        technician = Technician(here.url, here.office.holder())
        here.person.engine.code_typed(await technician.open())
        got = await tried(technician)
        assert any(isinstance(message, messages.StatementMade) for message in got)
        await asyncio.to_thread(here.person.seen.wait, Summary)


async def test_another_certified_technician_than_the_introduced_one_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path, honest=True) as here:
        technician = Technician(here.url, here.office.holder())
        here.person.engine.code_typed(await technician.open())
        # Whoever holds the introduced technician's place on the wire has a good certificate, too.
        technician.shown = here.office.holder(number="1002")
        assert await tried(technician) == []
        trouble = (await here.welcome()).trouble
        assert trouble is not None
        assert trouble.code == "identity-refused"


async def test_another_computer_than_the_introduced_one_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path, honest=True) as here:
        technician = Technician(here.url, here.office.holder())
        here.person.engine.code_typed(await technician.open())
        technician.expected_host = bytes(32)
        with pytest.raises(IdentityRefused):
            async with technician.meet():
                pass
        assert not technician.got
        assert (await here.welcome()).trouble is not None
