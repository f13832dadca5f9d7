"""A comparison reads what moved where it still lies; it says the same as if it had been copied before."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.capture.blocks import BAND, COLOUR, Box, Move, Words, differing, differing_bands
from agent.capture.comparison import Comparison

PAD = 0xAB000000


def some_box(generator: np.random.Generator, within: Box) -> Box:
    (left, right), (top, bottom) = (
        sorted(generator.choice(np.arange(first, last + 1), 2, replace=False).tolist())
        for first, last in ((within.left, within.right), (within.top, within.bottom))
    )
    return Box(left, top, right, bottom)


def some_move(generator: np.random.Generator, box: Box, picture: Box) -> Move:
    target = some_box(generator, box)
    dx = int(generator.integers(target.right - picture.right, target.left + 1))
    dy = int(generator.integers(target.bottom - picture.bottom, target.top + 1))
    return Move(target, (dx, dy))


def copied(old: Words, moves: list[Move]) -> Words:
    made = old.copy()
    for move in moves:
        move.target.of(made)[:] = move.source.of(old)
    return made


@settings(max_examples=200)
@given(st.integers(2, 120), st.integers(2, 120), st.integers(0, 4), st.integers(0, 1 << 32))
def test_it_says_what_a_copy_would_leave_different(width: int, height: int, count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    picture = Box(0, 0, width, height)
    box = some_box(generator, picture)
    old = generator.integers(0, 3, (height, width), np.uint32)
    moves = [some_move(generator, box, picture) for _ in range(count)]
    moves = [move for move in moves if move.vector != (0, 0)]
    moved = copied(old, moves)
    new = moved | PAD
    some_box(generator, picture).of(new)[:] ^= 1
    before, mask = old.copy(), differing(box.of(new), box.of(moved))
    comparison = Comparison(new, old, box, moves)
    place = some_box(generator, Box(0, 0, box.right - box.left, box.bottom - box.top))
    assert (comparison.pixels(place) == place.of(mask)).all()
    bands = differing_bands(box.of(new), box.of(moved))
    assert (comparison.bands() == bands).all()
    known = bands.copy()
    for edge in {edge - box.top for move in moves for edge in (move.target.top, move.target.bottom)}:
        if edge % BAND:
            known[edge // BAND] ^= True
    assert (comparison.bands(known) == bands).all()
    assert comparison.sampled(1) == np.count_nonzero(mask)
    assert (old == before).all(), "to compare changes nothing"
    comparison.take([place.moved(box.left, box.top)])
    place.of(box.of(before))[:] = place.of(box.of(new)) & COLOUR
    for move in moves:
        move.target.of(before)[:] = move.target.of(new) & COLOUR
    assert (old == before).all()


@given(st.integers(0, 1 << 32))
def test_without_another_a_box_is_what_the_other_does_not_hold(seed: int) -> None:
    generator = np.random.default_rng(seed)
    picture = Box(0, 0, 40, 30)
    box, other = some_box(generator, picture), some_box(generator, picture)
    counts = np.zeros((30, 40), np.int8)
    for part in box.without(other):
        part.of(counts)[:] += 1
    expected = np.zeros_like(counts)
    box.of(expected)[:] = 1
    other.of(expected)[:] = 0
    assert (counts == expected).all()
