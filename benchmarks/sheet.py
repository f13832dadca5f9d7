"""What the stages of one picture took, each beside the least that anybody could take for it."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks.clock import Spread

STAGES = {
    "notice": ("X's event that something was drawn, until its area is known", "a round trip to the X server"),
    "capture": ("`Screen.grab` of what changed", "bare XShmGetImage of the same rows"),
    "compare": ("`Differ.look`: what moved, what is new", "one comparison of the changed area, word by word"),
    "convert": ("BGRx to what the codec takes", "a copy of the same pixels"),
    "encode": (
        "`Painter.paint` without `compare`: choice, conversion, codec",
        "bare cv2.imencode or x264, one after the other, of ready pixels",
    ),
    "record": ("`Recorder.frame`", "to append to a list behind a lock"),
    "pack": ("the frame as a message with its length", "one copy of its bytes"),
    "seal": (
        "`Recorder.cut`, for each picture: age, statement, disk",
        "ChaCha20-Poly1305 of the bytes, one durable file",
    ),
    "SSH and relay": (
        "sent by one end, decoded at the other; a relay process between",
        "the same bytes by plain TCP through a plain forwarder",
    ),
    "decode": ("`Composer.read`", "bare cv2.imdecode or H.264 decoder"),
    "put together": ("`Composer.paint`: copies and tiles into the picture", "a copy of the same pixels"),
    "paint": (
        "the window paints what changed (Qt, offscreen)",
        "QPainter draws the same area of one image into another",
    ),
}
"""What each stage is, and its floor."""

OWN = ("notice", "capture", "compare", "encode", "record", "pack")
"""What a picture waits for at the agent; `convert` is a part of `encode`, and sealing happens later."""

THEIRS = ("decode", "put together", "paint")


class Sheet:
    """The times of one scene's pictures."""

    def __init__(self) -> None:
        self._took: dict[str, list[float]] = defaultdict(list)
        self._floor: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the product at this stage of one picture."""
        began = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - began)

    @contextmanager
    def floor(self, name: str) -> Iterator[None]:
        """Time the least that the stage needs."""
        began = time.perf_counter()
        yield
        self.add_floor(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Take a time of the product's that was measured elsewhere."""
        self._took[name].append(seconds)

    def add_floor(self, name: str, seconds: float) -> None:
        """Take a floor that was measured elsewhere."""
        self._floor[name].append(seconds)

    def results(self, scene: str) -> dict[str, float]:
        """Return each stage's median, 95th percentile and multiple of its floor."""
        found: dict[str, float] = {}
        for name in STAGES:
            if name not in self._took:
                continue
            spread = Spread.of(self._took[name])
            found[f"{scene} / {name} / p50, ms"] = spread.p50
            found[f"{scene} / {name} / p95, ms"] = spread.p95
            found[f"{scene} / {name} / x floor"] = spread.p50 / 1000 / median(self._floor[name])
        for end, stages in (("agent", OWN), ("console", THEIRS)):
            found[f"{scene} / all at the {end} / p50, ms"] = self._sum(stages)
        return found

    def _sum(self, stages: tuple[str, ...]) -> float:
        each = zip(*(self._took[name] for name in stages), strict=True)
        return median(map(sum, each)) * 1000
