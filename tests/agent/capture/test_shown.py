"""What the technician has of each pixel, and where a film runs."""

import numpy as np
import pytest

from agent.capture.annexb import is_key
from agent.capture.film import Film
from agent.capture.monitor import Rect
from agent.capture.shown import HOT_PIXELS, Heat, Shown, ShownMap, blocks_of, cover
from agent.capture.video import FIRST_STEP, KEY_PICTURES, SPENDING_SECONDS, STEPS, VideoStream, ordered
from session.picture import Copy
from tests.agent.capture.pictures import Picture, page, scrolled

SIZE = (800, 600)
FINEST, *_, PLAINEST = (quality for quality, _ in STEPS)
FIRST = STEPS[FIRST_STEP][0]
PLACE = Rect(160, 96, 480, 320)


def inside(outer: Rect, inner: Rect) -> bool:
    return outer.common(inner) == inner


def test_a_new_map_owes_nothing() -> None:
    assert ShownMap(*SIZE).exact
    assert ShownMap(*SIZE).areas(Shown.STALE) == []


def test_what_is_owed_is_found_until_it_is_paid() -> None:
    shown = ShownMap(*SIZE)
    shown.set(Rect(17, 33, 1, 1), Shown.ROUGH)
    shown.set(Rect(790, 590, 10, 10), Shown.STALE)
    assert shown.areas(Shown.ROUGH) == [Rect(16, 32, 16, 16)]
    # Whole blocks, but nothing outside the monitor.
    assert shown.areas(Shown.STALE) == [Rect(784, 576, 16, 24)]
    shown.set(Rect(16, 32, 16, 16), Shown.EXACT)
    assert not shown.exact
    shown.set(Rect(784, 576, 16, 24), Shown.EXACT)
    assert shown.areas(Shown.STALE) == []
    assert shown.exact


def test_what_is_fine_is_owed_last() -> None:
    shown = ShownMap(*SIZE)
    shown.set(Rect(0, 0, 16, 16), Shown.FINE)
    shown.set(Rect(8, 0, 16, 16), Shown.ROUGH)
    assert shown.areas(Shown.ROUGH) == [Rect(0, 0, 32, 16)]
    shown.set(Rect(0, 0, 32, 16), Shown.FINE)
    assert shown.areas(Shown.ROUGH) == []
    assert shown.areas(Shown.FINE) == [Rect(0, 0, 32, 16)]
    assert not shown.exact


def test_what_is_owed_moves_along_and_is_not_lost() -> None:
    shown = ShownMap(*SIZE)
    shown.set(Rect(0, 0, 16, 16), Shown.ROUGH)
    shown.copied([Copy(320, 320, 64, 64, 0, 0), Copy(0, 0, 32, 32, 100, 100)])
    assert shown.areas(Shown.ROUGH) == [Rect(320, 320, 16, 16)]


def test_all_copies_read_what_was_there_before() -> None:
    shown = ShownMap(*SIZE)
    shown.set(Rect(0, 0, 16, 16), Shown.STALE)
    shown.copied([Copy(16, 0, 16, 16, 0, 0), Copy(32, 0, 16, 16, 16, 0)])
    assert shown.areas(Shown.STALE) == [Rect(0, 0, 32, 16)]


def test_only_some_blocks_may_be_asked_for() -> None:
    shown = ShownMap(*SIZE)
    shown.set(Rect(0, 0, 64, 64), Shown.ROUGH)
    some = blocks_of(Rect(20, 20, 20, 5), (38, 50))
    assert shown.areas(Shown.ROUGH, some) == [Rect(16, 16, 32, 16)]


@pytest.mark.parametrize("seed", range(5))
def test_a_cover_holds_each_block_once(seed: int) -> None:
    grid = np.random.default_rng(seed).random((20, 30)) < 0.6
    found = np.zeros(grid.shape, int)
    for each in cover(grid):
        found[each.y : each.y + each.height, each.x : each.x + each.width] += 1
    assert np.array_equal(found, grid.astype(int))
    assert cover(np.ones((9, 7), np.bool_)) == [Rect(0, 0, 7, 9)]
    assert cover(np.zeros((9, 7), np.bool_)) == []


