"""The monitors that are watched, put together as they stand on the person's desktop.

One monitor is shown by itself, without a copy. Several share one picture, into which what
changes on each of them is copied; where there is no monitor it is black.
"""

from collections.abc import Iterable

import numpy

from session.canvas import Change, Composer, Pixels, Rectangle, Undecodable
from session.messages import DESKTOP_LIMIT, Frame, Monitor, Monitors
from technician_console.surface import Part


class Wall:
    """Puts the frames of all watched monitors together; belongs to one thread."""

    def __init__(self) -> None:
        self._watched: dict[int, Monitor] = {}
        self._told = False
        self._composers: dict[int, Composer] = {}
        self._parts: dict[int, Part] = {}
        self._together: Pixels | None = None

    @property
    def pixels(self) -> Pixels | None:
        """The picture now, BGRx; None before there is any."""
        if self._together is not None:
            return self._together
        return next((pixels for _, pixels in self._pictures()), None)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Which monitors are in the picture, and where."""
        return tuple(self._parts[number] for number, _ in self._pictures())

    def arrange(self, monitors: Monitors) -> list[Rectangle]:
        """Show these from now on, and no others; return where the picture may look different.

        Called while nobody else looks at the pixels, as `paint`.

        Raises:
            Undecodable: no desktop is that large.
        """
        self._told = True
        self._watched = {each.number: each for each in monitors.monitors if each.watched}
        self._composers = {
            number: self._composers.get(number) or Composer() for number in sorted(self._watched)
        }
        return self._build()

    def read(self, frame: Frame) -> Change | None:
        """Check and decode a frame, which must be painted before the next one is read.

        Returns:
            What it changes; None for a monitor that is not watched any more.

        Raises:
            Undecodable: it cannot be used, and none of its monitor that follows until a key frame.
        """
        if not self._told:
            # An end that tells of no monitors has this one.
            self._composers.setdefault(frame.monitor, Composer())
        composer = self._composers.get(frame.monitor)
        if composer is None:
            return None
        # Each monitor has a picture of its own, and all of them together are no more than one desktop.
        others = (each.canvas for number, each in self._composers.items() if number != frame.monitor)
        pixels = sum(canvas.pixels.shape[0] * canvas.pixels.shape[1] for canvas in others if canvas)
        if pixels + frame.width * frame.height > DESKTOP_LIMIT:
            raise Undecodable("larger than any desktop")
        return composer.read(frame)

    def paint(self, number: int, change: Change) -> list[Rectangle]:
        """Do what was read; return where the picture may look different now."""
        composer = self._composers[number]
        changed = composer.paint(change)
        if composer.canvas is None:
            return []
        height, width = composer.canvas.pixels.shape[:2]
        part = self._parts.get(number)
        if part is None or (part.width, part.height) != (width, height):
            return self._build()
        if self._together is None:
            return changed
        for x, y, across, down in changed:
            target = self._together[part.y + y : part.y + y + down, part.x + x : part.x + x + across]
            target[:] = composer.canvas.pixels[y : y + down, x : x + across]
        return [(part.x + x, part.y + y, across, down) for x, y, across, down in changed]

    def _pictures(self) -> Iterable[tuple[int, Pixels]]:
        for number, composer in self._composers.items():
            if composer.canvas is not None and number in self._parts:
                yield number, composer.canvas.pixels

    def _build(self) -> list[Rectangle]:
        """Put everything together anew."""
        self._together = None
        places = [self._place(number, composer) for number, composer in self._composers.items()]
        if not places:
            return []
        left, top = min(each.x for each in places), min(each.y for each in places)
        width = max(each.x + each.width for each in places) - left
        height = max(each.y + each.height for each in places) - top
        if width * height > DESKTOP_LIMIT:
            raise Undecodable("larger than any desktop")
        moved = [Part(each.number, each.x - left, each.y - top, each.width, each.height) for each in places]
        self._parts = {each.number: each for each in moved}
        if len(places) > 1:
            self._together = numpy.zeros((height, width, 4), numpy.uint8)
            for number, pixels in self._pictures():
                part = self._parts[number]
                self._together[part.y : part.y + part.height, part.x : part.x + part.width] = pixels
        elif self.pixels is None:
            return []
        return [(0, 0, width, height)]

    def _place(self, number: int, composer: Composer) -> Part:
        """Return where a monitor stands on the desktop; its picture knows best how large it is."""
        told = self._watched.get(number)
        x, y = (told.x, told.y) if told else (0, 0)
        if composer.canvas is not None:
            height, width = composer.canvas.pixels.shape[:2]
            return Part(number, x, y, width, height)
        return Part(number, x, y, told.width, told.height) if told else Part(number, x, y, 0, 0)
