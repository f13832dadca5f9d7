"""How a technician and a person come to a session on the two displays of the bench.

The person is a VNC client of the source display, as in the demo, so every event is
a device's. The technician's events are injected on the viewer display, as the
bench's own keys are.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Protocol

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.words.english import TEXTS
from byleave.demo.accessibility import Extents, Windows
from byleave.demo.cast import KEYPHRASE, NUMBER, found_organisation
from byleave.demo.desktop import ACCESSIBILITY_BUS, SETTINGS
from byleave.demo.person import VncPerson, keysym
from byleave.demo.story import AGENT, ARMING_SECONDS, CONSOLE, until

PROJECT = Path(__file__).resolve().parents[1]
BYLEAVE = (sys.executable, "-m", "byleave")
PURPOSE = "measure how fast the picture is"
PATIENCE = 60.0
"""Seconds that a program may take while the machine is busy."""


class Context(Protocol):
    """What the bench gives: two displays, processes, ports, shaped links."""

    dir: str
    src: str
    src_rfb: int
    view: str

    def spawn(self, name: str, argv: list[str], env: dict[str, str]) -> "Popen[bytes]":
        """Start a process that the bench ends."""

    def port(self) -> int:
        """Return a free port."""

    def wait_port(self, port: int) -> None:
        """Wait until somebody listens there."""

    def link(self, target: int, legs: int) -> int:
        """Return the port of a shaped link to a port; the last link made is the one that is counted."""


@dataclass(frozen=True)
class Technician:
    """Hands on the viewer display."""

    display: str

    def type(self, text: str) -> None:
        """Type lower-case text."""
        self._do(*((kind, keysym(letter)) for letter in text for kind in (X.KeyPress, X.KeyRelease)))

    def press(self, key: str) -> None:
        """Press one key and let it go."""
        self._do((X.KeyPress, keysym(key)), (X.KeyRelease, keysym(key)))

    def _do(self, *events: tuple[int, int]) -> None:
        display = Display(self.display)
        for kind, key in events:
            xtest.fake_input(display, kind, display.keysym_to_keycode(key))
        display.sync()
        display.close()

    def click(self, x: int, y: int) -> None:
        """Click there."""
        display = Display(self.display)
        xtest.fake_input(display, X.MotionNotify, x=x, y=y)
        xtest.fake_input(display, X.ButtonPress, 1)
        xtest.fake_input(display, X.ButtonRelease, 1)
        display.sync()
        display.close()


class Meeting:
    """One organisation, one session.

    Args:
        context: the bench's.
        samples: where agent and console write what they spend their time on (`benchmarks.sampling`);
            None has them run as they are.

    Attributes:
        bus: the address of the session bus by which widgets are found, once the office is open.
        health: the port on which the relay tells its counters, likewise.
        banner: where the person's banner is, once the session runs.
    """

    def __init__(self, context: Context, samples: Path | None = None) -> None:
        self._context = context
        self._samples = samples
        self._folder = Path(context.dir)
        self._office = self._folder / "office"
        self._played = False
        self.banner = Extents(0, 0, 0, 0)

    def open_office(self) -> "Popen[bytes]":
        """Found the organisation and start its relay, whose address is the agent's leg of the link."""
        context = self._context
        port = context.port()
        self._agent_leg = context.link(port, legs=2)
        # The bench counts the link that is made last: what comes down to the technician.
        self._console_leg = context.link(port, legs=2)
        found_organisation(self._office, f"http://127.0.0.1:{self._agent_leg}")
        self.health = context.port()
        listen = ["--listen", f"127.0.0.1:{port}", "--health", f"127.0.0.1:{self.health}"]
        relay = context.spawn("relay", [*BYLEAVE, "relay", str(self._office / "relay"), *listen], {})
        context.wait_port(port)
        self.bus = self._start_buses()
        return relay

    def _start_buses(self) -> str:
        """Start the buses by which widgets are found, and return the address of the first."""
        address = f"unix:path={self._folder / 'bus'}"
        command = [
            "dbus-daemon",
            f"--config-file={SETTINGS / 'bus.conf'}",
            "--nofork",
            f"--address={address}",
        ]
        environment = {"DISPLAY": self._context.src, "DBUS_SESSION_BUS_ADDRESS": address}
        self._context.spawn("dbus", command, environment)
        until("the session bus is there", (self._folder / "bus").exists)
        launcher = [ACCESSIBILITY_BUS, "--launch-immediately", "--a11y=1"]
        self._context.spawn("at-spi", launcher, environment)
        with Windows(address):
            # A program that asks too early believes that nobody wants to know its widgets.
            pass
        return address

    def _start(self, program: str, display: str, *arguments: str) -> "Popen[bytes]":
        home = self._folder / program
        home.mkdir(mode=0o700, exist_ok=True)
        environment = {
            "PYTHONPATH": str(PROJECT),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": self.bus,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        command = [*self._byleave(program), program, "--state", str(home / "state"), *arguments]
        return self._context.spawn(program, command, environment)

    def _byleave(self, program: str) -> tuple[str, ...]:
        if self._samples is None:
            return BYLEAVE
        return sys.executable, "-m", "benchmarks.sampling", str(self._samples / f"{program}.jsonl")

    @property
    def _adoption(self) -> str:
        return str(next(self._office.glob("*.byleave")))

    def start_agent(self) -> "Popen[bytes]":
        """Let the person adopt the organisation in the window, then start the agent."""
        adopting = self._start("agent", self._context.src, "adopt", self._adoption)
        with VncPerson(self._context.src_rfb) as person, Windows(self.bus) as windows:
            windows.wait("push button", "Trust", program=AGENT, seconds=PATIENCE)
            time.sleep(ARMING_SECONDS)
            self._press(person, windows, "Trust")
        if adopting.wait(PATIENCE):
            raise RuntimeError("the organisation was not adopted, see agent.log")
        return self._start("agent", self._context.src)

    def start_console(self) -> "Popen[bytes]":
        """Start the console on its leg of the link."""
        key = next((self._office / "technicians" / NUMBER).glob("id_*[!b]"))
        options = ["--key", str(key), "--profile", self._adoption]
        relay = f"http://127.0.0.1:{self._console_leg}"
        return self._start("console", self._context.view, *options, "--relay", relay)

    def play(self) -> None:
        """Come to a session with control and a console in full screen, once."""
        if self._played:
            return
        self._played = True
        technician = Technician(self._context.view)
        with VncPerson(self._context.src_rfb) as person, Windows(self.bus) as windows:
            code = self._ask(technician, windows)
            self._press(person, windows, "Yes, I phoned")
            person.click(*windows.wait("text", "Code of ten digits", program=AGENT).centre)
            person.type(code)
            self._press(person, windows, "Connect")
            self._consent(person, windows)
            windows.wait("label", "Session: Controlling", program=CONSOLE, seconds=PATIENCE)
            self.banner = windows.wait("filler", TEXTS["banner.window"], program=AGENT).extents()
            self._fill_screen(technician, windows)

    def _ask(self, technician: Technician, windows: Windows) -> str:
        """Sign in, ask for the screen and control, and return the code."""
        windows.wait("text", "Passphrase", program=CONSOLE, states=frozenset({"focused"}), seconds=PATIENCE)
        technician.type(f"{KEYPHRASE}\n")
        windows.wait("text", "Purpose", program=CONSOLE, states=frozenset({"focused"}), seconds=PATIENCE)
        technician.type(PURPOSE)
        box = windows.wait("check box", "Mouse and keyboard", program=CONSOLE)
        technician.click(*box.centre)
        until("control is wanted", lambda: "checked" in box.states())
        technician.click(*windows.wait("push button", "Get a code", program=CONSOLE).centre)
        label = windows.wait("label", "Code ", program=CONSOLE, seconds=PATIENCE)
        return label.name.removeprefix("Code ").replace(" ", "")

    def _consent(self, person: VncPerson, windows: Windows) -> None:
        windows.wait("push button", "Don’t allow", program=AGENT, seconds=PATIENCE)
        box = windows.wait("check box", "Move the mouse and type", program=AGENT)
        person.click(*box.centre)
        until("the box is ticked", lambda: "checked" in box.states())
        time.sleep(ARMING_SECONDS)
        self._press(person, windows, "Allow for")

    def _fill_screen(self, technician: Technician, windows: Windows) -> None:
        """Show nothing but the person's screen, and wait until the words about the way out are gone."""
        technician.press("F11")
        windows.wait("push button", "Leave full screen", program=CONSOLE)
        windows.wait_gone("push button", "Leave full screen", program=CONSOLE, seconds=PATIENCE)

    def _press(self, person: VncPerson, windows: Windows, name: str) -> None:
        button = windows.wait("push button", name, program=AGENT, states=frozenset({"enabled"}))
        person.click(*button.centre)
