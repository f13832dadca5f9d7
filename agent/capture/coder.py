"""Codes rectangles on two cores: OpenCV lets go of the interpreter while it codes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from agent.capture.monitor import Rect
from session.picture import Tile

ALONE = 150_000
"""Pixels that one core codes sooner than another is woken and shares the work."""


class Job(NamedTuple):
    """A rectangle to code, and how busy it is."""

    place: Rect
    busy: float


class Coder:
    """Shares the work between the calling thread and one of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "tiles")

    def code(self, work: Callable[[Job], Tile], jobs: Sequence[Job]) -> list[Tile]:
        """Return the tiles of these places, in any order; one of them may come in two parts."""
        total = sum(job.place.area for job in jobs)
        if total < ALONE:
            return [work(job) for job in jobs]
        mine: list[Job] = []
        other: list[Job] = []
        taken = 0
        for job in jobs:
            upper, lower = _cut(job.place, total // 2 - taken)
            taken += job.place.area
            mine += [job._replace(place=upper)] if upper else []
            other += [job._replace(place=lower)] if lower else []
        later = self._pool.submit(lambda: [work(job) for job in other])
        return [work(job) for job in mine] + later.result()

    def close(self) -> None:
        """End its thread."""
        self._pool.shutdown()


def _cut(place: Rect, pixels: int) -> tuple[Rect | None, Rect | None]:
    """Cut a rectangle so that the upper part has about so many pixels."""
    rows = max(0, min(place.height, round(pixels / place.width)))
    upper = Rect(place.x, place.y, place.width, rows) if rows else None
    lower = Rect(place.x, place.y + rows, place.width, place.height - rows) if rows < place.height else None
    return upper, lower
