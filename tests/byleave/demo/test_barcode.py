import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byleave.demo import barcode
from byleave.demo.barcode import HEIGHT, MODULUS, WIDTH, Place, draw, find, read


def page(*numbers_at: tuple[int, int, int]) -> np.ndarray:
    picture = np.full((700, 900, 3), 200, np.uint8)
    for line in range(0, 700, 24):
        cv2.putText(
            picture, "Text beside the barcode 0123456789", (8, line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0
        )
    for number, x, y in numbers_at:
        picture[y : y + HEIGHT, x : x + WIDTH] = draw(number)[:, :, :3]
    return picture


@given(st.integers(0, 10 * MODULUS))
def test_any_number_is_read_back(number: int) -> None:
    assert read(draw(number)) == number % MODULUS


@pytest.mark.parametrize("size", [0.5, 0.67, 0.9, 1.0, 1.25, 2.0])
def test_barcodes_are_found_and_read_at_any_size(size: float) -> None:
    picture = cv2.resize(
        page((1234, 0, 0), (1234, 900 - WIDTH, 700 - HEIGHT)),
        None,
        fx=size,
        fy=size,
        interpolation=cv2.INTER_LINEAR,
    )
    places = find(picture)
    assert len(places) == 2
    for place in places:
        part = picture[place.y : place.y + place.height, place.x : place.x + place.width]
        assert read(part) == 1234


def test_the_place_is_exact() -> None:
    assert find(page((7, 100, 50))) == [Place(100, 50, WIDTH, HEIGHT)]


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_lossy_pictures_are_read(quality: int) -> None:
    _, data = cv2.imencode(".jpg", page((40000, 300, 300)), [cv2.IMWRITE_JPEG_QUALITY, quality])
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    (place,) = find(picture)
    assert read(picture[place.y : place.y + place.height, place.x : place.x + place.width]) == 40000


def test_a_torn_barcode_is_not_read() -> None:
    torn = draw(21844).copy()
    torn[: HEIGHT // 3] = draw(43690)[: HEIGHT // 3]
    assert read(torn) is None


def test_an_ordinary_picture_has_no_barcode() -> None:
    assert find(page()) == []
    assert barcode.find(np.zeros((50, 50, 3), np.uint8)) == []
