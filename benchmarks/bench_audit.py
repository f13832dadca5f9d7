"""An hour's recording of a full-HD screen: how fast it is checked, sought in and exported.

In the pictures a window of text scrolls on a desktop that rests, or jumps to another
page, and now and then a video plays in it. A seek ends with the exact picture.
"""

import random  # noqa: TID251 - the seeded generator that gives every run the same seeks
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import cv2
import numpy as np

from auditor.case import Case, Pin
from auditor.composing import Composing
from auditor.film import export_films
from auditor.findings import Step
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.source import Bundle
from auditor.verify import STEPS
from session.picture import Copy
from tests.auditor import world as worlds
from tests.auditor.drawing import Drawn, Video, image
from tests.auditor.story import CONTROL, VIEW
from tests.auditor.world import Session, World, clock_on_the_wall

SECONDS = 3600
SEGMENT_SECONDS = 5
PICTURES = 8
"""In each segment: most of an hour is reading and thinking."""
WINDOW = (slice(160, 860), slice(300, 1300))
CORNER = (300, 160)
PAGE_EVERY = 3
"""In each of so many segments another page comes up."""
VIDEO_EVERY = 12
VIDEO_PICTURES, VIDEO_STREAMS = 100, 2
SEEKS = 200
WIDTH, HEIGHT = 1920, 1080
LINE, STEP = 22, 22


def measure() -> dict[str, float]:
    """Return speeds of check, seek and export of an hour."""
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        session = record(Path(folder))
        bundle = Bundle(session.world.folder)
        pin = Pin(session.world.root.fingerprint)
        case = Case(bundle, session.sid, pin, [session.world.auditor], keeping=True)
        results = check(case)
        recording = Recording(bundle, session.sid, case.statements, case.keys)
        results |= seek(recording, case)
        began = perf_counter()
        [film] = export_films(recording, Path(folder) / "film.mp4")
        seconds = perf_counter() - began
        results["export, x real time"] = SECONDS / seconds
        results["export, pictures/s"] = film.pictures / seconds
        results["film, MB"] = film.path.stat().st_size / 1e6
        return results


def check(case: Case) -> dict[str, float]:
    """Do all steps and return how fast they were."""
    seconds: dict[str, float] = {}
    for planned in STEPS:
        step = Step(planned.name, planned.proves)
        began = perf_counter()
        planned.check(case, step)
        seconds[planned.name] = perf_counter() - began
        if step.findings:
            raise RuntimeError(f"{planned.name}: {step.findings}")
    size = sum(item.size for _, item in case.objects) / 1e6
    return {
        "sealed files, MB": size,
        "digests of all sealed files, MB/s": size / seconds["objects"],
        "the whole check, s": sum(seconds.values()),
        "the whole check, MB/s": size / sum(seconds.values()),
    }


def seek(recording: Recording, case: Case) -> dict[str, float]:
    """Go to moments all over the hour."""
    shelf = case.shelves[0]
    reel = Reel(recording, 0, shelf)
    opened = case.statements[0].t0
    generator = random.Random(7)  # noqa: S311 - places, not secrets
    composing = Composing(reel)
    times: list[float] = []
    work: list[float] = []
    for _ in range(SEEKS):
        moment = opened + generator.randrange(2000, SECONDS * 1000)
        began, worked = perf_counter(), process_time()
        position = reel.at(moment)
        if position is None:
            raise RuntimeError("there is no picture at this moment")
        composing.show(position)
        times.append((perf_counter() - began) * 1000)
        work.append((process_time() - worked) * 1000)
    return {
        "kept pictures": len(shelf),
        "kept pictures, MB": shelf.size / 1e6,
        "seek p50, ms": sorted(times)[SEEKS // 2],
        "seek p95, ms": sorted(times)[SEEKS * 95 // 100],
        "seek p95, ms of all cores": sorted(work)[SEEKS * 95 // 100],
    }


def record(folder: Path) -> Session:
    """Make the recording."""
    worlds.WIDTH, worlds.HEIGHT = WIDTH, HEIGHT
    page, desktop = text(), np.full((HEIGHT, WIDTH, 4), 120, np.uint8)
    made = World(folder)
    with clock_on_the_wall(made.clock):
        session = Session(made)
        session.open()
        session.consent("allowed", (VIEW, CONTROL), (VIEW, CONTROL), minutes=120)
        session.frame((image(desktop),), key=True)
        top = 0
        for number in range(SECONDS // SEGMENT_SECONDS):
            if number % PAGE_EVERY == 0:
                top = number * 700 % (len(page) - HEIGHT)
                rows = page[top : top + WINDOW[0].stop - WINDOW[0].start]
                session.frame((image(rows[:, : WINDOW[1].stop - WINDOW[1].start], *CORNER),))
            top = scroll(session, page, top)
            if number % VIDEO_EVERY == VIDEO_EVERY - 1:
                play(session, number)
            session.recorder.event("pointer", monitor=0, x=number, y=40)
            made.clock.now = worlds.BEGIN + (number + 1) * SEGMENT_SECONDS
            session.cut()
        session.close()
    return session


def scroll(session: Session, page: Drawn, top: int) -> int:
    """Scroll the window: what stays is copied, what comes is an image; return where the page is now."""
    rows, columns = WINDOW
    width, height = columns.stop - columns.start, rows.stop - rows.start
    for _ in range(PICTURES):
        top = (top + STEP) % (len(page) - HEIGHT)
        copy = Copy(columns.start, rows.start, width, height - STEP, columns.start, rows.start + STEP)
        new = page[top + height - STEP : top + height, :width]
        session.frame((image(new, columns.start, rows.stop - STEP),), (copy,))
    return top


def play(session: Session, number: int) -> None:
    """Play a video of four seconds in two streams; the window of a thin line may begin another one."""
    generator = np.random.default_rng(number)
    noise = cv2.resize(generator.integers(0, 255, (90, 160, 4), np.uint8), (960, 540))
    for part in range(VIDEO_STREAMS):
        video = Video(*CORNER, 640, 360, number * VIDEO_STREAMS + part)
        for at in range(VIDEO_PICTURES // VIDEO_STREAMS):
            picture = noise[at : at + 360, at * 2 : at * 2 + 640]
            session.frame((video.tile(picture),), every=0.04, parameters=video.parameters)


def text() -> Drawn:
    """Return a long page."""
    page = np.full((8000, WIDTH, 4), 250, np.uint8)
    generator = random.Random(1)  # noqa: S311 - words, not secrets
    words = ["printer", "letter", "screen", "a", "window", "and", "the", "driver", "of", "paper"]
    for number, y in enumerate(range(LINE, len(page), LINE)):
        line = f"{number} " + " ".join(generator.choices(words, k=20))
        cv2.putText(page, line, (40, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 30, 255), 1, cv2.LINE_AA)
    return page
