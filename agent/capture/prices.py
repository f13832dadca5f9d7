"""What the parts of a picture cost on a line, exactly and roughly, and what a frame may spend."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from agent.capture import tiles
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from agent.capture.tiles import Cost

WHOLE_SECONDS = 0.150
"""So long may a whole picture take on the line: halves of two are worse than a later one."""

WORTH = 1.5
"""An exact picture is worth so many times the bytes of a rough one, which would have to be followed by it."""

SPARE = 1.25
"""Prices are guesses."""

QUALITIES = ((math.inf, 90), (1_000_000, 75), (250_000, 55), (0, 35))
"""JPEG's quality from so many bytes a second on."""

FRAME_SECONDS = 1 / 90
"""A part of the picture may take so long on the line to be exact at once."""

ROUGH_FILE_BYTES = 620
"""Of each JPEG, for its tables."""

ROUGH_BYTES = {90: 0.33, 75: 0.2, 55: 0.16, 35: 0.12}
"""Of a pixel in JPEG, roughly."""

ROUGH_SECONDS = 2e-9
"""For a pixel."""


class Priced(NamedTuple):
    """A rectangle, how busy it is, and what it costs exactly."""

    place: Rect
    busy: float
    cost: Cost


class Purse:
    """What may still be spent on this frame.

    Args:
        size: bytes.
        seconds: of one core.
        pixels: that may be painted.
    """

    def __init__(self, size: float, seconds: float, pixels: int) -> None:
        self.bytes, self.seconds, self.pixels = size, seconds, pixels

    def affords(self, cost: Cost, place: Rect) -> bool:
        """Tell whether there is enough for a place at this price."""
        return cost.bytes <= self.bytes and cost.seconds <= self.seconds and place.area <= self.pixels

    def spend(self, cost: Cost, place: Rect) -> None:
        """Take the price of a place out."""
        self.bytes -= cost.bytes
        self.seconds -= cost.seconds
        self.pixels -= place.area


class Prices:
    """What things cost on one line.

    Args:
        bytes_per_second: of the line; None if it is so fast that bytes do not matter.

    Attributes:
        bytes_per_second: as it was given.
        thin: whether bytes are dearer than time.
        rate: bytes a second; infinite if they do not matter.
        quality: JPEG's.
    """

    def __init__(self, bytes_per_second: float | None) -> None:
        self.bytes_per_second = bytes_per_second
        self.thin = bytes_per_second is not None
        self.rate = math.inf if bytes_per_second is None else bytes_per_second
        self.quality = next(quality for least, quality in QUALITIES if self.rate >= least)

    def exact(self, picture: Pixels, place: Rect) -> Priced:
        """Estimate what a rectangle costs exactly."""
        busy = tiles.busyness(picture, place)
        return Priced(place, busy, tiles.cost(place, busy, thin=self.thin))

    def rough(self, each: Priced) -> Cost:
        """Estimate what it costs roughly."""
        # What JPEG takes goes with the edges: text has the more the busier it is, photos have few.
        edges = 1.0 if each.busy > tiles.PHOTO else 0.6 + 3.3 * each.busy
        area = each.place.area
        return Cost(ROUGH_FILE_BYTES + area * edges * ROUGH_BYTES[self.quality], area * ROUGH_SECONDS)

    def first(self, each: Priced, purse: Purse, *, live: bool) -> tuple[Cost, bool]:
        """Return what the first picture of a place costs, and whether it is an exact one.

        Args:
            each: the place.
            purse: what may be spent.
            live: whether it is what happens now, and no older debt.
        """
        if self._worth(each, live=live) and purse.affords(each.cost, each.place):
            return each.cost, True
        return self.rough(each), False

    def _worth(self, each: Priced, *, live: bool) -> bool:
        """Tell whether it should be exact at once: it takes no longer on the line, or is not much dearer."""
        soon = self.rate * FRAME_SECONDS if live else 0.0
        return each.cost.bytes <= max(WORTH * self.rough(each).bytes, soon)

    def whole(self, places: Iterable[Priced]) -> float:
        """Return the bytes that all of these take, if the line carries them soon enough; 0 if not."""
        if not self.thin:
            return 0.0
        costs = (each.cost if self._worth(each, live=True) else self.rough(each) for each in places)
        size = SPARE * sum(cost.bytes for cost in costs)
        return size if size <= self.rate * WHOLE_SECONDS else 0.0