def test_hot_is_what_is_painted_three_times_in_a_short_while() -> None:
    heat = Heat(*SIZE)
    for now in (1.0, 1.1):
        heat.painted([PLACE], now)
        assert heat.hot(now) is None
    heat.painted([PLACE], 1.2)
    assert heat.hot(1.2) == PLACE
    assert heat.hot(3.0) is None
    assert heat.interval(PLACE, 9.0) == pytest.approx(0.1)


def test_small_things_and_scattered_ones_are_not_hot() -> None:
    heat = Heat(*SIZE)
    small = Rect(0, 0, 160, 160)
    assert small.width * small.height < HOT_PIXELS
    frame = [Rect(0, 0, 800, 64), Rect(0, 536, 800, 64), Rect(0, 0, 64, 600), Rect(736, 0, 64, 600)]
    for places in ([small], frame):
        for now in (1.0, 1.1, 1.2):
            heat.painted(places, now)
        assert heat.hot(1.2) is None


def test_what_rested_is_what_was_not_painted_lately() -> None:
    heat = Heat(*SIZE)
    heat.painted([PLACE], 5.0)
    assert not heat.rested(4.9)[10, 20]
    assert heat.rested(5.0)[10, 20]
    assert heat.rested(0.0)[0, 0]
    assert heat.area(PLACE, 4.9) == PLACE.width * PLACE.height
    assert heat.area(PLACE, 5.0) == 0


def running(rate: float | None = None, place: Rect = PLACE) -> Film:
    film = Film(*SIZE)
    for now in (1.0, 1.03, 1.06):
        film.changed([place], rate, now)
    assert film.look([place], rate, 1.06)
    return film


def test_a_film_begins_where_it_is_hot_and_ends_when_it_stands_still() -> None:
    film = running()
    assert film.place == PLACE
    film.changed([], None, 1.2)
    assert film.place == PLACE
    film.changed([Rect(170, 100, 20, 20)], None, 1.5)
    assert film.place is None


def test_a_film_of_which_little_is_new_was_none() -> None:
    film = running()
    strip = Rect(PLACE.x, PLACE.y, PLACE.width, 20)
    turns = [1.1 + turn / 30 for turn in range(12)]
    for now in turns:
        film.changed([strip], None, now)
    assert film.place is None
    assert not film.look([strip], None, turns[-1])


def test_a_film_becomes_as_small_as_what_moves() -> None:
    film = running(place=Rect(0, 0, *SIZE))
    for turn in range(30):
        film.changed([PLACE], None, 1.1 + turn / 30)
    assert film.place == PLACE


def test_what_comes_in_when_the_rest_moves_is_no_film() -> None:
    film = Film(*SIZE)
    for turn in range(30):
        film.changed([PLACE], None, 1 + turn / 30, scrolls=True)
    assert not film.look([PLACE], None, 2.0)


@pytest.mark.parametrize("place", [Rect(163, 101, 470, 310), Rect(157, 91, 481, 333)])
def test_a_films_place_is_right_to_the_pixel(place: Rect) -> None:
    film = running(place=place)
    assert film.place == place
    for now in (1.7, 1.73, 1.76):
        film.changed([place], None, now)
        assert not film.look([place], None, now)


def test_a_film_of_several_parts_is_shown_whole() -> None:
    film = Film(*SIZE)
    parts = [Rect(163, 101, 470, 155), Rect(163, 256, 470, 155)]
    for now in (1.0, 1.03, 1.06):
        film.changed(parts, None, now)
    assert film.look([*parts, Rect(0, 0, 800, 105)], None, 1.06)
    assert film.place is not None
    assert all(inside(film.place, part) for part in parts)
    assert film.place.height < 350


def test_a_film_grows_but_not_at_every_frame() -> None:
    film = running()
    larger = Rect(160, 96, 480, 400)
    for now in (1.1, 1.13, 1.16):
        film.changed([larger], None, now)
        assert not film.look([larger], None, now)
    for now in (1.5, 1.6, 1.7):
        film.changed([larger], None, now)
    assert film.look([larger], None, 1.7)
    assert film.place == larger


def test_a_film_that_no_longer_suits_the_line_begins_anew() -> None:
    film = running(400_000)
    picture = np.zeros((600, 800, 4), np.uint8)
    first = film.code(picture, [PLACE])
    film.changed([PLACE], 380_000, 1.7)
    second = film.code(picture, [PLACE])
    film.changed([PLACE], 100_000, 1.8)
    third = film.code(picture, [PLACE])
    assert [tile.stream for tile in (first, second, third) if tile] == [0, 0, 1]


