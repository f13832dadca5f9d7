"""Rectangles as image files: exact ones are exact, and the estimate is of the right size."""

import cv2
import numpy as np
import pytest

from agent.capture import tiles
from agent.capture.coder import ALONE, Coder, Job
from agent.capture.monitor import Rect
from session.canvas import decode_image
from session.picture import Coding, Tile
from tests.agent.capture.pictures import Picture, page, signal_to_noise

NOISE = np.random.default_rng(1).integers(0, 256, (360, 640, 4), np.uint8)
PLACE = Rect(37, 21, 301, 203)


def part(picture: Picture, place: Rect = PLACE) -> Picture:
    return picture[place.y : place.y + place.height, place.x : place.x + place.width, :3]


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("picture", [page(1), NOISE, np.full((360, 640, 4), 7, np.uint8)])
@pytest.mark.parametrize("place", [PLACE, Rect(0, 0, 1, 1), Rect(5, 5, 1, 90), Rect(0, 0, 640, 360)])
def test_lossless_is_exact(picture: Picture, place: Rect, thin: bool) -> None:
    tile = tiles.lossless(picture, place, busy=tiles.busyness(picture, place), thin=thin)
    assert (tile.x, tile.y, tile.width, tile.height) == (place.x, place.y, place.width, place.height)
    assert np.array_equal(decode_image(tile), part(picture, place))


def test_on_a_thin_line_text_takes_fewer_bytes() -> None:
    place = Rect(0, 0, 256, 64)
    busy = tiles.busyness(page(1), place)
    large, small = (tiles.lossless(page(1), place, busy=busy, thin=thin) for thin in (False, True))
    assert (large.coding, small.coding) == (Coding.PNG, Coding.WEBP)
    assert len(small.data) < 0.8 * len(large.data)


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("place", [Rect(37, 30, 12, 20), Rect(0, 0, 2, 20)])
def test_what_is_little_is_short_on_any_line(place: Rect, thin: bool) -> None:
    busy = tiles.busyness(page(1), place)
    tile = tiles.lossless(page(1), place, busy=busy, thin=thin)
    png = cv2.imencode(".png", part(page(1), place), (cv2.IMWRITE_PNG_COMPRESSION, 9))[1]
    assert tile.coding is Coding.WEBP
    assert len(tile.data) < 0.7 * png.size
    assert abs(len(tile.data) - tiles.cost(place, busy, thin=thin).bytes) < 100


def test_rough_is_small_and_like_it() -> None:
    tile = tiles.rough(page(1), PLACE, quality=90, thin=False)
    assert tile.coding is Coding.JPEG
    assert signal_to_noise(decode_image(tile), part(page(1))) > 25
    assert len(tiles.rough(page(1), PLACE, quality=35, thin=False).data) < len(tile.data)


def test_busy_is_what_repeats_nothing() -> None:
    assert tiles.busyness(np.zeros((50, 50, 4), np.uint8), Rect(0, 0, 50, 50)) == 0
    assert tiles.busyness(NOISE, PLACE) > 0.99
    assert 0.01 < tiles.busyness(page(1), PLACE) < tiles.PHOTO


@pytest.mark.parametrize(("picture", "thin"), [(page(1), False), (page(1), True), (NOISE, False)])
def test_the_estimate_is_within_the_double(picture: Picture, thin: bool) -> None:
    place = Rect(0, 0, 256, 64)
    busy = tiles.busyness(picture, place)
    guessed = tiles.cost(place, busy, thin=thin).bytes
    size = len(tiles.lossless(picture, place, busy=busy, thin=thin).data)
    assert guessed / 2.2 < size < guessed * 2.2


@pytest.mark.parametrize(
    "places",
    [
        [Rect(0, 0, 600, 350)],
        [Rect(0, 0, 3, 3)],
        [Rect(0, 0, 640, 200), Rect(0, 200, 300, 100), Rect(300, 200, 340, 160)],
    ],
)
def test_two_cores_code_every_pixel_once(places: list[Rect]) -> None:
    coder = Coder()
    jobs = [Job(place, 0.1) for place in places]

    def work(job: Job) -> Tile:
        return tiles.lossless(NOISE, job.place, busy=job.busy, thin=False)

    found = coder.code(work, jobs)
    coder.close()
    painted = np.zeros(NOISE.shape[:2], int)
    for tile in found:
        painted[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] += 1
        assert np.array_equal(decode_image(tile), part(NOISE, Rect(tile.x, tile.y, tile.width, tile.height)))
    wanted = np.zeros_like(painted)
    for place in places:
        wanted[place.y : place.y + place.height, place.x : place.x + place.width] += 1
    assert np.array_equal(painted, wanted)
    area = sum(place.width * place.height for place in places)
    assert (len(found) > len(places)) == (area >= ALONE)
