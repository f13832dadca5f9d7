import json
import queue
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson

NUMBERS = range(60, 70)
PATIENCE = 10.0


both_scales = pytest.mark.parametrize("scale", ["1", "2"], ids=["100%", "200%"], indirect=True)


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "1"))


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    folder: Path = tmp_path_factory.mktemp("desktop")
    with Desktop(folder, size=(2800, 2000), numbers=NUMBERS) as running:
        yield running


@pytest.fixture
def technician(desktop: Desktop) -> Iterator[VncPerson]:
    with VncPerson(desktop.display.port, pace=0.2) as somebody:
        yield somebody


@pytest.fixture
def windows(desktop: Desktop) -> Iterator[Windows]:
    with Windows(desktop.bus) as view:
        yield view


class Console:
    """The window on the desktop: `tell` it what to show, `next` is what the technician wants."""

    def __init__(self, desktop: Desktop, state: str, scale: str) -> None:
        here, there = socket.socketpair()
        command = [sys.executable, "-m", "tests.technician_console.windows.stand"]
        with there:
            self._program = desktop.start(
                f"console-{state}",
                [*command, str(there.fileno()), state],
                pass_fds=[there.fileno()],
                QT_SCALE_FACTOR=scale,
            )
        self._desktop, self._channel = desktop, here
        self._heard: queue.Queue[list[Any]] = queue.Queue()
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def _listen(self) -> None:
        with self._channel.makefile() as lines:
            for line in lines:
                self._heard.put(json.loads(line))

    def tell(self, *what: object) -> None:
        self._channel.sendall(json.dumps(what).encode() + b"\n")

    def next(self, *but: str) -> tuple[Any, ...]:
        """Return the next intent that is not one of `but`."""
        while True:
            heard = tuple(self._heard.get(timeout=PATIENCE))
            assert heard[0] != "qt", heard
            if heard[0] not in but:
                return heard

    def until(self, name: str) -> list[tuple[Any, ...]]:
        """Return all intents up to the first one of this name."""
        heard = [self.next()]
        while heard[-1][0] != name:
            heard.append(self.next())
        return heard

    def close(self) -> None:
        self._channel.shutdown(socket.SHUT_WR)
        assert self._program.wait(PATIENCE) == 0
        self._listening.join(PATIENCE)
        self._channel.close()
        warnings = [heard for heard in self._heard.queue if heard[0] == "qt"]
        assert warnings == []


@pytest.fixture
def console(desktop: Desktop, scale: str) -> Iterator[Callable[[str], Console]]:
    """Open the window in a state of `scenes.STATES`."""
    opened: list[Console] = []

    def begin(state: str) -> Console:
        opened.append(Console(desktop, state, scale))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()
