"""The conversation about leave: what each message and each answer leads to, in every state."""

from collections.abc import Callable
from typing import get_args

import pytest

from agent.actions import (
    Action,
    Ask,
    Countersign,
    Finish,
    Hear,
    Inject,
    Open,
    Record,
    Say,
    TellFacts,
    Withdraw,
)
from agent.conversation import CHAT_BURST, CHAT_SECONDS, PAUSE_BETWEEN_QUESTIONS, SUPPORTED, Conversation
from agent.view import ANSWER_SECONDS
from session import messages
from session.consent import State
from session.errors import (
    ProtocolViolation,
)
from session.messages import Answer, Capability, Hold, Message, Reason

V, C, F = Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO
REQUEST = messages.Request("look at the printer", (V, C), minutes=30)
LATER = 100.0

EXAMPLES: list[messages.FromTechnician] = [
    REQUEST,
    messages.AskMore(F),
    messages.GiveBack(V),
    messages.PointerMove(0, 1, 2),
    messages.PointerButton(1, True),
    messages.Scroll(0, 1),
    messages.Key(0x61, True),
    messages.Text("text"),
    messages.ReleaseAll(),
    messages.FactsWanted(),
    messages.Countersigned(0, b"signature"),
    messages.Leave(),
    messages.Chat("hello"),
    messages.Ping(7),
    messages.Pong(7),
]
BEGUN = [State.OPENING, State.ASKING, State.ACTIVE, State.ASKING_MORE, State.ENDED]


def conversation(state: State, *granted: Capability, now: float = 0.0) -> Conversation:
    """A conversation that has come as far as a state, by the ways that lead there."""
    talk = Conversation()
    if state is State.IDLE:
        return talk
    talk.take(REQUEST, now)
    if state is State.OPENING:
        return talk
    talk.opened(now)
    if state is State.ASKING:
        return talk
    talk.answer(number(talk), frozenset(granted or {V}), 30, now)
    if state is State.ASKING_MORE:
        talk.take(messages.AskMore(F), now + PAUSE_BETWEEN_QUESTIONS)
    if state is State.ENDED:
        talk.end(Reason.STOPPED, now)
    assert talk.consent.state is state
    return talk


def number(talk: Conversation) -> int:
    assert talk.pending
    return talk.pending.number


def kinds(actions: list[Action]) -> list[type]:
    return [type(action.message) if isinstance(action, Say) else type(action) for action in actions]


def said(actions: list[Action]) -> list[Message]:
    return [action.message for action in actions if isinstance(action, Say)]


def tag(message: Message) -> str:
    return str(message.__struct_config__.tag)


def test_there_is_an_example_of_every_message() -> None:
    assert {type(message) for message in EXAMPLES} == set(get_args(messages.FromTechnician))


# the technician: every message in every state


@pytest.mark.parametrize("message", EXAMPLES[1:], ids=tag)
def test_only_a_request_begins(message: messages.FromTechnician) -> None:
    talk = Conversation()
    with pytest.raises(ProtocolViolation):
        talk.take(message, 0.0)
    assert talk.consent.state is State.IDLE


@pytest.mark.parametrize("state", BEGUN)
def test_a_second_request_is_a_violation(state: State) -> None:
    talk = conversation(state)
    before = talk.consent
    with pytest.raises(ProtocolViolation):
        talk.take(REQUEST, LATER)
    assert talk.consent == before


