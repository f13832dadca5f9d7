"""What counts as evidence and what does not: every rule of a commit, one lie each."""

from collections.abc import Iterator

import msgspec
import pytest

from relay.config import Limits
from relay.failures import StorageFailed
from session.keys import PublicKey, generate
from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from session.signatures import Namespace, sign
from session.statements import Idle, digest
from tests.relay.bench import Agent, Bench, refused
from tests.relay.office import Office
from tests.relay.recording import Recording, base64_text, body, leaf_entry, sealed


@pytest.fixture
def bench(office: Office) -> Iterator[Bench]:
    made = Bench(office)
    yield made
    made.close()


def lie(agent: Agent, data: bytes, **changes: str | bytes | None) -> bytes:
    """Return a commit whose parts are right but for those that are given."""
    recording = agent.recording
    parts = {
        "statement": data,
        "signature": recording.sign(data).decode(),
        "technician": None,
        "leaf": leaf_entry(data, recording.key),
        **changes,
    }
    for name in ("statement", "leaf"):
        value = parts[name]
        parts[name] = base64_text(value) if isinstance(value, bytes) else value
    return msgspec.json.encode(parts)


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


# --- tokens


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


# --- open


def test_open_names_the_certificate_of_the_room(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    data = agent.recording.open(certificate="0" * 64)
    with refused("wrong-token"):
        agent.post(lie(agent, data, technician=agent.recording.countersign(data)))


def test_open_is_countersigned(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    with refused("not-signed"):
        agent.post(lie(agent, agent.recording.open()))


def test_a_countersignature_is_by_a_certificate_and_not_by_a_bare_key(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    data = agent.recording.open()
    bare = sign(bench.technician.key, data, Namespace.SESSION).decode()
    with refused("not-signed"):
        agent.post(lie(agent, data, technician=bare))


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


def test_a_session_is_named_after_its_key(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    other = PublicKey.of(generate()).text
    for key in (other, "ssh-ed25519 AAAA", agent.recording.public.text + " comment"):
        data = agent.recording.open(public_key=key)
        with refused("not-signed"):
            agent.post(lie(agent, data, technician=agent.recording.countersign(data)))


def test_nothing_is_stored_of_what_was_refused(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    with refused("not-signed"):
        agent.post(lie(agent, agent.recording.open()))
    assert [name for name, _ in bench.evidence.store.listing(agent.sid)] == ["allowed_signers"]
    assert bench.evidence.log.size == 0


# --- signatures


def test_a_statement_is_signed_by_the_session_key(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.idle()
    lies = {
        "another key": sign(generate(), data, Namespace.SEGMENT).decode(),
        "another purpose": sign(agent.recording.key, data, Namespace.LEAF).decode(),
        "another text": agent.recording.sign(data + b" ").decode(),
        "no signature": "",
    }
    for signature in lies.values():
        with refused("not-signed"):
            agent.post(lie(agent, data, signature=signature))
    assert agent.post(lie(agent, data)).index == 1


def test_a_leaf_is_the_statements_and_signed_by_the_session_key(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data, key = agent.recording.idle(), agent.recording.key
    lies = [
        leaf_entry(data, generate()),
        leaf_entry(data, key, h="0" * 64),
        leaf_entry(data, key, n=7),
        leaf_entry(data, key, k="segment"),
        leaf_entry(data, key, s="0" * 64),
        leaf_entry(data, key).replace(b"\n", b"\n\n", 1),
        b"",
        b"no leaf",
    ]
    for entry in lies:
        with refused("not-signed"):
            agent.post(lie(agent, data, leaf=entry))
    assert bench.evidence.log.size == 1


def test_only_what_the_technician_signs_is_countersigned(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.idle()
    with refused("malformed"):
        agent.post(lie(agent, data, technician=agent.recording.countersign(data)))


def test_a_countersignature_is_that_technicians(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.close()
    other = bench.office.holder(number="1002").sign(data, Namespace.SESSION)
    wrong = bench.technician.sign(b"another text", Namespace.SESSION)
    for signature in (other, wrong, "", bench.technician.sign(data, Namespace.CUSTODY)):
        with refused("not-signed"):
            agent.post(lie(agent, data, technician=signature))


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


def test_no_pictures_on_a_consent_that_is_not_countersigned(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    record = sealed("consent/000.json.age", b"record", "consent")
    agent.put(record.name, b"record")
    consent = agent.recording.consent(record)
    agent.post(lie(agent, consent))
    agent.recording.head, agent.recording.length = digest(consent), 2
    agent.segment()
    pictures = agent.segment_body("screen-0-0.m4s.age")
    with refused("not-signed"):
        agent.post(pictures)
    agent.post(lie(agent, consent, technician=agent.recording.countersign(consent)))
    agent.post(pictures)


# --- chain


def test_statements_come_in_order(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    recording = agent.recording
    lies = [
        recording.make(Idle, t1=0, seq=2),
        recording.make(Idle, t1=0, prev="0" * 64),
        recording.make(Idle, t1=0, prev=""),
        recording.open(),
    ]
    for data in lies:
        technician = recording.countersign(data) if b'"open"' in data else None
        with refused("out-of-order"):
            agent.post(lie(agent, data, technician=technician))


def test_a_session_begins_with_open(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    with refused("out-of-order"):
        agent.post(lie(agent, agent.recording.idle()))


def test_nothing_is_recorded_before_the_person_allowed_it(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    with refused("out-of-order"):
        agent.segment()


def test_a_refusal_allows_nothing(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    record = sealed("consent/000.json.age", b"record", "consent")
    agent.put(record.name, b"record")
    agent.post(agent.recording.commit(agent.recording.consent(record, "refused")))
    with refused("out-of-order"):
        agent.segment()


def test_nothing_comes_after_the_close(bench: Bench) -> None:
    agent = bench.agent()
    agent.whole()
    with refused("closed"):
        agent.post(agent.recording.commit(agent.recording.idle()))
    with refused("closed"):
        agent.put("seg/000009.events.jsonl.age", b"x")


def test_a_statement_belongs_to_the_session_of_the_request(bench: Bench) -> None:
    first, second = bench.agent(), bench.agent()
    first.begin()
    second.put_before_open()
    data = second.recording.open()
    commit = lie(second, data, technician=second.recording.countersign(data))
    with refused("malformed"):
        first.post(commit)
    idle = first.recording.make(Idle, t1=0, sid=second.sid)
    with refused("malformed"):
        first.post(lie(first, idle))


# --- objects


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


# --- quotas


def test_a_session_has_its_share_of_the_store(office: Office) -> None:
    bench = Bench(office, Limits(session_bytes=1000))
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
    agent.segment()
    with refused("quota"):
        agent.post(lie(agent, agent.recording.idle()))
    agent.close()
    bench.close()


def test_a_session_has_so_many_files(office: Office) -> None:
    bench = Bench(office, Limits(session_statements=2))
    agent = bench.agent()
    agent.begin()
    for number in range(4):
        agent.put(f"seg/{number:06}.events.jsonl.age", b"x")
    with refused("quota"):
        agent.put("seg/000009.events.jsonl.age", b"x")
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


# --- hostile bodies


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b'{"statement":1}',
        b'{"statement":"****","signature":"","technician":null,"leaf":""}',
        b'{"statement":"","signature":"","technician":null,"leaf":"","more":1}',
        b"\xff\xfe",
        body(b'{"v":1}', b"", None, b""),
        body(b"\xff", b"", None, b""),
    ],
)
def test_a_malformed_commit_is_refused(bench: Bench, hostile: bytes) -> None:
    agent = bench.agent()
    with refused("malformed"):
        agent.post(hostile)


def test_a_statement_has_one_encoding(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.idle().replace(b'"v":1', b'"v": 1')
    with refused("malformed"):
        agent.post(
            msgspec.json.encode(
                {
                    "statement": base64_text(data),
                    "signature": agent.recording.sign(data).decode(),
                    "technician": None,
                    "leaf": "",
                }
            )
        )
