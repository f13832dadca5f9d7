"""An hour's recording of a full-HD screen: how fast it is checked, sought in and exported.

In the pictures a window of text scrolls on a desktop that rests. A seek ends
with the exact picture, decoded from where its statement says.
"""

import random  # noqa: TID251 - the seeded generator that gives every run the same seeks
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import cv2
import numpy as np

from auditor.case import Case, Pin
from auditor.film import export_films
from auditor.findings import Step
from auditor.projector import Decoder
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.source import Bundle
from auditor.verify import STEPS
from tests.auditor import world as worlds
from tests.auditor.story import CONTROL, VIEW
from tests.auditor.world import Session, World, clock_on_the_wall

SECONDS = 3600
SEGMENT_SECONDS = 5
PICTURES = 6
"""In each segment: most of an hour is reading and thinking."""
WINDOW = (slice(160, 860), slice(300, 1300))
SEEKS = 100
WIDTH, HEIGHT = 1920, 1080
LINE, STEP = 22, 22


def measure() -> dict[str, float]:
    """Return speeds of check, seek and export of an hour."""
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        session = record(Path(folder))
        bundle = Bundle(session.world.folder)
        case = Case(bundle, session.sid, Pin(session.world.root.fingerprint), [session.world.auditor])
        results = check(case)
        recording = Recording(bundle, session.sid, case.statements, case.keys)
        results |= seek(recording, case)
        began = perf_counter()
        export_films(recording, Path(folder) / "film.mp4")
        results["export, x real time"] = SECONDS / (perf_counter() - began)
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
    reel = Reel(recording, recording.events())
    opened = case.statements[0].t0
    generator = random.Random(7)  # noqa: S311 - places, not secrets
    decoder = Decoder(reel)
    times: list[float] = []
    work: list[float] = []
    for _ in range(SEEKS):
        moment = opened + generator.randrange(2000, SECONDS * 1000)
        began, worked = perf_counter(), process_time()
        position = reel.at(moment)
        if position is None:
            raise RuntimeError("there is no picture at this moment")
        decoder.show(position)
        times.append((perf_counter() - began) * 1000)
        work.append((process_time() - worked) * 1000)
    return {
        "seek p50, ms": sorted(times)[SEEKS // 2],
        "seek p95, ms": sorted(times)[SEEKS * 95 // 100],
        "seek p95, ms of all cores": sorted(work)[SEEKS * 95 // 100],
    }


def record(folder: Path) -> Session:
    """Make the recording."""
    worlds.WIDTH, worlds.HEIGHT = WIDTH, HEIGHT
    page, desktop = text(), np.full((HEIGHT, WIDTH, 4), 120, np.uint8)
    rows, columns = WINDOW

    def picture(number: int) -> worlds.Picture:
        top = number * STEP % (len(page) - HEIGHT)
        desktop[WINDOW] = page[top : top + rows.stop - rows.start, : columns.stop - columns.start]
        return desktop

    made = World(folder)
    with clock_on_the_wall(made.clock):
        session = Session(made, draw=picture)
        session.open()
        session.consent("allowed", (VIEW, CONTROL), (VIEW, CONTROL), minutes=120)
        for number in range(SECONDS // SEGMENT_SECONDS):
            session.pictures(PICTURES, every=0.1)
            session.recorder.event("pointer", x=number, y=40)
            made.clock.now = worlds.BEGIN + (number + 1) * SEGMENT_SECONDS
            session.cut()
        session.close()
    return session


def text() -> worlds.Picture:
    """Return a long page."""
    page = np.full((8000, WIDTH, 4), 250, np.uint8)
    generator = random.Random(1)  # noqa: S311 - words, not secrets
    words = ["printer", "letter", "screen", "a", "window", "and", "the", "driver", "of", "paper"]
    for number, y in enumerate(range(LINE, len(page), LINE)):
        line = f"{number} " + " ".join(generator.choices(words, k=20))
        cv2.putText(page, line, (40, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 30, 255), 1, cv2.LINE_AA)
    return page
