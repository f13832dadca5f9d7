"""What touched our windows between two looks, told by notices alone."""

from collections.abc import Callable

import pytest

from agent.windows.stacking import Pane, Stack
from agent.windows.touching import Touching

OURS, BANNER, OTHER = 1, 2, 3
PLACE = (100, 100, 480, 700)
OVER = (500, 500, 200, 200)
FAR = (700, 100, 50, 50)
WINDOW = 1001

Change = Callable[[Stack], None]


def scene(other: tuple[int, int, int, int], *, mapped: bool = True) -> tuple[Stack, Touching]:
    """A window of ours, the banner that may lie over it, and somebody's window on top."""
    panes = [Pane(OURS, PLACE, True), Pane(BANNER, PLACE, True), Pane(OTHER, other, mapped)]
    stack = Stack(panes)
    touching = Touching(stack)
    touching.guard(WINDOW, OURS, frozenset({BANNER}))
    return stack, touching


def lay_over(stack: Stack) -> None:
    stack.configured(OTHER, OVER, BANNER, True)


def go_far(stack: Stack) -> None:
    stack.configured(OTHER, FAR, BANNER, True)


@pytest.mark.parametrize(
    ("number", "at", "change"),
    [
        (OTHER, FAR, lay_over),
        (OTHER, OVER, go_far),
        (OTHER, OVER, lambda stack: stack.mapped(OTHER, False)),
        (OTHER, OVER, lambda stack: stack.destroyed(OTHER)),
        (OURS, FAR, lambda stack: stack.configured(OURS, (101, 100, 480, 700), 0, False)),
        (OURS, FAR, lambda stack: stack.mapped(OURS, False)),
        (OURS, FAR, lambda stack: stack.destroyed(OURS)),
    ],
)
def test_what_touches_a_window_is_counted(number: int, at: tuple[int, int, int, int], change: Change) -> None:
    stack, touching = scene(at)
    assert touching.note(number, lambda: change(stack))
    assert touching.count(WINDOW) == 1


@pytest.mark.parametrize(
    ("number", "at", "change"),
    [
        (OTHER, FAR, lambda stack: stack.configured(OTHER, (720, 100, 50, 50), BANNER, True)),
        (OTHER, FAR, lambda stack: stack.circulated(OTHER, on_top=False)),
        # A window that lets our window through, such as a frame around the screen, is only told again.
        (OTHER, OVER, lambda stack: stack.configured(OTHER, OVER, BANNER, False)),
        (BANNER, FAR, lambda stack: stack.configured(BANNER, (0, 0, 900, 900), OTHER, True)),
        (OURS, FAR, lambda stack: stack.circulated(OURS, on_top=True)),
        (99, FAR, lambda stack: stack.mapped(99, True)),
    ],
)
def test_what_does_not_is_not(number: int, at: tuple[int, int, int, int], change: Change) -> None:
    stack, touching = scene(at)
    assert not touching.note(number, lambda: change(stack))
    assert touching.count(WINDOW) == 0


def test_a_flash_is_counted() -> None:
    stack, touching = scene(OVER, mapped=False)
    assert touching.note(OTHER, lambda: stack.mapped(OTHER, True))
    assert touching.note(OTHER, lambda: stack.mapped(OTHER, False))
    assert touching.count(WINDOW) == 2


def test_a_window_of_ours_that_goes_below_another_is_counted() -> None:
    stack, touching = scene(OVER)
    stack.circulated(OURS, on_top=True)
    assert touching.note(OURS, lambda: stack.circulated(OURS, on_top=False))
    assert touching.count(WINDOW) == 1


def test_what_is_gone_is_guarded_no_longer() -> None:
    _, touching = scene(OVER)
    touching.forget(OURS)
    stack, _ = scene(OVER)
    assert not touching.note(OTHER, lambda: go_far(stack))
    assert touching.count(WINDOW) == 0
