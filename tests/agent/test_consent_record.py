"""The consent record: what was asked, shown and answered, word for word, and tied to its statement."""

import hashlib
import json
from pathlib import Path

import pytest

from agent.actions import Record
from agent.consent_record import Circumstances, ConsentRecords
from agent.view import boot_time
from session import keys
from session.keys import PublicKey
from session.messages import Capability, Request
from session.signatures import Namespace, verify
from session.statements import Consented, canonical
from tests.agent.recording import Recording, begin
from tests.session.office import Office

OFFICE = Office()
CERTIFICATE = OFFICE.certificate().text
DEVICE = keys.generate("byleave device")
TEXT = ("Maya Ortiz wants to see your screen.", "[ ] control", "Allow", "Don't allow")


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return begin(tmp_path)


def records(recording: Recording) -> ConsentRecords:
    return ConsentRecords(
        Circumstances(
            sid=recording.spool.sid,
            session_key=recording.public.blob,
            device_key=DEVICE,
            certificate=CERTIFICATE,
            profile=OFFICE.profile(),
            request=Request("look at the printer", (Capability.VIEW,), ticket="T-17"),
            language="en",
        ),
        recording.recorder,
    )


def record(event: str = "allowed", *, asked_at: float | None = None) -> Record:
    return Record(
        event,  # type: ignore[arg-type]  # by name
        frozenset({Capability.VIEW, Capability.CONTROL}),
        frozenset({Capability.VIEW}),
        30,
        boot_time() if asked_at is None else asked_at,
    )


def written(recording: Recording, many: ConsentRecords, one: Record) -> tuple[Consented, dict[str, object]]:
    """Make a record and its statement; return both, the record as its reader sees it."""
    made = recording.journal.consent(one.event, lambda place: many.write(place, one, TEXT))
    statement = recording.statements()[made.seq]
    assert isinstance(statement, Consented)
    data = recording.read(statement.object)
    salted = hashlib.sha256(bytes.fromhex(statement.salt) + data).hexdigest()
    assert statement.plain == salted
    plain: dict[str, object] = json.loads(data)
    assert canonical(plain) == data
    return statement, plain


def test_a_record_says_what_was_asked_shown_and_answered(recording: Recording) -> None:
    statement, plain = written(recording, records(recording), record())
    assert statement.object.key == "consent"
    assert plain["event"] == statement.event == "allowed"
    assert plain["sid"] == recording.spool.sid
    assert (plain["asked"], plain["granted"]) == (["control", "view"], ["view"])
    assert (plain["purpose"], plain["ticket"], plain["minutes"]) == ("look at the printer", "T-17", 30)
    assert plain["text"] == list(TEXT)
    assert plain["certificate"] == CERTIFICATE
    assert (plain["organisation"], plain["notice"], plain["language"]) == ("Example Support", "1", "en")


def test_the_device_key_endorses_the_session_key(recording: Recording) -> None:
    _, plain = written(recording, records(recording), record())
    key = PublicKey.from_text(str(plain["device_key"]))
    assert key == PublicKey.of(DEVICE)
    verify(recording.public.blob, str(plain["device_signature"]), Namespace.DEVICE, key=key)


def test_the_times_are_those_of_question_and_answer(recording: Recording) -> None:
    _, plain = written(recording, records(recording), record(asked_at=boot_time() - 7.5))
    asked, answered = plain["asked_ms"], plain["answered_ms"]
    assert isinstance(asked, int)
    assert isinstance(answered, int)
    assert 7400 <= answered - asked <= 9000


def test_each_record_has_a_file_of_its_own(recording: Recording) -> None:
    many = records(recording)
    events = ["allowed", "more-refused", "renewed", "revoked"]
    statements = [written(recording, many, record(event))[0] for event in events]
    assert [each.object.name for each in statements] == [f"consent/{at:03d}.json.age" for at in range(4)]
    assert [each.event for each in statements] == events


def test_nothing_of_it_can_be_read_without_the_consent_key(recording: Recording) -> None:
    written(recording, records(recording), record("refused"))
    for path in recording.spool.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"printer" not in data
            assert b"Maya" not in data
