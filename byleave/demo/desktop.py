"""A whole desktop of a person: display, window manager, tray, buses, applications.

Nothing of it touches the user's own desktop: own display, own session bus, own
accessibility bus, own home. Leaving the context ends all of it.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from byleave.demo.children import Children
from byleave.demo.display import NUMBERS, Display
from byleave.demo.screen import Screen

SETTINGS = Path(__file__).parent / "settings"
PROJECT = Path(__file__).parents[2]
ACCESSIBILITY_BUS = "/usr/libexec/at-spi-bus-launcher"
STARTING = 15.0
"""Seconds that each part of the desktop gets to show itself."""


class DesktopError(Exception):
    """A part of the desktop did not come up."""


class Desktop:
    """A running desktop, from entering the context to leaving it.

    Args:
        folder: for homes, settings and logs; made if missing, kept at the end.
        title: the name that VNC clients are told.
        size: width and height in pixels.
        numbers: the display numbers that may be used.
        background: an X colour.
    """

    def __init__(
        self,
        folder: Path,
        *,
        title: str = "desktop",
        size: tuple[int, int] = (1920, 1080),
        numbers: Iterable[int] = NUMBERS,
        background: str = "#3A6EA5",
    ) -> None:
        self.folder = folder.resolve()
        self._title, self._size, self._numbers, self._background = title, size, numbers, background

    def __enter__(self) -> Self:
        self.home = self.folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        # Sockets have a path of at most 107 bytes, so they cannot lie in the folder.
        self._runtime = Path(tempfile.mkdtemp(prefix="byleave-"))
        self.children = Children(self.folder / "logs")
        self.environment: dict[str, str] = {}
        try:
            self._begin()
        except BaseException:
            self._finish()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()

    def _finish(self) -> None:
        self.children.end_all()
        shutil.rmtree(self._runtime, ignore_errors=True)

    def _begin(self) -> None:
        self.environment |= {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "XDG_CURRENT_DESKTOP": "Openbox",
            # Settings of the applications stay in their process: no daemon is started for them.
            "GSETTINGS_BACKEND": "memory",
            "GIO_USE_VFS": "local",
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        self.display = Display(
            self.children,
            self.folder,
            self.environment,
            title=self._title,
            size=self._size,
            numbers=self._numbers,
        )
        self.environment |= {
            "DISPLAY": f":{self.display.number}",
            "XAUTHORITY": str(self.display.authority),
        }
        self._begin_buses()
        self._begin_surface()

    def _begin_buses(self) -> None:
        reading, writing = os.pipe()
        with open(reading, "rb") as address:
            try:
                address_options = [
                    f"--address=unix:path={self._runtime / 'bus'}",
                    f"--print-address={writing}",
                ]
                self.start(
                    "dbus",
                    ["dbus-daemon", f"--config-file={SETTINGS / 'bus.conf'}", "--nofork", *address_options],
                    pass_fds=[writing],
                )
            finally:
                os.close(writing)
            self.bus = address.readline().decode().strip()
        if not self.bus:
            message = f"no session bus, see {self.folder}/logs/dbus.log"
            raise DesktopError(message)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.bus
        self.start("at-spi", [ACCESSIBILITY_BUS, "--launch-immediately", "--a11y=1"])

    def _begin_surface(self) -> None:
        self.start("background", ["xsetroot", "-solid", self._background])
        self.start("openbox", ["openbox", "--config-file", str(SETTINGS / "openbox.xml")])
        with self.screen() as screen:
            self._await("openbox", lambda: screen.owned("WM_S0"))
            self.start("tint2", ["tint2", "-c", str(SETTINGS / "tint2rc")])
            self._await("tint2", lambda: screen.owned("_NET_SYSTEM_TRAY_S0"))

    def _await(self, part: str, shown: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STARTING
        while not shown():
            if time.monotonic() > deadline:
                message = f"{part} did not come up, see {self.folder}/logs/{part}.log"
                raise DesktopError(message)
            time.sleep(0.02)

    def start(
        self, name: str, command: Sequence[str], *, pass_fds: Sequence[int] = (), **variables: str
    ) -> "Popen[bytes]":
        """Start a program on this desktop.

        Args:
            name: of its log in `logs/`.
            command: the program and its arguments.
            pass_fds: file descriptors that the program keeps.
            variables: environment variables on top of `environment`.
        """
        environment = {**self.environment, **variables}
        return self.children.start(name, command, environment, folder=self.home, pass_fds=pass_fds)

    def end(self, child: "Popen[bytes]") -> None:
        """End one program that `start` returned."""
        self.children.end(child)

    def screen(self) -> Screen:
        """Open a connection that reads this desktop's pixels; close it after use."""
        return Screen(self.display.number, self.display.cookie)

    def grab(self) -> NDArray[np.uint8]:
        """Return the picture without the pointer: (height, width, 3), in the order blue, green, red."""
        with self.screen() as screen:
            return screen.grab()[:, :, :3]

    def save(self, path: Path) -> Path:
        """Write the whole picture to a PNG file and return its path."""
        if not cv2.imwrite(str(path), self.grab()):
            message = f"could not write {path}"
            raise DesktopError(message)
        return path
