"""Promise 5 from the console's side: it leaves a session that is not being recorded."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from session import keys, messages
from session.ledger import Tree
from session.messages import Capability, Hold, Reason, Request, StatementLogged, StatementMade
from session.signatures import Namespace, bare, sign
from session.statements import Idle
from technician_console.view import Live, Over
from tests.technician_console.person_end import PersonEnd
from tests.technician_console.stage import Stage, stage
from tests.technician_console.streams import Stream, plain

BOTH = Request("Printer does not print", (Capability.VIEW, Capability.CONTROL))


async def live(both: Stage, *granted: Capability) -> Live:
    await both.join()
    await both.person.allow(*granted)
    return await both.surface.wait(Live, lambda page: page.recorded)


async def left_because(both: Stage, reason: str) -> Over:
    """See the console leave, for this reason, and say so."""
    await both.person.heard(messages.Leave)
    both.person.leave()
    assert (await both.over()).reason == reason
    return await both.surface.wait(Over)


async def test_silence_freezes_and_then_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path, request=BOTH) as both:
        await live(both, Capability.VIEW, Capability.CONTROL)
        both.clock.ahead += 15
        frozen = await both.surface.wait(Live, lambda page: Hold.EVIDENCE in page.holds)
        assert not frozen.controlling
        assert not frozen.recorded
        both.clock.ahead += 20
        page = await left_because(both, "unrecorded")
        assert page.title == "Ended: it could not be recorded"


async def test_a_recording_that_catches_up_thaws_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.clock.ahead += 15
        await both.surface.wait(Live, lambda page: Hold.EVIDENCE in page.holds)
        await both.person.state(both.person.idling())
        await both.surface.wait(Live, lambda page: page.recorded)


async def test_a_log_that_does_not_answer_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.relay.silent = True
        both.relay.asked.clear()
        await both.person.state(both.person.idling())
        # The statement's own time begins when it is heard of.
        await both.person.until(lambda: bool(both.relay.asked))
        both.clock.ahead += 31
        await left_because(both, "unrecorded")


async def test_no_input_leaves_while_the_session_is_frozen(tmp_path: Path) -> None:
    async with stage(tmp_path, request=BOTH) as both:
        await live(both, Capability.VIEW, Capability.CONTROL)
        session = both.client.session
        session.hands.key(0x61, True)
        await both.person.heard(messages.Key)
        both.clock.ahead += 15
        await both.person.heard(messages.ReleaseAll)
        session.hands.key(0x62, True)
        session.hands.move(0, 1, 1)
        session.chat("still there?")
        await both.person.heard(messages.Chat)
        assert [message for message in both.person.got if isinstance(message, messages.Input)] == [
            messages.Key(0x61, True),
            messages.ReleaseAll(),
        ]


async def test_no_picture_is_shown_before_the_log_holds_open(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.heard(messages.Request)
        opening = both.person.opening()
        await both.person.state(opening, logged=False)
        both.person.say(messages.Asking())
        await both.person.state(both.person.consenting())
        both.person.say(messages.Answered(messages.Answer.ALLOWED, None, (Capability.VIEW,), 30))
        both.person.status(Capability.VIEW)
        assert Hold.EVIDENCE in (await both.surface.wait(Live)).holds
        both.person.show(Stream(64, 64, first=7).frame(plain(64, 64)))
        # Done with, so that the sender does not wait, but not decoded.
        assert await both.person.heard(messages.FrameAck) == messages.FrameAck(7)
        both.person.log(opening)
        await both.person.heard(messages.KeyFrameWanted)
        await both.end(Reason.STOPPED)
        assert (await both.over()).frames_decoded == 0


# lies about the log


def false_proof(receipt: dict[str, object]) -> None:
    assert isinstance(receipt["proof"], list)
    receipt["proof"] = ["7" * 64 for _ in receipt["proof"]]


def proof_of_another_leaf(receipt: dict[str, object]) -> None:
    receipt["index"] = 0


def checkpoint_without_the_logs_signature(receipt: dict[str, object]) -> None:
    lines = str(receipt["checkpoint"]).split("\n")
    receipt["checkpoint"] = "\n".join([*lines[:-2], lines[-2][:-8] + "AAAAAAA=", ""])


@pytest.mark.parametrize("lie", [false_proof, proof_of_another_leaf, checkpoint_without_the_logs_signature])
async def test_a_false_proof_ends_the_session(
    tmp_path: Path, lie: Callable[[dict[str, object]], None]
) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.relay.lie = lie
        await both.person.state(both.person.idling())
        await left_because(both, "ledger")


async def test_a_leaf_that_the_log_does_not_have_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        made = both.person.idling()
        both.person.say(made)
        both.person.say(StatementLogged(made.seq, 50))
        await left_because(both, "ledger")


async def test_the_leaf_of_something_else_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        made = both.person.idling()
        both.person.say(made)
        both.person.say(StatementLogged(made.seq, both.relay.append(b"something else")))
        await left_because(both, "ledger")


async def test_a_log_with_two_histories_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.relay.tree = Tree()
        for number in range(5):
            both.relay.append(f"another history {number}".encode())
        await both.person.state(both.person.idling())
        await left_because(both, "ledger")


# lies of the agent


def unsigned(person: PersonEnd) -> StatementMade:
    return msgspec.structs.replace(person.idling(), signature=bytes(64))


def signed_by_another(person: PersonEnd) -> StatementMade:
    made = person.idling()
    other = sign(keys.generate(), made.statement, Namespace.SEGMENT)
    return msgspec.structs.replace(made, signature=bare(other, Namespace.SEGMENT))


def broken_chain(person: PersonEnd) -> StatementMade:
    return person.statement(Idle, t1=1, prev="7" * 64)


def of_another_session(person: PersonEnd) -> StatementMade:
    return person.statement(Idle, t1=1, sid="7" * 64)


@pytest.mark.parametrize("lie", [unsigned, signed_by_another, broken_chain, of_another_session])
async def test_a_false_statement_ends_the_session(
    tmp_path: Path, lie: Callable[[PersonEnd], StatementMade]
) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.person.say(lie(both.person))
        page = await left_because(both, "evidence")
        assert page.title == "Ended: the recording could not be confirmed"


async def test_nothing_is_countersigned_once_the_evidence_is_false(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        made = both.person.idling()
        both.person.say(made)
        both.person.say(StatementLogged(made.seq, 50))
        await both.person.heard(messages.Leave)
        both.person.say(both.person.closing("left"))
        both.person.say(messages.Ended(Reason.LEFT))
        assert (await both.over()).statements == 4
        assert sorted(both.person.countersigned) == [0, 1]


async def test_open_for_another_certificate_is_not_countersigned(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.heard(messages.Request)
        both.person.say(both.person.opening(certificate="7" * 64))
        await left_because(both, "evidence")
        assert not both.person.countersigned


async def test_a_close_that_saw_another_history_is_not_countersigned(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        true, both.relay.tree = both.relay.tree, Tree()
        for number in range(2):
            both.relay.append(f"another history {number}".encode())
        other, both.relay.tree = both.relay.note().decode(), true
        both.person.say(both.person.closing("stopped", other))
        await left_because(both, "ledger")
        assert 2 not in both.person.countersigned
