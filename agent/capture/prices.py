"""What the parts of a picture cost on a line, exactly and roughly, and what a frame may spend."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from agent.capture import tiles
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from agent.capture.shown import Shown
from agent.capture.tiles import Cost

EXACT_SECONDS = 0.070
"""What is new is exact at once if all of it takes no longer on the line."""

WHOLE_SECONDS = 0.150
"""So long may a whole picture take on the line: halves of two are worse than a later one."""

WORTH = 1.5
"""An exact picture is worth so many times the bytes of a rough one, which would have to be followed by it."""

SPARE = 1.25
"""Prices are guesses."""

QUALITIES = ((math.inf, 90), (1_000_000, 75), (250_000, 40), (0, 20))
"""From so many bytes a second on; the first is JPEG's, the others are lossy WebP's."""

FINE_SECONDS = 1.5
"""If what rests takes longer to be exact, photos become fine first: 40 dB for a fifth of the bytes."""

FINE = 90
"""WebP's quality for it."""

FINE_WORTH = 0.5
"""What is fine may cost so much of what is exact; for text it would be more."""

FRAME_SECONDS = 1 / 90
"""A part of the picture may take so long on the line to be exact at once."""

HURRIED = {90: 90, 75: 40, 40: 20, 20: 8}
"""Likewise of what is new and takes long on the line."""

ROUGH_BYTES = {90: 0.33, 75: 0.15, 40: 0.115, 20: 0.09, 8: 0.07}
"""Of a pixel, roughly."""

JPEG_BYTES, WEBP_BYTES = 620, 60
"""Of each file, for its tables."""


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

    Attributes:
        hurried: whether what is new takes long on the line.
        spent: bytes that were taken out.
    """

    def __init__(self, size: float, seconds: float, pixels: int) -> None:
        self.bytes, self.seconds, self.pixels = size, seconds, pixels
        self.hurried = False
        self.spent = 0.0

    def affords(self, cost: Cost, place: Rect) -> bool:
        """Tell whether there is enough for a place at this price."""
        return cost.bytes <= self.bytes and cost.seconds <= self.seconds and place.area <= self.pixels

    def spend(self, cost: Cost, place: Rect) -> None:
        """Take the price of a place out."""
        self.bytes -= cost.bytes
        self.spent += cost.bytes
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
        quality: of what is rough.
    """

    def __init__(self, bytes_per_second: float | None) -> None:
        self.bytes_per_second = bytes_per_second
        self.thin = bytes_per_second is not None
        self.rate = math.inf if bytes_per_second is None else bytes_per_second
        self.quality = next(quality for least, quality in QUALITIES if self.rate >= least)

    def quality_of(self, shown: Shown) -> int | None:
        """Return the quality of a picture of this kind, JPEG's or WebP's; None for an exact one."""
        return {Shown.ROUGH: self.quality, Shown.FINE: FINE}.get(shown)

    def exact(self, picture: Pixels, place: Rect) -> Priced:
        """Estimate what a rectangle costs exactly."""
        busy = tiles.busyness(picture, place)
        return Priced(place, busy, tiles.cost(place, busy, thin=self.thin))

    def rough(self, each: Priced, quality: int | None = None) -> Cost:
        """Estimate what it costs roughly; in this line's quality, or in another one."""
        # It goes with the edges: text has the more the busier it is, photos have few.
        photo = 0.47 if self.thin else 1.0
        edges = photo if each.busy > tiles.PHOTO else 0.6 + 3.3 * each.busy
        area = each.place.area
        size = area * edges * ROUGH_BYTES[self.quality if quality is None else quality]
        if self.thin:
            return Cost(WEBP_BYTES + size, 1e-4 + 30e-9 * area)
        return Cost(JPEG_BYTES + size, 2e-9 * area)

    def first(self, each: Priced, purse: Purse, *, live: bool) -> tuple[Cost, Shown]:
        """Return what the first picture of a place costs, and what it is: exact or rough.

        Args:
            each: the place.
            purse: what may be spent.
            live: whether it is what happens now, and no older debt.
        """
        rough = self.rough(each)
        # A purse that is in a hurry has exact ones for what costs no more.
        worth = 1.0 if purse.hurried else WORTH
        # It takes no longer on the line, or is not much dearer.
        soon = self.rate * FRAME_SECONDS if live and not purse.hurried else 0.0
        if each.cost.bytes <= max(worth * rough.bytes, soon) and purse.affords(each.cost, each.place):
            return each.cost, Shown.EXACT
        return rough, Shown.ROUGH

    def rested(self, places: Sequence[Priced]) -> Callable[[Priced], tuple[Cost, Shown]]:
        """Return what tells how the next picture of a place that rests is made, and its price.

        Args:
            places: all that are rough.
        """
        long = sum(each.cost.bytes for each in places) > FINE_SECONDS * self.rate

        def price(each: Priced) -> tuple[Cost, Shown]:
            fine = self.rough(each, FINE)
            if long and fine.bytes < FINE_WORTH * each.cost.bytes:
                return fine, Shown.FINE
            return each.cost, Shown.EXACT

        return price

    def fill(self, purse: Purse, places: Sequence[Priced]) -> None:
        """Have the purse hold all that is new, if the line carries it soon enough; roughly, if it hurries."""
        if not self.thin:
            return
        exactly = SPARE * sum(each.cost.bytes for each in places)
        if exactly <= max(purse.bytes, self.rate * EXACT_SECONDS):
            purse.bytes = max(purse.bytes, exactly)
            return
        purse.hurried = True
        self.quality = HURRIED[self.quality]
        size = SPARE * sum(min(each.cost.bytes, self.rough(each).bytes) for each in places)
        if size <= self.rate * WHOLE_SECONDS:
            purse.bytes = max(purse.bytes, size)
