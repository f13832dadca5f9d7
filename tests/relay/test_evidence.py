"""What counts as evidence: receipts, tokens, open, objects and quotas, one lie each."""

import msgspec
import pytest

from relay.config import Limits
from relay.failures import StorageFailed
from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from session.signatures import Namespace
from session.statements import digest
from tests.relay.bench import Bench, lie, refused
from tests.relay.office import Office
from tests.relay.recording import Recording, leaf_entry, sealed


def test_a_receipt_proves_that_the_log_holds_the_leaf(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    data = agent.recording.open()
    receipt = agent.post(agent.recording.commit(data))
    key = bench.trust.profile.log_key
    checkpoint = open_checkpoint(receipt.checkpoint.encode(), key)
    entry = leaf_entry(data, agent.recording.key)
    proof = [bytes.fromhex(each) for each in receipt.proof]
    verify_inclusion(leaf_hash(entry), receipt.index, receipt.size, proof, checkpoint.root)


def test_a_session_is_laid_out_as_the_specification_says(bench: Bench) -> None:
    agent = bench.agent()
    agent.whole()
    names = [name for name, _ in bench.evidence.store.listing(agent.sid)]
    assert names == [
        "allowed_signers",
        "consent/000.json.age",
        "seg/000000.json",
        "seg/000000.json.sig",
        "seg/000000.json.technician.sig",
        "seg/000000.leaf",
        "seg/000001.json",
        "seg/000001.json.sig",
        "seg/000001.json.technician.sig",
        "seg/000001.leaf",
        "seg/000002.events.jsonl.age",
        "seg/000002.json",
        "seg/000002.json.sig",
        "seg/000002.leaf",
        "seg/000003.json",
        "seg/000003.json.sig",
        "seg/000003.json.technician.sig",
        "seg/000003.leaf",
    ]
    [(session, size)] = bench.evidence.index.sessions()
    assert (session.technician, session.number) == ("Person 1001", "1001")
    assert (session.length, session.reason, session.closed) == (4, "stopped", True)
    assert size > 200


def test_the_same_commit_gets_the_same_receipt(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    commit = agent.segment_body()
    receipt = agent.post(commit)
    agent.segment()
    assert agent.post(commit) == receipt
    assert bench.evidence.log.size == 4


def test_the_close_can_be_repeated_after_the_session_is_closed(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    commit = agent.recording.commit(agent.recording.close())
    assert agent.post(commit) == agent.post(commit)


def test_another_statement_does_not_take_the_place_of_one_that_is_logged(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    other = Recording(bench.technician)
    other.key, other.public, other.sid = agent.recording.key, agent.recording.public, agent.sid
    commit = other.commit(other.open())
    with refused("differs"):
        agent.post(commit)


def test_without_a_token_nothing_is_taken(bench: Bench) -> None:
    agent = bench.agent()
    with refused("no-token"):
        agent.put("main.age", b"x", token="guessed")
    with refused("no-token"):
        agent.post(agent.recording.commit(agent.recording.open()), token="guessed")


def test_a_token_lives_seven_days_and_no_longer(bench: Bench) -> None:
    agent = bench.agent()
    with refused("no-token"):
        agent.put("main.age", b"x", token=bench.token(seconds=-1))


def test_a_token_is_bound_to_its_first_session(bench: Bench) -> None:
    first, second = bench.agent(), bench.agent()
    first.begin()
    with refused("wrong-token"):
        second.put("main.age", b"x", token=first.token)


def test_a_session_is_bound_to_its_first_token(bench: Bench) -> None:
    agent = bench.agent()
    agent.put("main.age", b"x")
    with refused("wrong-token"):
        agent.put("sensitive.age", b"x", token=bench.token())


def test_a_token_survives_a_restart(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    bench.reopen()
    agent.allow()
    agent.segment()


def test_a_token_is_for_the_technician_who_opened_the_room(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    agent.recording.technician = bench.office.holder(number="1002")
    with refused("not-signed"):
        agent.post(agent.recording.commit(agent.recording.open()))


def test_open_names_the_certificate_of_the_room(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    data = agent.recording.open(certificate="0" * 64)
    with refused("wrong-token"):
        agent.post(lie(agent, data, technician=agent.recording.countersign(data)))


def test_the_technician_of_open_is_not_revoked_in_the_meantime(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    bench.office.revoke(bench.technician)
    bench.trust.reload()
    with refused("not-signed"):
        agent.post(agent.recording.commit(agent.recording.open()))


@pytest.mark.parametrize("missing", ["main", "sensitive", "consent"])
def test_open_comes_after_the_wrapped_keys(bench: Bench, missing: str) -> None:
    agent = bench.agent()
    agent.put_before_open()
    bench.evidence.store.key_path(agent.sid, f"{missing}.age").unlink()
    with refused("no-keys"):
        agent.post(agent.recording.commit(agent.recording.open()))


def test_open_comes_after_the_signers(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    bench.evidence.store.session_path(agent.sid, "allowed_signers").write_bytes(b"somebody else")
    with refused("no-object"):
        agent.post(agent.recording.commit(agent.recording.open()))


def test_nothing_is_stored_of_what_was_refused(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    with refused("not-signed"):
        agent.post(lie(agent, agent.recording.open()))
    assert [name for name, _ in bench.evidence.store.listing(agent.sid)] == ["allowed_signers"]
    assert bench.evidence.log.size == 0


def test_a_close_may_be_countersigned_later(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.close()
    receipt = agent.post(lie(agent, data))
    with refused("not-signed"):
        agent.post(lie(agent, data, technician=bench.office.holder().sign(data, Namespace.SESSION)))
    late = lie(agent, data, technician=agent.recording.countersign(data))
    assert agent.post(late) == receipt
    assert bench.evidence.store.read(agent.sid, "seg/000001.json.technician.sig") is not None
    assert agent.post(late) == receipt


@pytest.mark.parametrize("name", ["screen-0-0.jsonl.age", "images-0-0.png.age", "video-0-0-0.m4s.age"])
def test_no_pictures_on_a_consent_that_is_not_countersigned(bench: Bench, name: str) -> None:
    agent = bench.agent()
    agent.begin()
    record = sealed("consent/000.json.age", b"record", "consent")
    agent.put(record.name, b"record")
    consent = agent.recording.consent(record)
    agent.post(lie(agent, consent))
    agent.recording.head, agent.recording.length = digest(consent), 2
    agent.segment()
    pictures = agent.segment_body(name)
    with refused("not-signed"):
        agent.post(pictures)
    agent.post(lie(agent, consent, technician=agent.recording.countersign(consent)))
    agent.post(pictures)


def test_nothing_comes_after_the_close(bench: Bench) -> None:
    agent = bench.agent()
    agent.whole()
    with refused("closed"):
        agent.post(agent.recording.commit(agent.recording.idle()))
    with refused("closed"):
        agent.put("seg/000009.events.jsonl.age", b"x")


def test_a_statement_names_objects_that_are_there_as_it_says(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    name = "seg/000002.events.jsonl.age"
    agent.put(name, b"content")
    lies = [
        sealed(name, b"another"),
        msgspec.structs.replace(sealed(name, b"content"), size=8),
        sealed("seg/000002.index.jsonl.age", b"content"),
    ]
    for wanted in lies:
        with refused("no-object"):
            agent.post(lie(agent, agent.recording.segment(sealed(name, b"content"), wanted)))
    agent.post(lie(agent, agent.recording.segment(sealed(name, b"content"))))


def test_objects_come_after_open(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    with refused("not-open"):
        agent.put("seg/000001.events.jsonl.age", b"x")


def test_a_file_is_written_once(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    assert agent.put("seg/000001.events.jsonl.age", b"content")
    assert not agent.put("seg/000001.events.jsonl.age", b"content")
    with refused("differs"):
        agent.put("seg/000001.events.jsonl.age", b"changed")
    with refused("differs"):
        agent.put("main.age", b"another key")
    assert bench.evidence.store.read(agent.sid, "seg/000001.events.jsonl.age") == b"content"


def test_a_session_has_its_share_of_the_store(office: Office) -> None:
    bench = Bench(office, Limits(session_bytes=600, file_bytes=400))
    agent = bench.agent()
    agent.begin()
    before = bench.evidence.index.token(agent.token)
    with refused("quota"):
        agent.put("seg/000001.events.jsonl.age", b"x" * 1000)
    assert bench.evidence.index.token(agent.token) == before
    for _ in range(3):
        # What is there already, or was refused, does not count twice.
        agent.put("seg/000001.events.jsonl.age", b"x" * 200)
    with refused("differs"):
        agent.put("seg/000001.events.jsonl.age", b"y" * 200)
    after = bench.evidence.index.token(agent.token)
    assert before is not None and after is not None and after.size == before.size + 200
    bench.close()


def test_a_session_has_so_many_statements_and_can_still_be_closed(office: Office) -> None:
    bench = Bench(office, Limits(session_statements=3))
    agent = bench.agent()
    agent.begin()
    agent.allow()
    # What was recorded before the agent heard that this is the end.
    for _ in range(100):
        agent.post(agent.recording.commit(agent.recording.idle()))
    agent.close()
    bench.close()


def test_a_session_that_does_not_come_to_its_end_is_not_taken_any_more(office: Office) -> None:
    bench = Bench(office, Limits(session_statements=3))
    agent = bench.agent()
    agent.begin()
    agent.allow()
    for _ in range(101):
        agent.post(agent.recording.commit(agent.recording.idle()))
    with refused("quota"):
        agent.post(lie(agent, agent.recording.idle()))
    bench.close()


def test_a_session_has_so_many_files(office: Office) -> None:
    bench = Bench(office, Limits(session_statements=2))
    agent = bench.agent()
    agent.begin()
    for number in range(4 * 102 - 4):
        agent.put(f"seg/{number:06}.events.jsonl.age", b"x")
    with refused("quota"):
        agent.put("seg/999999.events.jsonl.age", b"x")
    bench.close()


def test_a_nearly_full_disk_takes_no_objects_but_a_close(office: Office) -> None:
    bench = Bench(office)
    agent = bench.agent()
    agent.begin()
    agent.allow()
    commit = agent.segment_body()
    bench.evidence.store._free_bytes = 2**62
    with pytest.raises(StorageFailed):
        agent.put("seg/000003.events.jsonl.age", b"x")
    with pytest.raises(StorageFailed):
        agent.post(commit)
    bench.evidence.store._free_bytes = 0
    agent.post(commit)
    bench.close()
