"""The bench's two people meet through the real windows, and the picture fills the screen."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from benchmarks.meeting import Meeting
from byleave.demo.accessibility import Extents, Windows
from byleave.demo.children import Children
from byleave.demo.desktop import SETTINGS
from byleave.demo.display import Display, free_port
from byleave.demo.screen import Screen
from byleave.demo.story import CONSOLE
from tests.desktop import until
from tests.technician_console.windows.conftest import NUMBERS

pytestmark = pytest.mark.desktop
SIZE = (1920, 1080)
PATHS = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


class Bench:
    """What the meeting needs of the bench: two displays, programs, ports; its links are straight."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.dir = str(folder)
        self._children = children
        self._displays: dict[str, Display] = {}
        self.source, self.viewer = (self._display(folder / name, name) for name in ("source", "viewer"))
        self.src, self.view = self._displays
        self.src_rfb = self.source.port

    def _display(self, folder: Path, title: str) -> Display:
        folder.mkdir()
        made = Display(self._children, folder, PATHS, title=title, size=SIZE, numbers=NUMBERS)
        self._displays[f":{made.number}"] = made
        return made

    def spawn(self, name: str, argv: list[str], env: dict[str, str]) -> "Popen[bytes]":
        display = self._displays.get(env.get("DISPLAY", ""))
        authority = {"XAUTHORITY": str(display.authority)} if display else {}
        return self._children.start(name, argv, {**PATHS, **env, **authority})

    def port(self) -> int:
        return free_port()

    def wait_port(self, port: int) -> None:
        until(lambda: answers(port), seconds=30)

    def link(self, target: int, legs: int) -> int:
        return target


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with Children(tmp_path / "logs") as children:
        bench = Bench(tmp_path, children)
        monkeypatch.setenv("XAUTHORITY", str(bench.viewer.authority))
        command = ["openbox", "--config-file", str(SETTINGS / "openbox.xml")]
        bench.spawn("openbox", command, {"DISPLAY": bench.view, "HOME": str(tmp_path)})
        with Screen(bench.viewer.number, bench.viewer.cookie) as screen:
            until(lambda: screen.owned("WM_S0"))
        yield bench


def test_they_meet_and_the_source_fills_the_viewer(bench: Bench) -> None:
    meeting = Meeting(bench)
    relay = meeting.open_office()
    agent, console = meeting.start_agent(), meeting.start_console()
    meeting.play()
    with Windows(meeting.bus) as windows:
        remote = windows.wait("filler", "Remote screen", program=CONSOLE)
        assert remote.extents() == Extents(0, 0, *SIZE)
    began = time.monotonic()
    meeting.play()
    assert time.monotonic() - began < 1, "they meet once only"
    assert [program.poll() for program in (relay, agent, console)] == [None, None, None]
