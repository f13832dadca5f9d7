"""The journal: one chain, signed, whoever writes at the same time, whatever the disk does."""

import os
import threading
from pathlib import Path

import pytest

from agent.backlog import close_recovered
from agent.journal import Journal, Made
from session import keys, statements
from session.errors import EvidenceError, RecorderFailed
from session.signatures import Namespace, verify
from session.statements import Close, Idle
from tests.agent.recording import Recording, begin


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return begin(tmp_path)


def check(recording: Recording) -> list[statements.SessionStatement]:
    """Check everything that stands beside each statement; return the chain."""
    chain = recording.statements()
    for seq in recording.spool.statements():
        data = recording.spool.statement(seq).read_bytes()
        signature = recording.spool.statement(seq, "json.sig").read_bytes()
        verify(data, signature, Namespace.SEGMENT, key=recording.public)
        leaf, signature = statements.check_entry(recording.spool.statement(seq, "leaf").read_bytes(), data)
        verify(leaf, signature, Namespace.LEAF, key=recording.public)
    return chain


def test_a_session_is_a_chain_of_signed_statements(recording: Recording) -> None:
    recording.allow()
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    recording.recorder.cut()
    recording.journal.idle(1, 2)
    recording.journal.close("left", gap=7, checkpoint="the last one")
    chain = check(recording)
    assert [each.KIND for each in chain] == ["open", "consent", "segment", "idle", "close"]
    assert chain[-1].sid == keys.session_id(recording.public)
    assert isinstance(chain[-1], Close)
    assert (chain[-1].reason, chain[-1].gap, chain[-1].checkpoint) == ("left", 7, "the last one")
    assert recording.journal.closed
    assert recording.journal.allowed


def test_each_statement_is_told_once_in_order_and_is_durable_by_then(tmp_path: Path) -> None:
    recording = begin(tmp_path)
    seen: list[bool] = []
    recording.journal._made = lambda made: seen.append(  # type: ignore[method-assign]  # as the host listens
        recording.spool.statement(made.seq).read_bytes() == made.statement
    )
    for _ in range(3):
        recording.journal.idle(1, 2)
    assert seen == [True] * 3
    assert [made.seq for made in recording.made] == [0]


def test_all_that_a_statement_speaks_of_is_on_the_disk_before_it(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.allow()
    recording.recorder.event("chat", **{"from": "person", "text": "something"})
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def told_sync(file: int) -> None:
        done.append(f"sync {Path(os.readlink(f'/proc/self/fd/{file}')).name}")
        sync(file)

    def told_rename(self: Path, target: Path) -> Path:
        done.append(f"name {target.name}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", told_sync)
    monkeypatch.setattr(Path, "replace", told_rename)
    recording.recorder.cut()
    parts = ["000002.events.jsonl.age", "000002.json.sig", "000002.leaf"]
    named = [step for part in parts for step in (f"sync {part}.part", f"name {part}")]
    last = ["sync 000002.json.part", "name 000002.json", "sync seg"]
    assert done == [*named, "sync seg", *last]


def test_salts_are_never_the_same(recording: Recording) -> None:
    for _ in range(20):
        recording.journal.idle(1, 2)
    assert len({each.salt for each in recording.statements()}) == 21


def test_many_threads_make_one_chain(recording: Recording) -> None:
    recording.allow()

    def work(number: int) -> None:
        for _ in range(8):
            if number % 2:
                recording.journal.idle(1, 2)
            else:
                recording.recorder.event("chat", **{"from": "person", "text": str(number)})
                recording.recorder.cut()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check(recording)) == 2 + 32
    assert [made.seq for made in recording.made] == list(range(34))


@pytest.mark.parametrize("suffix", ["json.sig", "leaf", "json"])
def test_what_the_disk_does_not_take_is_not_in_the_chain(recording: Recording, suffix: str) -> None:
    blocked = recording.spool.statement(1, suffix)
    (blocked / "in the way").mkdir(parents=True)
    with pytest.raises(RecorderFailed):
        recording.journal.idle(1, 2)
    assert len(recording.made) == 1
    (blocked / "in the way").rmdir()
    blocked.rmdir()
    recording.journal.idle(1, 2)
    assert [each.seq for each in check(recording)] == [0, 1]


def test_nothing_follows_the_close(recording: Recording) -> None:
    recording.journal.close("left")
    with pytest.raises(EvidenceError):
        recording.journal.idle(1, 2)
    with pytest.raises(EvidenceError):
        recording.journal.close("left")
    assert [each.KIND for each in check(recording)] == ["open", "close"]


def test_no_segment_before_the_person_allowed_anything(recording: Recording) -> None:
    recording.recorder.start()
    recording.recorder.event("chat", **{"from": "person", "text": "too early"})
    with pytest.raises(EvidenceError):
        recording.recorder.cut()
    assert [each.KIND for each in check(recording)] == ["open"]


def test_a_journal_is_taken_up_after_a_crash(recording: Recording) -> None:
    recording.allow()
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    recording.recorder.cut()
    told: list[Made] = []
    again = Journal(recording.spool, recording.key, told.append)
    again.resume()
    assert (again.closed, again.allowed) == (False, True)
    again.close("recovered", gap=5)
    assert [each.KIND for each in check(recording)] == ["open", "consent", "segment", "close"]
    assert [made.seq for made in told] == [3]


def test_a_journal_whose_files_were_changed_is_not_taken_up(recording: Recording) -> None:
    recording.journal.idle(1, 2)
    recording.journal.idle(2, 3)
    path = recording.spool.statement(1)
    path.write_bytes(path.read_bytes().replace(b'"t1":2', b'"t1":3'))
    with pytest.raises(EvidenceError):
        Journal(recording.spool, recording.key, recording.made.append).resume()


def test_a_session_that_was_left_is_closed_as_recovered(recording: Recording) -> None:
    recording.allow()
    (recording.spool.folder / "session_key").write_bytes(keys.export_private(recording.key))
    close_recovered(recording.spool)
    close_recovered(recording.spool)
    last = check(recording)[-1]
    assert isinstance(last, Close)
    assert last.reason == "recovered"
    assert 0 <= last.gap < 60_000


def test_a_session_that_never_opened_leaves_nothing(recording: Recording) -> None:
    recording.spool.statement(0).unlink()
    close_recovered(recording.spool)
    assert not recording.spool.folder.exists()


def test_a_recorder_of_an_open_session_says_so_when_idle(recording: Recording) -> None:
    recording.allow()
    made = recording.recorder.cut()
    assert made is not None
    assert isinstance(statements.parse(made.statement), Idle)
