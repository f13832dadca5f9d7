"""Which copies and tiles make the technician's picture equal the screen, and which of them now.

What moved is copied. What is new is sent exactly at once if that is cheap. A
film goes through a video stream, other dear things go roughly first. What is
owed then is paid when the place rests and the line has room. A painter belongs
to one thread; pixels and time are arguments.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from agent.capture import tiles as coding
from agent.capture.aside import Keeping
from agent.capture.coder import Coder, Job
from agent.capture.differ import Differ
from agent.capture.encoders import Encoders
from agent.capture.film import Film
from agent.capture.monitor import Changed, Rect
from agent.capture.prices import Priced, Prices, Purse
from agent.capture.shared_memory import Pixels
from agent.capture.shown import Shown, ShownMap, blocks_of
from agent.capture.tiles import Cost
from agent.flow import Budget
from session.messages import SCREEN_LIMIT
from session.picture import Coding, Copy, Tile

LIVE_SECONDS = 0.020
"""Of one core for exact tiles of what is new; with more, the picture would come late."""

KEY_SECONDS = 0.080
REST_SECONDS = 0.016
"""Of one core for making exact what rests; a change that comes meanwhile waits so long."""

BESIDE_SECONDS = 0.004
"""Likewise while other things change."""

THIN = 1_000_000
"""Bytes a second; on a slower line there is more time for each picture than on others, and each piece is
coded before the next is thought of: guesses err."""

THIN_SECONDS = 0.040

BESIDE_LINE_SECONDS = 0.015
"""Of a thin line likewise: what moves would be shown less often for it."""

BESIDE_SHARE = 0.1
"""So much of a thin line it has at least, however much moves."""

RESTED = 0.12
"""Seconds without a change after which a place is worth to be made exact."""

LITTLE = 128 * 128
"""Pixels; where a line is not thin, so few are made exact whether they rest or not."""

LEAST_BYTES = 4096
"""What is new may cost so much on the thinnest line, or it would never get through."""

MOST_BYTES = SCREEN_LIMIT // 4
"""Estimated; what a frame holds may be twice that."""

PHOTO_BYTES = 60_000
"""Exact tiles of so many bytes a frame, of what is more like a photo, are looked at for a film."""

ANY_BYTES = 200_000
"""Likewise of anything."""

PHOTO_BYTES_A_PIXEL = 0.6
MOST_PLACES = 256
PIECES = ((1_000_000, (1024, 128)), (100_000, (256, 64)), (0, (128, 32)))
"""Width and height of what is paid at once, from so many bytes a second on."""

CALM_PIECES = (
    *((1_000_000, (1024, 128)), (300_000, (1920, 64)), (150_000, (960, 64))),
    *((100_000, (480, 64)), (0, (256, 32))),
)
"""Likewise while nothing moves: large pieces repeat more, and text takes two thirds of the bytes."""

MOST_PIECES, FEW_PIECES = 96, 12
"""More are not looked at for one frame, and for one in which other things change."""

Sizes = tuple[tuple[int, tuple[int, int]], ...]

SOON, LATER, IDLE = 0.005, 0.04, 0.5


class Picture(NamedTuple):
    """What changes the technician's picture, and the parameter sets of its video stream if it holds one."""

    copies: tuple[Copy, ...]
    tiles: tuple[Tile, ...]
    parameters: tuple[bytes, bytes] | None


