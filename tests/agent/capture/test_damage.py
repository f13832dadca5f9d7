"""What changed, place by place: few of them, disjoint, and one where that is as good."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from agent.capture.damage import MOST_PLACES, places
from agent.capture.monitor import Rect, parts

sides = st.integers(1, 300)
corners = st.integers(0, 1500)
rects = st.lists(st.builds(Rect, corners, corners, sides, sides), min_size=1, max_size=20)


def test_nothing_is_no_place() -> None:
    assert places([]) is None


def test_a_letter_and_a_clock_are_two_places() -> None:
    letter, clock = Rect(110, 520, 14, 24), Rect(1800, 5, 60, 16)
    assert places([clock, letter]) == (clock, letter)


def test_what_lies_close_together_is_one_place() -> None:
    assert places([Rect(100, 520, 14, 24), Rect(130, 521, 2, 24)]) == Rect(100, 520, 32, 25)
    halves = [Rect(0, 0, 400, 300), Rect(600, 0, 400, 300)]
    assert places(halves) == Rect(0, 0, 1000, 300)


def test_many_places_are_one() -> None:
    spread = [Rect(200 * number, 90 * number, 4, 4) for number in range(MOST_PLACES + 1)]
    assert places(spread[:-1]) == tuple(spread[:-1])
    assert places(spread) == Rect(0, 0, 1604, 724)


@given(rects)
def test_places_hold_all_that_changed_and_share_nothing(changed: list[Rect]) -> None:
    found = places(changed)
    assert found is not None
    each = parts(found)
    assert len(each) <= MOST_PLACES
    assert all(one.common(other) is None for one, other in combinations(each, 2))
    assert all(any(place.common(rect) == rect for place in each) for rect in changed)
    # None of them holds nothing that changed.
    assert all(any(place.common(rect) for rect in changed) for place in each)
