"""A user who plays the guided demo: one mouse, one keyboard, two windows on one display."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import psutil

from byleave.demo.accessibility import Windows
from byleave.demo.cast import KEYPHRASE
from byleave.demo.desktop import Desktop
from byleave.demo.layout import Rectangle
from byleave.demo.person import VncPerson
from byleave.demo.story import AGENT, ARMING_SECONDS, CONSOLE, until
from tests.desktop import until as poll


def alive(process: psutil.Process) -> bool:
    """Say whether a process runs; one that only waits for its parent to look does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


VIEWER = "Byleave demo: person - TigerVNC"
APPEARING = 30.0


class Player:
    """Somebody in front of a display on which `byleave demo` runs.

    Args:
        desktop: the user's own.
        person: who holds its mouse and keyboard.
        console: the screen reader's view of the user's own desktop.
        output: the demo's.
    """

    def __init__(self, desktop: Desktop, person: VncPerson, console: Windows, output: Path) -> None:
        self.desktop, self.person, self.console, self.output = desktop, person, console, output
        command = [sys.executable, "-m", "byleave", "demo", "--output", str(output)]
        self.demo: Popen[bytes] = desktop.start("demo", command)

    @property
    def told(self) -> str:
        """What the demo has printed so far."""
        return (self.desktop.children.logs / "demo.log").read_text()

    def started(self) -> list[psutil.Process]:
        """Return all processes that the demo has started, directly or not."""
        return psutil.Process(self.demo.pid).children(recursive=True)

    def close_viewer(self) -> None:
        """Click on the cross in the corner of the frame."""
        left, top, width, _ = self.viewer()
        self.person.click(left + width - 12, top - 12)

    def program(self, word: str) -> psutil.Process | None:
        """Return the demo's process that has this word in its command line."""
        for process in self.started():
            try:
                if any(word in argument for argument in process.cmdline()):
                    return process
            except psutil.Error:
                continue
        return None

    def state(self) -> Path:
        """Return the folder in which all of the demo's state is."""
        console = self.program("console")
        assert console is not None
        words = console.cmdline()
        return Path(words[words.index("--state") + 1]).parent

    @contextmanager
    def inside(self) -> Iterator[Windows]:
        """The screen reader's view of the person's desktop."""
        poll(lambda: self.program("adopt") is not None, APPEARING)
        agent = self.program("adopt")
        assert agent is not None
        with Windows(agent.environ()["DBUS_SESSION_BUS_ADDRESS"]) as windows:
            yield windows

    def window(self, title: str) -> Rectangle:
        """Return where a window is on the user's display, without its frame."""
        log = self.desktop.children.logs / "where.log"
        log.unlink(missing_ok=True)
        self.desktop.start("where", ["xwininfo", "-name", title]).wait(APPEARING)
        text = log.read_text()
        labels = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        return Rectangle(*(int(re.findall(rf"{label}: +(-?\d+)", text)[0]) for label in labels))

    def viewer(self) -> Rectangle:
        """Return where the person's desktop is on the user's display."""
        return self.window(VIEWER)

    def press(self, windows: Windows, role: str, name: str) -> None:
        """Click on a widget of the person's, through the viewer."""
        widget = windows.wait(role, name, program=AGENT, states=frozenset({"enabled"}), seconds=APPEARING)
        x, y = widget.centre
        left, top, width, height = self.viewer()
        assert 0 <= x < width, f"{widget} is out of sight"
        assert 0 <= y < height, f"{widget} is out of sight"
        self.person.click(left + x, top + y)

    def click(self, role: str, name: str) -> None:
        """Click on a widget of the console."""
        widget = self.console.wait(
            role, name, program=CONSOLE, states=frozenset({"enabled"}), seconds=APPEARING
        )
        self.person.click(*widget.centre)

    def trust(self, windows: Windows) -> None:
        windows.wait("push button", "Trust", program=AGENT, seconds=APPEARING)
        self.keep("1-adopt")
        time.sleep(ARMING_SECONDS)
        self.press(windows, "push button", "Trust")
        until("the agent asks for a code", lambda: "The passphrase is" in self.told)

    def meet(self, windows: Windows, purpose: str = "The printer is on strike") -> None:
        """Sign in, get a code, type it as the person."""
        self.click("text", "Passphrase")
        self.keep("2-sign-in")
        self.person.type(KEYPHRASE + "\n")
        self.click("text", "Purpose")
        self.person.type(purpose)
        self.click("push button", "Get a code")
        code = self.console.wait("label", "Code ", program=CONSOLE).name.removeprefix("Code ")
        self.keep("3-code")
        self.press(windows, "push button", "Yes, I phoned")
        self.press(windows, "text", "Code of ten digits")
        self.person.type(code)
        self.keep("4-typed")
        self.press(windows, "push button", "Connect")
        windows.wait("push button", "Don’t allow", program=AGENT, seconds=APPEARING)
        self.read(windows, "See this screen")
        self.keep("5-question")

    def read(self, windows: Windows, box: str) -> None:
        """Read a question to its end, as it has to be on a small desktop, until it can be allowed."""
        left, top, _, _ = self.viewer()
        x, y = windows.wait("check box", box, program=AGENT).centre
        self.person.move(left + x, top + y + 20)
        self.person.scroll(10)
        time.sleep(ARMING_SECONDS)

    def write(self, windows: Windows, text: str) -> None:
        """Write into the person's letter, as the technician."""
        view = self.console.wait("filler", "Remote screen", program=CONSOLE).extents()
        _, _, width, height = self.viewer()
        editor = windows.wait("text", program="mousepad")
        x, y = editor.centre
        scale = min(view.width / width, view.height / height)
        self.person.click(
            round(view.x + view.width / 2 + (x - width / 2) * scale),
            round(view.y + view.height / 2 + (y - height / 2) * scale),
        )
        self.person.type(text)
        until("the line is in the letter", lambda: text in editor.text())

    def keep(self, name: str) -> None:
        """Save a picture of the whole display."""
        self.desktop.save(self.desktop.folder / f"{name}.png")
