"""Held keys and modifiers, as a real window sees them."""

import subprocess
from collections.abc import Iterator

import pytest

from agent.effects.x11 import X11Effects
from session.errors import EffectFailed
from tests.agent.conftest import Desktop, until
from tests.agent.effects.programs import Watcher

pytestmark = pytest.mark.desktop

SHIFT_L, CONTROL_L, LEVEL3 = 0xFFE1, 0xFFE3, 0xFE03
SHIFT, CONTROL = 1, 4
KEY_A, KEY_2, KEY_DOT, KEY_SHIFT = 38, 11, 60, 50


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


def down(desktop: Desktop) -> set[int]:
    state = desktop.connection.query_keymap()
    return {code for code in range(8, 256) if state[code // 8] >> code % 8 & 1}


def presses(watcher: Watcher) -> list[tuple[int, int]]:
    return [(code, state) for kind, code, state in watcher.seen() if kind == "press"]


def test_a_key_is_held_until_it_is_released(desktop: Desktop, effects: X11Effects, watcher: Watcher) -> None:
    effects.key(ord("a"), True)
    assert effects.holding
    until(lambda: down(desktop) == {KEY_A}, what="the key")
    effects.key(ord("a"), False)
    until(lambda: not down(desktop), what="its release")
    assert not effects.holding
    assert ("press", KEY_A, 0) in watcher.seen()


def test_shift_and_a_give_a_capital_as_on_a_keyboard(effects: X11Effects, watcher: Watcher) -> None:
    for keysym, pressed in ((SHIFT_L, True), (ord("A"), True), (ord("A"), False), (SHIFT_L, False)):
        effects.key(keysym, pressed)
    until(lambda: len(watcher.seen()) == 4, what="the keys")
    assert watcher.seen() == [
        ("press", KEY_SHIFT, 0),
        ("press", KEY_A, SHIFT),
        ("release", KEY_A, SHIFT),
        ("release", KEY_SHIFT, SHIFT),
    ]


def test_a_capital_without_shift_borrows_shift_for_the_moment(
    desktop: Desktop, effects: X11Effects, watcher: Watcher
) -> None:
    effects.key(ord("@"), True)
    until(lambda: (KEY_2, SHIFT) in presses(watcher), what="the key")
    assert not effects.holding
    until(lambda: not down(desktop), what="nothing held")
    effects.key(ord("@"), False)


def test_a_shift_that_is_in_the_way_is_let_go_and_taken_back(
    desktop: Desktop, effects: X11Effects, watcher: Watcher
) -> None:
    """A French technician types a full stop with Shift; an American keyboard has it without."""
    effects.key(SHIFT_L, True)
    effects.key(ord("."), True)
    until(lambda: (KEY_DOT, 0) in presses(watcher), what="the key")
    until(lambda: down(desktop) == {KEY_SHIFT}, what="Shift")
    effects.key(SHIFT_L, False)
    until(lambda: not down(desktop), what="its release")


def test_a_release_under_its_other_name_releases(desktop: Desktop, effects: X11Effects) -> None:
    effects.key(SHIFT_L, True)
    effects.key(ord("A"), True)
    effects.key(SHIFT_L, False)
    until(lambda: down(desktop) == {KEY_A}, what="the key")
    effects.key(ord("a"), False)
    until(lambda: not down(desktop), what="its release")


def test_a_release_after_the_layout_changed_releases_the_same_key(
    desktop: Desktop, effects: X11Effects
) -> None:
    effects.key(ord("a"), True)
    subprocess.run(["setxkbmap", "-display", desktop.name, "-layout", "fr"], check=True)
    effects.key(ord("a"), False)
    subprocess.run(["setxkbmap", "-display", desktop.name, "-layout", "us"], check=True)
    until(lambda: not down(desktop), what="its release")


def test_control_reaches_letters_that_the_layout_lacks(
    desktop: Desktop, effects: X11Effects, watcher: Watcher
) -> None:
    subprocess.run(["setxkbmap", "-display", desktop.name, "-layout", "ru"], check=True)
    effects.key(CONTROL_L, True)
    effects.key(ord("c"), True)
    until(lambda: any(state & CONTROL for _, state in presses(watcher)), what="the key")
    code = next(code for code, state in presses(watcher) if state & CONTROL)
    assert desktop.connection.get_keyboard_mapping(code, 1)[0][0] == ord("c")
    effects.release_all()
    subprocess.run(["setxkbmap", "-display", desktop.name, "-layout", "us"], check=True)


def test_release_all_releases_keys_and_buttons(
    desktop: Desktop, effects: X11Effects, watcher: Watcher
) -> None:
    for keysym in (CONTROL_L, SHIFT_L, ord("A"), 0xFF51):
        effects.key(keysym, True)
    effects.button(1, True)
    until(lambda: len(down(desktop)) == 4, what="the keys")
    effects.release_all()
    until(lambda: not down(desktop), what="their release")
    assert not effects.holding
    until(lambda: any(kind == "up" for kind, *_ in watcher.seen()), what="the button's release")
    # A late release of what is up already does nothing.
    effects.key(ord("A"), False)
    assert not effects.holding


def test_close_releases(desktop: Desktop) -> None:
    effects = X11Effects(desktop.name)
    effects.key(CONTROL_L, True)
    until(lambda: bool(down(desktop)), what="the key")
    effects.close()
    until(lambda: not down(desktop), what="its release")


def test_nothing_is_pressed_without_the_watchdog(desktop: Desktop, effects: X11Effects) -> None:
    effects._watchdog.close()
    with pytest.raises(EffectFailed):
        effects.key(ord("a"), True)
    with pytest.raises(EffectFailed):
        effects.button(1, True)
    desktop.connection.sync()
    assert not down(desktop)
    effects.release_all()
