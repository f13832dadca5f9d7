"""Whose window input would reach, on a desktop with a window manager."""

import time
from collections.abc import Callable, Iterator

import pytest
from Xlib import X
from Xlib.ext import shape
from Xlib.xobject.drawable import Window

from agent.effects.x11 import X11Effects
from tests.agent.conftest import Desktop, until

pytestmark = pytest.mark.desktop

Maker = Callable[..., Window]


@pytest.fixture
def effects(desktop: Desktop) -> Iterator[X11Effects]:
    made = X11Effects(desktop.name)
    yield made
    made.close()


@pytest.fixture
def window(desktop: Desktop) -> Iterator[Maker]:
    """Makes a mapped window; those that the window manager manages have a frame when this returns."""
    made: list[Window] = []
    root = desktop.connection.screen().root

    def make(x: int, y: int, *, unmanaged: bool = False, parent: Window | None = None) -> Window:
        new = (parent or root).create_window(
            x, y, 300, 200, 0, X.CopyFromParent, override_redirect=unmanaged, event_mask=X.KeyPressMask
        )
        made.append(new)
        new.set_wm_normal_hints(flags=1, x=x, y=y)
        new.map()
        desktop.connection.sync()
        if not unmanaged and parent is None:
            until(lambda: new.query_tree().parent != root, what="the frame")
            until(lambda: focus(desktop) == new.id, what="the focus")
        return new

    yield make
    for each in made:
        each.destroy()
    desktop.connection.sync()


def focus(desktop: Desktop) -> int:
    found = desktop.connection.get_input_focus().focus
    return found.id if isinstance(found, Window) else int(found)


def place(desktop: Desktop, window: Window) -> tuple[int, int]:
    at = desktop.connection.screen().root.translate_coords(window, 0, 0)
    return at.x, at.y


def into(desktop: Desktop, effects: X11Effects, window: Window, dx: int = 50, dy: int = 50) -> None:
    x, y = place(desktop, window)
    effects.move(0, x + dx, y + dy)


def test_a_window_in_its_frame_is_ours_and_only_ours(
    desktop: Desktop, effects: X11Effects, window: Maker
) -> None:
    ours, foreign = window(100, 100), window(700, 500)
    into(desktop, effects, ours)
    assert effects.pointer_is_on({ours.id})
    assert not effects.pointer_is_on({foreign.id})
    into(desktop, effects, foreign)
    assert not effects.pointer_is_on({ours.id})
    assert not effects.pointer_is_on(set())


def test_the_title_bar_of_ours_is_ours(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    ours = window(100, 100)
    into(desktop, effects, ours, 50, -8)
    assert effects.pointer_is_on({ours.id})


def test_a_window_without_a_frame_is_ours(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    banner = window(600, 0, unmanaged=True)
    into(desktop, effects, banner)
    assert effects.pointer_is_on({banner.id})
    effects.move(0, 10, 1000)
    assert not effects.pointer_is_on({banner.id})


def test_a_foreign_window_over_ours_is_foreign(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    ours = window(100, 100)
    over = window(150, 150, unmanaged=True)
    into(desktop, effects, over)
    assert not effects.pointer_is_on({ours.id})
    over.unmap()
    desktop.connection.sync()
    assert effects.pointer_is_on({ours.id})


def test_a_window_inside_ours_is_ours(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    ours = window(100, 100)
    inner = window(20, 20, parent=ours)
    into(desktop, effects, inner, 5, 5)
    assert effects.pointer_is_on({ours.id})
    inner.set_input_focus(X.RevertToParent, X.CurrentTime)
    desktop.connection.sync()
    assert effects.focus_is_on({ours.id})


def test_an_icon_in_a_foreign_panel_does_not_make_the_panel_ours(
    desktop: Desktop, effects: X11Effects, window: Maker
) -> None:
    panel = window(100, 100)
    icon = window(20, 20, parent=panel, unmanaged=True)
    icon.configure(width=24, height=24)
    desktop.connection.sync()
    into(desktop, effects, icon, 5, 5)
    assert effects.pointer_is_on({icon.id})
    into(desktop, effects, panel, 200, 150)
    assert not effects.pointer_is_on({icon.id})


def test_a_window_that_lets_clicks_through_is_not_reached(
    desktop: Desktop, effects: X11Effects, window: Maker
) -> None:
    glass = window(600, 300, unmanaged=True)
    into(desktop, effects, glass)
    assert effects.pointer_is_on({glass.id})
    shape.rectangles(glass, shape.SO.Set, shape.SK.Input, 0, 0, 0, [])
    desktop.connection.sync()
    assert not effects.pointer_is_on({glass.id})


def test_the_focus_tells_where_keys_go(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    ours = window(100, 100)
    assert effects.focus_is_on({ours.id})
    foreign = window(700, 500)
    assert not effects.focus_is_on({ours.id})
    assert effects.focus_is_on({foreign.id})


def test_a_focus_that_follows_the_pointer_is_where_the_pointer_is() -> None:
    # Openbox would give the focus to a window at once.
    bare = Desktop(width=800, height=600, managed=False)
    effects = X11Effects(bare.name)
    ours = bare.connection.screen().root.create_window(
        300, 300, 200, 200, 0, X.CopyFromParent, override_redirect=True
    )
    ours.map()
    bare.connection.set_input_focus(X.PointerRoot, X.RevertToPointerRoot, X.CurrentTime)
    bare.connection.sync()
    effects.move(0, 400, 400)
    assert effects.focus_is_on({ours.id})
    effects.move(0, 10, 10)
    assert not effects.focus_is_on({ours.id})
    effects.close()
    bare.close()


def test_a_frame_that_comes_later_is_noticed(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    root = desktop.connection.screen().root
    ours = window(100, 100, unmanaged=True)
    into(desktop, effects, ours)
    assert effects.pointer_is_on({ours.id})
    ours.unmap()
    ours.change_attributes(override_redirect=False)
    ours.map()
    desktop.connection.sync()
    until(lambda: ours.query_tree().parent != root, what="the frame")
    until(lambda: focus(desktop) == ours.id, what="the focus")
    into(desktop, effects, ours, 50, -8)
    assert effects.pointer_is_on({ours.id})


def test_a_window_that_is_gone_is_nobodys(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    ours = window(100, 100)
    into(desktop, effects, ours)
    assert effects.pointer_is_on({ours.id})
    gone = ours.id
    ours.destroy()
    desktop.connection.sync()
    until(lambda: not effects.pointer_is_on({gone}), what="the window to go")
    assert not effects.focus_is_on({gone})


def test_it_is_cheap_enough_for_every_event(desktop: Desktop, effects: X11Effects, window: Maker) -> None:
    own = {window(100 + 30 * n, 100 + 30 * n).id for n in range(4)}
    effects.move(0, 1500, 900)
    taken = []
    for _ in range(50):
        before = time.perf_counter()
        effects.pointer_is_on(own)
        effects.focus_is_on(own)
        taken.append(time.perf_counter() - before)
    assert sorted(taken)[len(taken) // 2] < 0.001
