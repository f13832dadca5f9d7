"""What the console believes of the person's leave, and what it does not."""

import pytest

from session.errors import ProtocolViolation
from session.messages import (
    Answer,
    Answered,
    Asking,
    Capability,
    Chat,
    Ended,
    Facts,
    Hold,
    Reason,
    Refusal,
    Request,
    Standing,
    Status,
)
from technician_console.conversation import CHAT_KEPT, Conversation, Phase, Said

VIEW, CONTROL = Capability.VIEW, Capability.CONTROL


def talk(*said: Said, asked: tuple[Capability, ...] = (VIEW,)) -> Conversation:
    conversation = Conversation(Request("Printer does not print", asked))
    for message in said:
        conversation.take(message, 100.0, 0.0)
    return conversation


def allowed(*granted: Capability) -> tuple[Said, ...]:
    return Asking(), Answered(Answer.ALLOWED, None, granted or (VIEW,), 30)


def active(*granted: Capability) -> Conversation:
    return talk(*allowed(*granted), asked=granted or (VIEW,))


def test_leave_opens_the_session_until_its_end() -> None:
    conversation = active()
    assert (conversation.phase, conversation.granted) == (Phase.ACTIVE, {VIEW})
    assert conversation.lease_end == 100 + 30 * 60
    assert conversation.viewing
    assert not conversation.controlling


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.TIMED_OUT, Answer.WITHDRAWN])
def test_no_leave_grants_nothing(answer: Answer) -> None:
    conversation = talk(Asking(), Answered(answer))
    assert (conversation.phase, conversation.granted) == (Phase.DENIED, frozenset())
    assert conversation.reason == Reason(answer)


OUT_OF_PLACE: list[tuple[Said, ...]] = [
    (Answered(Answer.ALLOWED, None, (VIEW,), 30),),
    (Status(Standing.VIEWING, (VIEW,)),),
    (Asking(CONTROL),),
    (Asking(), Asking()),
    (Asking(), Answered(Answer.ALLOWED, None, (), 30)),
    (Asking(), Answered(Answer.ALLOWED, None, (VIEW, CONTROL), 30)),
    (Asking(), Answered(Answer.REFUSED, None, (VIEW,))),
    (Asking(), Answered(Answer.ALLOWED, VIEW, (VIEW,), 30)),
    (Asking(), Status(Standing.VIEWING, (VIEW,))),
    (Asking(), Facts((("os", "Debian"),))),
    (*allowed(), Facts((("os", "Debian"),))),
    (*allowed(), Status(Standing.CONTROLLING, (VIEW, CONTROL))),
    (*allowed(), Asking(CONTROL)),
    (*allowed(), Answered(Answer.ALLOWED, CONTROL, (VIEW, CONTROL))),
    (Asking(), Answered(Answer.REFUSED), Answered(Answer.ALLOWED, None, (VIEW,), 30)),
]


@pytest.mark.parametrize("said", OUT_OF_PLACE, ids=repr)
def test_what_no_honest_agent_says_is_refused(said: tuple[Said, ...]) -> None:
    conversation = talk(*said[:-1])
    with pytest.raises(ProtocolViolation):
        conversation.take(said[-1], 100.0, 0.0)
    assert conversation.granted <= {VIEW}


def test_a_picture_before_leave_is_a_fault() -> None:
    with pytest.raises(ProtocolViolation):
        talk(Asking()).picture()
    active().picture()


def test_a_picture_that_was_under_way_when_view_was_taken_back_is_not() -> None:
    conversation = active()
    conversation.take(Status(Standing.VIEWING, ()), 100.0, 0.0)
    conversation.picture()
    assert not conversation.viewing


def test_control_needs_a_grant_no_hold_and_no_open_question() -> None:
    conversation = active(VIEW, CONTROL)
    assert conversation.controlling
    conversation.take(Status(Standing.PAUSED, (VIEW, CONTROL), (Hold.PERSON,), 60), 100.0, 0.0)
    assert not conversation.controlling
    conversation.take(Status(Standing.CONTROLLING, (VIEW, CONTROL), (), 60), 100.0, 0.0)
    assert conversation.ask(Capability.SYSTEM_INFO)
    assert not conversation.controlling


def test_asking_for_more_and_the_answers() -> None:
    conversation = active()
    assert conversation.ask(CONTROL)
    assert not conversation.ask(Capability.SYSTEM_INFO)
    conversation.take(Asking(CONTROL), 100.0, 0.0)
    assert conversation.pending == {CONTROL}
    conversation.take(Answered(Answer.REFUSED, CONTROL, (VIEW,), 30), 100.0, 0.0)
    assert (conversation.pending, conversation.answers) == (frozenset(), {CONTROL: Answer.REFUSED})
    assert conversation.ask(CONTROL)
    conversation.take(Answered(Answer.ALLOWED, CONTROL, (VIEW, CONTROL), 30), 100.0, 0.0)
    assert conversation.controlling
    assert not conversation.answers


def test_a_question_that_was_not_put_is_not_pending() -> None:
    conversation = active()
    conversation.ask(CONTROL)
    conversation.take(Refusal("ask-more", "busy"), 100.0, 0.0)
    assert not conversation.pending
    assert conversation.notice == (1, Refusal("ask-more", "busy"))
    conversation.ask(CONTROL)
    conversation.interrupted()
    assert not conversation.pending


def test_the_lease_is_renewed() -> None:
    conversation = active()
    conversation.take(Status(Standing.PAUSED, (VIEW,), (Hold.LEASE,), 0), 100.0, 0.0)
    conversation.take(Asking(), 100.0, 0.0)
    conversation.take(Answered(Answer.ALLOWED, None, (VIEW,), 10), 110.0, 0.0)
    assert conversation.lease_end == 110 + 600


def test_after_the_end_nothing_counts() -> None:
    conversation = active(VIEW, CONTROL)
    conversation.take(Ended(Reason.STOPPED), 100.0, 0.0)
    conversation.take(Status(Standing.CONTROLLING, (VIEW, CONTROL), (), 60), 100.0, 0.0)
    assert (conversation.phase, conversation.reason) == (Phase.ENDED, Reason.STOPPED)
    assert not conversation.granted
    assert not conversation.controlling


def test_old_chat_is_forgotten() -> None:
    conversation = active()
    for number in range(CHAT_KEPT + 1):
        conversation.take(Chat(str(number)), 100.0, 0.0)
    assert len(conversation.chat) == CHAT_KEPT
    assert conversation.chat[-1].text == str(CHAT_KEPT)
