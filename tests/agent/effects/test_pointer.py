import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest
from Xlib import X

from agent.capture.watching import Watching
from agent.effects.x11 import X11Effects
from tests.agent.conftest import Desktop, until
from tests.agent.effects.programs import Watcher

pytestmark = pytest.mark.desktop


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def effects(desktop: Desktop, watching: Watching) -> Iterator[X11Effects]:
    made = X11Effects(desktop.name, watching)
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


@pytest.fixture
def two_monitors(desktop: Desktop) -> Iterator[None]:
    put_monitors(desktop)
    yield
    for name in ("left", "right"):
        xrandr(desktop, "--delmonitor", name)


def put_monitors(desktop: Desktop) -> None:
    """Put one on the left, the primary one, and one on the right that is smaller and lower."""
    xrandr(desktop, "--setmonitor", "left", "960/254x1080/285+0+0", "VNC-0")
    xrandr(desktop, "--setmonitor", "right", "800/254x600/285+960+40", "none")


def xrandr(desktop: Desktop, *arguments: str) -> None:
    subprocess.run(["xrandr", "-d", desktop.name, *arguments], check=True, timeout=20, capture_output=True)


@pytest.mark.usefixtures("two_monitors")
def test_places_are_those_of_their_monitor_and_end_at_its_edge(
    desktop: Desktop, effects: X11Effects, watching: Watching
) -> None:
    watching.want((0, 1))
    for number in (0, 1):
        watching.shown(number)
    for monitor, place, where in (
        (1, (0, 0), (960, 40)),
        (1, (799, 599), (1759, 639)),
        (1, (5000, 5000), (1759, 639)),
        (0, (5000, 7), (959, 7)),
    ):
        effects.move(monitor, *place)
        until(lambda where=where: position(desktop) == where, what=f"the pointer at {where}")
    # The monitor has moved and become smaller.
    xrandr(desktop, "--delmonitor", "right")
    until(lambda: not effects.sees(1), what="it to be gone")
    xrandr(desktop, "--setmonitor", "right", "400/254x300/285+1000+500", "none")
    until(lambda: effects.sees(1), what="it to be heard of")
    effects.move(1, 5000, 5000)
    until(lambda: position(desktop) == (1399, 799), what="the pointer in its new corner")


@pytest.mark.usefixtures("two_monitors")
def test_what_is_not_seen_is_not_reached(desktop: Desktop, effects: X11Effects, watching: Watching) -> None:
    effects.move(0, 20, 20)
    until(lambda: position(desktop) == (20, 20), what="the pointer on the first monitor")
    assert effects.sees(0) and effects.pointer_is_seen()
    assert not effects.sees(1) and not effects.sees(7)
    effects.move(1, 5, 5)
    assert effects.pointer_is_seen() and position(desktop) == (20, 20)
    desktop.connection.screen().root.warp_pointer(1000, 100)
    desktop.connection.sync()
    assert not effects.pointer_is_seen()
    watching.want((1,))
    assert not effects.sees(1)
    watching.shown(1)
    assert effects.sees(1) and effects.pointer_is_seen()
    assert not effects.sees(0)


@pytest.fixture
def bare() -> Iterator[Desktop]:
    """A desktop without a window manager, which would move the focus by itself."""
    made = Desktop(managed=False)
    put_monitors(made)
    yield made
    made.close()


def test_keys_reach_no_window_that_is_not_seen(bare: Desktop) -> None:
    with closing(X11Effects(bare.name, Watching())) as effects:
        root = bare.connection.screen().root
        for x, seen in ((100, True), (1100, False), (940, True), (-300, True)):
            window = root.create_window(x, 50, 100, 100, 0, X.CopyFromParent, override_redirect=True)
            window.map()
            # A focus in a tiny window of its own counts where the window around it is.
            inner = window.create_window(-5, -5, 1, 1, 0, X.CopyFromParent)
            inner.map()
            inner.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
            bare.connection.sync()
            assert effects.focus_is_seen() is seen
            window.destroy()
        root.warp_pointer(1000, 100)
        bare.connection.set_input_focus(X.PointerRoot, X.RevertToNone, X.CurrentTime)
        bare.connection.sync()
        assert not effects.focus_is_seen()
        bare.connection.set_input_focus(X.NONE, X.RevertToNone, X.CurrentTime)
        bare.connection.sync()
        assert effects.focus_is_seen()
