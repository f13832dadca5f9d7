"""The upload: in order, proved by the log, and over only with the close."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from agent import upload
from agent.spool import write_durably
from agent.upload import Receipt, Uploader, check_receipt
from session.errors import EvidenceError, LedgerError
from tests.agent.recording import Recording, begin
from tests.agent.small_log import SmallLog, eventually


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "RETRY_SECONDS", (0.001,))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A whole session: open, consent, segment, close."""
    made = begin(tmp_path)
    for name in ("main", "sensitive", "consent"):
        write_durably(made.spool.keys / f"{name}.age", name.encode())
    write_durably(made.spool.session / "allowed_signers", b"session")
    made.allow()
    made.recorder.event("chat", **{"from": "person", "text": "hello"})
    made.recorder.cut(last=True)
    made.journal.close("left")
    return made


async def bring(recording: Recording, log: SmallLog, *, signed: set[int] | None = None) -> list[int]:
    """Upload a session; return what was acknowledged, in order."""
    acknowledged: list[int] = []
    async with log.client() as client, asyncio.timeout(20):
        uploader = Uploader(
            recording.spool,
            client,
            "the token",
            log.log_key,
            lambda seq, receipt: acknowledged.append(seq),
            lambda seq: signed is None or seq in signed,
        )
        await uploader.run()
    return acknowledged


WHOLE = [
    "put main.age",
    "put sensitive.age",
    "put consent.age",
    "put allowed_signers",
    "commit 0",
    "attached 000.json.age",
    "commit 1",
    "attached 000002.events.jsonl.age",
    "commit 2",
    "commit 3",
]


async def test_objects_come_before_their_statement_and_statements_in_order(recording: Recording) -> None:
    log = SmallLog()
    assert await bring(recording, log) == [0, 1, 2, 3]
    assert log.order == WHOLE
    assert log.tokens == {"Bearer the token"}
    for path, data in log.files.items():
        assert (recording.spool.folder / path.lstrip("/")).read_bytes() == data
    receipts = [msgspec.json.decode(recording.spool.receipt(seq).read_bytes()) for seq in range(4)]
    assert [receipt["index"] for receipt in receipts] == [0, 1, 2, 3]


async def test_a_countersignature_goes_along(recording: Recording) -> None:
    write_durably(recording.spool.statement(0, "json.technician.sig"), b"armored")
    log = SmallLog()
    await bring(recording, log)
    assert [commit["technician"] for commit in log.commits] == ["armored", None, None, None]


async def test_a_relay_that_is_down_is_asked_again(recording: Recording) -> None:
    log = SmallLog(broken=7)
    assert await bring(recording, log) == [0, 1, 2, 3]
    assert len(log.entries) == 4


async def test_a_lost_answer_costs_nothing(recording: Recording) -> None:
    log = SmallLog(forgetful=2)
    assert await bring(recording, log) == [0, 1, 2, 3]
    assert len(log.entries) == 4


async def test_an_upload_goes_on_where_the_last_one_ended(recording: Recording) -> None:
    log = SmallLog()
    acknowledged: list[int] = []
    async with log.client() as client, asyncio.TaskGroup() as group:
        uploader = Uploader(
            recording.spool,
            client,
            "the token",
            log.log_key,
            lambda seq, receipt: acknowledged.append(seq),
            lambda seq: seq < 2,
        )
        task = group.create_task(uploader.run())
        await eventually(lambda: len(acknowledged) == 2)
        task.cancel()
    log.order.clear()
    assert await bring(recording, log) == [2, 3]
    assert log.order == WHOLE[-3:]
    assert await bring(recording, log) == []
    assert log.order == WHOLE[-3:]


async def test_what_is_not_countersigned_waits(recording: Recording) -> None:
    log = SmallLog()
    signed: set[int] = set()
    async with log.client() as client, asyncio.TaskGroup() as group:
        uploader = Uploader(
            recording.spool, client, "", log.log_key, lambda seq, receipt: None, lambda seq: seq in signed
        )
        task = group.create_task(uploader.run())
        for seq in range(4):
            await asyncio.sleep(0.02)
            assert len(log.entries) == seq
            signed.add(seq)
            uploader.wake()
            await eventually(recording.spool.receipt(seq).exists)
        await task


