"""The main job as two people live it: everything happens through the real windows.

The person reads, ticks and presses on one desktop, the technician types and
points on the other; both are VNC clients, and nothing reaches the programs but
what a person could do.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from byleave.demo import applications
from byleave.demo.cast import KEYPHRASE, Cast, CastError, Seat, wait_for
from byleave.demo.probe import Measurement, measure
from byleave.demo.remote import RemoteView
from byleave.demo.stop import watch_stop

AGENT = "byleave-agent"
CONSOLE = "byleave-console"

PURPOSE = "The printer has not printed since Monday"
TICKET = "FCH-20931"
TYPED = "Printer driver 7.4 was missing, installed on request."
FROM_TECHNICIAN = "I will now look at the driver, is that all right?"
FROM_PERSON = "Yes please, my granddaughter needs her homework."

ARMING_SECONDS = 3.2
MEASURING_SECONDS = 8.0
LOOKING_SECONDS = 2.0


@dataclass
class Told:
    """What the story brings home.

    Attributes:
        code: the ten digits that were read out.
        measurement: of the page that scrolled.
        stop_ms: from the press of Stop to the last effect of the technician's; None if nobody measured it.
        guided: whether a user played both roles, so that only the recording knows what was said.
    """

    code: str = ""
    measurement: Measurement | None = None
    stop_ms: float | None = None
    guided: bool = False
    steps: list[str] = field(default_factory=list)


class Story:
    """Plays the main job once.

    Args:
        cast: everybody, on the stage.
        pictures: folder for screenshots.
        say: prints a line of the story.
    """

    def __init__(self, cast: Cast, pictures: Path, say: Callable[[str], None]) -> None:
        self._cast = cast
        self._pictures = pictures
        self._say = say
        self._told = Told()

    def play(self) -> Told:
        """Play all of it.

        Raises:
            CastError: somebody did not do what the story needs; screenshots of both desktops are kept.
        """
        try:
            self._adopt()
            self._prepare()
            self._meet()
            self._consent()
            self._measure()
            self._control()
            self._work()
            self._talk()
            self._stop()
        except Exception:
            self._cast.person.desktop.save(self._pictures / "failed-person.png")
            self._cast.technician.desktop.save(self._pictures / "failed-technician.png")
            raise
        return self._told

    def _tell(self, line: str) -> None:
        self._told.steps.append(line)
        self._say(line)

    @property
    def _person(self) -> Seat:
        return self._cast.person

    @property
    def _technician(self) -> Seat:
        return self._cast.technician

    def _adopt(self) -> None:
        self._tell("The person adopts the organisation, after comparing its fingerprint.")
        adopting = self._cast.start_agent("adopt", str(self._cast.adoption))
        self._person.windows.wait("push button", "Trust", program=AGENT)
        time.sleep(ARMING_SECONDS)
        self._person.click("push button", "Trust", program=AGENT, exact=True)
        if wait_for(adopting, 20):
            raise CastError("`byleave agent adopt` did not end well")
        self._cast.start_agent()

    def _prepare(self) -> None:
        """Open what a person has open."""
        home = self._person.desktop.home
        self._letter = home / "letter.txt"
        self._letter.write_text("Dear Sir or Madam,\n\n")
        applications.open_editor(self._person.desktop, self._letter)
        guide = home / "printer-guide.pdf"
        lines = [f"{number}. Check the cable, then the paper, then the ink." for number in range(1, 200)]
        applications.write_document(guide, "Printer guide", lines)
        applications.open_document(self._person.desktop, guide)
        applications.open_folder(self._person.desktop, home)

    def _meet(self) -> None:
        technician = self._technician
        self._tell("The technician signs in, says why, and gets a code.")
        self._cast.start_console()
        technician.windows.wait("text", "Passphrase", program=CONSOLE)
        technician.click("text", "Passphrase", program=CONSOLE)
        technician.person.type(KEYPHRASE)
        technician.person.press("Return")
        technician.click("text", "Purpose", program=CONSOLE)
        technician.person.type(PURPOSE)
        technician.click("text", "Ticket", program=CONSOLE)
        technician.person.type(TICKET)
        technician.click("push button", "Get a code", program=CONSOLE)
        code = technician.windows.wait("label", "Code ", program=CONSOLE).name.removeprefix("Code ")
        self._told.code = code.replace(" ", "")
        self._tell(f"The technician reads it out: {code}. The person types it.")
        self._person.click("push button", "Yes, I phoned", program=AGENT)
        self._person.click("text", "Code of ten digits", program=AGENT)
        self._person.person.type(self._told.code)
        self._person.click("push button", "Connect", program=AGENT)

    def _consent(self) -> None:
        self._person.windows.wait("push button", "Don’t allow", program=AGENT, seconds=30)
        time.sleep(ARMING_SECONDS)
        self._person.desktop.save(self._pictures / "consent.png")
        self._tell("The person reads the question and allows seeing the screen for 30 minutes.")
        self._person.click("push button", "Allow for", program=AGENT)
        self._person.windows.wait("label", "can see your screen", program=AGENT)
        self._view = RemoteView(self._technician.windows.wait("filler", "Remote screen", program=CONSOLE))

    def _measure(self) -> None:
        desktop = self._person.desktop
        log = desktop.home / "scroller.log"
        scroller = desktop.start(
            "scroller",
            ["python", "-m", "byleave.demo.scroller", str(log), "200", "120", "1200", "760"],
        )
        self._tell("A page of text scrolls on the person's screen, 30 steps a second.")
        try:
            with self._technician.desktop.screen() as screen:
                self._told.measurement = measure(screen, log, MEASURING_SECONDS)
        finally:
            desktop.end(scroller)

    def _control(self) -> None:
        self._tell("The technician asks for mouse and keyboard; the person allows that too.")
        self._technician.click("push button", "Control: ask", program=CONSOLE)
        until("the box is ticked", self._tick)
        time.sleep(ARMING_SECONDS)
        self._person.click("push button", "Allow this too", program=AGENT)
        self._person.windows.wait_gone("push button", "Allow this too", program=AGENT)
        self._person.windows.wait("label", "mouse", program=AGENT)

    def _tick(self) -> bool:
        """Click on the box and look whether that ticked it: the window may just have been put elsewhere."""
        box = self._person.windows.wait("check box", "Move the mouse and type", program=AGENT)
        self._person.person.click(*box.centre)
        looked = time.monotonic()
        while "checked" not in box.states():
            if time.monotonic() > looked + LOOKING_SECONDS:
                return False
            time.sleep(0.05)
        return True

    def _work(self) -> None:
        technician, person = self._technician.person, self._person
        self._tell("The technician types a line into the person's letter and scrolls the guide.")
        editor = person.windows.wait("text", "", program="mousepad")
        technician.click(*self._view.at(*editor.centre))
        technician.press("Control", "End")
        technician.type(TYPED)
        until("the line is in the letter", lambda: TYPED in editor.text())
        before = person.desktop.grab()[100:900, 1260:1860].copy()
        technician.move(*self._view.at(1560, 500))
        technician.scroll(5)
        until(
            "the guide has scrolled",
            lambda: bool((person.desktop.grab()[100:900, 1260:1860] != before).any()),
        )
        person.desktop.save(self._pictures / "banner.png")

    def _talk(self) -> None:
        self._tell("They chat.")
        technician, person = self._technician, self._person
        technician.click("check box", "Chat", program=CONSOLE)
        technician.click("text", "Message", program=CONSOLE)
        technician.person.type(FROM_TECHNICIAN)
        technician.person.press("Return")
        person.click("push button", "Chat", program=AGENT)
        person.windows.wait("label", FROM_TECHNICIAN, program=AGENT)
        person.click("text", "", program=AGENT)
        person.person.type(FROM_PERSON)
        person.person.press("Return")
        technician.windows.wait("label", FROM_PERSON, program=CONSOLE)
        technician.desktop.save(self._pictures / "console.png")

    def _stop(self) -> None:
        self._tell("The technician is still moving the mouse when the person presses Stop.")
        stop = self._person.windows.wait("push button", "Stop", program=AGENT)
        self._told.stop_ms = watch_stop(self._cast, self._view, stop.centre)
        self._person.windows.wait("push button", "Save my copy", program=AGENT, seconds=30)
        self._technician.windows.wait("push button", "New session", program=CONSOLE, seconds=30)


def until(what: str, condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until a condition holds.

    Raises:
        CastError: it does not, after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CastError(f"it never happened that {what}")
        time.sleep(0.05)
