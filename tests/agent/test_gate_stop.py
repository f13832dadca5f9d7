"""Stop means stop: when the gate is shut nothing acts, and nothing stays held."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

import pytest

from agent.gate import Gate
from agent.recorder import Recorder
from session import messages
from session.consent import Consent, State
from session.messages import Capability, Hold
from tests.agent.acts import Noted
from tests.agent.guarded import CONTROLLING, OWN, Guarded, allowing, guarded, hold_something, until
from tests.agent.recording import Recording, begin
from tests.agent.test_gate import INPUTS

BOTH = (Capability.VIEW, Capability.CONTROL)
STOP_SECONDS = 0.2
"""Stop ends all input within this."""


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = begin(tmp_path)
    made.allow()
    return made


@pytest.fixture
def guard(recording: Recording) -> Iterator[Guarded]:
    with guarded(recording.recorder) as made:
        yield made


# letting go


@pytest.mark.parametrize(
    "end",
    [
        lambda gate: gate.shut(),
        lambda gate: gate.close(),
        lambda gate: gate.set(Consent(State.ENDED)),
        lambda gate: gate.set(allowing(Capability.VIEW)),
        lambda gate: gate.set(allowing(*BOTH, holds=frozenset({Hold.LINK}))),
        lambda gate: gate.set(allowing(*BOTH, state=State.ASKING_MORE)),
        lambda gate: gate.take(messages.ReleaseAll()),
    ],
    ids=["stop", "close", "end", "revoke", "hold", "question", "release-all"],
)
def test_what_is_held_is_released(guard: Guarded, end: Callable[[Gate], None]) -> None:
    hold_something(guard)
    began = time.monotonic()
    end(guard.gate)
    until(lambda: not guard.noted.held, "everything to be released")
    assert time.monotonic() - began < STOP_SECONDS


def test_letting_go_needs_no_leave_and_no_record(guard: Guarded, recording: Recording) -> None:
    hold_something(guard)
    recording.recorder.cut(last=True)
    guard.gate.take(messages.ReleaseAll())
    until(lambda: not guard.noted.held, "everything to be released")
    assert guard.refused == []


def test_the_watchdog_hears_of_us_while_something_is_held(guard: Guarded) -> None:
    hold_something(guard)
    until(lambda: guard.noted.beats >= 3, "three beats")


def test_without_a_watchdog_nothing_stays_held(guard: Guarded) -> None:
    guard.noted.fails = frozenset({"beat"})
    hold_something(guard)
    until(lambda: not guard.noted.held, "everything to be released")
    guard.gate.take(messages.PointerMove(0, 1, 1))
    until(lambda: ("move", 0, 1, 1) in guard.acts, "the gate to go on")


# stop means stop


def flood(guard: Guarded, over: threading.Event, rate: float) -> None:
    """Hammer the gate with so many events a second until it is over."""
    kinds = itertools.cycle([*INPUTS, messages.Text("flood " * 20)])
    began, count = time.monotonic(), 0
    while not over.is_set():
        guard.gate.take(next(kinds))
        count += 1
        if (ahead := count / rate - (time.monotonic() - began)) > 0.002:
            time.sleep(ahead)


def stop_in_a_flood(recorder: Recorder) -> float:
    """Stop a gate under 5,000 events a second from four threads; return the seconds until all is still."""
    over = threading.Event()
    with guarded(recorder, noted=Noted(pause=0.0005)) as guard:
        hold_something(guard)
        threads = [threading.Thread(target=flood, args=(guard, over, 1250.0)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            until(lambda: len(guard.acts) > 20, "the flood")
            began = time.monotonic()
            guard.gate.shut()
            done = len(guard.acts)
            until(lambda: not guard.noted.held, "everything to be released")
            seconds = time.monotonic() - began
            # The flood goes on, and nothing comes of it any more.
            refused = len(guard.refused)
            until(lambda: len(guard.refused) > refused + 100, "the flood to go on")
            assert len(guard.acts) == done
        finally:
            over.set()
            for thread in threads:
                thread.join()
    return seconds


def test_stop_ends_everything_in_a_flood(recording: Recording) -> None:
    seconds = [stop_in_a_flood(recording.recorder) for _ in range(50)]
    assert max(seconds) < STOP_SECONDS


@pytest.mark.soak
def test_stop_ends_everything_a_thousand_times(tmp_path: Path) -> None:
    made = begin(tmp_path)
    made.allow()
    seconds = []
    for count in range(1000):
        seconds.append(stop_in_a_flood(made.recorder))
        if count % 50 == 0:
            made.recorder.cut()
    assert quantiles(seconds, n=100)[98] < STOP_SECONDS


def test_stop_does_not_wait_for_a_recorder_or_a_technician(guard: Guarded) -> None:
    hold_something(guard)
    stuck, done = threading.Event(), threading.Event()
    guard.gate._refuse = lambda what, why: (stuck.set(), done.wait(10))[1] and None  # type: ignore[func-returns-value]
    guard.gate.set(allowing(Capability.VIEW))
    thread = threading.Thread(target=guard.gate.take, args=(messages.Key(0x61, True),))
    thread.start()
    assert stuck.wait(5)
    began = time.monotonic()
    guard.gate.shut()
    assert time.monotonic() - began < STOP_SECONDS
    done.set()
    thread.join()


def test_after_stop_what_waits_asks_the_computer_nothing(guard: Guarded) -> None:
    asked: list[object] = []

    def slow() -> frozenset[int]:
        asked.append(threading.current_thread())
        time.sleep(0.001)
        return OWN

    guard.gate._own_windows = slow
    hold_something(guard)
    for _ in range(300):
        guard.gate.take(messages.Key(0x61, True))
    began = time.monotonic()
    guard.gate.shut()
    before = len(asked)
    until(lambda: not guard.noted.held, "everything to be released")
    assert time.monotonic() - began < STOP_SECONDS
    assert len(asked) <= before + 1


def test_after_stop_no_consent_opens_the_gate_again(guard: Guarded) -> None:
    guard.gate.set(CONTROLLING)
    guard.gate.shut()
    guard.gate.set(CONTROLLING)
    for message in INPUTS:
        guard.gate.take(message)
    guard.settle()
    assert guard.acts == []