async def test_an_upload_that_is_given_up_ends_whatever_comes_at_the_same_moment(tmp_path: Path) -> None:
    log, recording = SmallLog(), begin(tmp_path)
    async with log.client() as client, asyncio.timeout(10), asyncio.TaskGroup() as group:
        for ticks in range(5):
            uploader = Uploader(
                recording.spool, client, "", log.log_key, lambda seq, receipt: None, lambda seq: False
            )
            task = group.create_task(uploader.run())
            await asyncio.sleep(0.01)
            uploader.wake()
            for _ in range(ticks):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()


@pytest.mark.parametrize("how", ["notices", "refusals"])
async def test_a_relay_whose_share_is_used_up_is_heard(recording: Recording, how: str) -> None:
    refusal = b'{"error": "quota", "sentence": "No more."}'
    log = SmallLog(notices=2) if how == "notices" else SmallLog(refusals=[refusal, refusal])
    async with log.client() as client, asyncio.timeout(20):
        uploader = Uploader(
            recording.spool, client, "", log.log_key, lambda seq, receipt: None, lambda seq: True
        )
        assert not uploader.used_up
        # What was recorded is brought all the same, up to the close.
        await uploader.run()
        assert uploader.used_up
    assert len(log.entries) == 4


@pytest.mark.parametrize("answer", [b"", b"quota", b'{"error": 1}', b"\xff", b'{"error": "storage"}'])
async def test_any_other_refusal_is_no_end(recording: Recording, answer: bytes) -> None:
    log = SmallLog(refusals=[answer])
    async with log.client() as client, asyncio.timeout(20):
        uploader = Uploader(
            recording.spool, client, "", log.log_key, lambda seq, receipt: None, lambda seq: True
        )
        await uploader.run()
    assert not uploader.used_up
    assert len(log.entries) == 4


LIES: dict[str, dict[str, object]] = {
    "another place": {"index": 1},
    "another size": {"size": 2},
    "another proof": {"proof": ["00" * 32]},
    "no checkpoint": {"checkpoint": ""},
    "an extra field": {"extra": 1},
    "no hexadecimal": {"proof": ["xyz"]},
    "a negative place": {"index": -1},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_false_proof_acknowledges_nothing(recording: Recording, lie: str) -> None:
    log = SmallLog(lies=LIES[lie])
    acknowledged: list[int] = []
    async with log.client() as client, asyncio.TaskGroup() as group:
        uploader = Uploader(
            recording.spool,
            client,
            "",
            log.log_key,
            lambda seq, receipt: acknowledged.append(seq),
            lambda seq: True,
        )
        task = group.create_task(uploader.run())
        await eventually(lambda: log.order.count("commit 0") >= 3)
        assert acknowledged == []
        assert not recording.spool.receipt(0).exists()
        # As soon as the relay tells the truth, it goes on.
        log.lies = {}
        await asyncio.wait_for(task, 10)
    assert acknowledged == [0, 1, 2, 3]


async def test_a_checkpoint_of_another_log_is_refused(recording: Recording) -> None:
    log, other = SmallLog(), SmallLog()
    await bring(recording, log)
    entry = log.entries[2]
    right = msgspec.json.encode(log.receipt(entry))
    assert check_receipt(right, entry, log.log_key) == msgspec.json.decode(right, type=Receipt)
    with pytest.raises(LedgerError):
        check_receipt(right, entry, other.log_key)
    with pytest.raises(LedgerError):
        check_receipt(right, log.entries[1], log.log_key)
    other.entries = list(log.entries)
    with pytest.raises(LedgerError):
        check_receipt(msgspec.json.encode(other.receipt(entry)), entry, log.log_key)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"index":0}'])
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        check_receipt(data, b"entry", SmallLog().log_key)


async def test_what_is_large_comes_before_its_statement(tmp_path: Path) -> None:
    made = begin(tmp_path)
    for name in ("main", "sensitive", "consent"):
        write_durably(made.spool.keys / f"{name}.age", name.encode())
    write_durably(made.spool.session / "allowed_signers", b"session")
    made.allow()
    for _ in range(9):
        made.recorder.event("chat", **{"from": "person", "text": "x" * 4000})
    made.recorder.cut(last=True)
    made.journal.close("left")
    log = SmallLog()
    await bring(made, log)
    assert log.order[-3:] == ["put 000002.events.jsonl.age", "commit 2", "commit 3"]