class Painter:
    """Paints one monitor in one epoch.

    Args:
        width: in pixels.
        height: in pixels.
        differ: finds what changed and what moved; nobody else uses it.
        encoders: hardware encoders for films; None for x264 alone.
    """

    def __init__(self, width: int, height: int, differ: Differ, encoders: Encoders | None = None) -> None:
        self._all = Rect(0, 0, width, height)
        self._differ = differ
        self._shown = ShownMap(width, height)
        self._film = Film(width, height, encoders)
        self._coder = Coder()
        self._more = False
        self._moved = self._paid = -math.inf

    @property
    def exact(self) -> bool:
        """Tell whether the technician has all of the picture as it is."""
        return self._shown.exact

    @property
    def patience(self) -> float:
        """How many seconds without a change it need not be asked again."""
        if self._shown.exact:
            return IDLE
        return SOON if self._more else LATER

    def close(self) -> None:
        """Let go of its thread, and of its film's encoder."""
        self._coder.close()
        self._film.stop()

    def paint(
        self, picture: Pixels, changed: Changed | None, *, key: bool, budget: Budget, now: float
    ) -> Picture | None:
        """Return what makes the technician's picture better; None when there is nothing to do.

        Args:
            picture: BGRx, height × width × 4; what was grabbed last.
            changed: where something may be new since the last call; None if nowhere.
            key: whether the technician's picture begins anew, black.
            budget: what the line can take.
            now: seconds of a clock that never goes back.
        """
        copies: tuple[Copy, ...] = ()
        fresh: Sequence[Rect] = ()
        if key:
            self._begin_anew(picture)
        elif changed is not None:
            copies, fresh = self._look(picture, changed, budget.bytes_per_second, now)
        # What was grabbed may be newer than what the differ knows, outside of what it looked at.
        # If that were painted, it would later copy pixels that are not there.
        picture = self._differ.picture
        prices = Prices(budget.bytes_per_second)
        purse = self._purse(copies, budget.bytes, prices, key=key)
        if copies or fresh:
            self._moved = now
        moved = (each for each in copies if max(each.y, each.from_y) < self._all.height)
        scrolls = sum(map(_area, moved)) > sum(map(_area, fresh))
        self._film.changed(fresh, budget.bytes_per_second, now, scrolls=scrolls)
        done = self._paint_fresh(picture, fresh, purse, prices, now)
        if not self._shown.exact:
            quiet = not (done or copies)
            done += self._paint_owed(picture, purse, prices, now, key=key, quiet=quiet)
        if not (copies or done or key):
            return None
        filmed = any(tile.coding is Coding.H264 for tile in done)
        return Picture(copies, tuple(done), self._film.parameters if filmed else None)

    def _begin_anew(self, picture: Pixels) -> None:
        self._film.stop()
        self._differ.forget()
        self._differ.look(picture, None)
        self._shown.set(self._all, Shown.STALE)
        self._shown.forget_aside()

    def _look(
        self, picture: Pixels, changed: Changed, bytes_per_second: float | None, now: float
    ) -> tuple[tuple[Copy, ...], Sequence[Rect]]:
        # What comes back rough is paid later; where there is room for it, it is painted exactly at once.
        slow = bytes_per_second is not None and bytes_per_second < THIN

        def seen(place: Rect) -> bool:
            return self._shown.has(place, Shown.ROUGH if slow else Shown.EXACT)

        def rested(place: Rect) -> bool:
            return self._film.calm(place, now - RESTED)

        change = self._differ.look(picture, changed, Keeping(seen, rested))
        self._shown.copied(change.copies)
        fresh: Sequence[Rect] = change.rects
        if len(fresh) > MOST_PLACES:
            fresh = [_bounds(fresh)]
        return change.copies, fresh

    def _purse(self, copies: Sequence[Copy], most: int, prices: Prices, *, key: bool) -> Purse:
        moved = sum(map(_area, copies))
        # The protocol counts sources and targets; a film may come on top.
        pixels = 3 * self._all.area - 2 * moved
        size = min(max(most, LEAST_BYTES), MOST_BYTES)
        seconds = THIN_SECONDS if prices.rate < THIN else LIVE_SECONDS
        return Purse(size, KEY_SECONDS if key else seconds, pixels)

    def _paint_fresh(
        self, picture: Pixels, fresh: Sequence[Rect], purse: Purse, prices: Prices, now: float
    ) -> list[Tile]:
        """Code what is new: through the film, exactly, or not yet."""
        if not fresh:
            return []
        rest = [prices.exact(picture, each) for each in _outside(fresh, self._film.place)]
        if self._worth_a_film(rest, purse) and self._film.look(fresh, prices.bytes_per_second, now):
            rest = [prices.exact(picture, each) for each in _outside(fresh, self._film.place)]
        done: list[Tile] = []
        prices.fill(purse, rest)
        filmed = self._film.code(picture, fresh)
        if filmed is not None and self._film.place is not None:
            done.append(filmed)
            purse.spend(Cost(len(filmed.data), 0.0), self._film.place)
            self._shown.set(self._film.place, Shown.ROUGH)
        chosen: dict[Shown, list[Priced]] = {}
        for each in sorted(rest, key=lambda one: one.cost.bytes):
            spent, shown = prices.first(each, purse, live=True)
            if purse.affords(spent, each.place):
                purse.spend(spent, each.place)
                chosen.setdefault(shown, []).append(each)
            else:
                self._shown.set(each.place, Shown.STALE)
        return done + self._code(picture, chosen, prices)

    @staticmethod
    def _worth_a_film(rest: Sequence[Priced], purse: Purse) -> bool:
        size = sum(each.cost.bytes for each in rest)
        if size > min(purse.bytes, ANY_BYTES) or sum(each.cost.seconds for each in rest) > purse.seconds:
            return True
        photos = sum(each.cost.bytes for each in rest if each.busy * 1.6 > PHOTO_BYTES_A_PIXEL)
        return photos > PHOTO_BYTES

    def _code(self, picture: Pixels, chosen: Mapping[Shown, Sequence[Priced]], prices: Prices) -> list[Tile]:
        """Code places as what the technician has of them afterwards."""
        done: list[Tile] = []
        for shown, places in chosen.items():

            def work(job: Job, quality: int | None = prices.quality_of(shown)) -> Tile:
                if quality is None:
                    return coding.lossless(picture, job.place, busy=job.busy, thin=prices.thin)
                return coding.rough(picture, job.place, quality=quality, thin=prices.thin)

            for each in places:
                self._shown.set(each.place, shown)
            done += self._coder.code(work, [Job(each.place, each.busy) for each in places])
        return done

    def _paint_owed(
        self, picture: Pixels, purse: Purse, prices: Prices, now: float, *, key: bool, quiet: bool
    ) -> list[Tile]:
        """Code what the technician has not at all; then, of what rests, what he has roughly, then finely."""
        self._more = False

        def first(each: Priced) -> tuple[Cost, Shown]:
            if key and not prices.thin and purse.affords(each.cost, each.place):
                return each.cost, Shown.EXACT
            return prices.first(each, purse, live=False)

        calm = now - self._moved >= RESTED
        sizes = CALM_PIECES if calm else PIECES
        stale = _pieces(picture, self._shown.areas(Shown.STALE), prices, sizes, most=MOST_PIECES)
        done = self._pay(picture, stale, first, purse, prices, quiet=quiet)
        if self._more:
            return done
        if prices.thin and not calm:
            least = prices.rate * BESIDE_SHARE * (now - self._paid)
            purse.bytes = min(purse.bytes, max(prices.rate * BESIDE_LINE_SECONDS - purse.spent, least))
        purse.seconds = min(purse.seconds, REST_SECONDS if quiet and not done else BESIDE_SECONDS)
        resting = self._film.rested(now - RESTED)
        if prices.rate >= THIN and sum(map(_area, self._shown.areas(Shown.ROUGH))) <= LITTLE:
            # White between lines that scroll never rests, as seen by the block.
            resting[:] = True
        if self._film.place is not None:
            resting &= ~blocks_of(self._film.place, resting.shape)
        most = MOST_PIECES if quiet else FEW_PIECES
        rough = self._shown.areas(Shown.ROUGH, resting)
        areas = rough or self._shown.areas(Shown.FINE, resting)
        rested = _pieces(picture, areas, prices, sizes, most=most)
        price = prices.rested(rested if rough else ())
        paid = self._pay(picture, rested, price, purse, prices, quiet=quiet and not done)
        if paid or not rested:
            self._paid = now
        return done + paid

    def _pay(
        self,
        picture: Pixels,
        pieces: Sequence[Priced],
        price: Callable[[Priced], tuple[Cost, Shown]],
        purse: Purse,
        prices: Prices,
        *,
        quiet: bool,
    ) -> list[Tile]:
        """Code as many pieces as the purse affords; if nothing else goes out, one at least."""
        done: list[Tile] = []
        chosen: dict[Shown, list[Priced]] = {}
        for each in pieces:
            spent, shown = price(each)
            first = not (done or chosen)
            if not purse.affords(spent, each.place) and not (quiet and first):
                self._more = True
                break
            if prices.rate < THIN:
                tiles = self._code(picture, {shown: [each]}, prices)
                done += tiles
                spent = spent._replace(bytes=sum(len(tile.data) for tile in tiles))
            else:
                chosen.setdefault(shown, []).append(each)
            purse.spend(spent, each.place)
        return done + self._code(picture, chosen, prices)


