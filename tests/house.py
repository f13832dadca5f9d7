"""An organisation, its relay behind a tap, a technician and a person, each for real."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.view import Question, Summary, Welcome
from auditor.case import Case, Pin
from auditor.composing import Composing
from auditor.credentials import Credentials
from auditor.findings import Report
from auditor.online import RelaySource
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.relay_client import Listed, RelayClient
from auditor.shelf import Position
from auditor.verify import examine, verify
from byleave.demo.display import free_port
from byleave.demo.faults import Faults
from byleave.demo.tap import Tap
from session import messages
from session.canvas import Pixels
from session.keys import PublicKey, load_private
from session.messages import Capability
from tests.person import Person
from tests.relay.office import Holder, Office
from tests.relay.process import RelayProcess
from tests.technician import Technician

PATIENT = """
[limits]
sessions_per_day = 100000
free_bytes = {free}
session_bytes = {share}
[limits.connections]
burst = 100000
per_second = 1000
[limits.joins]
burst = 100000
per_second = 1000
[limits.sign_ins]
burst = 100000
per_second = 1000
[limits.reads]
burst = 100000
per_second = 1000
"""
"""A relay for many sessions from one address."""

ALL_OF_IT = 1024**6
"""Bytes that must stay free so that a relay takes no evidence at all."""

SHARE = 2 * 1024**3
"""Bytes of one session's evidence."""


@dataclass(frozen=True)
class House:
    """Everything but the two people.

    Attributes:
        office: the organisation.
        relay: its relay.
        tap: in front of the relay; everybody knows its address.
        technician: key and certificate.
        url: the relay's address.
    """

    office: Office
    relay: RelayProcess
    tap: Tap
    technician: Holder
    url: str

    @property
    def adoption(self) -> Path:
        return self.office.layout.adoption("Example Support")

    def store(self, *, takes: bool, share: int = SHARE) -> None:
        """Have the relay take evidence, so many bytes of each session, or none, from its next start on."""
        settings = PATIENT.format(free=1024**2 if takes else ALL_OF_IT, share=share)
        (self.office.relay / "relay.toml").write_text(settings)

    def sessions(self) -> list[Listed]:
        """Return what the relay keeps, newest first."""
        with self._auditor() as source:
            return source.listed()

    def audit(self, sid: str) -> Report:
        """Check one session as an auditor does, with all that is sealed."""
        with self._auditor() as source:
            source.open_for(sid, "a test")
            return verify(source, sid, pin=self._pin, identities=[str(self.office.identity)])

    def last_pictures(self, sid: str) -> dict[int, Pixels]:
        """Return the last picture that was recorded of each monitor: BGR, height × width × 3."""
        with self._auditor() as source:
            source.open_for(sid, "a test")
            case = Case(source, sid, self._pin, [str(self.office.identity)])
            examine(case)
            recording = Recording(source, sid, case.statements, case.keys)
            reels = [Reel(recording, monitor) for monitor in recording.monitors]
            return {reel.monitor: _last(reel) for reel in reels}

    @property
    def _pin(self) -> Pin:
        root = PublicKey.of(load_private((self.office.layout.root_key).read_bytes()))
        return Pin(root.fingerprint)

    @contextmanager
    def _auditor(self) -> Iterator[RelaySource]:
        holder = self.office.holder("auditor", "7")
        with (
            RelayClient(self.relay.url, Credentials(holder.key, holder.certificate)) as client,
            RelaySource(client) as source,
        ):
            yield source

    async def closed(self, sid: str, seconds: float = 20.0) -> None:
        """Wait until the log holds a session's close."""
        deadline = time.monotonic() + seconds
        while not any(each.sid == sid and each.closed_ms for each in await asyncio.to_thread(self.sessions)):
            assert time.monotonic() < deadline, f"session {sid[:8]} has no close"
            await asyncio.sleep(0.1)


def _last(reel: Reel) -> Pixels:
    piece = len(reel.pieces) - 1
    return Composing(reel).show(Position(piece, len(reel.pictures(piece)) - 1)).pixels[..., :3]


@contextmanager
def open_house(
    folder: Path, *, faults: Faults | None = None, office: Path | None = None, share: int = SHARE
) -> Iterator[House]:
    """Found an organisation, and start its relay.

    Args:
        folder: for everything.
        faults: who spoils what passes the tap.
        office: for the organisation and its relay, if they shall be elsewhere.
        share: bytes of one session's evidence that the relay takes.
    """
    port = free_port()
    with ExitStack() as stack:
        tap = stack.enter_context(Tap(port, folder / "wire", faults=faults))
        url = f"http://127.0.0.1:{tap.port}"
        founded = Office(office or folder / "office", relay=url)
        relay = RelayProcess(founded.relay, port=port)
        house = House(founded, relay, tap, founded.holder(), url)
        house.store(takes=True, share=share)
        stack.enter_context(relay)
        yield house


def request(*capabilities: Capability) -> messages.Request:
    """A request for these; for the system facts if none is named."""
    return messages.Request(
        "The printer does not print", capabilities or (Capability.SYSTEM_INFO,), "4821", 10
    )


@asynccontextmanager
async def session(
    house: House, person: Person, *capabilities: Capability, minutes: int = 10
) -> AsyncIterator[Technician]:
    """Hold a session in which the person has allowed all of this; both subsystems are open."""
    technician = Technician(house.url, house.technician)
    await asyncio.to_thread(person.seen.wait, Welcome)
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        technician.say(request(*capabilities))
        await technician.hear(messages.Asking)
        await asyncio.to_thread(person.seen.wait, Question)
        await asyncio.to_thread(person.allow, minutes=minutes)
        await technician.hear(messages.Answered)
        yield technician


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have something happen again and again as long as the block lasts."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()


async def ended(person: Person) -> Summary:
    """Wait until the session is over and its evidence is where it can be; return what the person sees."""
    return await asyncio.to_thread(person.seen.wait, Summary, lambda page: page.can_save)


async def until(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.01)
