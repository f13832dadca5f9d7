"""The gate: allowed now, recorded, still allowed, and only then done."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from session import messages
from session.consent import NEEDS, Consent, State
from session.errors import EffectFailed, RecorderFailed
from session.messages import Capability, Hold
from tests.agent.acts import Noted
from tests.agent.guarded import CONTROLLING, LEASE_END, OWN, Guarded, allowing, guarded, hold_something, until
from tests.agent.recording import Recording, begin

INPUTS: list[messages.Input] = [
    messages.PointerMove(0, 10, 20),
    messages.PointerButton(1, True),
    messages.PointerButton(1, False),
    messages.Scroll(0, 3),
    messages.Key(0x61, True),
    messages.Key(0x61, False),
    messages.Text("é€"),
]
DONE = [
    [("move", 0, 10, 20)],
    [("button", 1, True)],
    [("button", 1, False)],
    [("scroll", 0, 3)],
    [("key", 0x61, True)],
    [("key", 0x61, False)],
    [("text", "é"), ("text", "€")],
]


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = begin(tmp_path)
    made.allow()
    return made


@pytest.fixture
def guard(recording: Recording) -> Iterator[Guarded]:
    with guarded(recording.recorder) as made:
        yield made


def tag(message: messages.Input) -> str:
    return str(message.__struct_config__.tag)


# allowed now?


SUBSETS = [
    frozenset(chosen)
    for size in range(5)
    for chosen in itertools.combinations(
        (Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO, Capability.TERMINAL), size
    )
] + [frozenset(Capability), frozenset(Capability) - {Capability.CONTROL}]
HOLDS = [frozenset[Hold](), *(frozenset({hold}) for hold in Hold), frozenset(Hold)]


def test_input_acts_in_exactly_one_corner_of_the_matrix(guard: Guarded) -> None:
    corners = itertools.product(State, SUBSETS, HOLDS, (0.0, LEASE_END - 1, LEASE_END, LEASE_END + 1))
    for state, granted, holds, now in corners:
        consent = Consent(state, granted=granted, lease_end=LEASE_END, holds=holds)
        both = {Capability.VIEW, Capability.CONTROL} <= granted
        leave = state is State.ACTIVE and both and not holds and now < LEASE_END
        guard.now = now
        guard.gate.set(consent)
        for message, done in zip(INPUTS, DONE, strict=True):
            guard.acts.clear()
            guard.refused.clear()
            guard.gate.take(message)
            if leave:
                guard.settle()
                assert guard.acts == done
                assert guard.refused == []
            else:
                why = "held" if both else "not-granted"
                assert guard.refused == [(tag(message), why)]
        guard.settle()
        assert guard.acts == (done if leave else [])
        guard.order.clear()


def test_nothing_acts_where_it_is_not_seen(guard: Guarded) -> None:
    guard.gate.set(allowing(Capability.CONTROL))
    guard.gate.take(INPUTS[0])
    guard.settle()
    assert (guard.acts, guard.refused) == ([], [("pointer-move", "not-granted")])


@pytest.mark.parametrize("capability", set(Capability) - set(NEEDS))
def test_each_capability_is_a_grant_of_its_own(guard: Guarded, capability: Capability) -> None:
    guard.gate.set(allowing(capability))
    assert [each for each in Capability if guard.gate.may(each)] == [capability]
    guard.gate.shut()
    assert not guard.gate.may(capability)


def test_nothing_is_allowed_at_first(guard: Guarded) -> None:
    assert not any(guard.gate.may(capability) for capability in Capability)
    guard.gate.take(INPUTS[0])
    guard.settle()
    assert (guard.acts, guard.order, guard.refused) == ([], [], [("pointer-move", "not-granted")])


def test_facts_are_told_only_with_leave(guard: Guarded) -> None:
    guard.gate.set(CONTROLLING)
    assert guard.gate.facts() is None
    guard.gate.set(allowing(Capability.SYSTEM_INFO))
    assert guard.gate.facts()
    guard.gate.shut()
    assert guard.gate.facts() is None


# recorded?


def test_every_input_is_recorded_before_it_acts(guard: Guarded, recording: Recording) -> None:
    guard.gate.set(CONTROLLING)
    kinds = ["pointer", "button", "button", "scroll", "key", "key", "text"]
    for message, kind, done in zip(INPUTS, kinds, DONE, strict=True):
        guard.order.clear()
        guard.gate.take(message)
        guard.settle()
        assert guard.order == [f"record {kind}", *(f"act {act[0]}" for act in done)]
    recording.recorder.cut()
    written = [{name: value for name, value in event.items() if name != "t"} for event in recording.events()]
    assert written == [
        {"e": "pointer", "monitor": 0, "x": 10, "y": 20},
        {"e": "button", "button": 1, "down": 1},
        {"e": "button", "button": 1, "down": 0},
        {"e": "scroll", "dx": 0, "dy": 3},
        {"e": "key", "keysym": 0x61, "down": 1},
        {"e": "key", "keysym": 0x61, "down": 0},
        {"e": "text", "text": "é€"},
    ]


def test_keystrokes_are_sealed_apart(guard: Guarded, recording: Recording) -> None:
    guard.gate.set(CONTROLLING)
    guard.gate.take(messages.Text("canary"))
    guard.gate.take(messages.Key(0x63, True))
    guard.settle()
    recording.recorder.cut()
    assert [sealed.key for sealed in recording.objects()] == ["sensitive"]


def test_what_cannot_be_recorded_does_not_happen(guard: Guarded, recording: Recording) -> None:
    guard.gate.set(CONTROLLING)
    recording.recorder.cut(last=True)
    for message in INPUTS:
        guard.gate.take(message)
    guard.settle()
    assert guard.acts == []
    assert guard.refused == [(tag(message), "not-recorded") for message in INPUTS]
    assert {type(error) for error in guard.failures} == {RecorderFailed}


def test_before_anything_is_allowed_nothing_can_be_recorded(tmp_path: Path) -> None:
    with guarded(begin(tmp_path).recorder) as guard:
        guard.gate.set(CONTROLLING)
        guard.gate.take(messages.Key(0x61, True))
        guard.settle()
        assert (guard.acts, guard.refused) == ([], [("key", "not-recorded")])


# still allowed?


@pytest.mark.parametrize(
    "narrower", [Consent(), allowing(Capability.VIEW), allowing(*Capability, holds=frozenset({Hold.PERSON}))]
)
def test_what_waits_does_not_act_after_leave_is_taken(guard: Guarded, narrower: Consent) -> None:
    guard.noted.pause = 0.001
    guard.gate.set(CONTROLLING)
    for _ in range(300):
        guard.gate.take(messages.PointerMove(0, 1, 1))
    until(lambda: bool(guard.acts), "the first act")
    guard.gate.set(narrower)
    done = len(guard.acts)
    guard.settle()
    assert len(guard.acts) == done < 300


def test_what_waits_does_not_act_after_the_lease(guard: Guarded) -> None:
    guard.noted.pause = 0.001
    guard.gate.set(CONTROLLING)
    for _ in range(300):
        guard.gate.take(messages.PointerMove(0, 1, 1))
    until(lambda: bool(guard.acts), "the first act")
    guard.now = LEASE_END
    done = len(guard.acts)
    guard.settle()
    assert len(guard.acts) <= done + 1 < 300


def test_a_long_text_is_cut_by_stop(guard: Guarded) -> None:
    guard.noted.pause = 0.002
    text = "0123456789" * 90
    guard.gate.set(CONTROLLING)
    guard.gate.take(messages.Text(text))
    until(lambda: len(guard.acts) >= 10, "ten characters")
    guard.gate.shut()
    typed = "".join(str(act[1]) for act in guard.acts)
    guard.settle()
    assert "".join(str(act[1]) for act in guard.acts) == typed == text[: len(typed)]
    assert len(typed) < 500


# own windows


@pytest.mark.parametrize("message", INPUTS, ids=tag)
def test_no_input_reaches_our_own_windows(guard: Guarded, message: messages.Input) -> None:
    guard.noted.pointer_on = guard.noted.focus_on = frozenset({7001})
    guard.gate.set(CONTROLLING)
    guard.gate.take(message)
    guard.settle()
    passes = isinstance(message, messages.PointerMove) or not getattr(message, "down", True)
    characters = len(message.text) if isinstance(message, messages.Text) else 1
    assert guard.refused == ([] if passes else [(tag(message), "own-window")] * characters)
    assert bool(guard.acts) == passes


def test_only_the_pointer_matters_to_buttons_and_only_the_focus_to_keys(guard: Guarded) -> None:
    guard.gate.set(CONTROLLING)
    guard.noted.focus_on = OWN
    for message in INPUTS[1:4]:
        guard.gate.take(message)
    guard.settle()
    assert len(guard.acts) == 3
    guard.noted.focus_on, guard.noted.pointer_on = frozenset(), OWN
    for message in INPUTS[4:]:
        guard.gate.take(message)
    guard.settle()
    assert len(guard.acts) == 7
    assert guard.refused == []


# a computer that does not obey


def test_an_act_that_fails_is_told_and_the_next_one_done(guard: Guarded) -> None:
    guard.noted.fails = frozenset({"button"})
    guard.gate.set(CONTROLLING)
    for message in INPUTS[:2]:
        guard.gate.take(message)
    guard.settle()
    assert guard.refused == [("pointer-button", "no-effect")]
    assert guard.acts == [("move", 0, 10, 20)]


def test_without_effects_everything_is_refused_in_words(recording: Recording) -> None:
    def opens() -> Noted:
        raise EffectFailed("no display")

    with guarded(recording.recorder, opens=opens) as guard:
        guard.gate.set(CONTROLLING)
        for message in INPUTS[:4]:
            guard.gate.take(message)
        guard.settle()
        assert guard.refused == [(tag(message), "no-effect") for message in INPUTS[:4]]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_gate_that_breaks_says_so_and_lets_go(guard: Guarded) -> None:
    hold_something(guard)
    trouble = RuntimeError("by the test")

    def breaks(act: tuple[object, ...]) -> None:
        raise trouble

    guard.noted.before = breaks
    guard.gate.take(messages.PointerMove(0, 1, 1))
    until(lambda: guard.noted.closed, "the effects to be closed")
    assert guard.failures == [trouble]
    assert not guard.noted.held


def test_more_than_can_wait_is_too_fast(recording: Recording) -> None:
    go_on = threading.Event()
    with guarded(recording.recorder, noted=Noted()) as guard:
        guard.gate.set(CONTROLLING)
        guard.noted.before = lambda act: go_on.wait(10) and None  # type: ignore[func-returns-value]
        for _ in range(1100):
            guard.gate.take(messages.PointerMove(0, 1, 1))
        assert ("pointer-move", "too-fast") in guard.refused
        assert 90 <= len(guard.refused) <= 100
        go_on.set()


def test_a_gate_that_never_started_closes(recording: Recording) -> None:
    guard = Guarded(recording.recorder)
    guard.gate.set(CONTROLLING)
    for _ in range(1100):
        guard.gate.take(messages.PointerMove(0, 1, 1))
    closing = threading.Thread(target=guard.gate.close)
    closing.start()
    closing.join(5)
    assert not closing.is_alive()


def test_what_was_done_is_counted(guard: Guarded) -> None:
    guard.gate.set(CONTROLLING)
    for message in INPUTS:
        guard.gate.take(message)
    guard.settle()
    assert (guard.gate.applied, guard.gate.clicks, guard.gate.keys) == (8, 1, 3)


# what the technician does not see


@pytest.mark.parametrize("message", INPUTS, ids=tag)
def test_nothing_acts_where_the_technician_sees_nothing(guard: Guarded, message: messages.Input) -> None:
    guard.noted.unseen = True
    guard.gate.set(CONTROLLING)
    guard.gate.take(message)
    guard.settle()
    passes = not getattr(message, "down", True)
    characters = len(message.text) if isinstance(message, messages.Text) else 1
    assert guard.refused == ([] if passes else [(tag(message), "not-watched")] * characters)
    assert bool(guard.acts) == passes
