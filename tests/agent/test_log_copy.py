"""The person's copy: saved by the real agent from a real relay, checked by the auditor's program."""

import asyncio
import time
from pathlib import Path

import pytest

from agent.log_copy import tiles
from agent.view import Summary, Welcome
from auditor.case import Pin
from auditor.findings import Verdict
from auditor.log import PublishedLog
from auditor.source import Bundle
from auditor.verify import verify
from byleave.demo.display import free_port
from session import messages
from session.keys import PublicKey
from session.ledger import Checkpoint, Tile, Tree, encode_bundle, tile_contents
from session.messages import Capability
from tests.person import DEADLINE, Person
from tests.relay.office import Office
from tests.relay.process import RelayProcess
from tests.technician import Technician


async def hold_session(relay: RelayProcess, office: Office, person: Person) -> None:
    technician = Technician(relay.url, office.holder())
    person.seen.wait(Welcome)
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        technician.say(messages.Request("The printer does not print", (Capability.SYSTEM_INFO,), "", 10))
        await asyncio.to_thread(person.allow)
        await technician.hear(messages.Answered)
        person.engine.stop()
        await technician.hear(messages.Ended)
    await asyncio.to_thread(person.seen.wait, Summary, lambda page: page.can_save)


async def save_copy(person: Person, folder: Path) -> Path:
    """Press the button until it obeys; the engine notes the end a moment after the window says so."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        person.engine.save_copy(folder)
        await asyncio.sleep(0.1)
        page = person.seen.pages[-1]
        if isinstance(page, Summary) and page.saved is not None:
            return page.saved
    raise AssertionError(f"no copy: {person.seen.pages[-1]!r}")


async def test_the_person_s_copy_is_verified_by_the_auditor_s_program(tmp_path: Path) -> None:
    port = free_port()
    office = Office(tmp_path / "office", relay=f"http://127.0.0.1:{port}")
    pin = Pin(PublicKey.from_text(office.layout.root_public.read_text().strip()).fingerprint)
    adoption = office.layout.adoption("Example Support")
    with RelayProcess(office.relay, port=port) as relay, Person(tmp_path / "agent", adoption) as person:
        await hold_session(relay, office, person)
        source = Bundle(await save_copy(person, tmp_path / "copies"))
        (sid,) = source.sessions()
        report = verify(source, sid, pin=pin, identities=[person.home.person()])
        assert report.findings == []
        assert report.verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("size", "first", "last", "seen"),
    [
        (1, 0, 0, 0),
        (7, 2, 6, 5),
        (256, 250, 255, 255),
        (257, 250, 256, 256),
        (700, 255, 256, 299),
        (700, 640, 699, 512),
        (66_000, 100, 120, 65_536),
        (66_000, 65_530, 65_540, 65_795),
        (70_001, 69_990, 70_000, 69_999),
    ],
)
def test_the_tiles_are_all_that_a_check_needs(size: int, first: int, last: int, seen: int) -> None:
    entries = [b"entry %d" % number for number in range(size)]
    tree = Tree()
    for entry in entries:
        tree.append(entry)

    def content(tile: Tile) -> bytes:
        start = tile.index * 256
        if tile.level < 0:
            return encode_bundle(entries[start : start + tile.width])
        return tile_contents(tree, tile)

    kept = {f"log/{tile.path}": content(tile) for tile in tiles(size, range(first, last + 1), seen)}
    log = PublishedLog(kept.__getitem__, Checkpoint("example.org/log", size, tree.root()))
    assert [log.entry(index) for index in range(first, last + 1)] == entries[first : last + 1]
    if seen:
        assert log.root_at(seen) == tree.root(seen)
