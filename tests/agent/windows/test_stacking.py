"""The stack of windows, told by notices alone."""

from hypothesis import given
from hypothesis import strategies as st

from agent.windows.stacking import Pane, Stack, contains, overlap

OURS = Pane(1, (100, 100, 480, 700), mapped=True)
rectangles = st.tuples(*[st.integers(-20, 20)] * 2, *[st.integers(1, 20)] * 2)


def over(stack: Stack) -> list[int]:
    return [pane.number for pane in stack.over(1, OURS.place)]


def test_what_is_made_later_lies_higher() -> None:
    stack = Stack([Pane(2, OURS.place, mapped=True), OURS])
    assert over(stack) == []
    stack.created(Pane(3, (579, 799, 1, 1)))
    assert over(stack) == []
    stack.mapped(3, True)
    assert over(stack) == [3]
    stack.mapped(3, False)
    assert over(stack) == []


def test_windows_change_places() -> None:
    stack = Stack([OURS, Pane(2, OURS.place, mapped=True), Pane(3, (0, 0, 10, 10), mapped=True)])
    assert over(stack) == [2]
    stack.circulated(1, on_top=True)
    assert over(stack) == []
    stack.configured(3, (90, 90, 20, 20), above=1, override=True)
    assert over(stack) == [3]
    stack.configured(3, (90, 90, 20, 20), above=0, override=True)
    assert over(stack) == []
    stack.circulated(2, on_top=True)
    assert over(stack) == [2]
    stack.destroyed(2)
    assert over(stack) == []


def test_news_of_windows_that_are_gone_does_no_harm() -> None:
    stack = Stack([OURS])
    stack.configured(9, (0, 0, 1, 1), above=1, override=False)
    stack.circulated(9, on_top=True)
    stack.mapped(9, True)
    stack.destroyed(9)
    assert over(stack) == []
    assert stack.over(9, OURS.place) == []


@given(rectangles, rectangles)
def test_rectangles_overlap_when_they_share_a_pixel(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    def pixels(area: tuple[int, int, int, int]) -> set[tuple[int, int]]:
        x, y, width, height = area
        return {(column, line) for column in range(x, x + width) for line in range(y, y + height)}

    assert overlap(one, other) == bool(pixels(one) & pixels(other))
    assert contains(one, other) == (pixels(other) <= pixels(one))
