"""A technician's program floods the display with notices; the person's windows work all the same."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.agent.windows.theatre import NUMBERS, Attacker, Seen, Stage, await_armed
from tests.desktop import until

pytestmark = pytest.mark.desktop

LONG = 170.0
PATIENCE = 3.0


@contextmanager
def flooded(desktop: Desktop, kind: str, rate: int) -> Iterator[None]:
    """Flood the display from the moment that the flood is at its height."""
    name = f"flooder-{next(NUMBERS)}"
    command = [sys.executable, "-m", "tests.agent.windows.flooder", kind, str(rate)]
    process = desktop.start(name, command)
    try:
        log = desktop.folder / "logs" / f"{name}.log"
        until(lambda: "flooding" in log.read_text())
        yield
    finally:
        desktop.end(process)


@pytest.mark.parametrize("kind", ["moves", "stacks", "maps"])
@pytest.mark.parametrize("name", ["Stop", "Pause"])
def test_stop_and_pause_work_in_a_flood(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop, kind: str, name: str
) -> None:
    stage.show("session", 1500.0)
    until(lambda: stage.banner)
    button = seen.wait("push button", name).centre
    with flooded(desktop, kind, 3000):
        pressed = time.monotonic()
        person.move(*button)
        person.button(down=True)
        try:
            until(lambda: bool(stage.intents()), PATIENCE)
        except AssertionError:
            # Windows that stand still would not end either.
            stage.process.kill()
            raise
        took = time.monotonic() - pressed
        person.button(down=False)
        assert stage.intents() == [[name.lower()]]
        assert took < 1.0


def test_a_flash_is_noticed_in_a_flood(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop, attacker: Attacker
) -> None:
    stage.show("question", LONG)
    allow = seen.allow
    x, y = attacker.place(attacker.find("Request for remote help"))
    with flooded(desktop, "moves", 500):
        person.move(*allow.centre)
        await_armed(seen)
        attacker.remove(attacker.cover(x + 200, y + 200, 40, 40))
        person.click(*allow.centre)
        await_armed(seen)
        assert stage.intents() == []
        person.click(*allow.centre)
        assert stage.await_intent()[0] == "answer"
