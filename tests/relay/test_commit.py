"""What a commit must be: signatures, countersignatures, order and encoding, one lie each."""

import msgspec
import pytest

from relay.failures import StorageFailed
from session.keys import PublicKey, generate
from session.signatures import Namespace, sign
from session.statements import ATTACHED_LIMIT, Idle
from tests.relay.bench import Agent, Bench, lie, refused
from tests.relay.recording import base64_text, body, leaf_entry, sealed


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


def test_a_session_is_named_after_its_key(bench: Bench) -> None:
    agent = bench.agent()
    agent.put_before_open()
    other = PublicKey.of(generate()).text
    for key in (other, "ssh-ed25519 AAAA", agent.recording.public.text + " comment"):
        data = agent.recording.open(public_key=key)
        with refused("not-signed"):
            agent.post(lie(agent, data, technician=agent.recording.countersign(data)))


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


def test_small_objects_come_along_with_their_statement(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    contents = {"events": b"events\n\n", "sensitive": b"sensitive"}
    records = [sealed(f"seg/000002.{name}.jsonl.age", data) for name, data in contents.items()]
    commit = agent.recording.commit(agent.recording.segment(*records))
    before = counted(bench, agent)
    for _ in range(2):
        # An answer may be lost, and everything come again.
        assert agent.post(commit + b"\n" + b"".join(contents.values())).index == 2
    for record, data in zip(records, contents.values(), strict=True):
        assert bench.evidence.store.read(agent.sid, record.name) == data
    assert counted(bench, agent) - before == sum(map(len, contents.values()))


def counted(bench: Bench, agent: Agent) -> int:
    """Return how many bytes count towards the session's quota."""
    found = bench.evidence.index.token(agent.token)
    assert found is not None
    return found.size


@pytest.mark.parametrize("attached", [b"event", b"events and more", b"EVENTS"])
def test_what_comes_along_is_what_the_statement_names(bench: Bench, attached: bytes) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    data = agent.recording.segment(sealed("seg/000002.events.jsonl.age", b"events"))
    with refused("malformed"):
        agent.post(agent.recording.commit(data) + b"\n" + attached)
    assert bench.evidence.log.size == 2
    assert bench.evidence.store.read(agent.sid, "seg/000002.events.jsonl.age") is None


def test_what_comes_along_is_small(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    content = bytes(ATTACHED_LIMIT + 1)
    data = agent.recording.segment(sealed("seg/000002.events.jsonl.age", content))
    with refused("too-large"):
        agent.post(agent.recording.commit(data) + b"\n" + content)


def test_nothing_comes_along_with_what_is_not_signed(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    record = sealed("seg/000002.events.jsonl.age", b"events")
    unsigned = lie(agent, agent.recording.segment(record), signature="")
    with refused("not-signed"):
        agent.post(unsigned + b"\n" + b"events")
    assert bench.evidence.store.read(agent.sid, record.name) is None


def test_nothing_comes_along_with_what_names_no_objects(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    with refused("malformed"):
        agent.post(agent.recording.commit(agent.recording.idle()) + b"\n" + b"x")


def test_nothing_comes_along_twice(bench: Bench) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    records = [sealed("seg/000002.events.jsonl.age", data) for data in (b"one", b"two")]
    with refused("malformed"):
        agent.post(agent.recording.commit(agent.recording.segment(*records)) + b"\n" + b"onetwo")
    assert bench.evidence.store.read(agent.sid, records[0].name) is None


def test_what_came_along_is_there_before_its_statement_and_counts_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = bench.agent()
    agent.begin()
    agent.allow()
    record = sealed("seg/000002.events.jsonl.age", b"events")
    commit = agent.recording.commit(agent.recording.segment(record)) + b"\n" + b"events"
    before = counted(bench, agent)

    def fail(sid: str, *_: object) -> None:
        assert bench.evidence.store.holds(sid, record)
        raise StorageFailed("the disk is gone in between")

    with monkeypatch.context() as patched, pytest.raises(StorageFailed):
        patched.setattr(bench.evidence.store, "write_statement", fail)
        agent.post(commit)
    assert bench.evidence.log.size == 2
    bench.reopen()
    assert agent.post(commit).index == 2
    assert counted(bench, agent) - before == len(b"events")
