"""What widens counts once it is signed for, in order; what narrows counts at once."""

from dataclasses import replace

from agent.actions import Action, Finish
from agent.countersigned import Countersigned
from session.consent import Consent, State
from session.messages import Capability, Reason

VIEW = Consent(state=State.ACTIVE, granted=frozenset({Capability.VIEW}), lease_end=100.0)
BOTH = replace(VIEW, granted=frozenset({Capability.VIEW, Capability.CONTROL}))
THEN: list[Action] = [Finish(Reason.LEFT)]


def test_nothing_counts_before_the_signature() -> None:
    leave = Countersigned()
    leave.expect(1, VIEW, [])
    assert leave.counting(VIEW).granted == frozenset()
    assert not leave.counting(VIEW).may(Capability.VIEW, 50.0)


def test_what_was_signed_counts_and_what_waited_follows() -> None:
    leave = Countersigned()
    leave.expect(1, VIEW, THEN)
    assert leave.signed(1) == THEN
    assert leave.counting(VIEW) == VIEW


def test_a_later_leave_waits_for_the_earlier_one() -> None:
    leave = Countersigned()
    leave.expect(1, VIEW, THEN)
    leave.expect(5, BOTH, [])
    assert leave.signed(5) == []
    assert leave.counting(BOTH).granted == frozenset()
    assert leave.signed(1) == THEN
    assert leave.counting(BOTH) == BOTH


def test_a_narrower_leave_counts_at_once() -> None:
    leave = Countersigned()
    leave.expect(1, BOTH, [])
    leave.signed(1)
    assert leave.counting(replace(BOTH, granted=VIEW.granted)).granted == VIEW.granted
    assert leave.counting(Consent(state=State.ENDED)).granted == frozenset()


def test_more_time_counts_once_it_is_signed_for() -> None:
    leave = Countersigned()
    leave.expect(1, VIEW, [])
    leave.signed(1)
    longer = replace(VIEW, lease_end=900.0)
    leave.expect(7, longer, [])
    assert leave.counting(longer).lease_end == 100.0
    leave.signed(7)
    assert leave.counting(longer).lease_end == 900.0


def test_a_signature_that_nobody_waits_for_changes_nothing() -> None:
    assert Countersigned().signed(3) == []
