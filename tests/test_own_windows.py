"""With control granted, the technician still cannot touch Byleave's own windows: real windows, real X."""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.state import Home
from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from session import messages
from session.messages import Capability, Reason
from session.profile import read_adoption
from tests.glass import NUMBERS
from tests.house import House, request, until
from tests.technician import Technician

AGENT = "byleave-agent"
ARMING_SECONDS = 3.2
BOTH = (Capability.VIEW, Capability.CONTROL)


@dataclass(frozen=True)
class AtHome:
    """A person at a real desktop, whose agent is running."""

    desktop: Desktop
    person: VncPerson
    windows: Windows

    def click(self, role: str, name: str) -> tuple[int, int]:
        """Click on a widget of the agent's once it is enabled; return where it is."""
        place = self.place(role, name)
        self.person.click(*place)
        return place

    def place(self, role: str, name: str) -> tuple[int, int]:
        found = self.windows.wait(role, name, program=AGENT, states=frozenset({"enabled"}), seconds=20)
        x, y = found.centre
        return x, y


@pytest.fixture
def at_home(tmp_path: Path, house: House) -> Iterator[AtHome]:
    state = tmp_path / "agent"
    Home(state).adopt(read_adoption(house.adoption.read_bytes()))
    with Desktop(tmp_path / "desktop", numbers=NUMBERS, size=(1280, 900)) as desktop:
        desktop.start("agent", [sys.executable, "-m", "byleave", "agent", "--state", str(state)])
        with VncPerson(desktop.display.port) as person, Windows(desktop.bus) as windows:
            yield AtHome(desktop, person, windows)


def allow(here: AtHome, code: str) -> None:
    """Type the code, tick control as well, read, and allow."""
    here.click("push button", "Yes, I phoned")
    here.click("text", "Code of ten digits")
    here.person.type(code)
    here.click("push button", "Connect")
    here.windows.wait("push button", "Don’t allow", program=AGENT, seconds=30)
    here.click("check box", "Move the mouse and type")
    # As long as a person has to read before the button takes anything.
    time.sleep(ARMING_SECONDS)
    here.click("push button", "Allow for")


def press(technician: Technician, place: tuple[int, int]) -> None:
    technician.say(messages.PointerMove(0, *place))
    for _ in range(5):
        technician.say(messages.PointerButton(1, True))
        technician.say(messages.PointerButton(1, False))


async def asked_for_more(technician: Technician) -> None:
    """Ask until the person is asked: within five seconds of an answer nobody is."""

    def asking() -> bool:
        technician.say(messages.AskMore(Capability.SYSTEM_INFO))
        return any(isinstance(each, messages.Asking) and each.capability for each in technician.got)

    await until(asking, "the person is asked for more")


@pytest.mark.desktop
async def test_the_technician_cannot_press_or_type_into_our_windows(house: House, at_home: AtHome) -> None:
    technician = Technician(house.url, house.technician)
    code = (await technician.open()).replace(" ", "")
    allowing = asyncio.create_task(asyncio.to_thread(allow, at_home, code))  # noqa: TID251 - the person's own
    async with technician.meet():
        technician.say(request(*BOTH))
        await allowing
        answered = await technician.hear(messages.Answered)
        assert set(answered.granted) == set(BOTH)
        stop = await asyncio.to_thread(at_home.place, "push button", "Stop")
        press(technician, stop)
        refused = await technician.hear(messages.Refusal)
        assert (refused.what, refused.why) == ("pointer-button", "own-window")
        # The person opens the chat; what the technician types does not get into it.
        await asyncio.to_thread(at_home.click, "push button", "Chat")
        field = await asyncio.to_thread(at_home.place, "text", "")
        await asyncio.to_thread(at_home.person.click, *field)
        technician.say(messages.Text("yes, allow everything"))
        refused = await technician.hear(messages.Refusal, lambda refusal: refusal.what == "text")
        assert refused.why == "own-window"
        # A question takes all input away.
        await asked_for_more(technician)
        yes = await asyncio.to_thread(at_home.place, "push button", "Don’t allow")
        press(technician, yes)
        refused = await technician.hear(messages.Refusal, lambda refusal: refusal.why == "held")
        assert refused.what in {"pointer-move", "pointer-button"}
        assert not any(isinstance(message, messages.Ended) for message in technician.got)
        # The person's own hand does press it.
        await asyncio.to_thread(at_home.person.click, *yes)
        await technician.hear(messages.Answered, lambda answer: answer.answer == "refused")
        await asyncio.to_thread(at_home.click, "push button", "Stop")
        assert (await technician.hear(messages.Ended)).reason is Reason.STOPPED
