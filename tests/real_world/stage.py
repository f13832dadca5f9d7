"""Two people at two real desktops, and all of Byleave between them, without a tap on the line."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from byleave.demo.accessibility import Windows
from byleave.demo.cast import BYLEAVE, KEYPHRASE, NUMBER, Seat, found_organisation, relay
from byleave.demo.desktop import Desktop
from byleave.demo.display import free_port
from byleave.demo.outcome import last_line
from byleave.demo.person import VncPerson
from byleave.demo.story import AGENT, ARMING_SECONDS, CONSOLE, until

NUMBERS = range(260, 270)
SIZE = (1920, 1080)
PATIENCE = 60.0
"""Seconds that a program may take while the machine is busy."""

AUDIT_SECONDS = 1800.0


@dataclass
class Stage:
    """Everybody, and where their things are.

    Attributes:
        folder: all state and logs.
        person: the desktop that is looked at.
        technician: the desktop that shows the console.
        programs: the agent, the relay and the console, once they run, by name.
    """

    folder: Path
    person: Seat
    technician: Seat
    url: str
    programs: dict[str, "Popen[Any]"]

    @property
    def _office(self) -> Path:
        return self.folder / "office"

    @property
    def adoption(self) -> Path:
        return next(self._office.glob("*.byleave"))

    @property
    def auditor(self) -> Path:
        """The auditor's keys."""
        return next((self._office / "auditors").iterdir())

    @property
    def sid(self) -> str:
        """The last session, once it is over."""
        return str(last_line(self.folder / "state-agent" / "history.jsonl")["sid"])

    @property
    def histories(self) -> dict[str, Any]:
        """What agent and console keep of the last session."""
        names = ("agent", "console")
        return {name: last_line(self.folder / f"state-{name}" / "history.jsonl") for name in names}

    def begin(self, *, control: bool = False, minutes: int = 30) -> None:
        """Come to a session in which the console shows nothing but the person's screen, pixel for pixel.

        Args:
            control: whether the technician asks for mouse and keyboard too, and gets them.
            minutes: how long it may last, one of those that the console offers.
        """
        self._adopt()
        code = self._ask(minutes, control=control)
        person, technician = self.person, self.technician
        person.click("push button", "Yes, I phoned", program=AGENT, seconds=PATIENCE)
        person.click("text", "Code of ten digits", program=AGENT)
        person.person.type(code)
        person.click("push button", "Connect", program=AGENT)
        person.windows.wait("push button", "Don’t allow", program=AGENT, seconds=PATIENCE)
        if control:
            _tick(person, "Move the mouse and type", AGENT)
        time.sleep(ARMING_SECONDS)
        person.click("push button", "Allow for", program=AGENT)
        technician.windows.wait("filler", "Remote screen", program=CONSOLE, seconds=PATIENCE)
        technician.person.press("F11")
        technician.windows.wait("push button", "Leave full screen", program=CONSOLE, seconds=PATIENCE)
        technician.windows.wait_gone("push button", "Leave full screen", program=CONSOLE, seconds=PATIENCE)

    def _adopt(self) -> None:
        state = ["--state", str(self.folder / "state-agent")]
        start = self.person.desktop.start
        adopting = start("adopting", [*BYLEAVE, "agent", *state, "adopt", str(self.adoption)])
        self.person.windows.wait("push button", "Trust", program=AGENT, seconds=PATIENCE)
        time.sleep(ARMING_SECONDS)
        self.person.click("push button", "Trust", program=AGENT, exact=True)
        assert adopting.wait(PATIENCE) == 0
        self.programs["agent"] = start("agent", [*BYLEAVE, "agent", *state])

    def _ask(self, minutes: int, *, control: bool) -> str:
        """Sign in, say why and what for, and return the code."""
        technician = self.technician
        key = next((self._office / "technicians" / NUMBER).glob("id_*[!b]"))
        options = ["--state", str(self.folder / "state-console"), "--key", str(key)]
        command = [*BYLEAVE, "console", *options, "--profile", str(self.adoption)]
        self.programs["console"] = technician.desktop.start("console", command)
        technician.windows.wait("text", "Passphrase", program=CONSOLE, seconds=PATIENCE)
        technician.click("text", "Passphrase", program=CONSOLE)
        technician.person.type(KEYPHRASE)
        technician.person.press("Return")
        technician.click("text", "Purpose", program=CONSOLE, seconds=PATIENCE)
        technician.person.type("Everything at once is slow")
        if control:
            _tick(technician, "Mouse and keyboard", CONSOLE)
        technician.click("check box", f"{minutes} minutes", program=CONSOLE, exact=True)
        technician.click("push button", "Get a code", program=CONSOLE)
        label = technician.windows.wait("label", "Code ", program=CONSOLE, seconds=PATIENCE)
        return label.name.removeprefix("Code ").replace(" ", "")

    def stop(self) -> None:
        """Have the person press Stop, and wait until both have been told."""
        self.person.click("push button", "Stop", program=AGENT)
        self.person.windows.wait("push button", "Save my copy", program=AGENT, seconds=PATIENCE)
        self.technician.windows.wait("push button", "New session", program=CONSOLE, seconds=PATIENCE)

    def audit(self, *arguments: str) -> str:
        """Run `byleave audit` as the auditor, who pins the organisation's root; return what it printed."""
        who = ["--root", str(self.adoption), "--key", str(self.auditor / "id_ed25519")]
        done = subprocess.run(
            [*BYLEAVE, "audit", *arguments, *who],
            capture_output=True,
            text=True,
            timeout=AUDIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def export(self, bundle: Path, film: Path) -> None:
        """Write the last session's evidence and its film."""
        where = ["--relay", self.url, "--reason", "what the technician saw"]
        self.audit("export", self.sid, *where, "--bundle", str(bundle), "--mp4", str(film))

    def verdict(self, bundle: Path) -> dict[str, Any]:
        """What `byleave audit verify` says."""
        return dict(json.loads(self.audit("verify", str(bundle), "--json")))


def _tick(seat: Seat, name: str, program: str) -> None:
    box = seat.windows.wait("check box", name, program=program)
    seat.person.click(*box.centre)
    until("the box is ticked", lambda: "checked" in box.states())


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Found an organisation, start its relay, and set up both desktops."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        found_organisation(folder / "office", url)
        running = stack.enter_context(relay(folder / "office", port, folder / "relay.log"))
        person, technician = (stack.enter_context(_seat(folder, name)) for name in ("person", "technician"))
        stack.enter_context(_published(folder / "office", folder / "publish.log"))
        yield Stage(folder, person, technician, url, {"relay": running})


@contextmanager
def _published(office: Path, log: Path) -> Iterator[None]:
    """Have the office sign its revocation list again and again: one counts for 15 minutes."""
    with log.open("w") as lines:
        process = Popen([*BYLEAVE, "organisation", "publish", str(office), "--every", "5m"], stdout=lines)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def _seat(folder: Path, name: str) -> Iterator[Seat]:
    with (
        Desktop(folder / name, title=name, size=SIZE, numbers=NUMBERS) as desktop,
        VncPerson(desktop.display.port) as person,
        Windows(desktop.bus) as windows,
    ):
        yield Seat(desktop, person, windows)
