from collections.abc import Iterator

import pytest

from agent.effects.x11 import X11Effects
from tests.agent.conftest import Desktop, until
from tests.agent.effects.programs import Watcher

pytestmark = pytest.mark.desktop


@pytest.fixture
def effects(desktop: Desktop) -> Iterator[X11Effects]:
    made = X11Effects(desktop.name)
    yield made
    made.close()


@pytest.fixture
def watcher(desktop: Desktop) -> Iterator[Watcher]:
    made = Watcher(desktop)
    yield made
    made.end()


def position(desktop: Desktop) -> tuple[int, int]:
    where = desktop.connection.screen().root.query_pointer()
    return where.root_x, where.root_y


def test_it_moves_to_the_pixel(desktop: Desktop, effects: X11Effects) -> None:
    effects.move(0, 123, 456)
    until(lambda: position(desktop) == (123, 456), what="the pointer")


def test_outside_is_the_nearest_pixel(desktop: Desktop, effects: X11Effects) -> None:
    effects.move(0, 16383, 0)
    until(lambda: position(desktop) == (1919, 0), what="the pointer")
    effects.move(0, 5, 16383)
    until(lambda: position(desktop) == (5, 1079), what="the pointer")


def test_buttons_are_held_and_released(effects: X11Effects, watcher: Watcher) -> None:
    effects.move(0, 400, 400)
    for number in (1, 2, 3, 8, 9):
        effects.button(number, True)
        assert effects.holding
        effects.button(number, False)
    until(lambda: len(watcher.seen()) == 10, what="the buttons")
    assert [(kind, number) for kind, number, _ in watcher.seen()] == [
        (kind, number) for number in (1, 2, 3, 8, 9) for kind in ("down", "up")
    ]


def test_the_wheel_turns_by_steps(effects: X11Effects, watcher: Watcher) -> None:
    effects.scroll(0, 3)
    effects.scroll(0, -1)
    effects.scroll(2, 0)
    effects.scroll(-1, 0)
    expected = [5, 5, 5, 4, 7, 7, 6]
    until(lambda: len(watcher.seen()) == 2 * len(expected), what="the wheel")
    assert [number for kind, number, _ in watcher.seen() if kind == "down"] == expected
    assert not effects.holding


def test_wheel_buttons_cannot_be_held(effects: X11Effects, watcher: Watcher) -> None:
    effects.button(4, True)
    effects.button(1, True)
    effects.button(1, False)
    until(lambda: len(watcher.seen()) == 2, what="the button")
    assert {number for _, number, _ in watcher.seen()} == {1}
