"""Scrolling on a real display, 1920x1080 and 3840x2160: how long each stage takes, and how often it is done.

A page scrolls 30 times a second by the X server's own copying. The picture is
grabbed, compared, painted and recorded as in a session, segments are sealed
meanwhile. The floor is to grab the same pixels.
"""

import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from Xlib import X

from agent.capture.differ import Change, Differ
from agent.capture.monitor import Rect
from agent.capture.painter import Painter, Picture
from agent.capture.screen import X11Screen
from agent.capture.shared_memory import Pixels
from agent.flow import Budget
from benchmarks.clock import milliseconds
from session.messages import Frame
from tests.agent.capture.pictures import page
from tests.agent.conftest import Desktop
from tests.agent.recording import Recording, begin

SIZES = ((1920, 1080), (3840, 2160))
RATE = 30
STEPS = 12
SECONDS = 4.0
CUT_SECONDS = 1.0
BUDGET = Budget(1024 * 1024, None)
"""Of a local network."""


def measure() -> dict[str, float]:
    """Return milliseconds of each stage and pictures a second, for each size."""
    results: dict[str, float] = {}
    for width, height in SIZES:
        desktop = Desktop(width=width, height=height)
        try:
            results |= {f"{height}p: {what}": value for what, value in _scrolling(desktop).items()}
        finally:
            desktop.close()
    return results


class Stages:
    """Milliseconds of each stage, picture by picture."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self.own: list[float] = []
        """Of the processor, in this thread alone."""
        self._since = 0.0

    def begin(self) -> None:
        """Start the clock."""
        self._since = time.perf_counter()

    def done(self, stage: str) -> None:
        """Note a stage, and start the clock for the next one."""
        now = time.perf_counter()
        self.took[stage].append((now - self._since) * 1000)
        self._since = now


class Watched(Differ):
    """A differ whose looks are counted apart from the painting."""

    looked = 0.0

    def look(self, pixels: Pixels, changed: Rect | None) -> Change:
        """Look, and note how long that took."""
        began = time.perf_counter()
        change = super().look(pixels, changed)
        self.looked = (time.perf_counter() - began) * 1000
        return change


def _scrolling(desktop: Desktop) -> dict[str, float]:
    screen = X11Screen(desktop.name)
    width, height = screen.monitor.width, screen.monitor.height
    floor = milliseconds(screen.grab, 20)
    ended, ready = threading.Event(), threading.Event()
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        recording = begin(Path(folder))
        recording.allow()
        threads = [
            threading.Thread(target=_scroll, args=(desktop, width, height, ready, ended)),
            threading.Thread(target=_cut, args=(recording, ended)),
        ]
        differ = Watched(width, height)
        painter = Painter(width, height, differ)
        try:
            pixels = screen.grab()
            painter.paint(pixels, None, key=True, budget=BUDGET, now=time.monotonic())
            recording.recorder.frame(_frame(0, Picture((), (), None), width, height))
            for thread in threads:
                thread.start()
            ready.wait()
            stages, seconds = _watch(screen, painter, differ, recording)
        finally:
            ended.set()
            for thread in threads:
                thread.join()
            painter.close()
            screen.close()
    results = {f"{stage}, ms": median(took) for stage, took in stages.took.items()}
    whole = [sum(parts) for parts in zip(*stages.took.values(), strict=True)]
    return results | {
        "all, ms": median(whole),
        "all, ms of the thread's processor": median(stages.own),
        "all p99, ms": float(np.percentile(whole, 99)),
        "grab everything (the floor), ms": floor,
        "all, times the floor": median(whole) / floor,
        "pictures a second": len(whole) / seconds,
    }


def _watch(
    screen: X11Screen, painter: Painter, differ: Watched, recording: Recording
) -> tuple[Stages, float]:
    """Show what changes; return how long it took, and for how many seconds that went on."""
    stages, number = Stages(), 0
    began = time.monotonic()
    while (now := time.monotonic()) < began + SECONDS:
        changed = screen.wait(1.0)
        if changed is None:
            continue
        stages.begin()
        own = time.thread_time()
        pixels = screen.grab(changed)
        stages.done("grab")
        made = painter.paint(pixels, changed, key=False, budget=BUDGET, now=now)
        stages.done("paint")
        stages.took["paint"][-1] -= differ.looked
        stages.took["compare"].append(differ.looked)
        number += 1
        if made is not None:
            parameters = made.parameters
            recording.recorder.frame(_frame(number, made, *_size(screen)), parameters)
        stages.done("record")
        stages.own.append((time.thread_time() - own) * 1000)
    return stages, time.monotonic() - began


def _size(screen: X11Screen) -> tuple[int, int]:
    return screen.monitor.width, screen.monitor.height


def _frame(number: int, made: Picture, width: int, height: int) -> Frame:
    return Frame(0, 0, number, number == 0, width, height, number, made.copies, made.tiles)


def _cut(recording: Recording, ended: threading.Event) -> None:
    while not ended.wait(CUT_SECONDS):
        recording.recorder.cut()


def _scroll(
    desktop: Desktop, width: int, height: int, ready: threading.Event, ended: threading.Event
) -> None:
    """Scroll a page forth and back, by a fiftieth of the screen."""
    step = height // 50
    tall = height + STEPS * step
    root = desktop.connection.screen().root
    pen = root.create_gc(subwindow_mode=X.IncludeInferiors)
    paper = root.create_pixmap(width, tall, desktop.connection.screen().root_depth)
    text = page(1, width, tall)
    rows = 200_000 // (width * 4)
    for top in range(0, tall, rows):
        part = text[top : top + rows]
        paper.put_image(pen, 0, top, width, len(part), X.ZPixmap, 24, 0, part.tobytes())
    desktop.connection.sync()
    ready.set()
    count = 0
    while not ended.wait(1 / RATE):
        count += 1
        at = abs(count % (2 * STEPS) - STEPS) * step
        root.copy_area(pen, paper, 0, at, width, height, 0, 0)
        desktop.connection.sync()
