"""How fast a scrolling page arrives: read off the technician's display, pixel by pixel.

Nothing that is measured is asked: the person's page logs when it draws a step,
and the probe looks at the other display until it shows that step.
"""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from byleave.demo import barcode
from byleave.demo.screen import Screen

PAUSE = 0.003
"""Seconds between two looks; half of it is added to every latency."""

CORNERS = 2


class ProbeError(Exception):
    """The page that scrolls is not to be seen."""


@dataclass(frozen=True)
class Measurement:
    """What came of one look at a scrolling page.

    Attributes:
        seconds: how long was looked.
        drawn: steps that the page drew, from the first to the last that was shown.
        shown: distinct steps that were shown whole.
        frames_per_second: `shown` per second.
        p50: half of the shown steps came within so many milliseconds after they were drawn.
        p95: 95 of 100 did.
    """

    seconds: float
    drawn: int
    shown: int
    frames_per_second: float
    p50: float
    p95: float


class Probe:
    """Looks at the two barcodes of a page wherever a display shows them.

    Args:
        screen: the display; used by the probe alone.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._places: list[barcode.Place] = []

    def find(self, seconds: float = 10.0) -> list[barcode.Place]:
        """Search the display for the page and remember where it is.

        Raises:
            ProbeError: its two barcodes are not shown within so many seconds.
        """
        deadline = time.monotonic() + seconds
        while len(places := barcode.find(self._screen.grab())) != CORNERS:
            if time.monotonic() > deadline:
                message = f"{len(places)} barcodes instead of {CORNERS} after {seconds} s"
                raise ProbeError(message)
            time.sleep(0.1)
        self._places = places
        return places

    def look(self) -> int | None:
        """Return the step that both corners show, or None while they differ or are not clean."""
        numbers = set()
        for place in self._places:
            picture = self._screen.grab(place.x, place.y, place.width, place.height)
            numbers.add(barcode.read(picture))
        return numbers.pop() if len(numbers) == 1 else None

    def watch(self, seconds: float) -> dict[int, int]:
        """Look for so long; return when each step was first shown, CLOCK_MONOTONIC in nanoseconds.

        Raises:
            ProbeError: the page is not to be seen.
        """
        self.find()
        shown: dict[int, int] = {}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            step = self.look()
            if step is not None:
                shown.setdefault(step, time.monotonic_ns())
            time.sleep(PAUSE)
        return shown


def measure(screen: Screen, log: Path, seconds: float) -> Measurement:
    """Watch a display while a page scrolls and compare it with the page's log.

    Args:
        screen: the display that shows the page.
        log: what the page wrote.
        seconds: how long to watch.

    Raises:
        ProbeError: the page is not to be seen, or fewer than two steps were.
    """
    shown = Probe(screen).watch(seconds)
    # What the first look saw may have been there for long.
    shown.pop(next(iter(shown)), None) if shown else None
    if len(shown) < CORNERS:
        message = f"only {len(shown)} steps were shown in {seconds} s"
        raise ProbeError(message)
    drawn = read_log(log)
    delays = [(when - drawn[step]) / 1e6 for step, when in shown.items()]
    cuts = statistics.quantiles(delays, n=100, method="inclusive")
    steps = list(shown)
    first, last = steps[0], steps[-1]
    return Measurement(
        seconds=seconds,
        drawn=sum(drawn[first] <= when <= drawn[last] for when in drawn.values()),
        shown=len(shown),
        frames_per_second=(len(shown) - 1) / ((shown[last] - shown[first]) / 1e9),
        p50=cuts[49],
        p95=cuts[94],
    )


def read_log(log: Path) -> dict[int, int]:
    """Return when each step was drawn, CLOCK_MONOTONIC in nanoseconds; of a number used twice, the later."""
    drawn = {}
    for line in log.read_bytes().splitlines():
        step, when = line.split()
        drawn[int(step) % barcode.MODULUS] = int(when)
    return drawn
