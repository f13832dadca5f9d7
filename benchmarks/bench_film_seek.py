"""Seeking in a film of five minutes that the agent coded: with its key pictures, and with the first alone."""

import random  # noqa: TID251 - the seeded generator that gives every run the same seeks
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from agent.capture import video
from agent.capture.monitor import Rect
from agent.capture.video import VideoStream, ordered
from auditor.case import Case, Pin
from auditor.composing import Composing
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.source import Bundle
from benchmarks.bench_audit import check
from tests.agent.capture.pictures import page, scrolled
from tests.auditor import world as worlds
from tests.auditor.drawing import image
from tests.auditor.story import CONTROL, VIEW
from tests.auditor.world import Session, World, clock_on_the_wall

SECONDS, SEGMENT_SECONDS, RATE = 300, 5, 30
WIDTH, HEIGHT = 1280, 720
PLACE = Rect(320, 180, 640, 360)
SEEKS = 100
NEVER = 1_000_000


def measure() -> dict[str, float]:
    """Return how long a seek takes, and what the film's sealed files take."""
    usual = video.KEY_PICTURES
    results = _measured("with key pictures")
    try:
        video.KEY_PICTURES = NEVER
        return results | _measured("with one alone")
    finally:
        video.KEY_PICTURES = usual


def _measured(name: str) -> dict[str, float]:
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        session = _record(Path(folder))
        bundle = Bundle(session.world.folder)
        case = Case(
            bundle, session.sid, Pin(session.world.root.fingerprint), [session.world.auditor], keeping=True
        )
        checked = check(case)
        recording = Recording(bundle, session.sid, case.statements, case.keys)
        reel = Reel(recording, 0, case.shelves[0])
        composing, generator = Composing(reel), random.Random(7)  # noqa: S311 - places, not secrets
        times, work = [], []
        for _ in range(SEEKS):
            position = reel.at(case.statements[0].t0 + generator.randrange(4000, SECONDS * 1000 - 2000))
            if position is None:
                raise RuntimeError("there is no picture at this moment")
            began, worked = perf_counter(), process_time()
            composing.show(position)
            times.append((perf_counter() - began) * 1000)
            work.append((process_time() - worked) * 1000)
        return {
            f"{name}: seek p50, ms": float(np.percentile(times, 50)),
            f"{name}: seek p95, ms": float(np.percentile(times, 95)),
            f"{name}: seek p95, ms of all cores": float(np.percentile(work, 95)),
            f"{name}: sealed files, MB": checked["sealed files, MB"],
        }


def _record(folder: Path) -> Session:
    worlds.WIDTH, worlds.HEIGHT = WIDTH, HEIGHT
    made = World(folder)
    with clock_on_the_wall(made.clock):
        session = Session(made)
        session.open()
        session.consent("allowed", (VIEW, CONTROL), (VIEW, CONTROL), minutes=120)
        session.frame((image(page(2, WIDTH, HEIGHT)),), key=True)
        stream = VideoStream(0, PLACE, ordered(PLACE, RATE, None))
        screen = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        scene = page(1, PLACE.width, PLACE.height)
        for segment in range(SECONDS // SEGMENT_SECONDS):
            for at in range(SEGMENT_SECONDS * RATE - 2):
                rows, columns = slice(PLACE.y, PLACE.y + PLACE.height), slice(PLACE.x, PLACE.x + PLACE.width)
                screen[rows, columns] = scrolled(scene, segment * 7 + at * 2)
                tile = stream.code(screen, made.clock.now)
                session.frame((tile,), every=1 / RATE, parameters=stream.parameters)
            made.clock.now = worlds.BEGIN + (segment + 1) * SEGMENT_SECONDS
            session.cut()
        session.close()
    return session
