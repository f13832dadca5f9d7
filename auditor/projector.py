"""Composing in a thread: the newest wish counts, and the newest picture is shown."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.composing import Composing
from auditor.reel import Reel
from auditor.shelf import Position
from auditor.wall import Place, together
from session.canvas import Pixels
from session.errors import ByleaveError

_log = logging.getLogger("byleave.audit")

Positions = dict[int, Position]
"""Which picture of each monitor, by its number."""

LayoutAt = Callable[[int], Sequence[Place] | None]
"""Tells which monitors were seen at a moment (milliseconds since 1970); None if all that have pictures."""


@dataclass(frozen=True)
class Wall:
    """What is to be shown.

    Args:
        at: when its newest picture was captured, milliseconds since 1970.
        pixels: BGRx, height × width × 4.
        places: where in it each monitor is.
    """

    at: int
    pixels: Pixels = field(repr=False, compare=False)
    places: tuple[Place, ...] = ()


class Projector:
    """Shows pictures on demand, from a thread of its own.

    Args:
        reels: the pictures, by monitor.
        layout_at: which monitors were seen when.
        show: is given each picture, in the projector's thread; None where there is none yet.
        failed: is told why a picture cannot be shown, likewise.
    """

    def __init__(
        self,
        reels: Mapping[int, Reel],
        layout_at: LayoutAt,
        show: Callable[[Wall | None], None],
        failed: Callable[[ByleaveError], None],
    ) -> None:
        self._reels = reels
        self._layout_at = layout_at
        self._show = show
        self._failed = failed
        self._changed = threading.Condition()
        self._wish: Callable[[], Positions] | None = None
        self._ended = False
        self._at: Positions = {}
        self._composing = {number: Composing(reel) for number, reel in reels.items()}
        self._pictures: dict[int, tuple[Position, Pixels]] = {}
        self._thread = threading.Thread(target=self._work, name="projector", daemon=True)
        self._thread.start()

    def want(self, moment: int) -> None:
        """Show the picture of a moment, milliseconds since 1970."""
        self._wish_for(lambda: self._seen(moment))

    def step(self, forward: bool) -> None:
        """Show the next picture of any monitor, or the one before."""
        self._wish_for(lambda: self._after() if forward else self._before())

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(5.0)

    def _wish_for(self, find: Callable[[], Positions]) -> None:
        with self._changed:
            self._wish = find
            self._changed.notify()

    def _seen(self, moment: int) -> Positions:
        layout = self._layout_at(moment)
        numbers = set(self._reels) if layout is None else {each.monitor for each in layout}
        found = {number: self._reels[number].at(moment) for number in numbers & set(self._reels)}
        return {number: position for number, position in found.items() if position is not None}

    def _after(self) -> Positions:
        """Return what is shown after the next picture, whichever monitor's that is."""
        now = max((self._time(number, at) for number, at in self._at.items()), default=0)
        later = []
        for number, reel in self._reels.items():
            at = self._at[number] if number in self._at else reel.at(now)
            following = self._first(reel) if at is None else reel.after(at)
            if following is not None:
                later.append((self._time(number, following), number, following))
        return self._moved(*min(later)) if later else self._at

    def _before(self) -> Positions:
        """Return what was shown before the newest picture came."""
        shown = [(self._time(number, at), number, at) for number, at in self._at.items()]
        if not shown:
            return self._at
        now, number, at = max(shown)
        before = self._reels[number].before(at)
        if before is not None and (len(shown) == 1 or self._time(number, before) == now):
            return self._moved(self._time(number, before), number, before)
        return self._seen(now - 1) or self._at

    def _moved(self, moment: int, number: int, position: Position) -> Positions:
        """Return one picture with those that the other monitors showed then."""
        others = {each: self._at.get(each, at) for each, at in self._seen(moment).items()}
        return {**others, number: position}

    @staticmethod
    def _first(reel: Reel) -> Position | None:
        return Position(0, 0) if reel.pieces else None

    def _time(self, number: int, position: Position) -> int:
        return self._reels[number].time_of(position)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wish is not None or self._ended)
                wish, self._wish = self._wish, None
            if self._ended or wish is None:
                return
            try:
                target = wish()
                if target == self._at:
                    continue
                shown = self._wall(target)
            except ByleaveError as error:
                _log.warning("= %s: %s", error.code, error)
                self._failed(error)
                self._composing = {number: Composing(reel) for number, reel in self._reels.items()}
                self._pictures.clear()
                continue
            self._at = target
            self._show(shown)

    def _wall(self, target: Positions) -> Wall | None:
        """Compose what is new of a target, and put it together."""
        if not target:
            return None
        for number, position in target.items():
            kept = self._pictures.get(number)
            if kept is None or kept[0] != position:
                self._pictures[number] = position, self._composing[number].show(position).pixels
        at = max(self._time(number, position) for number, position in target.items())
        pictures = {number: self._pictures[number][1] for number in target}
        return Wall(at, *together(pictures, self._layout_at(at) or ()))
