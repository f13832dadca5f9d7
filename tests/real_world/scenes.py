"""What people do at a computer, done by the person's own hand with real programs."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from subprocess import Popen
from typing import TypeVar

from byleave.demo import applications
from byleave.demo.scroller import SENTENCES
from tests.real_world.material import Material
from tests.real_world.stage import PATIENCE, Stage

BROWSER = (
    "chromium --no-sandbox --no-first-run --no-default-browser-check --disable-gpu --password-store=basic "
    "--disable-background-networking --disable-component-update --disable-sync --disable-extensions "
    "--autoplay-policy=no-user-gesture-required --window-position=300,120 --window-size=1180,880"
)
"""Without the sandbox, which needs rights that nobody has in a container; the pages are our own."""

PAGE = (1100, 700)
"""A point on a page, which the editor does not cover."""

TITLE = (300, 52)
"""The editor's title bar, above the browser's upper edge."""

FRAMES = 1 / 60

_Thing = TypeVar("_Thing")


class Scenes:
    """The desktop of somebody who does one thing after the other.

    Args:
        stage: whose person it is.
        material: what there is to look at.
    """

    def __init__(self, stage: Stage, material: Material) -> None:
        self._desktop = stage.person.desktop
        self._hand = stage.person.person
        self._windows = stage.person.windows
        self._material = material

    @property
    def all(self) -> dict[str, Callable[[float], None]]:
        """What can be done for so many seconds, by name."""
        return {
            "pages": self.pages,
            "editor": self.editor,
            "terminal": self.terminal,
            "drag": self.drag,
            "video": self.video,
        }

    def open(self) -> None:
        """Open the browser and the editor, and wait until they are there."""
        profile = self._desktop.home / "browser"
        command = [*BROWSER.split(), f"--user-data-dir={profile}", self._material.pages[0].as_uri()]
        self._desktop.start("browser", command, NO_AT_BRIDGE="1")
        self._letter = self._desktop.home / "letter.txt"
        self._letter.write_text("Dear Sir or Madam,\n\n")
        applications.open_editor(self._desktop, self._letter)
        self._windows.wait("text", "", program="mousepad", seconds=PATIENCE)

    def pages(self, seconds: float) -> None:
        """Load pages, read up and down in them with the wheel and the keys."""
        for page in _for(seconds, self._material.pages):
            self._go(page.as_uri())
            self._hand.move(*PAGE)
            for notches in (8, 8, -4, 10):
                self._hand.scroll(notches)
            for key in ("Page_Down", "Page_Down", "Page_Up", "End", "Home"):
                self._hand.press(key)
                self._pause(0.3)

    def editor(self, seconds: float) -> None:
        """Write, and look through what was written."""
        self._hand.click(*TITLE)
        self._hand.click(TITLE[0], TITLE[1] + 200)
        self._hand.press("Control", "End")
        for sentence in _for(seconds, SENTENCES):
            for word in sentence.split():
                self._hand.type(word + " ")
                self._pause(0.06)
            self._hand.press("Return")
            self._hand.scroll(-3)
            self._hand.scroll(3)

    def terminal(self, seconds: float) -> None:
        """Print as fast as the terminal can, stop, and print again."""
        looped = f"while :; do for n in 1 2 3 4 5 6 7 8; do cat '{self._material.book}'; done; sleep 1; done"
        command = ["xterm", "-fa", "DejaVu Sans Mono", "-fs", "11", "-e", "sh", "-c", looped]
        program = self._desktop.start("terminal", command)
        self._rest(program, seconds)
        self._desktop.end(program)

    def drag(self, seconds: float) -> None:
        """Drag the editor over a photo, round and round."""
        self._go(self._material.photo.as_uri())
        self._hand.click(*TITLE)
        self._hand.move(*TITLE)
        self._hand.button(down=True)
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            across, down = 1 - math.cos(1.7 * passed), 1 - math.cos(1.1 * passed)
            self._hand.point(TITLE[0] + round(220 * across), TITLE[1] + round(210 * down))
            time.sleep(FRAMES)
        self._hand.move(*TITLE)
        self._hand.button(down=False)

    def video(self, seconds: float) -> None:
        """Watch a video in a page."""
        self._go(self._material.video.as_uri())
        self._pause(seconds)
        self._go(self._material.pages[0].as_uri())

    def _go(self, address: str) -> None:
        self._hand.click(*PAGE)
        self._hand.press("Control", "l")
        self._hand.type(address)
        self._hand.press("Return")

    def _pause(self, seconds: float) -> None:
        """Let the programs go on for so long: it is what the scene consists of."""
        time.sleep(seconds)

    def _rest(self, program: "Popen[bytes]", seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert program.poll() is None
            time.sleep(0.05)


def _for(seconds: float, things: Sequence[_Thing]) -> Iterator[_Thing]:
    """Yield the things over and over again until the time is up."""
    end = time.monotonic() + seconds
    while True:
        for thing in things:
            if time.monotonic() > end:
                return
            yield thing
