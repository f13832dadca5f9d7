"""A technician's program floods the display with notices; the person's windows work all the same."""

import sys
import time
from collections.abc import Iterator

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.agent.windows.theatre import NUMBERS, Attacker, Seen, Stage, await_armed
from tests.desktop import until

pytestmark = pytest.mark.desktop

LONG = 170.0


@pytest.fixture
def flood(request: pytest.FixtureRequest, desktop: Desktop, stage: Stage) -> Iterator[None]:
    stage.show("session", 1500.0)
    until(lambda: stage.banner)
    command = [sys.executable, "-m", "tests.agent.windows.flooder", str(request.param)]
    name = f"flooder-{next(NUMBERS)}"
    process = desktop.start(name, command)
    try:
        log = desktop.folder / "logs" / f"{name}.log"
        until(lambda: "flooding" in log.read_text())
        yield
    finally:
        desktop.end(process)


@pytest.mark.usefixtures("flood")
@pytest.mark.parametrize("flood", ["moves", "stacks", "maps"], indirect=True)
@pytest.mark.parametrize("name", ["Stop", "Pause"])
def test_stop_and_pause_work_in_a_flood(stage: Stage, seen: Seen, person: VncPerson, name: str) -> None:
    button = seen.wait("push button", name).centre
    pressed = time.monotonic()
    person.move(*button)
    person.button(down=True)
    until(lambda: bool(stage.intents()), 10)
    took = time.monotonic() - pressed
    person.button(down=False)
    assert stage.intents() == [[name.lower()]]
    assert took < 1.0


@pytest.mark.usefixtures("flood")
@pytest.mark.parametrize("flood", ["moves"], indirect=True)
def test_a_flash_is_noticed_in_a_flood(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    stage.show("question", LONG)
    allow = seen.allow
    x, y = attacker.place(attacker.find("Request for remote help"))
    person.move(*allow.centre)
    await_armed(seen)
    attacker.remove(attacker.cover(x + 200, y + 200, 40, 40))
    person.click(*allow.centre)
    await_armed(seen)
    assert stage.intents() == []
    person.click(*allow.centre)
    assert stage.await_intent()[0] == "answer"