def noise(seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)


def qualities(film: Film, pictures: list[Picture], since: float = 1.1) -> list[int]:
    """Show pictures in a film; return how fine each is."""
    found = []
    for number, picture in enumerate(pictures):
        film.changed([PLACE], None, since + number / 30)
        film.code(picture, [PLACE])
        assert film._stream is not None
        found.append(film._stream.order.quality)
    return found


def test_a_film_is_as_fine_as_is_not_too_dear() -> None:
    talking = [page(1, *SIZE) for _ in range(60)]
    for number, picture in enumerate(talking):
        picture[200:232, 300:332] = noise(number)[:32, :32]
    cheap = qualities(running(), talking)
    assert list(dict.fromkeys(cheap)) == [FIRST, FINEST]
    dear = qualities(running(), [noise(number) for number in range(60)])
    assert dear == sorted(dear)
    assert list(dict.fromkeys(dear)) == [quality for quality, _ in STEPS][FIRST_STEP:]
    assert dear.count(FIRST) > SPENDING_SECONDS * 30


def test_a_film_that_became_calm_is_fine_again_where_a_key_picture_is_due() -> None:
    film = running()
    assert qualities(film, [noise(number) for number in range(60)])[-1] == PLAINEST
    calm = qualities(film, [noise(0)] * (3 * KEY_PICTURES), since=4.0)
    assert calm == sorted(calm, reverse=True)
    assert calm.count(FIRST) == KEY_PICTURES
    assert calm[-1] == FINEST


def test_what_is_dear_is_seen_by_the_time_and_not_by_the_picture() -> None:
    pictures = [noise(0)] * 40
    for number in range(1, 40):
        pictures[number] = pictures[number - 1].copy()
        pictures[number][200:300, 300:400] = noise(number)[:100, :100]
    for apart, dear in ((1 / 60, True), (1 / 4, False)):
        stream = VideoStream(0, PLACE, ordered(PLACE, 30, None))
        for number, picture in enumerate(pictures):
            stream.code(picture, number * apart)
        assert stream.dear is dear


def test_what_was_too_dear_is_not_tried_again_until_the_next_film() -> None:
    film = running()
    assert qualities(film, [noise(number) for number in range(60)])[-1] == PLAINEST
    larger = Rect(160, 96, 480, 400)
    for now in (4.0, 4.1, 4.2):
        film.changed([larger], None, now)
    assert film.look([larger], None, 4.2)
    assert film.place == larger
    assert film._stream is not None
    assert film._stream.order.quality == PLAINEST
    film.changed([], None, 9.0)
    assert film.place is None
    for now in (10.0, 10.03, 10.06):
        film.changed([PLACE], None, now)
    assert film.look([PLACE], None, 10.06)
    assert qualities(film, [noise(1)], since=10.1) == [FIRST]


def test_what_lies_outside_is_not_the_films() -> None:
    film = running()
    assert film.code(np.zeros((600, 800, 4), np.uint8), [Rect(0, 0, 50, 50)]) is None


def test_a_stream_is_made_for_a_line() -> None:
    for made, now, suits in (
        (None, None, True),
        (None, 1e6, False),
        (1e6, None, False),
        (5e6, None, True),
        (1e6, 1.3e6, True),
        (1e6, 0.6e6, False),
        (1e6, 3e6, False),
    ):
        assert VideoStream(0, PLACE, ordered(PLACE, 30, made)).suits(now) is suits


def test_a_stream_without_a_bound_goes_on_where_it_needs_none() -> None:
    stream = VideoStream(0, PLACE, ordered(PLACE, 30, None))
    for number in range(25):
        if number / 30 < SPENDING_SECONDS:
            assert not stream.suits(3e6)
        stream.code(scrolled(page(1, *SIZE), number), number / 30)
    assert stream.suits(3e6)
    assert stream.suits(None)
    assert not stream.suits(10_000)


def test_nobody_who_seeks_has_far_to_go() -> None:
    place = Rect(0, 0, 64, 48)
    stream = VideoStream(3, place, ordered(place, 30, None))
    picture = np.zeros((48, 64, 4), np.uint8)
    keys = []
    for number in range(2 * KEY_PICTURES + 1):
        picture[number % 48] = number % 251
        if is_key(stream.code(picture, number / 30).data):
            keys.append(number)
    assert keys == [0, KEY_PICTURES, 2 * KEY_PICTURES]
