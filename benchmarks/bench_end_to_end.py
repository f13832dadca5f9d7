"""A whole session between two displays: from what is drawn to what the technician sees.

A person who adopts, is asked and allows, a technician who signs in and asks, a
relay, encryption from end to end, a recording that is sealed and uploaded: all
of it runs. The console fills its display, so each pixel has the same place on both.

Each step of a scene shows its number as a barcode in two corners. It has arrived
when both are read on the technician's display by a bare XShmGetImage, after the
X server has reported that something was drawn there. The floor is that same
reader on the person's display, before the session, with nothing else running.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import psutil

from agent.capture.damage import DamageWatch
from agent.capture.monitor import Rect
from agent.capture.shared_memory import DesktopPixels
from benchmarks import scenes
from benchmarks.clock import Spread
from benchmarks.displays import SOURCE, VIEWER, Place, place
from benchmarks.drawing import Drawer
from benchmarks.meeting import Meeting
from benchmarks.scenes import Scene
from byleave.demo import barcode
from byleave.demo.screen import Screen

SECONDS = 8.0
FLOOR_SECONDS = 4.0
SETTLING = 1.5
"""Seconds in which a new page has come and is exact; nothing counts before."""

LEADING = 1.0
"""Seconds before anything counts: a film has begun by then."""

TRAILING = 2.0
POINTER = 48
"""Pixels around the person's pointer: the console draws it, a grab of the person's display has none."""

SCENES = (scenes.typing, scenes.scroll, scenes.video)
FORWARDED = "byleave_forwarded_bytes_total"
STORED = "byleave_stored_bytes_total"


@dataclass
class Run:
    """When each step was drawn, and when it was seen; seconds of the monotonic clock."""

    drawn: dict[int, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)

    def delays(self) -> list[float]:
        """Return how long each step that was seen took, but for the first ones."""
        since = next(iter(self.drawn.values())) + LEADING
        return [at - self.drawn[step] for step, at in self.seen.items() if self.drawn[step] >= since]

    def shown(self) -> float:
        """Return the share of the steps that were seen."""
        return len(self.seen) / len(self.drawn)


class Reader:
    """Reads the barcodes of a scene off a display, whenever something was drawn there."""

    def __init__(self, display: str, places: Sequence[tuple[int, int]]) -> None:
        self._watch = DamageWatch(display)
        areas = [Rect(x, y, barcode.WIDTH, barcode.HEIGHT) for x, y in places]
        self._codes = [DesktopPixels(display, area) for area in areas]

    def wait(self, seconds: float) -> int | None:
        """Return the step that all places show, once something was drawn; None after so many seconds."""
        return self.look() if self._watch.wait(max(0.0, seconds)) is not None else None

    def look(self) -> int | None:
        """Return the step that all places show; None if they differ."""
        numbers = set()
        for code in self._codes:
            code.grab(0, barcode.HEIGHT)
            numbers.add(barcode.read(code.pixels))
        return numbers.pop() if len(numbers) == 1 else None

    def close(self) -> None:
        """Let go of the display."""
        self._watch.close()
        for code in self._codes:
            code.close()


class Spent:
    """What the session's programs have spent since this was made.

    Args:
        programs: by what they are called.
        health: the port on which the relay tells its counters.
    """

    def __init__(self, programs: dict[str, psutil.Process], health: int) -> None:
        self._programs, self._health = programs, health
        self._began, self._before = time.monotonic(), self._read()

    def results(self) -> dict[str, float]:
        """Return per cent of a core for each program, and kbit/s through the relay and into its store."""
        seconds, now = time.monotonic() - self._began, self._read()
        rate = {name: (now[name] - self._before[name]) / seconds for name in now}
        found = {f"{name}, % of a core": rate[name] * 100 for name in self._programs}
        return found | {
            "between the ends, kbit/s": rate[FORWARDED] * 8 / 1000,
            "recording uploaded, kbit/s": rate[STORED] * 8 / 1000,
        }

    def _read(self) -> dict[str, float]:
        page = httpx.get(f"http://127.0.0.1:{self._health}/metrics", trust_env=False).text
        lines = (line.split() for line in page.splitlines())
        read = {words[0]: float(words[1]) for words in lines if words[0] in (FORWARDED, STORED)}
        for name, program in self._programs.items():
            times = program.cpu_times()
            read[name] = times.user + times.system
        return read


def measure() -> dict[str, float]:
    """Return latency, its multiple of the floor, steps shown, processor and bytes for each scene."""
    results: dict[str, float] = {}
    with TemporaryDirectory(prefix="byleave-bench-") as name, place(Path(name), SOURCE, VIEWER) as displays:
        floors = {}
        for make in SCENES:
            with drawing(displays.src, scene := make()) as drawer:
                floors[scene.name] = Spread.of(watch(drawer, scene, displays.src, FLOOR_SECONDS).delays())
        with session(displays) as (meeting, programs):
            for make in SCENES:
                scene = make()
                with drawing(displays.src, scene) as drawer:
                    time.sleep(SETTLING)
                    spent = Spent(programs, meeting.health)
                    run = watch(drawer, scene, displays.view)
                    exact = exact_after(displays, run)
                    figures = of(run, floors[scene.name]) | {"exact after, ms": exact} | spent.results()
                results |= {f"{scene.name} / {what}": value for what, value in figures.items()}
    return results


def of(run: Run, floor: Spread) -> dict[str, float]:
    """Return the figures of what was seen."""
    delays = run.delays()
    spread = Spread.of(delays)
    return {
        "drawn to seen p50, ms": spread.p50,
        "drawn to seen p95, ms": spread.p95,
        "floor p50, ms": floor.p50,
        "floor p95, ms": floor.p95,
        "p50, x floor": median(delays) * 1000 / floor.p50,
        "shown, % of the steps": run.shown() * 100,
    }


@contextmanager
def drawing(display: str, scene: Scene) -> Iterator[Drawer]:
    """Show the first step of a scene."""
    drawer = Drawer(display, scene, coded=True)
    try:
        yield drawer
    finally:
        drawer.close()


def watch(drawer: Drawer, scene: Scene, display: str, seconds: float = SECONDS) -> Run:
    """Draw a scene in its own time, and note when each step is seen on a display."""
    run, reader = Run(), Reader(display, scene.codes)
    try:
        began = due = time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            if now >= due:
                step = len(run.drawn) + 1
                run.drawn[step] = now
                drawer.draw(step)
                due = max(due + 1 / scene.rate, now)
            _note(run, reader.wait(due - time.monotonic()))
        last = time.monotonic() + TRAILING
        while len(run.drawn) not in run.seen and time.monotonic() < last:
            _note(run, reader.wait(last - time.monotonic()))
    finally:
        reader.close()
    return run


def exact_after(displays: Place, run: Run) -> float:
    """Return how many ms after the last step was drawn both displays show the same; -1 if they never do."""
    last = list(run.drawn.values())[-1]
    all_of_it = Rect(0, 0, scenes.WIDTH, scenes.HEIGHT)
    person, technician = (DesktopPixels(name, all_of_it) for name in (displays.src, displays.view))
    display = displays.displays[SOURCE]
    with Screen(display.number, display.cookie) as screen:
        x, y = (max(0, place - POINTER // 2) for place in screen.pointer())
    try:
        while time.monotonic() < last + TRAILING:
            for pixels in (person, technician):
                pixels.grab(0, scenes.HEIGHT)
            now = time.monotonic()
            person.pixels[y : y + POINTER, x : x + POINTER] = 0
            technician.pixels[y : y + POINTER, x : x + POINTER] = 0
            if np.array_equal(person.pixels[..., :3], technician.pixels[..., :3]):
                return (now - last) * 1000
    finally:
        person.close()
        technician.close()
    return -1.0


def _note(run: Run, step: int | None) -> None:
    if step in run.drawn and step not in run.seen:
        run.seen[step] = time.monotonic()


@contextmanager
def session(
    displays: Place, samples: Path | None = None
) -> Iterator[tuple[Meeting, dict[str, psutil.Process]]]:
    """Bring both people together, until the console fills its display with the person's screen."""
    displays.manage_windows()
    meeting = Meeting(displays, samples)
    relay = meeting.open_office()
    agent, console = meeting.start_agent(), meeting.start_console()
    meeting.play()
    started = {"agent": agent, "relay": relay, "console": console}
    programs = {name: psutil.Process(program.pid) for name, program in started.items()}
    programs["person's X server"] = displays.server(SOURCE)
    programs["technician's X server"] = displays.server(VIEWER)
    yield meeting, programs
