"""The five who play: an organisation, a relay behind a tap, a person, a technician, an auditor.

Each program is a process of its own with a state folder of its own, started by
its command line as anybody would start it.
"""

import json
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.display import free_port
from byleave.demo.person import VncPerson
from byleave.demo.tap import Tap

ORGANISATION = "Fairlight Computer Help"
TECHNICIAN = "Maya Ortiz"
NUMBER = "1001"
KEYPHRASE = "correct horse battery staple"
READY_SECONDS = 30.0
COMMAND_SECONDS = 60.0


class CastError(Exception):
    """A program did not do what it was asked; the message says where its log is."""


@dataclass(frozen=True)
class Seat:
    """A desktop with somebody in front of it."""

    desktop: Desktop
    person: VncPerson
    windows: Windows

    def click(
        self, role: str, name: str, *, program: str, exact: bool = False, seconds: float = 20.0
    ) -> None:
        """Click on a widget once it is enabled; `exact` takes the whole name."""
        wanted = re.compile(f"^{re.escape(name)}$") if exact else name
        widget = self.windows.wait(
            role, wanted, program=program, states=frozenset({"enabled"}), seconds=seconds
        )
        self.person.click(*widget.centre)


@dataclass(frozen=True)
class Cast:
    """Everybody who plays, and where their things are.

    Attributes:
        folder: all state and logs.
        office: the organisation's folder.
        tap: in front of the relay; the profile names its address.
        seats: who sits where, by name.
        url: the relay's address as everybody knows it.
    """

    folder: Path
    office: Path
    tap: Tap
    seats: Mapping[str, Seat]
    url: str

    @property
    def person(self) -> Seat:
        """The worried person's seat."""
        return self.seats["person"]

    @property
    def technician(self) -> Seat:
        """The technician's seat; there is none when the user of the demo is the technician."""
        return self.seats["technician"]

    @property
    def agent_state(self) -> Path:
        """The agent's state folder."""
        return self.folder / "state-agent"

    @property
    def console_state(self) -> Path:
        """The console's state folder."""
        return self.folder / "state-console"

    @property
    def adoption(self) -> Path:
        """The file that people adopt."""
        return next(self.office.glob("*.byleave"))

    @property
    def auditor(self) -> Path:
        """The first auditor's keys."""
        return next((self.office / "auditors").iterdir())

    def start_agent(self, *arguments: str) -> "Popen[bytes]":
        """Start the agent on the person's desktop."""
        command = [*BYLEAVE, "agent", "--state", str(self.agent_state), *arguments]
        return self.person.desktop.start("agent", command)

    def start_console(self, display: Mapping[str, str] | None = None) -> "Popen[bytes]":
        """Start the console on the technician's desktop, or on another display."""
        key = next((self.office / "technicians" / NUMBER).glob("id_*[!b]"))
        options = ["--state", str(self.console_state), "--key", str(key), "--profile", str(self.adoption)]
        command = [*BYLEAVE, "console", *options]
        if display is not None:
            return self.person.desktop.children.start("console", command, display)
        return self.technician.desktop.start("console", command)

    def audit(self, *arguments: str) -> str:
        """Run `byleave audit` and return what it printed."""
        return run("audit", *arguments)


BYLEAVE = (sys.executable, "-m", "byleave")


def run(*arguments: str) -> str:
    """Run a `byleave` command to its end and return what it printed.

    Raises:
        CastError: it failed.
    """
    done = subprocess.run(
        [*BYLEAVE, *arguments], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    if done.returncode:
        message = f"byleave {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}"
        raise CastError(message)
    return done.stdout


def found_organisation(office: Path, url: str) -> None:
    """Make an organisation with one technician and one auditor, whose relay is at `url`."""
    passphrase = office.parent / "passphrase"
    passphrase.write_text(KEYPHRASE + "\n")
    words = ["--contact", "Ada Fairlight, privacy officer", "--telephone", "+41 44 555 01 00"]
    options = ["--name", ORGANISATION, "--relay", url, *words, "--no-passphrase", "--json"]
    json.loads(run("organisation", "init", str(office), *options))
    options = ["--id", NUMBER, "--new-passphrase-file", str(passphrase), "--json"]
    json.loads(run("organisation", "technician", str(office), TECHNICIAN, *options))


@contextmanager
def relay(office: Path, port: int, log: Path) -> Iterator["Popen[str]"]:
    """Run the relay on a loopback port.

    Raises:
        CastError: it did not become ready.
    """
    command = [*BYLEAVE, "relay", str(office / "relay"), "--listen", f"127.0.0.1:{port}"]
    with log.open("a") as errors:
        process = Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        if process.stdout is None or not select.select([process.stdout], [], [], READY_SECONDS)[0]:
            raise CastError(f"the relay is not ready, see {log}")
        if not process.stdout.readline():
            raise CastError(f"the relay has ended, see {log}")
        yield process
    finally:
        process.terminate()
        process.wait(COMMAND_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def cast(
    folder: Path, names: Sequence[str] = ("person", "technician"), *, size: tuple[int, int] = (1920, 1080)
) -> Iterator[Cast]:
    """Bring everybody on the stage: organisation, tap and relay, and a desktop of this size for each name."""
    office = folder / "office"
    with ExitStack() as stack:
        port = free_port()
        tap = stack.enter_context(Tap(port, folder / "wire"))
        url = f"http://127.0.0.1:{tap.port}"
        found_organisation(office, url)
        stack.enter_context(relay(office, port, folder / "relay.log"))
        seats = {name: stack.enter_context(seat(folder, name, size)) for name in names}
        yield Cast(folder, office, tap, seats, url)


@contextmanager
def seat(folder: Path, name: str, size: tuple[int, int] = (1920, 1080)) -> Iterator[Seat]:
    """Set up a desktop with somebody in front of it."""
    with (
        Desktop(folder / f"desktop-{name}", title=f"Byleave demo: {name}", size=size) as desktop,
        VncPerson(desktop.display.port) as person,
        Windows(desktop.bus) as windows,
    ):
        yield Seat(desktop, person, windows)


def wait_for(process: "Popen[bytes]", seconds: float) -> int:
    """Wait for a program to end by itself and return its exit code."""
    deadline = time.monotonic() + seconds
    return process.wait(max(0.0, deadline - time.monotonic()))