def _area(part: Copy | Rect) -> int:
    return part.width * part.height


def _pieces(
    picture: Pixels, areas: Iterable[Rect], prices: Prices, sizes: Sizes, *, most: int
) -> list[Priced]:
    """Cut areas into pieces that a frame can hold some of, the cheapest pixels first."""
    size = next(size for least, size in sizes if prices.rate >= least)
    cut = islice((piece for area in areas for piece in _cut(area, *size)), most)
    return sorted((prices.exact(picture, piece) for piece in cut), key=lambda each: each.busy)


def _cut(area: Rect, width: int, height: int) -> Iterable[Rect]:
    for y in range(area.y, area.y + area.height, height):
        for x in range(area.x, area.x + area.width, width):
            right, bottom = area.x + area.width, area.y + area.height
            yield Rect(x, y, min(width, right - x), min(height, bottom - y))


def _outside(places: Iterable[Rect], hole: Rect | None) -> list[Rect]:
    """Return what of these rectangles lies outside another one."""
    if hole is None:
        return list(places)
    return [part for place in places for part in _without(place, hole)]


def _without(place: Rect, hole: Rect) -> list[Rect]:
    common = place.common(hole)
    if common is None:
        return [place]
    right, bottom = place.x + place.width, place.y + place.height
    inner_right, inner_bottom = common.x + common.width, common.y + common.height
    parts = (
        Rect(place.x, place.y, place.width, common.y - place.y),
        Rect(place.x, inner_bottom, place.width, bottom - inner_bottom),
        Rect(place.x, common.y, common.x - place.x, common.height),
        Rect(inner_right, common.y, right - inner_right, common.height),
    )
    return [part for part in parts if part.width > 0 and part.height > 0]


def _bounds(places: Sequence[Rect]) -> Rect:
    found = places[0]
    for place in places[1:]:
        found = found.united(place)
    return found
