"""What a crash leaves undone is done at the next start: every gap between two durable steps."""

import shutil
from collections.abc import Iterator

import pytest

from relay import durable
from relay.failures import StorageFailed
from relay.index import CUSTODY, SESSION, Record
from session.statements import parse_entry
from tests.relay.bench import Agent, Bench


def leaves(bench: Bench) -> list[tuple[str, str, int]]:
    """Return session, type and number of every leaf in the log."""
    entries = bench.evidence.log.entries(0, bench.evidence.log.size)
    found = [parse_entry(entry)[0] for entry in entries]
    return [(leaf.s, leaf.k, leaf.n) for leaf in found]


def stored_only(agent: Agent, body: bytes) -> None:
    """Make a statement durable, and crash before it is in the log."""
    agent.bench.evidence.prepare(agent.token, agent.sid, body)


def test_a_statement_that_was_stored_but_not_logged_is_logged_at_the_start(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    body = agent.segment_body()
    stored_only(agent, body)
    bench.reopen()
    assert leaves(bench) == [(agent.sid, "open", 0), (agent.sid, "consent", 1), (agent.sid, "segment", 2)]
    receipt = agent.post(body)
    assert receipt.index == 2
    assert bench.evidence.log.size == 3
    agent.close()


def test_a_session_whose_open_was_stored_but_not_logged_begins_at_the_start(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    stored_only(agent, agent.recording.commit(agent.recording.open()))
    bench.reopen()
    assert leaves(bench) == [(agent.sid, "open", 0)]
    session = bench.evidence.index.session(agent.sid)
    assert session is not None and session.technician == "Person 1001"
    agent.allow()


def test_an_access_that_was_stored_but_not_logged_is_logged_at_the_start(bench: Bench) -> None:
    agent = bench.agent()
    agent.whole()
    auditor = bench.office.holder("auditor", "2001")
    agent.recording.length = 0
    body = agent.recording.custody(agent.recording.access(auditor), auditor)
    bench.evidence.prepare_custody("auditor:2001", agent.sid, body)
    bench.reopen()
    assert leaves(bench)[-1] == (agent.sid, "access", 0)
    assert bench.evidence.has_accessed(agent.sid, "auditor:2001")
    assert bench.evidence.index.place(agent.sid, CUSTODY, 0) is not None


def test_what_is_in_the_log_but_not_in_the_index_is_found_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    body = agent.segment_body()

    def fail(records: list[Record], leaves: int) -> None:
        raise StorageFailed("the index does not obey")

    with monkeypatch.context() as broken:
        broken.setattr(bench.evidence.index, "record", fail)
        with pytest.raises(StorageFailed):
            agent.post(body)
    assert bench.evidence.log.size == 3
    assert bench.evidence.index.leaves() == 2
    assert agent.post(body).index == 2
    assert bench.evidence.log.size == 3


def test_the_same_statement_twice_in_a_batch_is_logged_once(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    evidence = bench.evidence
    stored = evidence.prepare(agent.token, agent.sid, agent.recording.commit(agent.recording.idle()))
    first, second = evidence.commit([stored, stored])
    assert first == second
    assert evidence.commit([stored]) == [first]
    assert evidence.log.size == 2


def test_a_lost_index_is_made_again_from_log_and_store(bench: Bench) -> None:
    agent = bench.agent()
    agent.whole()
    before = bench.evidence.index.session(agent.sid)
    place = bench.evidence.index.place(agent.sid, SESSION, 2)
    bench.close()
    for path in bench.office.relay.glob("index.sqlite*"):
        path.unlink()
    bench.open()
    assert bench.evidence.index.session(agent.sid) == before
    again = bench.evidence.index.place(agent.sid, SESSION, 2)
    assert place is not None and again is not None and again.leaf == place.leaf


def test_a_log_that_was_cut_is_refused(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    shutil.copytree(bench.office.relay / "log", bench.office.relay / "older")
    agent.allow()
    bench.close()
    shutil.rmtree(bench.office.relay / "log")
    (bench.office.relay / "older").rename(bench.office.relay / "log")
    with pytest.raises(StorageFailed):
        bench.open()
    for path in bench.office.relay.glob("index.sqlite*"):
        path.unlink()
    bench.open()


def test_a_log_that_was_deleted_is_not_begun_anew(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    bench.close()
    (bench.office.relay / "log" / "checkpoint").unlink()
    with pytest.raises(StorageFailed):
        bench.open()
    shutil.rmtree(bench.office.relay / "log")
    with pytest.raises(StorageFailed):
        bench.open()
    for path in bench.office.relay.glob("index.sqlite*"):
        path.unlink()
    for folder in ("log", "sessions"):
        shutil.rmtree(bench.office.relay / folder)
    bench.open()


def test_a_leaf_without_its_statement_is_noticed(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    bench.close()
    for path in bench.office.relay.glob("index.sqlite*"):
        path.unlink()
    statement = bench.session_folder / agent.sid / "seg" / "000000.json"
    data = statement.read_bytes()
    statement.write_bytes(data.replace(b'"strict"', b'"spool"'))
    with pytest.raises(StorageFailed):
        bench.open()
    statement.write_bytes(data)
    for path in bench.office.relay.glob("index.sqlite*"):
        path.unlink()
    bench.open()


def test_what_never_got_its_name_is_swept_away(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    (bench.office.relay / "incoming" / "0123").write_bytes(b"half")
    left = durable.write_temporary(bench.session_folder / agent.sid / "seg", b"half")
    assert left.name not in [name for name, _ in bench.evidence.store.listing(agent.sid)]
    bench.reopen()
    assert not left.exists()
    assert not list((bench.office.relay / "incoming").iterdir())


def test_a_statement_that_could_not_be_written_can_be_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = bench.agent()
    agent.begin()
    body = agent.recording.commit(agent.recording.idle())
    write = durable.write_temporary
    for failing in range(3):
        calls = iter(range(100))

        def full(folder: object, data: bytes, failing: int = failing, calls: Iterator[int] = calls) -> object:
            if next(calls) == failing:
                raise OSError(28, "No space left on device")
            return write(folder, data)  # type: ignore[arg-type]  # the real one's argument

        with monkeypatch.context() as broken:
            broken.setattr(durable, "write_temporary", full)
            with pytest.raises(StorageFailed):
                agent.post(body)
        names = [name for name, _ in bench.evidence.store.listing(agent.sid)]
        assert not [name for name in names if name.startswith("seg/000001")]
    assert agent.post(body).index == 1
