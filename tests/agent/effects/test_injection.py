"""Input as XTEST's bare request makes it, told apart by what the server then says."""

from collections.abc import Iterator

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.capture.connection import open_connection, require
from agent.effects.injection import inject
from tests.agent.conftest import Desktop, until
from tests.agent.effects.programs import Watcher

pytestmark = pytest.mark.desktop

BUTTON = 1


@pytest.fixture
def connection(desktop: Desktop) -> Iterator[Display]:
    made = open_connection(desktop.name)
    require(made, xtest.extname)
    yield made
    made.close()


@pytest.fixture
def watcher(desktop: Desktop) -> Iterator[Watcher]:
    made = Watcher(desktop)
    yield made
    made.end()


@pytest.mark.parametrize("place", [(0, 0), (123, 456), (1919, 1079)])
def test_the_pointer_goes_to_the_place(connection: Display, place: tuple[int, int]) -> None:
    inject(connection, X.MotionNotify, x=place[0], y=place[1])
    where = connection.screen().root.query_pointer()
    assert (where.root_x, where.root_y) == place


def test_keys_and_buttons_go_down_and_up(connection: Display, watcher: Watcher) -> None:
    keycode = connection.keysym_to_keycode(ord("a"))
    inject(connection, X.MotionNotify, x=500, y=500)
    made = [
        (X.KeyPress, keycode, "press"),
        (X.KeyRelease, keycode, "release"),
        (X.ButtonPress, BUTTON, "down"),
        (X.ButtonRelease, BUTTON, "up"),
    ]
    for kind, detail, _ in made:
        inject(connection, kind, detail)
    connection.sync()
    until(lambda: len(watcher.seen()) >= len(made), what="the input")
    assert [(name, detail) for name, detail, _ in watcher.seen()] == [(name, code) for _, code, name in made]
