"""A real desktop for tests: Xvnc on loopback with Openbox."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from Xlib.display import Display
from Xlib.error import ConnectionClosedError

NUMBERS = range(30, 40)
SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 - where X11 puts them
STARTING = 15.0


def lock(number: int) -> Path:
    return SOCKETS.parent / f".X{number}-lock"


class Desktop:
    """An X display with a window manager; `run` starts a program on it, `close` ends all of them."""

    def __init__(self, *, width: int = 1920, height: int = 1080, managed: bool = True) -> None:
        self._children: list[subprocess.Popen[bytes]] = []
        self._port = _free_port()
        for number in NUMBERS:
            if (SOCKETS / f"X{number}").exists() or lock(number).exists():
                continue
            self.name = f":{number}"
            server = self._start(
                *("Xvnc", self.name, "-geometry", f"{width}x{height}", "-depth", "24"),
                *("-SecurityTypes", "None", "-localhost", "-rfbport", str(self._port), "-noreset"),
            )
            if self._answers(server):
                break
        else:
            raise RuntimeError("no display is free")
        self.connection = Display(self.name)
        if managed:
            self.run("openbox", "--sm-disable")
            until(self._managed, what="the window manager")

    def run(self, *command: str) -> "subprocess.Popen[bytes]":
        return self._start("env", f"DISPLAY={self.name}", "NO_AT_BRIDGE=1", "GTK_A11Y=none", *command)

    def end(self, child: "subprocess.Popen[bytes]") -> None:
        child.terminate()
        child.wait(10)
        self._children.remove(child)

    def kill_server(self) -> None:
        self._children[0].kill()
        self._children[0].wait()
        # What it could not tidy up itself would keep the number taken.
        number = int(self.name[1:])
        for left in (lock(number), SOCKETS / f"X{number}"):
            left.unlink()

    def close(self) -> None:
        with contextlib.suppress(ConnectionClosedError):
            self.connection.close()
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            child.wait(10)

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._children.append(child)
        return child

    def _answers(self, server: "subprocess.Popen[bytes]") -> bool:
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline and server.poll() is None:
            # python-xlib leaks its socket when it is refused, so knock without it.
            with socket.socket(socket.AF_UNIX) as knocking:
                try:
                    knocking.connect(f"{SOCKETS}/X{self.name[1:]}")
                except OSError:
                    time.sleep(0.02)
                    continue
            # Another run may have taken the same number a moment before.
            with contextlib.suppress(FileNotFoundError):
                if lock(int(self.name[1:])).read_text().strip() == str(server.pid):
                    return True
            break
        server.kill()
        server.wait()
        self._children.remove(server)
        return False

    def _managed(self) -> bool:
        root = self.connection.screen().root
        check = self.connection.intern_atom("_NET_SUPPORTING_WM_CHECK")
        return root.get_full_property(check, 0) is not None


def until(condition: Callable[[], bool], *, seconds: float = 10.0, what: str = "the condition") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    """One desktop for a test module."""
    made = Desktop()
    yield made
    made.close()
