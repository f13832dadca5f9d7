"""What a test sees of the stage: orders, answers, the person's hand and the attackers' ways."""

import contextlib
import itertools
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import XError
from Xlib.ext import shape
from Xlib.protocol import event
from Xlib.xobject.drawable import Window

from byleave.demo.accessibility import Name, Widget, Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.desktop import until

NUMBERS = itertools.count(1)
# That a desktop has no portals, or a platform of Qt no tray, is none of our business.
COMPLAINTS = re.compile(
    r"^(?!qt\.qpa\.services|.*systemTrayWindowChanged).*(?:Traceback|Warning|QObject|Q\w+:|qt\.|Error).*$",
    re.MULTILINE,
)


class Stage:
    """The windows in their own process; leaving the context ends it and reads its complaints."""

    def __init__(self, desktop: Desktop, scale: str = "1", platform: str = "xcb") -> None:
        self.desktop = desktop
        self._folder = tempfile.TemporaryDirectory(prefix="byleave-stage-")
        self._name = f"stage-{next(NUMBERS)}"
        path = Path(self._folder.name) / "orders"
        command = [sys.executable, "-m", "tests.agent.windows.stage", str(path)]
        self.process = desktop.start(self._name, command, QT_SCALE_FACTOR=scale, QT_QPA_PLATFORM=platform)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        # The path is there a moment before anybody listens.
        until(lambda: self._socket.connect_ex(str(path)) == 0, 20)
        self._lines = self._socket.makefile("rw")
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()
        self.desktop.end(self.process)
        self._folder.cleanup()
        if error is None:
            complaints = COMPLAINTS.findall(self.log())
            assert not complaints, "\n".join(complaints)

    def log(self) -> str:
        return (self.desktop.folder / "logs" / f"{self._name}.log").read_text()

    def order(self, **order: Any) -> dict[str, Any]:
        self._lines.write(json.dumps(order) + "\n")
        self._lines.flush()
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def show(self, name: str, seconds: float = 60.0) -> int:
        """Show a page of `STATES` and return the number of its question; forget the intents so far."""
        number = next(NUMBERS)
        self._seen += len(self.intents())
        self.order(show=name, seconds=seconds, number=number)
        return number

    def intents(self) -> list[list[Any]]:
        """Return what the person wanted since the last `show`."""
        return list(self.order()["intents"])[self._seen :]

    def await_intent(self, seconds: float = 10.0) -> list[Any]:
        until(lambda: bool(self.intents()), seconds)
        return self.intents()[0]

    def again(self, times: int) -> None:
        """Show the page that is shown so many times more, as the engine does."""
        self.order(again=times)

    @property
    def wakes(self) -> int:
        """How often the windows' thread has woken up so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])

    @property
    def banner(self) -> bool:
        return bool(self.order()["banner"])

    @property
    def own(self) -> set[int]:
        return set(self.order()["own"])


class Seen:
    """The stage's widgets as a screen reader sees them."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    def wait(self, role: str, name: Name = "") -> Widget:
        return self._windows.wait(role, name, program="byleave-agent")

    def all(self, role: str) -> Iterator[Widget]:
        return self._windows.all(role, program="byleave-agent")

    def says(self, text: str) -> bool:
        return self._windows.find("label", text, program="byleave-agent") is not None

    def gone(self, role: str, name: Name = "") -> bool:
        return self._windows.find(role, name, program="byleave-agent") is None

    @property
    def allow(self) -> Widget:
        return self.wait("push button", re.compile(r"^Allow"))

    @property
    def deny(self) -> Widget:
        return self.wait("push button", "Don’t allow")


def await_armed(seen: Seen) -> None:
    """Wait until the question says that it takes an answer."""
    seen.wait("label", "No answer within a minute")


def await_focus(widget: Widget) -> None:
    """Wait until a widget has the focus."""
    until(lambda: "focused" in widget.states())


def click(person: VncPerson, widget: Widget) -> None:
    """Let the person click a widget with their own mouse."""
    person.click(*widget.centre)


def xdotool(desktop: Desktop, *arguments: str) -> None:
    """Inject with XTEST, as a program on the desktop."""
    subprocess.run(["xdotool", *arguments], env=desktop.environment, check=True, timeout=60)


def quiet_for(seconds: float, stage: Stage) -> list[list[Any]]:
    """Return the intents of the next so many seconds; empty if nothing was answered."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stage.intents():
        time.sleep(0.05)
    return stage.intents()


class Attacker:
    """A program on the same display: python-xlib, XTEST, XSendEvent, windows of its own."""

    def __init__(self, desktop: Desktop) -> None:
        self.display = Display(f":{desktop.display.number}")
        self.root = self.display.screen().root

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.display.close()

    def cover(self, x: int, y: int, width: int, height: int, *, click_through: bool = False) -> Window:
        """Lay a window over everything, past the window manager."""
        window: Window = self.root.create_window(
            x,
            y,
            width,
            height,
            0,
            self.display.screen().root_depth,
            override_redirect=True,
            background_pixel=0,
        )
        if click_through:
            shape.rectangles(window, shape.SO.Set, shape.SK.Input, 0, 0, 0, [])
        window.map()
        self.display.sync()
        return window

    def remove(self, window: Window) -> None:
        window.destroy()
        self.display.sync()

    def titled(self, title: str) -> list[Window]:
        """Return the windows with this title that are shown."""
        name = self.display.intern_atom("_NET_WM_NAME")
        found = []
        for window in self._all(self.root):
            with contextlib.suppress(XError):
                shown = window.get_attributes().map_state == X.IsViewable
                if shown and title in {window.get_wm_name(), window.get_full_text_property(name)}:
                    found.append(window)
        return found

    def find(self, title: str) -> Window:
        """Return the first window with this title."""
        return self.titled(title)[0]

    def _all(self, window: Window) -> "Iterator[Window]":
        with contextlib.suppress(XError):
            for child in window.query_tree().children:
                yield child
                yield from self._all(child)

    def place(self, window: Window) -> tuple[int, int]:
        corner = window.translate_coords(self.root, 0, 0)
        return -int(corner.x), -int(corner.y)

    def send_click(self, window: Window, at: tuple[int, int]) -> None:
        """Send a click with XSendEvent; `at` is a point of the display."""
        x, y = self.place(window)
        for kind, state in ((event.ButtonPress, 0), (event.ButtonRelease, X.Button1Mask)):
            made = kind(
                time=X.CurrentTime,
                root=self.root,
                window=window,
                same_screen=1,
                child=X.NONE,
                root_x=at[0],
                root_y=at[1],
                event_x=at[0] - x,
                event_y=at[1] - y,
                state=state,
                detail=1,
            )
            window.send_event(made, propagate=True)
        self.display.sync()

    def send_key(self, window: Window, name: str) -> None:
        """Send a key with XSendEvent."""
        keycode = self.display.keysym_to_keycode(XK.string_to_keysym(name))
        for kind in (event.KeyPress, event.KeyRelease):
            made = kind(
                time=X.CurrentTime,
                root=self.root,
                window=window,
                same_screen=1,
                child=X.NONE,
                root_x=0,
                root_y=0,
                event_x=0,
                event_y=0,
                state=0,
                detail=keycode,
            )
            window.send_event(made, propagate=True)
        self.display.sync()

    def close(self, window: Window) -> None:
        """Ask a window to close, as the window manager does."""
        atoms = [self.display.intern_atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW")]
        data = (32, [atoms[1], X.CurrentTime, 0, 0, 0])
        window.send_event(event.ClientMessage(window=window, client_type=atoms[0], data=data))
        self.display.sync()
