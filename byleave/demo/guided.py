"""The demo for somebody with a display: the user plays both roles, guided by three lines."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from byleave.demo import viewer
from byleave.demo.applications import open_editor
from byleave.demo.cast import KEYPHRASE, Cast, CastError
from byleave.demo.desktop import Desktop
from byleave.demo.layout import Places, side_by_side
from byleave.demo.placing import PlacingError, UserDisplay
from byleave.demo.story import Told
from session.profile import read_adoption

PATIENCE_SECONDS = 1800.0
LOOK_SECONDS = 0.25
CLOSING_SECONDS = 10.0
"""So long a session that is over may take to be written down."""

EDITOR_WIDTH = 840
"""A narrower desktop needs a smaller editor than `settings/openbox.xml` asks for."""

HISTORY = "history.jsonl"
OTHERWISE = "without a display, two scripted people play: `byleave demo --headless`"


class GuideError(Exception):
    """The user cannot play, or has left; the message says why."""


@dataclass(frozen=True)
class Table:
    """The user's display, laid for the demo.

    Attributes:
        variables: they lead to the display.
        display: the connection to it.
        places: where the windows go.
    """

    variables: Mapping[str, str]
    display: UserDisplay
    places: Places

    def put(self, program: "Popen[bytes]", *, console: bool) -> None:
        """Put a program's window into its place, once it shows."""
        rectangle = self.places.console if console else self.places.viewer
        self.display.place(program.pid, rectangle, resize=console, going=lambda: program.poll() is None)


@contextmanager
def lay(variables: Mapping[str, str]) -> Iterator[Table]:
    """See whether the user can play on this display, and lay it.

    Raises:
        GuideError: there is no viewer, or no such display.
    """
    if not viewer.installed(variables):
        raise GuideError(
            f"{viewer.PROGRAM}, which would show you the person's desktop, is not installed "
            f"(Debian: sudo apt-get install tigervnc-viewer); {OTHERWISE}"
        )
    try:
        display = UserDisplay(variables["DISPLAY"])
    except PlacingError as error:
        raise GuideError(f"{error}; {OTHERWISE}") from error
    with display:
        yield Table(variables, display, side_by_side(display.area()))


def guide(cast: Cast, table: Table, say: Callable[[str], None]) -> Told:
    """Open the person's desktop in a viewer and the console beside it; return when a session is over.

    Args:
        cast: with the person's seat only, whose desktop has the size that `table` says.
        table: the user's display.
        say: prints a line.

    Raises:
        GuideError: the user closed a window too early, trusted nobody, or is away.
        CastError: the console did not write down what it should.
    """
    _open_letter(cast.person.desktop, table.places)
    watch = _Watch(say)
    shown = viewer.open_viewer(cast.person.desktop, table.variables)
    table.put(shown, console=False)
    fingerprint = read_adoption(cast.adoption.read_bytes()).root.fingerprint
    say("1. In the window on the left you are the person: compare the fingerprint, wait three seconds, and")
    say(f"   press `Trust`. It is {fingerprint}")
    adopting = cast.start_agent("adopt", str(cast.adoption))
    while adopting.poll() is None:
        watch.stay({"person’s desktop": shown})
    if adopting.returncode:
        raise GuideError("the person trusts nobody, so nobody can help; start again to see the rest")
    agent, console = cast.start_agent(), cast.start_console(table.variables)
    table.put(console, console=True)
    say("2. In the console on the right you are the technician. Sign in, then get a code.")
    say(f"   The passphrase is “{KEYPHRASE}”.")
    say("3. As the person: type the code, read, allow. Ask for control, type, chat; then press `Stop`.")
    windows = {"person’s desktop": shown, "console": console, "person’s Byleave": agent}
    sid = watch.session(cast.agent_state / HISTORY, windows)
    _await_console(cast.console_state / HISTORY, sid)
    return Told(guided=True)


def _open_letter(desktop: Desktop, places: Places) -> None:
    letter = desktop.home / "letter.txt"
    letter.write_text("Dear Sir or Madam,\n\n")
    open_editor(desktop, letter)
    width, height = places.desktop
    if width < EDITOR_WIDTH:
        search = ["search", "--sync", "--onlyvisible", "--class", "Mousepad"]
        size = [str(width - 80), str(min(460, height - 160))]
        desktop.start("editor-size", ["xdotool", *search, "windowsize", *size])


class _Watch:
    """Waits for what the user does, but not for ever, and not for somebody who has left."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._deadline = time.monotonic() + PATIENCE_SECONDS
        self._left_at: float | None = None

    def stay(self, windows: Mapping[str, "Popen[bytes]"], grace: float = 0.0) -> None:
        """Wait a little; so many seconds after a window was closed, the demo is over."""
        now = time.monotonic()
        closed = next((name for name, program in windows.items() if program.poll() is not None), None)
        if closed is not None:
            self._left_at = self._left_at or now
            if now >= self._left_at + grace:
                raise GuideError(f"the window of the {closed} was closed before a session was over")
        if now > self._deadline:
            raise GuideError(f"no session was over after {PATIENCE_SECONDS / 60:.0f} minutes")
        time.sleep(LOOK_SECONDS)

    def session(self, history: Path, windows: Mapping[str, "Popen[bytes]"]) -> str:
        """Return the first session in which something was allowed, once it is over."""
        count = 0
        while True:
            entries = _lines(history)
            for entry in entries[count:]:
                if entry["granted"]:
                    return str(entry["sid"])
                self._say(
                    "Nothing was allowed, so nothing was seen or recorded. Get another code, or end me."
                )
            count = len(entries)
            self.stay(windows, CLOSING_SECONDS)


def _await_console(history: Path, sid: str) -> None:
    deadline = time.monotonic() + CLOSING_SECONDS
    while all(entry["sid"] != sid for entry in _lines(history)):
        if time.monotonic() > deadline:
            raise CastError("the console did not write down the session")
        time.sleep(LOOK_SECONDS)


def _lines(history: Path) -> list[dict[str, Any]]:
    """Return the sessions of a history; a line that is still being written is left out."""
    lines = history.read_bytes().splitlines(keepends=True) if history.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]
