"""A technician with a valid certificate and no scruples: nothing acts without the person's word.

Every message type, in every state, shuffled with what the person and the
circumstances do; the seed is printed, and `--seed` has the run again.
"""

import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from agent.recorder import Recorder
from session import messages
from session.consent import State
from session.messages import Answer, Capability, Hold
from tests.agent.hostile import PersonsEnd
from tests.agent.recording import Recording, begin

RUNS = 1000
STEPS = 45
ASKABLE = tuple(Capability)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return begin(tmp_path)


def fresh(recording: Recording) -> Recorder:
    """A recorder of its own for each run; no run cuts, so the disk never learns of it."""
    return Recorder(recording.spool, recording.journal, recording.recorder._recipients)


def some(dice: random.Random) -> frozenset[Capability]:
    return frozenset(each for each in ASKABLE if dice.random() < 0.5) or frozenset({Capability.VIEW})


def messages_of(dice: random.Random) -> list[messages.FromTechnician]:
    """One of each message that a technician can send, with whatever is in it."""
    one = dice.choice(ASKABLE)
    down, small, large = dice.random() < 0.7, dice.randrange(1, 9), dice.randrange(0, 16383)
    return [
        messages.Request("something else", tuple(some(dice)), minutes=dice.randrange(10, 121)),
        messages.AskMore(one),
        messages.GiveBack(one),
        messages.PointerMove(0, large, large),
        messages.PointerButton(small, down),
        messages.Scroll(small, -small),
        messages.Key(1 + large, down),
        messages.Text("x" * small),
        messages.ReleaseAll(),
        messages.FactsWanted(),
        messages.Countersigned(small, bytes(large % 100)),
        messages.Leave(),
        messages.Chat("look"),
        messages.Ping(large),
        messages.Pong(large),
    ]


def hostile(dice: random.Random) -> messages.FromTechnician:
    """Any of them; the two that end most sessions are rarer."""
    weights = {messages.Request: 1, messages.Leave: 1}
    every = messages_of(dice)
    return dice.choices(every, [weights.get(type(message), 8) for message in every])[0]


def lead(end: PersonsEnd, state: State, dice: random.Random) -> None:
    """Lead a session to a state as honest ends would."""
    if state is State.IDLE:
        return
    end.receive(messages.Request("look at the printer", ASKABLE))
    if state is State.OPENING:
        return
    end.opened()
    if state is State.ASKING:
        return
    granted = dice.choice([{Capability.VIEW}, {Capability.VIEW, Capability.CONTROL}])
    end.allow(frozenset(granted), dice.choice((10, 30, 60, 120)))
    if state is State.ASKING_MORE:
        end.pass_time(6.0)
        end.receive(messages.AskMore(Capability.SYSTEM_INFO))
    if state is State.ENDED:
        end.stop()


def circumstance(dice: random.Random, end: PersonsEnd) -> Callable[[], None]:
    """Something that the person, the log, the link or the clock does."""
    some_hold = dice.choice([Hold.PERSON, Hold.EVIDENCE, Hold.LINK])
    makes: list[Callable[[], None]] = [
        end.opened,
        lambda: end.allow(some(dice) | {Capability.VIEW}, dice.choice((10, 30, 60, 120))),
        lambda: end.deny(dice.choice((Answer.REFUSED, Answer.TIMED_OUT))),
        lambda: end.withdraw(dice.choice(ASKABLE)),
        lambda: end.hold(some_hold),
        lambda: end.free(some_hold),
        lambda: end.pass_time(dice.choice((0.1, 6.0, 30.0, 700.0))),
        end.stop,
    ]
    return dice.choices(makes, [20, 40, 3, 3, 5, 20, 10, 1])[0]


def run(number: int, dice: random.Random, recorder: Recorder) -> tuple[State, type, bool]:
    """Run one session; return the state and the message of its first attack, and whether any input acted."""
    end = PersonsEnd(recorder)
    try:
        lead(end, list(State)[number % len(State)], dice)
        every = messages_of(dice)
        first = every[number // len(State) % len(every)]
        state = end.talk.consent.state
        end.receive(first)
        for _ in range(STEPS):
            if dice.random() < 0.6:
                end.receive(hostile(dice))
            else:
                circumstance(dice, end)()
            wrong = end.judge()
            assert not wrong, wrong
    finally:
        end.guard.gate.close()
    assert not end.guard.noted.held
    return state, type(first), bool(end.guard.acts)


def test_a_hostile_technician_gets_nothing_without_leave(dice: random.Random, recording: Recording) -> None:
    runs = [run(number, dice, fresh(recording)) for number in range(RUNS)]
    # This proves something only if every message was tried in every state, and some input acted.
    kinds = {type(message) for message in messages_of(dice)}
    assert kinds == set(get_args(messages.FromTechnician))
    assert {(state, kind) for state, kind, _ in runs} == {(state, kind) for state in State for kind in kinds}
    assert sum(acted for _, _, acted in runs) > RUNS / 20


@pytest.mark.parametrize("state", [State.IDLE, State.OPENING, State.ASKING])
def test_before_the_person_answers_nothing_acts(
    dice: random.Random, recording: Recording, state: State
) -> None:
    for _ in range(30):
        end = PersonsEnd(fresh(recording))
        lead(end, state, dice)
        assert end.talk.consent.state is state
        for _ in range(40):
            end.receive(hostile(dice))
            assert not end.judge()
        end.guard.gate.close()
        assert end.guard.acts == []
        assert end.guard.order == []
        assert not end.talk.consent.granted


def test_view_alone_lets_no_input_through(dice: random.Random, recording: Recording) -> None:
    end = PersonsEnd(fresh(recording))
    lead(end, State.ASKING, dice)
    end.allow(frozenset({Capability.VIEW}), 30)
    while len(end.guard.refused) < 300 and not end.book.over:
        message = hostile(dice)
        if isinstance(message, messages.Input):
            end.receive(message)
    end.guard.settle()
    end.guard.gate.close()
    assert end.guard.acts == []
    assert {why for _, why in end.guard.refused} == {"not-granted"}
