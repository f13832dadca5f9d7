"""What happens to a recording after its end: an auditor says why, and it is logged."""

import time

import pytest

from relay.evidence import ACCESS_SECONDS
from session.keys import generate
from session.signatures import Namespace, open_container, sign
from session.statements import Erase, digest, parse, parse_entry
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
    return body(data, signature, None, entry or leaf_entry(data, auditor.key))


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
    evidence = bench.evidence
    opened = [evidence.has_accessed(agent.sid, f"auditor:{number}") for number in (2001, 2002, 2003)]
    assert opened == [True, True, False]


def test_an_access_is_the_auditors_own(bench: Bench, agent: Agent, auditor: Holder) -> None:
    other = bench.office.holder("auditor", "2002")
    data = agent.recording.access(auditor)
    lies = [
        signed(agent.recording.access(other), auditor),
        signed(data, other),
        signed(data, auditor, leaf_entry(data, other.key)),
        signed(data, auditor, leaf_entry(data, auditor.key, n=1)),
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


def test_the_log_names_no_auditor(bench: Bench, agent: Agent, auditor: Holder) -> None:
    data = agent.recording.access(auditor)
    by_name = leaf_entry(data, auditor.key, auditor.certificate.blob)
    with refused("not-signed"):
        agent.post_custody(auditor, signed(data, auditor, by_name))
    agent.post_custody(auditor, agent.recording.custody(data, auditor))
    log = bench.evidence.log
    leaf, _, signature = parse_entry(log.entries(log.size - 1, log.size)[0])
    assert leaf.k == "access"
    assert open_container(signature, Namespace.LEAF).signer == auditor.certificate.key.blob


def test_an_access_counts_for_a_day(bench: Bench, agent: Agent, auditor: Holder) -> None:
    now = time.time()
    agent.post_custody(auditor, agent.recording.custody(agent.recording.access(auditor), auditor))
    assert bench.evidence.has_accessed(agent.sid, "auditor:2001")
    bench.evidence._clock = lambda: now + ACCESS_SECONDS - 60
    assert bench.evidence.has_accessed(agent.sid, "auditor:2001")
    bench.evidence._clock = lambda: now + ACCESS_SECONDS + 60
    assert not bench.evidence.has_accessed(agent.sid, "auditor:2001")
    # One that is logged now but says that it was made then opens nothing either.
    late = agent.recording.access(auditor, t0=round(now * 1000))
    agent.post_custody(auditor, agent.recording.custody(late, auditor))
    assert not bench.evidence.has_accessed(agent.sid, "auditor:2001")


def test_a_clock_that_is_ahead_opens_no_longer(bench: Bench, agent: Agent, auditor: Holder) -> None:
    now = time.time()
    ahead = agent.recording.access(auditor, t0=round((now + 10 * ACCESS_SECONDS) * 1000))
    agent.post_custody(auditor, agent.recording.custody(ahead, auditor))
    bench.evidence._clock = lambda: now + ACCESS_SECONDS + 60
    assert not bench.evidence.has_accessed(agent.sid, "auditor:2001")


@pytest.mark.parametrize("reason", ["\r\x1b[8A\x1b[J  Verified", "a\nb", "a\x9b2Jb", "a\u2028b", "\x7f"])
def test_a_reason_commands_no_terminal(agent: Agent, auditor: Holder, reason: str) -> None:
    data = agent.recording.access(auditor, reason=reason)
    with refused("malformed"):
        agent.post_custody(auditor, signed(data, auditor))
    agent.post_custody(auditor, signed(agent.recording.access(auditor, reason="Größe: 漢字 🙂"), auditor))


def test_a_name_in_custody_commands_no_terminal(agent: Agent, auditor: Holder) -> None:
    data = agent.recording.access(auditor, by=f"{auditor.certificate.principal}\x1b[J")
    with refused("malformed"):
        agent.post_custody(auditor, signed(data, auditor))


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
