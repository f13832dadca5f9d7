"""Three seconds in which nothing changes, on a clock that the test turns."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.view import ARMING_SECONDS
from agent.windows.arming import Arming, Circumstances

GOOD = Circumstances(visible=True, covered=False, focused=True, banner=True, place=(0, 0, 480, 700))
BAD = (
    replace(GOOD, visible=False),
    replace(GOOD, covered=True),
    replace(GOOD, focused=False),
    replace(GOOD, banner=False),
)
MOVED = replace(GOOD, place=(1, 0, 480, 700))
Moment = tuple[float, Circumstances | None]
moments = st.tuples(st.floats(0.0, 4.0), st.sampled_from([GOOD, MOVED, *BAD, None]))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_arms_after_three_seconds() -> None:
    clock = Clock()
    arming = Arming(clock)
    arming.observe(GOOD)
    clock.now = 2.999
    assert not arming.armed
    clock.now = 3.0
    assert arming.armed
    assert not arming.disturbed


def test_it_never_arms_while_anything_is_wrong() -> None:
    for bad in BAD:
        clock = Clock()
        arming = Arming(clock)
        arming.observe(bad)
        clock.now = 100.0
        arming.observe(bad)
        assert arming.progress == 0.0
        assert bad.hint


def test_a_moved_window_starts_again() -> None:
    clock = Clock()
    arming = Arming(clock)
    arming.observe(GOOD)
    clock.now = 3.0
    arming.observe(MOVED)
    assert not arming.armed
    assert arming.disturbed
    clock.now = 6.0
    assert arming.armed


def test_input_of_a_program_starts_again() -> None:
    clock = Clock()
    arming = Arming(clock)
    arming.observe(GOOD)
    clock.now = 3.0
    arming.disturb()
    assert not arming.armed


@given(st.lists(moments))
def test_armed_means_three_good_seconds_without_a_change(
    story: list[tuple[float, Circumstances | None]],
) -> None:
    clock = Clock()
    arming = Arming(clock)
    same_since: float | None = None
    before: Circumstances | None = None
    for pause, circumstances in story:
        clock.now += pause
        if circumstances is None:
            arming.disturb()
            same_since = clock.now if same_since is not None else None
        else:
            if circumstances != before or not circumstances.good:
                same_since = clock.now if circumstances.good else None
            before = circumstances
            arming.observe(circumstances)
        expected = same_since is not None and clock.now - same_since >= ARMING_SECONDS
        assert arming.armed == expected
