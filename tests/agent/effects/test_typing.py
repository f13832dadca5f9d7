"""Typing into real programs, in several keyboard layouts."""

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from agent.effects.x11 import X11Effects
from tests.agent.conftest import Desktop, until
from tests.agent.effects.programs import Mousepad, Xterm

pytestmark = pytest.mark.desktop

TEXT = 'é€漢😀 привет, World! "q@z" <a|b> ß\\~^`´ 1234\nÄäÑ ½ λ\tend'
CONTROL, S = 0xFFE3, ord("s")

Layout = Callable[[str], None]


@pytest.fixture
def effects(desktop: Desktop) -> Iterator[X11Effects]:
    made = X11Effects(desktop.name)
    yield made
    made.close()


@pytest.fixture
def layout(desktop: Desktop) -> Iterator[Layout]:
    def use(names: str) -> None:
        subprocess.run(["setxkbmap", "-display", desktop.name, "-layout", names], check=True)

    yield use
    use("us")


@pytest.fixture
def xterm(desktop: Desktop, tmp_path: Path) -> Iterator[Xterm]:
    made = Xterm(desktop, tmp_path)
    yield made
    made.end()


@pytest.fixture
def mousepad(desktop: Desktop, tmp_path: Path) -> Iterator[Mousepad]:
    made = Mousepad(desktop, tmp_path)
    yield made
    made.end()


@pytest.mark.parametrize("names", ["us", "de", "ru", "us,ru", "fr", "gr"])
def test_any_text_reaches_xterm_in_any_layout(
    effects: X11Effects, layout: Layout, xterm: Xterm, names: str
) -> None:
    layout(names)
    effects.text(TEXT)
    until(lambda: len(xterm.text()) >= len(TEXT), what="the text")
    assert xterm.text() == TEXT


@pytest.mark.parametrize("names", ["us", "de", "ru"])
def test_any_text_reaches_mousepad_in_any_layout(
    effects: X11Effects, layout: Layout, mousepad: Mousepad, names: str
) -> None:
    layout(names)
    effects.text(TEXT)
    effects.key(CONTROL, True)
    effects.key(S, True)
    effects.key(S, False)
    effects.key(CONTROL, False)
    until(lambda: mousepad.text().endswith("end"), what="the saved text")
    assert mousepad.text() == TEXT


def test_more_foreign_characters_than_there_are_spare_keys(effects: X11Effects, xterm: Xterm) -> None:
    text = "".join(chr(0x4E00 + 7 * n) for n in range(60))
    effects.text(text)
    until(lambda: len(xterm.text()) >= len(text), what="the text")
    assert xterm.text() == text


def test_a_layout_that_changes_while_we_type_is_followed(
    effects: X11Effects, layout: Layout, xterm: Xterm
) -> None:
    for turn, names in enumerate(("us", "fr", "ru", "us"), 1):
        layout(names)
        effects.text("qwy;1")
        # A program looks keys up when it gets to them, so in the layout of that moment.
        until(partial(xterm.has, "qwy;1" * turn), what="the text")


def test_the_second_layout_of_the_person_stays_the_second(
    desktop: Desktop, effects: X11Effects, layout: Layout, xterm: Xterm
) -> None:
    layout("us,ru")
    effects.text("пar")
    until(lambda: xterm.text() == "пar", what="the text")
    assert effects._keyboard._xkb.state().group == 0


def test_caps_lock_of_the_person_turns_nothing_around(
    desktop: Desktop, effects: X11Effects, layout: Layout, xterm: Xterm
) -> None:
    layout("us")
    caps_lock = 0xFFE5
    for down in (True, False):
        effects.key(caps_lock, down)
    effects.text("aB1é漢ñ")
    for down in (True, False):
        effects.key(caps_lock, down)
    effects.text("aB")
    until(lambda: len(xterm.text()) >= 8, what="the text")
    assert xterm.text() == "aB1é漢ñaB"


def test_a_text_ends_where_it_is_no_longer_allowed(effects: X11Effects, xterm: Xterm) -> None:
    asked: list[int] = []

    def allowed() -> bool:
        asked.append(1)
        return len(asked) <= 3

    effects.text("abcdef", allowed)
    effects.text(".")
    until(lambda: xterm.text().endswith("."), what="the text")
    assert xterm.text() == "abc."


def test_lent_keys_are_given_back(desktop: Desktop, xterm: Xterm) -> None:
    before = symbols(desktop)
    effects = X11Effects(desktop.name)
    effects.text("漢é")
    until(lambda: xterm.text() == "漢é", what="the text")
    assert symbols(desktop) != before
    effects.close()
    assert symbols(desktop) == before


def symbols(desktop: Desktop) -> list[list[int]]:
    lowest, highest = desktop.connection.display.info.min_keycode, desktop.connection.display.info.max_keycode
    found = desktop.connection.get_keyboard_mapping(lowest, highest - lowest + 1)
    return [[symbol for symbol in key if symbol] for key in found]
