"""Consent: every pair of state and event, and the laws on top of the table."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from session import consent
from session.consent import INPUT, TRANSITIONS, Consent, Event, State, after
from session.errors import ProtocolViolation
from session.messages import Answer, Capability, Hold, Reason, Standing

V, C = Capability.VIEW, Capability.CONTROL
NOW, LEASE_END = 1000.0, 1600.0

EVENTS: list[Event] = [
    consent.Requested(frozenset({V})),
    consent.Opened(),
    consent.Allowed(frozenset({V}), LEASE_END),
    consent.Denied(Answer.REFUSED),
    consent.MoreRequested(C),
    consent.LeaseEnded(),
    consent.MoreAllowed(),
    consent.Renewed(LEASE_END),
    consent.MoreDenied(Answer.REFUSED),
    consent.Revoked(V),
    consent.Held(Hold.PERSON),
    consent.Freed(Hold.PERSON),
    consent.Ended(Reason.STOPPED),
]


def somewhere(state: State) -> Consent:
    """A consent in a state in which every event that is allowed there carries."""
    return Consent(state, asked=frozenset({V, C}), granted=frozenset({V}), holds=frozenset({Hold.LEASE}))


def test_there_is_an_event_of_each_kind() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_pair_is_in_the_table_or_refused(state: State, event: Event) -> None:
    if (state, type(event)) in TRANSITIONS:
        assert after(somewhere(state), event).state is TRANSITIONS[state, type(event)]
    else:
        with pytest.raises(ProtocolViolation):
            after(somewhere(state), event)


def test_nothing_leads_out_of_the_end() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] is State.ENDED]


def test_every_state_can_be_reached_and_can_end() -> None:
    assert {State.IDLE, *TRANSITIONS.values()} == set(State)
    live = set(State) - {State.ENDED}
    assert {state for state, event in TRANSITIONS if event is consent.Ended} == live


def test_a_second_grant_is_refused() -> None:
    active = after(somewhere(State.ASKING), consent.Allowed(frozenset({V}), LEASE_END))
    with pytest.raises(ProtocolViolation):
        after(active, consent.Allowed(frozenset({V, C}), LEASE_END))
    with pytest.raises(ProtocolViolation):
        after(active, consent.MoreAllowed())


@pytest.mark.parametrize(
    "granted",
    [frozenset(), frozenset({V, C, Capability.TERMINAL}), frozenset({Capability.TERMINAL}), frozenset({C})],
)
def test_an_answer_grants_something_and_nothing_that_was_not_asked(granted: frozenset[Capability]) -> None:
    with pytest.raises(ProtocolViolation):
        after(somewhere(State.ASKING), consent.Allowed(granted, LEASE_END))


def test_more_cannot_be_allowed_after_the_question_was_withdrawn() -> None:
    asking = Consent(State.ASKING_MORE, asked=frozenset({C}), granted=frozenset({V}), lease_end=LEASE_END)
    with pytest.raises(ProtocolViolation):
        after(after(asking, consent.Revoked(C)), consent.MoreAllowed())


def test_what_is_granted_is_not_asked_for_again() -> None:
    with pytest.raises(ProtocolViolation):
        after(replace(somewhere(State.ACTIVE), granted=frozenset({V, C})), consent.MoreRequested(C))


def test_who_controls_sees() -> None:
    with pytest.raises(ProtocolViolation):
        after(Consent(), consent.Requested(frozenset({C, Capability.SYSTEM_INFO})))
    active = Consent(State.ACTIVE, granted=frozenset({Capability.SYSTEM_INFO}), lease_end=LEASE_END)
    with pytest.raises(ProtocolViolation):
        after(active, consent.MoreRequested(C))
    # Whatever brought this about, it does nothing.
    assert not replace(active, granted=frozenset({C})).may(C, NOW)
    assert replace(active, granted=frozenset({V, C})).may(C, NOW)


def test_what_takes_seeing_takes_control_along() -> None:
    active = Consent(State.ACTIVE, granted=frozenset({V, C, Capability.SYSTEM_INFO}), lease_end=LEASE_END)
    assert after(active, consent.Revoked(V)).granted == {Capability.SYSTEM_INFO}
    assert after(active, consent.Revoked(C)).granted == {V, Capability.SYSTEM_INFO}
    asking = Consent(State.ASKING_MORE, asked=frozenset({C}), granted=frozenset({V}), lease_end=LEASE_END)
    with pytest.raises(ProtocolViolation):
        after(after(asking, consent.Revoked(V)), consent.MoreAllowed())


def test_a_lease_is_renewed_only_after_its_end() -> None:
    with pytest.raises(ProtocolViolation):
        after(replace(somewhere(State.ASKING_MORE), holds=frozenset()), consent.Renewed(LEASE_END))


def test_a_lease_that_ended_holds_until_it_is_renewed() -> None:
    active = Consent(State.ACTIVE, granted=frozenset({V}), lease_end=LEASE_END)
    ended = after(active, consent.LeaseEnded())
    assert not ended.may(V, NOW)
    assert after(ended, consent.Renewed(LEASE_END + 60)).may(V, LEASE_END)


@pytest.mark.parametrize("capability", Capability)
def test_input_waits_while_a_question_is_open_and_pictures_do_not(capability: Capability) -> None:
    everything = frozenset(Capability)
    active = Consent(State.ACTIVE, granted=everything, lease_end=LEASE_END)
    asking = Consent(State.ASKING_MORE, asked=frozenset(), granted=everything, lease_end=LEASE_END)
    assert active.may(capability, NOW)
    assert asking.may(capability, NOW) == (capability not in INPUT)
    assert {C, Capability.CLIPBOARD_IN, Capability.FILES_IN, Capability.TERMINAL} == INPUT


@pytest.mark.parametrize("hold", Hold)
def test_any_one_hold_holds_everything(hold: Hold) -> None:
    active = Consent(State.ACTIVE, granted=frozenset(Capability), lease_end=LEASE_END)
    held = after(active, consent.Held(hold))
    assert not any(held.may(capability, NOW) for capability in Capability)
    assert held.standing() is Standing.PAUSED
    assert after(held, consent.Freed(hold)) == active


def test_a_lease_ends_to_the_moment() -> None:
    active = Consent(State.ACTIVE, granted=frozenset({V}), lease_end=LEASE_END)
    assert active.may(V, LEASE_END - 0.001)
    assert not active.may(V, LEASE_END)


@pytest.mark.parametrize(
    ("state", "granted", "standing"),
    [
        (State.IDLE, set(), Standing.WAITING),
        (State.OPENING, set(), Standing.WAITING),
        (State.ASKING, set(), Standing.ASKING),
        (State.ACTIVE, {V}, Standing.VIEWING),
        (State.ACTIVE, {V, C}, Standing.CONTROLLING),
        (State.ASKING_MORE, {V}, Standing.VIEWING),
        (State.ASKING_MORE, {V, C}, Standing.CONTROLLING),
        (State.ENDED, {V}, Standing.ENDED),
    ],
)
def test_the_words_of_the_banner(state: State, granted: set[Capability], standing: Standing) -> None:
    assert Consent(state, granted=frozenset(granted)).standing() is standing


SOME = st.frozensets(st.sampled_from(Capability), min_size=1)


class Laws(RuleBasedStateMachine):
    """The laws of the file, held against any order of events by a book of its own.

    The book knows nothing of states: it notes what the person said yes to, and what
    was taken back, and whether anything stands in the way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.consent = Consent()
        self.questions: frozenset[Capability] = frozenset()
        self.yes: frozenset[Capability] = frozenset()
        self.until = 0.0
        self.holds: frozenset[Hold] = frozenset()
        self.open_question = False
        self.over = False

    def take(self, event: Event) -> bool:
        """Let it happen; tell whether it was allowed to."""
        before = self.consent
        try:
            self.consent = after(before, event)
        except ProtocolViolation:
            assert self.consent == before
            return False
        assert not self.over, "something happened after the end"
        return True

    @initialize(asked=SOME, opened=st.booleans())
    def begin(self, asked: frozenset[Capability], opened: bool) -> None:
        if opened:
            self.requested(asked)
            self.opened()

    @rule(asked=SOME)
    def requested(self, asked: frozenset[Capability]) -> None:
        if self.take(consent.Requested(asked)):
            self.questions = asked

    @rule()
    def opened(self) -> None:
        self.take(consent.Opened())

    @rule(granted=st.frozensets(st.sampled_from(Capability)), length=st.floats(1, 100))
    def allowed(self, granted: frozenset[Capability], length: float) -> None:
        if self.take(consent.Allowed(granted, self.now + length)):
            assert granted
            assert granted <= self.questions, "granted more than was asked"
            assert not self.yes, "a second first answer"
            self.yes, self.until, self.questions = granted, self.now + length, frozenset()

    @rule(answer=st.sampled_from([Answer.REFUSED, Answer.TIMED_OUT, Answer.WITHDRAWN]))
    def denied(self, answer: Answer) -> None:
        if self.take(consent.Denied(answer)):
            self.over, self.yes = True, frozenset()

    @precondition(lambda self: self.consent.state in {State.ACTIVE, State.ASKING_MORE})
    @rule(capability=st.sampled_from(Capability))
    def more(self, capability: Capability) -> None:
        if self.take(consent.MoreRequested(capability)):
            self.questions, self.open_question = frozenset({capability}), True

    @rule()
    def more_allowed(self) -> None:
        if self.take(consent.MoreAllowed()):
            assert len(self.questions) == 1, "granted what was not asked"
            self.yes, self.questions, self.open_question = self.yes | self.questions, frozenset(), False

    @rule()
    def more_denied(self) -> None:
        if self.take(consent.MoreDenied(Answer.REFUSED)):
            self.questions, self.open_question = frozenset(), False

    @precondition(lambda self: self.consent.state in {State.ACTIVE, State.ASKING_MORE})
    @rule()
    def lease_ended(self) -> None:
        if self.take(consent.LeaseEnded()):
            self.questions, self.open_question = frozenset(), True
            self.holds |= {Hold.LEASE}

    @rule(length=st.floats(1, 100))
    def renewed(self, length: float) -> None:
        if self.take(consent.Renewed(self.now + length)):
            assert Hold.LEASE in self.holds
            self.until, self.open_question = self.now + length, False
            self.holds -= {Hold.LEASE}

    @rule(capability=st.sampled_from(Capability))
    def revoked(self, capability: Capability) -> None:
        if self.take(consent.Revoked(capability)):
            gone = {V, C} if capability is V else {capability}
            self.yes, self.questions = self.yes - gone, self.questions - gone

    @rule(hold=st.sampled_from(Hold))
    def held(self, hold: Hold) -> None:
        if self.take(consent.Held(hold)):
            self.holds |= {hold}

    @rule(hold=st.sampled_from(Hold))
    def freed(self, hold: Hold) -> None:
        if self.take(consent.Freed(hold)):
            self.holds -= {hold}

    @rule(seconds=st.floats(0, 60))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.consent.state is not State.IDLE)
    @rule(reason=st.sampled_from(Reason))
    def ended(self, reason: Reason) -> None:
        if self.take(consent.Ended(reason)):
            self.over, self.yes = True, frozenset()

    @invariant()
    def what_may_happen_is_what_the_book_says(self) -> None:
        free = not self.over and not self.holds and self.now < self.until
        for capability in Capability:
            waits = capability in INPUT and self.open_question
            assert self.consent.may(capability, self.now) == (free and capability in self.yes and not waits)

    @invariant()
    def who_controls_sees(self) -> None:
        assert C not in self.consent.granted or V in self.consent.granted

    @invariant()
    def the_end_is_final(self) -> None:
        assert (self.consent.state is State.ENDED) == self.over
        if self.over:
            assert not self.consent.granted
            assert self.consent.reason is not None


Laws.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestLaws = Laws.TestCase
