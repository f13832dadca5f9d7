"""A session's evidence: nothing without the technician's countersignature, everything in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from agent import upload
from agent.actions import Record
from agent.evidence import Evidence, Parties
from agent.journal import Made
from agent.state import Adopted, Home
from agent.upload import Receipt
from agent.view import boot_time
from session import keys, sealing
from session.errors import IdentityRefused
from session.keys import PublicKey
from session.messages import Capability, Request
from session.profile import Adoption, Auditor, write_profile
from session.sealing import Identity
from session.signatures import Namespace, sign
from session.statements import Chain, Consented, Segment
from tests.agent.small_log import SmallLog, eventually
from tests.session.office import Office

OFFICE = Office()
CERTIFICATE = OFFICE.certificate()


@dataclass
class Case:
    """One session's evidence and everybody who has to do with it."""

    evidence: Evidence
    log: SmallLog
    home: Home
    auditor: Identity
    made: list[Made] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)

    def signature(self, seq: int, namespace: Namespace = Namespace.SESSION, *, by: Office = OFFICE) -> bytes:
        certificate = CERTIFICATE if by is OFFICE else by.certificate()
        return sign(by.holder, self.made[seq].statement, namespace, certificate=certificate.blob)

    async def sign(self, seq: int) -> None:
        """The technician signs a statement, as an honest console does."""
        await eventually(lambda: len(self.made) > seq)
        await self.evidence.countersign(seq, self.signature(seq))

    async def in_log(self, seq: int) -> None:
        await eventually(lambda: seq in self.logged)


@asynccontextmanager
async def case(folder: Path) -> AsyncIterator[Case]:
    """Open a session's evidence, without a countersignature as yet."""
    log = SmallLog()
    auditor, recipient = sealing.new_identity()
    profile = msgspec.structs.replace(
        OFFICE.profile(), auditors=(Auditor("First auditor", recipient),), log_key=log.log_key
    )
    data = write_profile(profile)
    adoption = Adoption(PublicKey.of(OFFICE.root), data, sign(OFFICE.root, data, Namespace.PROFILE))
    home = Home(folder)
    parties = Parties(
        home=home,
        adopted=Adopted(adoption, profile),
        certificate=CERTIFICATE,
        session_key=keys.generate(),
        token="the token",
        language="en",
    )
    made: list[Made] = []
    logged: list[int] = []

    def note(seq: int, receipt: Receipt) -> None:
        logged.append(seq)

    async with log.client() as client, asyncio.TaskGroup() as group:
        evidence = Evidence(parties, made.append, note)
        await evidence.open(Request("look at the printer", (Capability.VIEW,)), client, group)
        await eventually(lambda: len(made) == 1)
        yield Case(evidence, log, home, auditor, made, logged)
        evidence.abandon()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "RETRY_SECONDS", (0.001,))


def record(event: str = "allowed") -> Record:
    view = frozenset({Capability.VIEW})
    return Record(event, view, view, 30, boot_time())  # type: ignore[arg-type]  # by name


