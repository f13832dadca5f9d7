"""A gate with a real recorder in front and effects that note behind."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.capture.watching import Watching
from agent.effects import Effects
from agent.gate import Gate
from agent.recorder import Recorder
from session import messages
from session.consent import Consent, State
from session.messages import Capability, Hold
from tests.agent.acts import Noted

OWN = frozenset({7001, 7002})
LEASE_END = 1000.0


@dataclass
class Watched:
    """A real recorder that tells what it took, and when."""

    recorder: Recorder
    told: Callable[[str], None]

    def event(self, kind: str, *, sensitive: bool = False, **fields: object) -> None:
        self.recorder.event(kind, sensitive=sensitive, **fields)
        self.told(kind)


@dataclass
class Guarded:
    """A gate and everything around it.

    Attributes:
        order: what was recorded and what was done, in the order in which it happened.
        refused: what had no effect, and why.
        failures: what could not be recorded.
        now: the clock.
    """

    recorder: Recorder
    noted: Noted = field(default_factory=Noted)
    order: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    now: float = 0.0
    own: Callable[[], frozenset[int]] = lambda: OWN
    opens: Callable[[], Effects] | None = None

    def __post_init__(self) -> None:
        self.noted.before = lambda act: self.order.append(f"act {act[0]}")
        self.gate = Gate(
            Watched(self.recorder, lambda kind: self.order.append(f"record {kind}")),
            self.own,
            lambda: self.now,
            lambda what, why: self.refused.append((what, why)),
            self.failures.append,
            Watching(),
            (lambda watching: self.opens()) if self.opens else (lambda watching: self.noted),
        )

    @property
    def acts(self) -> list[tuple[object, ...]]:
        return self.noted.acts

    def settle(self) -> None:
        """Let go of everything, and wait until all that was handed to the gate is done."""
        self.gate.take(messages.ReleaseAll())
        # What the gate's thread takes last is the letting go, so all before it is done by then.
        until(self.gate._inputs.empty, "the gate to settle")


def until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.00005)


@contextmanager
def guarded(recorder: Recorder, **settings: object) -> Iterator[Guarded]:
    """Start a gate, and end it."""
    made = Guarded(recorder, **settings)  # type: ignore[arg-type]  # settings by name
    made.gate.start()
    try:
        yield made
    finally:
        made.gate.close()


def allowing(
    *granted: Capability, state: State = State.ACTIVE, holds: frozenset[Hold] = frozenset()
) -> Consent:
    """A consent with these grants."""
    return Consent(state, granted=frozenset(granted), lease_end=LEASE_END, holds=holds)


CONTROLLING = allowing(Capability.VIEW, Capability.CONTROL)


def hold_something(guard: Guarded) -> None:
    guard.gate.set(CONTROLLING)
    guard.gate.take(messages.Key(0xFFE3, True))
    guard.gate.take(messages.PointerButton(1, True))
    until(lambda: len(guard.noted.held) == 2, "two things to be held")
