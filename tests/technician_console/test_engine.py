"""The whole program without its window, against a real relay and a real agent."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from agent.view import Question, Summary, Welcome
from byleave.demo.display import free_port
from session import keys
from session.messages import Capability, Hold
from technician_console import config, history, organisation
from technician_console.desk import Desk
from technician_console.engine import Engine
from technician_console.state_folder import StateFolder
from technician_console.surface import Surface
from technician_console.view import Code, Live, NewSession, Over, SignIn, Stage, ViewState
from tests.person import Person
from tests.relay.office import Office
from tests.relay.process import RelayProcess

V = TypeVar("V")
DEADLINE = 20.0


class Window(Surface):
    """Stands where the window stands: sees every state, in the order in which they were shown."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[ViewState] = []
        self.closed = False

    def show(self, state: ViewState) -> None:
        self.states.append(state)
        super().show(state)

    def close(self) -> None:
        self.closed = True
        super().close()

    def wait(self, kind: type[V], condition: Callable[[V], bool] = lambda state: True) -> V:
        deadline = time.monotonic() + DEADLINE
        while True:
            newest = self.states[-1] if self.states else None
            if isinstance(newest, kind) and condition(newest):
                return newest
            assert time.monotonic() < deadline, f"no {kind.__name__}, but {newest}"
            time.sleep(0.01)


@dataclass
class House:
    """An organisation with its relay, a technician's folder, and a console that has just begun."""

    office: Office
    relay: RelayProcess
    adoption: Path
    key: Path
    state: StateFolder
    window: Window
    engine: Engine

    def sign_in(self, passphrase: str = "") -> NewSession:
        self.engine.sign_in(str(self.key), passphrase, f"{self.key}-cert.pub")
        return self.window.wait(NewSession)

    def ask(self, *capabilities: Capability) -> str:
        """Open a room and return the code."""
        self.engine.start("Printer does not print", "T-1042", capabilities or (Capability.SYSTEM_INFO,), 10)
        return self.window.wait(Code, lambda page: page.stage is Stage.WAITING).grouped


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    port = free_port()
    office = Office(tmp_path / "office", relay=f"http://127.0.0.1:{port}")
    adoption = office.layout.adoption("Example Support")
    technician = office.holder()
    key = tmp_path / "technician" / "id_ed25519"
    key.parent.mkdir()
    key.write_bytes(keys.export_private(technician.key))
    Path(f"{key}-cert.pub").write_text(f"{technician.certificate.text}\n")
    settings = config.load(tmp_path / "console", key=key, profile=adoption)
    state, window = StateFolder(settings.state), Window()
    works_for = organisation.pinned(state, settings.profile)
    engine = Engine(lambda: Desk(settings, state, works_for, window), window)
    with RelayProcess(office.relay, port=port) as relay:
        engine.begin()
        yield House(office, relay, adoption, key, state, window, engine)
        engine.quit()
        engine.join()
    assert window.closed


@pytest.fixture
def person(house: House, tmp_path: Path) -> Iterator[Person]:
    with Person(tmp_path / "agent", house.adoption) as person:
        yield person


def begin(house: House, person: Person) -> Live:
    """Come to a running session."""
    house.sign_in()
    person.seen.wait(Welcome)
    person.engine.code_typed(house.ask())
    person.seen.wait(Question)
    person.allow()
    return house.window.wait(Live, lambda page: page.recorded)


def test_the_main_job(house: House, person: Person) -> None:
    assert house.window.wait(SignIn).name == "Person 1001"
    live = begin(house, person)
    assert live.granted == {Capability.SYSTEM_INFO}
    house.engine.facts()
    facts = house.window.wait(Live, lambda page: bool(page.facts)).facts
    assert dict(facts)["Memory"]
    house.engine.chat("Hello")
    house.window.wait(Live, lambda page: len(page.chat) == 1)
    person.engine.chat("Good day")
    house.window.wait(Live, lambda page: [line.text for line in page.chat] == ["Hello", "Good day"])
    person.engine.stop()
    page = house.window.wait(Over, lambda page: page.recording.startswith("Stored"))
    assert page.title == "The person stopped the session"
    house.engine.again()
    assert house.window.wait(NewSession).draft.ticket == "T-1042"
    wait_for(lambda: bool(history.entries(house.state)))
    (entry,) = history.entries(house.state)
    assert (entry.reason, entry.granted, entry.technician) == ("stopped", ("system-info",), "1001")
    assert entry.statements == entry.logged >= 4


def test_two_sessions_one_after_the_other(house: House, person: Person) -> None:
    begin(house, person)
    house.engine.leave()
    house.window.wait(Over)
    person.seen.wait(Summary)
    person.engine.close_summary()
    house.engine.again()
    house.window.wait(NewSession)
    person.seen.wait(Welcome)
    person.engine.code_typed(house.ask())
    person.seen.wait(Question)
    person.allow()
    house.window.wait(Live, lambda page: page.recorded)
    wait_for(lambda: len(history.entries(house.state)) == 1)


def test_a_relay_that_restarts_costs_a_moment(house: House, person: Person) -> None:
    begin(house, person)
    house.relay.restart()
    house.window.wait(Live, lambda page: Hold.LINK in page.holds)
    page = house.window.wait(Live, lambda page: not page.holds)
    assert page.granted == {Capability.SYSTEM_INFO}
    house.engine.leave()
    page = house.window.wait(Over, lambda page: page.recording.startswith("Stored"))
    wait_for(lambda: bool(history.entries(house.state)))
    assert history.entries(house.state)[0].reconnects == 1


def test_a_relay_that_is_not_there_is_said(house: House) -> None:
    house.sign_in()
    house.relay.kill()
    house.engine.start("Printer does not print", "", (Capability.VIEW,), 30)
    assert house.window.wait(Over).title == "No connection"
    house.engine.again()
    house.window.wait(NewSession)


def test_cancelling_goes_back_to_the_form_with_its_draft(house: House) -> None:
    house.sign_in()
    house.ask(Capability.VIEW)
    house.engine.cancel()
    assert house.window.wait(NewSession).draft.purpose == "Printer does not print"
    wait_for(lambda: bool(history.entries(house.state)))
    assert history.entries(house.state)[0].reason == "withdrawn"


def test_key_and_certificate_are_remembered(house: House) -> None:
    house.sign_in()
    settings = config.load(house.state.path).settings
    assert (settings.key, settings.certificate) == (str(house.key), f"{house.key}-cert.pub")


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
