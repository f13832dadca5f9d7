"""Screenshots of the technician's display, taken during the session by somebody who only looks at it."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from byleave.demo import barcode
from byleave.demo.screen import Screen
from tests.real_world.stage import Stage
from tests.real_world.watch import PLACE, Watch

Pixels: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

TRACE_SECONDS = 0.5
"""So long after the person's pointer was somewhere it may still be drawn there."""

POINTER = 40
"""Pixels around a pointer's place that its picture may cover."""

REST_SECONDS = 30.0
"""In which a still desktop must be shown exactly; that it is much faster is measured elsewhere."""


@dataclass(frozen=True)
class Shot:
    """One screenshot.

    Attributes:
        began: when it was asked for, milliseconds since 1970.
        ended: when it was there.
        scene: what happened on the person's desktop.
        path: its pixels, height × width × 4, blue, green, red, unused.
        pointers: where the person's pointer may be drawn in it.
    """

    began: float
    ended: float
    scene: str
    path: Path
    pointers: tuple[tuple[int, int], ...]

    def pixels(self) -> Pixels:
        """Read the screenshot; blue, green, red."""
        return np.asarray(np.load(self.path, mmap_mode="r")[:, :, :3])

    def differs(self, other: Pixels) -> int:
        """Return how many pixels are not those of a picture of the same size, the pointer left out."""
        return int(_unlike(self.pixels(), other[:, :, :3], self.pointers).sum())


class Shots:
    """Takes one after the other until the context is left.

    Args:
        stage: whose console is in full screen.
        watch: knows the scene, and where the pointer is.
        folder: for the screenshots.
        every: seconds from one to the next.

    Attributes:
        taken: all of them, in their order.
    """

    def __init__(self, stage: Stage, watch: Watch, folder: Path, every: float) -> None:
        self.taken: list[Shot] = []
        self._stage = stage
        self._watch = watch
        self._folder = folder
        self._every = every
        self._over = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="shots")
        folder.mkdir()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            with self._stage.technician.desktop.screen() as screen:
                while not self._over.wait(self._every):
                    self._take(screen)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the context is left
            self._failed = error

    def _take(self, screen: Screen) -> None:
        scene, began = self._watch.scene, 1000 * time.time()
        pixels = screen.grab()
        ended = 1000 * time.time()
        since = time.monotonic() - TRACE_SECONDS - (ended - began) / 1000
        path = self._folder / f"{len(self.taken):04}.npy"
        np.save(path, pixels)
        self.taken.append(Shot(began, ended, scene, path, tuple(self._watch.trace.since(since))))

    def rest(self) -> float | None:
        """Wait until the technician sees exactly what the person sees; return after how many seconds.

        Only looks in which the person's display stood still count; None: it was never so.
        """
        begin = time.monotonic()
        with self._stage.person.desktop.screen() as person, self._stage.technician.desktop.screen() as other:
            while (passed := time.monotonic() - begin) < REST_SECONDS:
                before, shown, after = (each.grab()[:, :, :3] for each in (person, other, person))
                pointers = self._watch.trace.since(time.monotonic() - TRACE_SECONDS)
                still = not _but_the_ticker(_unlike(before, after, ()))
                if still and not _but_the_ticker(_unlike(shown, after, pointers)):
                    return passed
                time.sleep(0.05)
        return None


def _unlike(one: Pixels, other: Pixels, pointers: Iterable[tuple[int, int]]) -> Mask:
    """Tell which pixels differ, but for those that pointers cover."""
    found: Mask = (one != other).any(axis=2)
    for x, y in pointers:
        found[max(0, y - POINTER) : y + POINTER, max(0, x - POINTER) : x + POINTER] = False
    return found


def _but_the_ticker(unlike: Mask) -> int:
    """Return how many pixels differ beside the ticker, which never rests."""
    x, y = PLACE
    unlike[y : y + barcode.HEIGHT, x : x + barcode.WIDTH] = False
    return int(unlike.sum())
