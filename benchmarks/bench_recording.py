"""What the recorder costs the picture: a thread codes a film while segments are sealed beside it.

The floor is the same thread alone; the peer seals each segment in one go, which
keeps Python's lock all the while.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from agent.capture.encoder import Order, X264Encoder
from session.messages import Frame
from session.picture import Coding, Tile
from session.sealing import new_identity, seal
from tests.agent.capture.pictures import page, scrolled
from tests.agent.recording import Recording, begin

SEGMENT_BYTES = 6_000_000
"""What five seconds of heavy traffic are."""
FRAMES = 30
SECONDS = 4.0
RATE = 60
WIDTH, HEIGHT = 640, 360


def measure() -> dict[str, float]:
    """Return how long a picture takes to be coded, how long nothing went on, and how much is recorded."""
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        recording = begin(Path(folder))
        recording.allow()
        _, recipient = new_identity()
        data = np.random.default_rng(1).bytes(SEGMENT_BYTES)
        frames = [_frame(data[at::FRAMES][: SEGMENT_BYTES // FRAMES]) for at in range(FRAMES)]
        ways: dict[str, Callable[[], object]] = {
            "alone": lambda: None,
            "sealing in one go": lambda: seal(data, [recipient]),
            "the recorder cuts": lambda: _cut(recording, frames),
        }
        results: dict[str, float] = {}
        for name, work in ways.items():
            took, pauses = _beside(work)
            results[f"{name}: picture p50, ms"] = float(np.percentile(took, 50))
            results[f"{name}: picture p99, ms"] = float(np.percentile(took, 99))
            results[f"{name}: longest pause p95, ms"] = float(np.percentile(pauses, 95))
        sent = sum(len(tile.data) for frame in frames for tile in frame.tiles)
        results["recorded bytes, times those that are sent"] = _recorded(Path(folder) / "once", frames) / sent
        return results


def _recorded(folder: Path, frames: list[Frame]) -> int:
    """Return how many bytes the sealed objects of one segment have."""
    recording = begin(folder)
    recording.allow()
    _cut(recording, frames)
    return sum(item.size for item in recording.objects())


def _cut(recording: Recording, frames: list[Frame]) -> None:
    for frame in frames:
        recording.recorder.frame(frame)
    recording.recorder.cut()


def _frame(data: bytes) -> Frame:
    tile = Tile(0, 0, 512, 512, Coding.PNG, data)
    return Frame(0, 0, 1, True, 1920, 1080, 1, (), (tile,))


def _beside(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Do the work again and again beside a thread that codes pictures and one that watches.

    Returns:
        Milliseconds of each picture; the longest pause of the watch in each round of the work.
    """
    ended = threading.Event()
    took: list[float] = []
    gaps: list[float] = []
    threads = [
        threading.Thread(target=_code, args=(ended, took)),
        threading.Thread(target=_watch, args=(ended, gaps)),
    ]
    for thread in threads:
        thread.start()
    pauses = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        gaps.clear()
        work()
        time.sleep(0.05)
        pauses.append(max(gaps, default=0.0) * 1000)
    ended.set()
    for thread in threads:
        thread.join()
    return took, pauses


def _code(ended: threading.Event, took: list[float]) -> None:
    encoder = X264Encoder(Order(WIDTH, HEIGHT, RATE))
    views = [scrolled(page(1, WIDTH, HEIGHT), 3 * step) for step in range(8)]
    number = 0
    while not ended.wait(1 / RATE):
        began = time.perf_counter()
        encoder.encode(views[number % len(views)])
        number += 1
        took.append((time.perf_counter() - began) * 1000)


def _watch(ended: threading.Event, gaps: list[float]) -> None:
    """Note how late a thread runs that wants to, every half millisecond."""
    before = time.perf_counter()
    while not ended.wait(0.0005):
        now = time.perf_counter()
        gaps.append(now - before)
        before = now