REFUSED = {
    State.OPENING: {"ask-more": "busy", "facts-wanted": "not-granted", "chat": "not-recorded"},
    State.ASKING: {"ask-more": "busy", "facts-wanted": "not-granted", "chat": "not-recorded"},
    State.ACTIVE: {"facts-wanted": "not-granted"},
    State.ASKING_MORE: {"ask-more": "busy", "facts-wanted": "not-granted"},
    State.ENDED: {"ask-more": "busy", "facts-wanted": "not-granted", "chat": "not-recorded"},
}
DONE: dict[tuple[State, str], list[type]] = {
    (State.ACTIVE, "ask-more"): [Ask, messages.Asking],
    (State.ACTIVE, "give-back"): [Record, Finish],
    # Who gives the last grant back also takes the open question along.
    (State.ASKING_MORE, "give-back"): [Record, Withdraw, Record, Finish],
    (State.OPENING, "leave"): [Finish],
    (State.ASKING, "leave"): [Withdraw, Record, messages.Answered, Finish],
    (State.ACTIVE, "leave"): [Finish],
    (State.ASKING_MORE, "leave"): [Withdraw, Record, Finish],
    (State.ACTIVE, "chat"): [Hear],
    (State.ASKING_MORE, "chat"): [Hear],
    **{(state, "countersigned"): [Countersign] for state in BEGUN},
    **{(state, "ping"): [messages.Pong] for state in BEGUN},
}


@pytest.mark.parametrize("state", BEGUN)
@pytest.mark.parametrize("message", EXAMPLES[1:], ids=tag)
def test_every_message_in_every_state(state: State, message: messages.FromTechnician) -> None:
    talk = conversation(state)
    actions = talk.take(message, LATER)
    if tag(message) in REFUSED[state]:
        assert said(actions) == [messages.Refusal(tag(message), REFUSED[state][tag(message)])]
        assert len(actions) == 1
        assert talk.consent.state is state
    elif isinstance(message, messages.Input):
        assert actions == [Inject(message)]
    else:
        assert kinds(actions) == DONE.get((state, tag(message)), [])


def test_facts_are_told_with_leave_and_not_while_held() -> None:
    talk = Conversation()
    talk.take(messages.Request("facts", (F,)), 0.0)
    talk.opened(0.0)
    talk.answer(number(talk), frozenset({F}), 10, 0.0)
    assert kinds(talk.take(messages.FactsWanted(), 1.0)) == [TellFacts]
    talk.hold(Hold.PERSON, 1.0)
    assert said(talk.take(messages.FactsWanted(), 1.0)) == [messages.Refusal("facts-wanted", "held")]


@pytest.mark.parametrize("capability", sorted(set(Capability) - SUPPORTED))
def test_what_this_agent_cannot_do_is_never_asked(capability: Capability) -> None:
    with pytest.raises(ProtocolViolation):
        Conversation().take(messages.Request("more", (capability,)), 0.0)
    talk = Conversation()
    assert talk.take(messages.Request("more", (capability, V)), 0.0) == [Open()]
    assert talk.consent.asked == {V}
    active = conversation(State.ACTIVE)
    assert said(active.take(messages.AskMore(capability), LATER)) == [
        messages.Refusal("ask-more", "no-effect")
    ]


def test_questions_do_not_come_one_upon_another() -> None:
    talk = conversation(State.ACTIVE)
    busy = [messages.Refusal("ask-more", "busy")]
    assert said(talk.take(messages.AskMore(C), PAUSE_BETWEEN_QUESTIONS - 0.01)) == busy
    assert kinds(talk.take(messages.AskMore(C), PAUSE_BETWEEN_QUESTIONS)) == [Ask, messages.Asking]
    talk.deny(number(talk), Answer.REFUSED, 20.0)
    assert said(talk.take(messages.AskMore(C), 20.1)) == busy


def test_lines_of_chat_do_not_come_without_end() -> None:
    talk = conversation(State.ACTIVE)
    line = messages.Chat("hello")
    too_fast = [messages.Refusal("chat", "too-fast")]
    assert [kinds(talk.take(line, LATER)) for _ in range(CHAT_BURST)] == [[Hear]] * CHAT_BURST
    assert said(talk.take(line, LATER)) == too_fast
    heard = [kinds(talk.take(line, LATER + tenth / 10)) for tenth in range(1, 51)]
    assert heard.count([Hear]) == 5 / CHAT_SECONDS
    later = LATER + 5 + 100 * CHAT_BURST
    assert [kinds(talk.take(line, later)) for _ in range(CHAT_BURST)] == [[Hear]] * CHAT_BURST
    assert said(talk.take(line, later)) == too_fast
    # Other messages go on.
    assert kinds(talk.take(messages.Ping(7), later)) == [messages.Pong]


