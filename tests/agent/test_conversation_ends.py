"""The conversation about leave, as time, link and end act on it."""

import pytest

from agent.actions import Ask, Countersign, Finish, Hear, Inject, Pending, Record, Say, Withdraw
from agent.upkeep import reason_of
from agent.view import ANSWER_SECONDS, Asks
from session import messages
from session.consent import State
from session.errors import (
    IdentityRefused,
    IntroductionFailed,
    LimitExceeded,
    LinkLost,
    ProtocolViolation,
    RecorderFailed,
)
from session.messages import Capability, Hold, Reason
from tests.agent.test_conversation import BEGUN, LATER, C, V, conversation, kinds, number

# circumstances


def test_the_lease_ends_in_a_question_and_nothing_acts_meanwhile() -> None:
    talk = conversation(State.ACTIVE, V, C)
    assert talk.tick(1799.9) == []
    actions = talk.tick(1800.0)
    assert kinds(actions) == [Ask, messages.Asking]
    assert talk.pending
    assert talk.pending.asks is Asks.RENEW
    assert not any(talk.consent.may(capability, 1800.0) for capability in Capability)
    assert talk.tick(1800.1) == []
    talk.answer(number(talk), frozenset({V, C}), 10, 1810.0)
    assert talk.consent.may(C, 1810.0)
    assert talk.consent.lease_end == 2410.0


def test_a_tick_is_due_when_a_question_runs_out_or_the_lease_ends() -> None:
    talk = conversation(State.ACTIVE, V, C)
    assert not talk.due(1799.9)
    assert talk.due(1800.0)
    talk.tick(1800.0)
    assert talk.pending
    asking = conversation(State.ASKING)
    assert asking.pending
    assert not asking.due(asking.pending.deadline - 0.1)
    assert asking.due(asking.pending.deadline)


def test_a_lease_that_nobody_renews_is_the_end() -> None:
    talk = conversation(State.ACTIVE)
    talk.tick(1800.0)
    actions = talk.tick(1800.0 + ANSWER_SECONDS)
    assert actions[-1] == Finish(Reason.LEASE_ENDED)
    assert [action.event for action in actions if isinstance(action, Record)] == ["more-timed-out"]


def test_an_open_question_gives_way_to_the_end_of_the_lease() -> None:
    talk = conversation(State.ACTIVE)
    talk.take(messages.AskMore(C), 1790.0)
    actions = talk.tick(1800.0)
    assert kinds(actions) == [Withdraw, Record, messages.Answered, Ask, messages.Asking]
    assert isinstance(talk.pending, Pending)
    assert talk.pending.asks is Asks.RENEW


def test_a_lost_link_takes_a_question_back_and_holds() -> None:
    talk = conversation(State.ASKING_MORE)
    actions = talk.hold(Hold.LINK, LATER)
    assert kinds(actions) == [Withdraw, Record, messages.Answered]
    assert talk.consent.holds == {Hold.LINK}
    assert talk.hold(Hold.LINK, LATER) == []
    assert talk.tick(5000.0) == []
    assert talk.free(Hold.LINK) == []
    assert kinds(talk.tick(5000.0)) == [Ask, messages.Asking]


def test_the_person_can_pause_during_a_question() -> None:
    talk = conversation(State.ASKING_MORE)
    assert talk.hold(Hold.PERSON, LATER) == []
    assert talk.pending
    assert not talk.consent.may(V, LATER)


@pytest.mark.parametrize("state", [State.IDLE, State.OPENING, State.ASKING, State.ENDED])
def test_only_what_runs_can_be_held(state: State) -> None:
    talk = conversation(state)
    assert talk.hold(Hold.EVIDENCE, LATER) == []
    assert talk.free(Hold.EVIDENCE) == []
    assert not talk.consent.holds


@pytest.mark.parametrize("hold", Hold)
def test_what_is_freed_after_the_end_changes_nothing(hold: Hold) -> None:
    talk = conversation(State.ACTIVE)
    talk.hold(hold, 1.0)
    talk.end(Reason.STOPPED, 2.0)
    assert talk.free(hold) == []
    assert talk.tick(5000.0) == []
    assert talk.consent.state is State.ENDED


@pytest.mark.parametrize("state", [State.IDLE, *BEGUN])
@pytest.mark.parametrize("reason", Reason)
def test_the_end_comes_once_from_whatever_state(state: State, reason: Reason) -> None:
    talk = conversation(state)
    first = talk.end(reason, 1.0)
    assert talk.consent.state is State.ENDED
    assert [type(action) for action in first].count(Finish) == (state is not State.ENDED)
    assert talk.end(Reason.STOPPED, 1.0) == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LinkLost("gone"), Reason.LINK_LOST),
        (IntroductionFailed("somebody else"), Reason.LINK_LOST),
        (ProtocolViolation("no"), Reason.VIOLATION),
        (LimitExceeded("too much"), Reason.VIOLATION),
        (IdentityRefused("revoked"), Reason.VIOLATION),
        (RecorderFailed("full"), Reason.UNRECORDED),
        (RuntimeError("a mistake"), Reason.UNRECORDED),
    ],
)
def test_an_error_that_ends_a_session_has_a_reason(error: Exception, reason: Reason) -> None:
    assert reason_of(error) is reason


def test_actions_do_not_show_what_was_written() -> None:
    assert "canary" not in f"{Hear('canary')} {Countersign(0, b'canary')} {Inject(messages.Text('canary'))}"
    assert "canary" not in repr(Say(messages.Chat("canary")))
