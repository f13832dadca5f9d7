"""`byleave console` as its user starts it."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.view import Question, Welcome
from byleave.command import main
from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.display import free_port
from byleave.demo.person import VncPerson
from session import keys
from technician_console import history, organisation
from technician_console.history import Entry
from technician_console.state_folder import StateFolder
from tests.desktop import until
from tests.person import Person
from tests.relay.office import Office
from tests.relay.process import RelayProcess
from tests.technician_console.company import Company

NUMBERS = range(70, 80)
PATIENCE = 20.0


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["console", *arguments])
    return result.exit_code, result.output


def test_the_history_is_shown_and_given_to_scripts(tmp_path: Path) -> None:
    folder = str(tmp_path / "console")
    assert run("history", "--state", folder) == (0, "No sessions yet.\n")
    history.append(
        StateFolder(tmp_path / "console"),
        Entry(started=0, ended=61_000, reason="stopped", granted=("view",), sid="ab" * 32),
    )
    code, said = run("history", "--state", folder)
    assert (code, said.split()[2:]) == (0, ["61", "s", "stopped", "view", "abababababababab"])
    code, said = run("--state", folder, "history", "--json")
    assert json.loads(said)[0]["reason"] == "stopped"


def test_the_first_time_needs_an_organisation(tmp_path: Path) -> None:
    code, said = run("--state", str(tmp_path / "console"))
    assert code == 3
    assert "--profile" in said


def test_another_organisation_needs_another_folder(tmp_path: Path) -> None:
    state = tmp_path / "console"
    ours, theirs = Company(), Company()
    for name, company in (("ours", ours), ("theirs", theirs)):
        (tmp_path / f"{name}.byleave").write_bytes(company.adoption())
    organisation.pinned(StateFolder(state), tmp_path / "ours.byleave")
    code, said = run("--state", str(state), "--profile", str(tmp_path / "theirs.byleave"))
    assert code == 3
    assert "belongs to Example Support" in said


@pytest.mark.parametrize("help_for", [[], ["history"]], ids=["console", "history"])
def test_help_teaches_with_an_example(help_for: list[str]) -> None:
    code, said = run(*help_for, "--help")
    assert code == 0
    assert "Example: byleave console" in said


# with a window


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    with Desktop(tmp_path / "desktop", numbers=NUMBERS) as running:
        # The person's end of this test runs in this process and shows the same display.
        monkeypatch.setenv("XAUTHORITY", str(running.display.authority))
        yield running


def key_file(folder: Path, office: Office) -> Path:
    """Write the key of a technician of the office, and the certificate beside it."""
    technician = office.holder()
    key = folder / "id_ed25519"
    folder.mkdir()
    key.write_bytes(keys.export_private(technician.key))
    Path(f"{key}-cert.pub").write_text(f"{technician.certificate.text}\n")
    return key


@pytest.mark.desktop
def test_a_session_through_the_window(tmp_path: Path, desktop: Desktop) -> None:
    port = free_port()
    office = Office(tmp_path / "office", relay=f"http://127.0.0.1:{port}")
    key = key_file(tmp_path / "technician", office)
    adoption = office.layout.adoption("Example Support")
    state = tmp_path / "console"
    options = ["--key", str(key), "--profile", str(adoption), "--state", str(state)]
    with (
        RelayProcess(office.relay, port=port),
        Person(tmp_path / "agent", adoption, f":{desktop.display.number}") as person,
        Windows(desktop.bus) as windows,
        VncPerson(desktop.display.port, pace=0.2) as hands,
    ):
        console = desktop.start("console", ["byleave", "console", *options])
        hands.click(*windows.wait("push button", "Sign in", seconds=PATIENCE).centre)
        until(lambda: "focused" in windows.wait("text", "Purpose").states())
        hands.type("The printer is silent\n")
        code = windows.wait("label", "Code ", seconds=PATIENCE).name.removeprefix("Code ")
        person.seen.wait(Welcome)
        person.engine.code_typed(code)
        person.seen.wait(Question)
        person.allow()
        windows.wait("label", "statements in the log", seconds=PATIENCE)
        until(lambda: not windows.wait("label", "frames/s").name.startswith("0 "))
        os.kill(console.pid, signal.SIGTERM)
        assert console.wait(PATIENCE) == 0
    (entry,) = history.entries(StateFolder(state))
    assert (entry.reason, entry.granted) == ("left", ("view",))
    assert entry.frames_shown > 0
    log = (state / "console.log").read_text()
    assert "statement 0: open" in log
    assert code.replace(" ", "")[4:9] not in log
    assert "printer" not in log
