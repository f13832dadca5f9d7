"""What happens to a recording after its end: an auditor says why, and it is logged."""

import pytest

from session.keys import generate
from session.signatures import Namespace, sign
from session.statements import Erase, digest, parse
from tests.relay.bench import Agent, Bench, refused
from tests.relay.office import Holder, Office
from tests.relay.recording import body, leaf_entry


@pytest.fixture
def agent(bench: Bench) -> Agent:
    made = bench.agent()
    made.whole()
    made.recording.length = 0
    return made


@pytest.fixture
def auditor(office: Office) -> Holder:
    return office.holder("auditor", "2001")


def signed(data: bytes, auditor: Holder, entry: bytes | None = None) -> bytes:
    signature = auditor.sign(data, Namespace.CUSTODY).encode()
    return body(data, signature, None, entry or leaf_entry(data, auditor.key, auditor.certificate.blob))


def test_an_access_is_logged_and_chained(bench: Bench, agent: Agent, auditor: Holder) -> None:
    close = agent.recording.head
    first = agent.recording.access(auditor)
    commit = agent.recording.custody(first, auditor)
    receipt = agent.post_custody(auditor, commit)
    assert agent.post_custody(auditor, commit) == receipt
    assert parse(first).prev == close
    other = bench.office.holder("auditor", "2002")
    second = agent.recording.access(other)
    agent.post_custody(other, agent.recording.custody(second, other))
    assert parse(second).prev == digest(first)
    index = bench.evidence.index
    assert index.has_accessed(agent.sid, "auditor:2001") and index.has_accessed(agent.sid, "auditor:2002")
    assert not index.has_accessed(agent.sid, "auditor:2003")


def test_an_access_is_the_auditors_own(bench: Bench, agent: Agent, auditor: Holder) -> None:
    other = bench.office.holder("auditor", "2002")
    data = agent.recording.access(auditor)
    lies = [
        signed(agent.recording.access(other), auditor),
        signed(data, other),
        signed(data, auditor, leaf_entry(data, other.key, other.certificate.blob)),
        signed(data, auditor, leaf_entry(data, auditor.key)),
        signed(data, auditor, leaf_entry(data, auditor.key, auditor.certificate.blob, n=1)),
        signed(data, auditor, b"\xff\n\xff"),
        body(data, b"", None, leaf_entry(data, auditor.key)),
        body(data, sign(generate(), data, Namespace.CUSTODY), None, leaf_entry(data, auditor.key)),
        body(data, agent.recording.sign(data, Namespace.CUSTODY), None, leaf_entry(data, auditor.key)),
    ]
    for lie in lies:
        with refused("not-signed"):
            agent.post_custody(auditor, lie)
    with refused("not-signed"):
        agent.post_custody(other, signed(data, auditor))


def test_technicians_have_no_custody(bench: Bench, agent: Agent) -> None:
    data = agent.recording.access(bench.technician)
    with refused("not-signed"):
        agent.post_custody(bench.technician, signed(data, bench.technician))


def test_custody_follows_its_chain(agent: Agent, auditor: Holder) -> None:
    recording = agent.recording
    for changes in ({"seq": 1}, {"prev": "0" * 64}, {"prev": ""}):
        with refused("out-of-order"):
            agent.post_custody(auditor, signed(recording.access(auditor, **changes), auditor))
    agent.post_custody(auditor, recording.custody(recording.access(auditor), auditor))
    again = recording.access(auditor, seq=0, prev=recording.head)
    with refused("differs"):
        agent.post_custody(auditor, signed(again, auditor))


def test_only_access_is_taken_from_auditors(agent: Agent, auditor: Holder) -> None:
    data = agent.recording.make(Erase, by="auditor:2001", reason="no reason")
    with refused("malformed"):
        agent.post_custody(auditor, signed(data, auditor))
    countersigned = agent.recording.access(auditor)
    commit = body(countersigned, b"", "a countersignature", b"")
    with refused("malformed"):
        agent.post_custody(auditor, commit)


def test_custody_begins_after_the_close(bench: Bench, auditor: Holder) -> None:
    agent = bench.agent()
    data = agent.recording.access(auditor)
    with refused("not-found"):
        agent.post_custody(auditor, signed(data, auditor))
    agent.begin()
    with refused("not-closed"):
        agent.post_custody(auditor, signed(agent.recording.access(auditor), auditor))


def test_custody_is_no_statement_of_the_session(bench: Bench, auditor: Holder) -> None:
    agent = bench.agent()
    agent.begin()
    data = agent.recording.access(auditor)
    with refused("out-of-order"):
        agent.post(body(data, agent.recording.sign(data), None, leaf_entry(data, agent.recording.key)))
