import cv2
import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from session.canvas import Pixels, Rectangle
from technician_console.scaling import AVERAGED_BELOW, Scaling, spans
from tests.technician_console.streams import page

SIZES = [
    (640, 400),
    (590, 368),
    (427, 267),
    (300, 187),
    (977, 611),
    (1280, 800),
    (640, 401),
    (1921, 1201),
    (64, 40),
]
SOURCE = (640, 400)


def picture(seed: int = 1) -> Pixels:
    pixels = numpy.zeros((SOURCE[1], SOURCE[0], 4), numpy.uint8)
    pixels[..., :3] = page(*SOURCE)
    generator = numpy.random.default_rng(seed)
    pixels[100:200, 100:300, :3] = generator.integers(0, 256, (100, 200, 3), dtype=numpy.uint8)
    return pixels


def whole(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    scaling = Scaling(SOURCE, size)
    scaling.place(scaling.make(pixels, [(0, 0, *SOURCE)]))
    return scaling.pixels[..., :3]


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_scaled_as_it_would_be_at_once(size: tuple[int, int]) -> None:
    pixels = numpy.zeros((SOURCE[1], SOURCE[0], 4), numpy.uint8)
    # Something smooth, of which a pixel's place shows in its value.
    pixels[..., 0] = numpy.linspace(0, 255, SOURCE[0])
    pixels[..., 1] = numpy.linspace(0, 255, SOURCE[1])[:, None]
    way = cv2.INTER_AREA if size[0] < AVERAGED_BELOW * SOURCE[0] else cv2.INTER_CUBIC
    expected = cv2.resize(pixels, size, interpolation=way)[..., :3].astype(int)
    assert numpy.abs(whole(pixels, size).astype(int) - expected).max() <= 2


PLACES = st.tuples(
    st.integers(0, SOURCE[0] - 2), st.integers(0, SOURCE[1] - 2), st.integers(1, 200), st.integers(1, 100)
)


@settings(max_examples=40)
@given(st.sampled_from(SIZES), st.lists(PLACES, min_size=1, max_size=6))
def test_many_changes_end_in_the_picture_that_is_made_at_once(
    size: tuple[int, int], places: list[Rectangle]
) -> None:
    pixels, scaling = picture(), Scaling(SOURCE, size)
    scaling.place(scaling.make(pixels, [(0, 0, *SOURCE)]))
    for grey, (x, y, width, height) in enumerate(places):
        pixels[y : y + height, x : x + width, :3] = 40 * grey
        scaling.place(scaling.make(pixels, [(x, y, width, height)]))
    assert numpy.array_equal(scaling.pixels[..., :3], whole(pixels, size))


@example(source=16, target=3920, reach=0)
@given(source=st.integers(16, 5000), target=st.integers(1, 5000), reach=st.sampled_from([0, 3]))
def test_cells_cover_an_axis_once(source: int, target: int, reach: int) -> None:
    cells = spans(source, target, reach)
    assert [cell.first for cell in cells] == [0, *(cell.last for cell in cells[:-1])]
    assert cells[-1].last == target
    assert (cells[0].begin, cells[-1].end) == (0, source)
    for cell in cells:
        assert 0 <= cell.begin < cell.end <= source
        assert cell.first < cell.last
        assert cell.lead + cell.last - cell.first <= cell.whole


def test_a_small_change_makes_little_anew() -> None:
    scaling = Scaling((1920, 1080), (1280, 720))
    pixels = numpy.zeros((1080, 1920, 4), numpy.uint8)
    patches = scaling.make(pixels, [(1000, 500, 10, 16)])
    assert sum(patch.pixels.shape[0] * patch.pixels.shape[1] for patch in patches) <= 1280 * 720 / 10