def test_what_is_granted_already_is_answered_at_once_and_not_asked() -> None:
    talk = conversation(State.ACTIVE)
    assert said(talk.take(messages.AskMore(V), LATER)) == [messages.Answered(Answer.ALLOWED, V, (V,), 30)]
    assert talk.pending is None


def test_control_is_not_asked_without_view() -> None:
    with pytest.raises(ProtocolViolation):
        Conversation().take(messages.Request("look at the printer", (C, F)), 0.0)
    talk = Conversation()
    talk.take(messages.Request("look at the printer", (F,)), 0.0)
    talk.opened(0.0)
    talk.answer(number(talk), frozenset({F}), 10, 0.0)
    assert said(talk.take(messages.AskMore(C), LATER)) == [messages.Refusal("ask-more", "not-granted")]
    assert talk.pending is None


def test_nothing_is_asked_while_the_session_is_held() -> None:
    talk = conversation(State.ACTIVE)
    talk.hold(Hold.EVIDENCE, 1.0)
    assert said(talk.take(messages.AskMore(C), LATER)) == [messages.Refusal("ask-more", "held")]


def test_a_question_is_withdrawn_by_giving_it_back() -> None:
    talk = conversation(State.ASKING_MORE)
    actions = talk.take(messages.GiveBack(F), LATER)
    assert kinds(actions) == [Withdraw, Record, messages.Answered]
    assert [action.event for action in actions if isinstance(action, Record)] == ["more-withdrawn"]
    assert talk.consent.state is State.ACTIVE


# the person


def test_the_person_may_allow_less_and_never_more() -> None:
    talk = conversation(State.ASKING)
    actions = talk.answer(number(talk), frozenset({V, Capability.TERMINAL}), 10, 5.0)
    assert kinds(actions) == [Withdraw, Record, messages.Answered]
    assert said(actions) == [messages.Answered(Answer.ALLOWED, None, (V,), 10)]
    assert talk.consent.granted == {V}
    assert talk.consent.lease_end == 5.0 + 600


def test_control_alone_is_nothing_that_an_answer_can_grant() -> None:
    talk = conversation(State.ASKING)
    assert Finish(Reason.REFUSED) in talk.answer(number(talk), frozenset({C}), 10, 5.0)


def test_an_answer_that_grants_nothing_is_a_refusal() -> None:
    talk = conversation(State.ASKING)
    actions = talk.answer(number(talk), frozenset({Capability.TERMINAL}), 10, 5.0)
    assert Finish(Reason.REFUSED) in actions
    assert talk.consent.state is State.ENDED


@pytest.mark.parametrize("state", [State.ASKING, State.ASKING_MORE])
def test_an_answer_to_another_question_counts_for_nothing(state: State) -> None:
    talk = conversation(state)
    before = talk.consent
    for wrong in (number(talk) - 1, number(talk) + 1, 0, -1):
        assert talk.answer(wrong, frozenset(Capability), 30, 1.0) == []
        assert talk.deny(wrong, Answer.REFUSED, 1.0) == []
    assert talk.deny(number(talk), Answer.ALLOWED, 1.0) == []
    assert talk.consent == before


def test_an_answer_after_the_time_is_over_counts_for_nothing() -> None:
    talk = conversation(State.ASKING)
    assert talk.answer(number(talk), frozenset({V}), 30, ANSWER_SECONDS + 1) == []
    assert talk.consent.state is State.ASKING


