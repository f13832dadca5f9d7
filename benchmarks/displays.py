"""The displays of a benchmark: real Xvnc servers of its own, and what else a meeting needs."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import psutil

from benchmarks.config import authority
from benchmarks.scenes import HEIGHT, WIDTH
from byleave.demo.children import Children
from byleave.demo.desktop import SETTINGS
from byleave.demo.display import Display, free_port
from byleave.demo.screen import Screen

NUMBERS = range(250, 260)
PATHS = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
PATIENCE = 30.0
SOURCE, VIEWER = "source", "viewer"


class Place:
    """Displays of 1920x1080, programs, ports and straight links: what `benchmarks.meeting` asks for.

    Args:
        folder: for state and logs.
        children: ends the programs.
        names: of the displays.
    """

    def __init__(self, folder: Path, children: Children, *names: str) -> None:
        self.dir = str(folder)
        self._children = children
        self.displays: dict[str, Display] = {}
        for name in names:
            (folder / name).mkdir()
            self.displays[name] = Display(
                children, folder / name, PATHS, title=name, size=(WIDTH, HEIGHT), numbers=NUMBERS
            )
        self.authority = folder / "Xauthority"
        cookies = b"".join(each.authority.read_bytes() for each in self.displays.values())
        self.authority.touch(mode=0o600)
        self.authority.write_bytes(cookies)

    def name(self, display: str) -> str:
        """Return the name by which X programs know a display, such as `:250`."""
        return f":{self.displays[display].number}"

    @property
    def src(self) -> str:
        """The person's display."""
        return self.name(SOURCE)

    @property
    def view(self) -> str:
        """The technician's display."""
        return self.name(VIEWER)

    @property
    def src_rfb(self) -> int:
        """The port of the person's VNC server."""
        return self.displays[SOURCE].port

    def server(self, display: str) -> psutil.Process:
        """Return a display's X server."""
        name = self.name(display)
        return next(each for each in psutil.Process().children() if name in each.cmdline())

    def spawn(self, name: str, argv: list[str], env: dict[str, str]) -> "Popen[bytes]":
        """Start a program that is ended with all others."""
        return self._children.start(name, argv, {**PATHS, **env, "XAUTHORITY": str(self.authority)})

    def port(self) -> int:
        """Return a free port."""
        return free_port()

    def wait_port(self, port: int) -> None:
        """Wait until somebody listens there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def link(self, target: int, legs: int) -> int:
        """Return a port itself: the link is the machine's own loopback."""
        del legs
        return target

    def manage_windows(self) -> None:
        """Start a window manager for the technician and wait until it is there."""
        command = ["openbox", "--config-file", str(SETTINGS / "openbox.xml")]
        self.spawn("openbox", command, {"DISPLAY": self.view, "HOME": self.dir})
        display = self.displays[VIEWER]
        deadline = time.monotonic() + PATIENCE
        with Screen(display.number, display.cookie) as screen:
            while not screen.owned("WM_S0"):
                if time.monotonic() > deadline:
                    raise TimeoutError("no window manager")
                time.sleep(0.02)


@contextmanager
def place(folder: Path, *names: str) -> Iterator[Place]:
    """Set up displays by these names; this process may look at them meanwhile."""
    with Children(folder / "logs") as children:
        made = Place(folder, children, *names)
        with authority(made.authority):
            yield made
