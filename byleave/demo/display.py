"""A real X display whose devices a VNC client holds: Xvnc on loopback."""

import contextlib
import secrets
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from subprocess import Popen

from byleave.demo.children import Children
from byleave.demo.screen import Screen, ScreenError, write_authority

NUMBERS = range(40, 50)
"""Display numbers that are tried; low ones belong to real desktops."""

PORTS = range(20000, 32000)
"""Below Linux's `ip_local_port_range`."""

PORT_TRIES = 300

STARTING = 10.0
"""Seconds that a display gets to start."""


class DisplayError(Exception):
    """No display could be started; the message names the log."""


class Display:
    """An Xvnc display that answers.

    Args:
        children: who ends it.
        folder: where its Xauthority file goes.
        environment: for the server's own process.
        title: the name that VNC clients are told.
        size: width and height in pixels.
        numbers: the display numbers that may be used.

    Raises:
        DisplayError: none of the numbers is free, or Xvnc does not start.
    """

    def __init__(
        self,
        children: Children,
        folder: Path,
        environment: Mapping[str, str],
        *,
        title: str,
        size: tuple[int, int],
        numbers: Iterable[int] = NUMBERS,
    ) -> None:
        self.authority = folder / "Xauthority"
        self.cookie = secrets.token_bytes(16)
        self._title, self._size = title, size
        for number in numbers:
            if not _taken(number) and self._started(children, number, environment):
                self.number = number
                return
        message = f"no display could be started, see {children.logs}/xvnc.log"
        raise DisplayError(message)

    def _started(self, children: Children, number: int, environment: Mapping[str, str]) -> bool:
        self.port = free_port()
        write_authority(self.authority, number, self.cookie)
        server = children.start("xvnc", self._command(number), environment)
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline:
            if self._answers(number, server):
                return True
            if server.poll() is not None:
                break
            time.sleep(0.02)
        children.end(server)
        return False

    def _command(self, number: int) -> list[str]:
        width, height = self._size
        return [
            *("Xvnc", f":{number}", "-geometry", f"{width}x{height}", "-depth", "24", "-dpi", "96"),
            *("-desktop", self._title, "-auth", str(self.authority), "-noreset"),
            *("-rfbport", str(self.port), "-localhost", "-SecurityTypes", "None", "-AlwaysShared"),
            *("-AcceptSetDesktopSize=0", "-AcceptCutText=0", "-SendCutText=0"),
        ]

    def _answers(self, number: int, server: "Popen[bytes]") -> bool:
        """Say whether this server, not somebody else's, takes X and VNC clients."""
        try:
            with Screen(number, self.cookie), socket.create_connection(("127.0.0.1", self.port), 1):
                return server.poll() is None
        except (OSError, ScreenError):
            return False


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on now.

    It is none of those that connections and listeners without a wish get by
    themselves: one of these would soon be somebody else's.

    Raises:
        DisplayError: hundreds of ports are taken.
    """
    for _ in range(PORT_TRIES):
        port = PORTS[secrets.randbelow(len(PORTS))]
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise DisplayError("no port is free")


def _taken(number: int) -> bool:
    return any(
        Path(path).exists()
        for path in (f"/tmp/.X{number}-lock", f"/tmp/.X11-unix/X{number}")  # noqa: S108 - where X11 puts them
    )