def test_no_question_has_the_number_of_another() -> None:
    talk = conversation(State.ACTIVE)
    seen = {0, 1}
    for at in range(5):
        talk.take(messages.AskMore(C), 100.0 + 10 * at)
        assert number(talk) not in seen
        seen.add(number(talk))
        talk.deny(number(talk), Answer.REFUSED, 100.0 + 10 * at)


Answering = Callable[[Conversation], list[Action]]
ENDS: dict[str, tuple[Answering, str, Reason]] = {
    "refused": (lambda talk: talk.deny(number(talk), Answer.REFUSED, 1.0), "refused", Reason.REFUSED),
    "timed-out": (lambda talk: talk.tick(ANSWER_SECONDS), "timed-out", Reason.TIMED_OUT),
    "withdrawn": (lambda talk: talk.take(messages.Leave(), 1.0), "withdrawn", Reason.WITHDRAWN),
    "stopped": (lambda talk: talk.end(Reason.STOPPED, 1.0), "refused", Reason.REFUSED),
    "link-lost": (lambda talk: talk.end(Reason.LINK_LOST, 1.0), "withdrawn", Reason.LINK_LOST),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_first_question_that_is_not_allowed_is_evidence_and_the_end(how: str) -> None:
    act, event, reason = ENDS[how]
    talk = conversation(State.ASKING)
    actions = act(talk)
    (record,) = [action for action in actions if isinstance(action, Record)]
    assert (record.event, record.asked, record.granted) == (event, {V, C}, frozenset())
    assert actions[-1] == Finish(reason)
    assert talk.consent.state is State.ENDED
    assert talk.pending is None


def test_a_later_question_that_is_not_allowed_leaves_what_was_granted() -> None:
    for answer in (Answer.REFUSED, Answer.TIMED_OUT, Answer.WITHDRAWN):
        talk = conversation(State.ASKING_MORE)
        actions = talk.deny(number(talk), answer, LATER)
        assert said(actions) == [messages.Answered(answer, F, (V,), 30)]
        assert talk.consent.granted == {V}
        assert talk.consent.state is State.ACTIVE


def test_more_is_allowed_one_by_one() -> None:
    talk = conversation(State.ASKING_MORE)
    actions = talk.answer(number(talk), frozenset(Capability), 30, 20.0)
    assert said(actions) == [messages.Answered(Answer.ALLOWED, F, (F, V), 30)]
    assert talk.consent.granted == {V, F}
    assert talk.consent.lease_end == 1800.0


def test_taking_seeing_back_takes_control_along() -> None:
    talk = Conversation()
    talk.take(messages.Request("look at the printer", (V, C, F)), 0.0)
    talk.opened(0.0)
    talk.answer(number(talk), frozenset({V, C, F}), 10, 0.0)
    (record,) = talk.withdraw(V, 1.0)
    assert isinstance(record, Record)
    assert (record.event, record.asked, record.granted) == ("revoked", {V, C}, {F})
    assert talk.consent.granted == {F}


def test_taking_seeing_back_withdraws_the_question_for_control() -> None:
    talk = conversation(State.ACTIVE, V)
    talk.take(messages.AskMore(C), LATER)
    asked = number(talk)
    actions = talk.withdraw(V, LATER)
    assert kinds(actions) == [Withdraw, Record, messages.Answered, Record, Finish]
    records = [(each.event, each.asked) for each in actions if isinstance(each, Record)]
    assert records == [("more-withdrawn", {C}), ("revoked", {V})]
    assert talk.answer(asked, frozenset({C}), 30, LATER) == []


def test_taking_the_last_thing_back_ends_the_session() -> None:
    talk = conversation(State.ACTIVE, V, C)
    (record,) = talk.withdraw(C, 1.0)
    assert isinstance(record, Record)
    assert (record.event, record.granted) == ("revoked", {V})
    assert talk.withdraw(C, 1.0) == []
    assert kinds(talk.withdraw(V, 1.0)) == [Record, Finish]