async def test_a_whole_session_is_in_the_log_and_can_be_read(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.sign(0)
        await one.evidence.consent(record(), ["A sentence."])
        await one.sign(1)
        one.evidence.recorder.event("chat", **{"from": "person", "text": "hello"})
        await one.evidence.cut()
        await one.evidence.cut(last=True)
        await one.evidence.close("left")
        await one.sign(3)
        await asyncio.wait_for(one.evidence.complete.wait(), 10)
        assert one.logged == [0, 1, 2, 3]
        assert one.evidence.checkpoint
        chain = Chain()
        statements = [chain.follow(made.statement) for made in one.made]
        assert [each.KIND for each in statements] == ["open", "consent", "segment", "close"]
        session = one.evidence.spool.session
        for reader in (one.auditor, one.home.person()):
            main = sealing.unwrap((one.evidence.spool.keys / "main.age").read_bytes(), reader)
            assert isinstance(statements[2], Segment)
            (events,) = statements[2].objects
            assert b'"text":"hello"' in sealing.unseal((session / events.name).read_bytes(), main)
            consent = sealing.unwrap((one.evidence.spool.keys / "consent.age").read_bytes(), reader)
            assert isinstance(statements[1], Consented)
            plain = sealing.unseal((session / statements[1].object.name).read_bytes(), consent)
            assert b"look at the printer" in plain


async def test_an_open_that_is_not_countersigned_is_never_stored(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        for expecting in (True, False):
            one.evidence.expect_countersignatures(expecting)
            await asyncio.sleep(0.05)
            assert (one.log.order, one.logged) == ([], [])
        await one.sign(0)
        await one.in_log(0)
        signature = one.evidence.spool.statement(0, "json.technician.sig").read_text()
        assert one.log.commits[0]["technician"] == signature


async def test_who_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.sign(0)
        await one.in_log(0)
        await one.evidence.consent(record("refused"), ["A sentence."])
        await asyncio.sleep(0.05)
        assert one.logged == [0]
        one.evidence.expect_countersignatures(False)
        await one.in_log(1)
        assert one.log.commits[1]["technician"] is None


async def test_only_this_technicians_signature_of_this_statement_counts(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.evidence.close("left")
        await eventually(lambda: len(one.made) == 2)
        wrong = [
            one.signature(1),
            one.signature(0, Namespace.SEGMENT),
            one.signature(0, by=Office()),
            one.signature(0, by=Office(issuing=OFFICE.issuing, holder=OFFICE.holder)),
            sign(OFFICE.holder, one.made[0].statement, Namespace.SESSION),
            b"",
            b"nonsense",
        ]
        for signature in wrong:
            with pytest.raises(IdentityRefused):
                await one.evidence.countersign(0, signature)
        assert not one.evidence.spool.statement(0, "json.technician.sig").exists()
        assert one.logged == []


async def test_a_signature_that_nobody_wanted_counts_for_nothing(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.sign(0)
        await one.evidence.consent(record(), ["A sentence."])
        one.evidence.recorder.event("chat", **{"from": "person", "text": "hello"})
        await one.evidence.cut()
        await eventually(lambda: len(one.made) == 3)
        first = one.evidence.spool.statement(0, "json.technician.sig").read_bytes()
        for seq, signature in ((0, one.signature(0)), (2, one.signature(2)), (99, b""), (2**53, b"")):
            await one.evidence.countersign(seq, signature)
        assert one.evidence.spool.statement(0, "json.technician.sig").read_bytes() == first
        assert not one.evidence.spool.statement(2, "json.technician.sig").exists()


async def test_what_the_log_does_not_take_grows_old(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        before = one.evidence.lag
        one.evidence.pass_time(7.0)
        assert one.evidence.lag == pytest.approx(before + 7.0, abs=0.01)
        await one.sign(0)
        await one.in_log(0)
        assert one.evidence.lag < 7.0


async def test_a_statement_that_this_loop_has_not_heard_of_is_not_uploaded_yet(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        assert not one.evidence._may_upload(1)
        await one.sign(0)
        assert one.evidence._may_upload(0)
        assert not one.evidence._may_upload(1)


async def test_what_a_lost_link_swallowed_can_be_said_again(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.sign(0)
        await one.evidence.consent(record(), ["A sentence."])
        await eventually(lambda: len(one.made) == 2)
        assert one.evidence.recent() == one.made


async def test_nothing_private_is_readable_on_the_disk(tmp_path: Path) -> None:
    async with case(tmp_path) as one:
        await one.evidence.consent(record(), ["A sentence."])
        one.evidence.recorder.event("key", sensitive=True, keysym=97, down=1)
        one.evidence.recorder.event("chat", **{"from": "person", "text": "canary"})
        await one.evidence.cut()
        for path in one.evidence.spool.folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert b"canary" not in data
                assert b"printer" not in data
                assert b"AGE-SECRET-KEY" not in data
                assert path.stat().st_mode & 0o077 == 0
