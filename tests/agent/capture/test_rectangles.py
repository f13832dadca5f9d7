"""Rectangles around what differs: all of it, once, and few."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.capture.blocks import BAND, Box, Words, differing, differing_bands
from agent.capture.comparison import Comparison
from agent.capture.rectangles import RECTS_LIMIT, RUNS_LIMIT, rectangles

seeds = st.integers(0, 1 << 32)


def around(one: Words, other: Words) -> list[Box]:
    comparison = Comparison(one, other, Box(0, 0, *one.shape[::-1]), ())
    return rectangles(comparison.bands(), len(one), comparison.pixels)


def covered(boxes: list[Box], height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    for box in boxes:
        mask[box.top : box.bottom, box.left : box.right] = True
    return mask


@settings(max_examples=150)
@given(
    st.integers(1, 700), st.integers(1, 500), st.integers(0, 400), st.integers(1, 60), st.integers(0, 1 << 32)
)
def test_all_that_differs_is_covered_once(width: int, height: int, spots: int, size: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    one = generator.integers(0, 1 << 32, (height, width), np.uint32)
    other = one.copy()
    for x, y in zip(generator.integers(0, width, spots), generator.integers(0, height, spots), strict=True):
        other[y : y + size, x : x + generator.integers(1, size + 1)] ^= 1
    boxes = around(one, other)
    assert not (differing(one, other) & ~covered(boxes, height, width)).any()
    assert not any(first.meets(second) for first, second in combinations(boxes, 2))
    assert len(boxes) <= RECTS_LIMIT
    assert all(0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height for box in boxes)


def test_bands_say_for_each_column_whether_a_pixel_differs() -> None:
    one = np.zeros((BAND * 2 + 3, 50), np.uint32)
    other = one.copy()
    other[BAND - 1, 7] = other[BAND, 9] = other[-1, 49] = 1
    assert np.argwhere(differing_bands(one, other)).tolist() == [[0, 7], [1, 9], [2, 49]]


def test_the_fourth_byte_is_no_difference() -> None:
    one = np.zeros((20, 20), np.uint32)
    assert not differing_bands(one, one | 0xFF000000).any()


def test_far_more_spots_than_rectangles_are_looked_at_coarsely() -> None:
    one = np.zeros((1080, 1920), np.uint32)
    other = one.copy()
    other[8::64, 8::96] = 1
    assert np.count_nonzero(other) > RUNS_LIMIT
    boxes = around(one, other)
    assert 1 <= len(boxes) <= RECTS_LIMIT
    assert not (differing(one, other) & ~covered(boxes, 1080, 1920)).any()


def test_two_columns_of_text_stay_apart() -> None:
    one = np.zeros((600, 1200), np.uint32)
    other = one.copy()
    other[50:550, 20:500] = other[50:550, 700:1180] = 1
    assert sorted(around(one, other)) == [
        Box(20, 50, 500, 550),
        Box(700, 50, 1180, 550),
    ]
