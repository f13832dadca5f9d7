"""The technician's hand and eye on the person's screen."""

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy
import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.desktop import until
from tests.technician_console.streams import Pixels, scrolling
from tests.technician_console.windows.conftest import Console, both_scales
from tests.technician_console.windows.scenes import TALK, desk

pytestmark = pytest.mark.desktop
Open = Callable[[str], Console]
REST = ("pointer_move", "painted", "streamed", "release_all")
SHIFT = 0xFFE1


@pytest.fixture
def controlling(console: Open, windows: Windows) -> Console:
    """A session in which the technician controls the person's computer, with a picture."""
    window = console("live-controlling")
    window.tell("desk")
    assert window.until("painted")
    windows.wait("filler", "Remote screen")
    return window


def middle(windows: Windows) -> tuple[int, int]:
    return windows.wait("filler", "Remote screen").centre


@both_scales
def test_a_click_reaches_the_pixel_under_the_pointer(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    x, y = middle(windows)
    technician.click(x, y)
    heard = controlling.until("pointer_button")
    assert heard[-1] == ("pointer_button", 1, True)
    at = heard[-2]
    assert at[0] == "pointer_move"
    assert at[1] == 0 and abs(at[2] - 960) <= 2 and abs(at[3] - 540) <= 2
    assert controlling.next("pointer_move") == ("pointer_button", 1, False)
    technician.click(x, y, button=3)
    assert controlling.next("pointer_move") == ("pointer_button", 3, True)
    assert controlling.next("pointer_move") == ("pointer_button", 3, False)


def test_a_double_click_is_two_clicks(controlling: Console, windows: Windows, technician: VncPerson) -> None:
    technician.click(*middle(windows), times=2)
    downs = [controlling.next("pointer_move") for _ in range(4)]
    assert downs == [("pointer_button", 1, True), ("pointer_button", 1, False)] * 2


@both_scales
def test_a_drag_beyond_the_edge_stays_on_their_screen(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    place = windows.wait("filler", "Remote screen").extents()
    technician.drag(place.centre, (place.x + place.width + 40, place.y + place.height + 20))
    heard = controlling.until("pointer_button")
    heard = controlling.until("pointer_button")
    assert heard[-1] == ("pointer_button", 1, False)
    assert heard[-2] == ("pointer_move", 0, 1919, 1079)


def test_the_wheel_turns_by_whole_steps(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.move(*middle(windows))
    technician.scroll(2)
    technician.scroll(-1)
    steps = [controlling.next("pointer_move") for _ in range(3)]
    assert steps == [("scroll", 0, 1), ("scroll", 0, 1), ("scroll", 0, -1)]


def keys(heard: list[tuple[Any, ...]]) -> list[tuple[int, bool]]:
    return [(sym, down) for name, sym, down in heard if name == "key"]


def test_keys_go_down_and_up_as_keysyms(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.type("aä\t\n")
    heard = [controlling.next(*REST) for _ in range(8)]
    typed = [ord("a"), ord("ä"), 0xFF09, 0xFF0D]
    assert keys(heard) == [(sym, down) for sym in typed for down in (True, False)]


def test_a_shortcut_is_sent_and_not_used_here(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.press("Control", "q")
    technician.press("Alt", "c")
    heard = [controlling.next(*REST) for _ in range(8)]
    control, alt = 0xFFE3, 0xFFE9
    q, c = ord("q"), ord("c")
    assert keys(heard) == [
        *((control, True), (q, True), (q, False), (control, False)),
        *((alt, True), (c, True), (c, False), (alt, False)),
    ]


@pytest.mark.parametrize("character", "€Жñ")
def test_any_character_that_a_keyboard_gives_is_sent(
    controlling: Console, windows: Windows, technician: VncPerson, character: str
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.type(character)
    name, what, *_ = controlling.next(*REST)
    if name == "text":
        assert what == character
    else:
        assert what in ({"€": (0x20AC, 0x010020AC), "Ж": (0x06F6, 0x01000416), "ñ": (0xF1,)}[character])


@pytest.fixture
def dead_keys(desktop: Desktop) -> Iterator[None]:
    """A keyboard that has dead keys, as most of the world's have."""
    assert desktop.start("layout", ["setxkbmap", "us", "-variant", "intl"]).wait() == 0
    yield
    assert desktop.start("layout", ["setxkbmap", "us"]).wait() == 0


@pytest.mark.usefixtures("dead_keys")
def test_a_dead_key_and_a_letter_make_one_character(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.press("dead_acute")
    technician.type("ex")
    assert controlling.next(*REST) == ("text", "é")
    assert controlling.next(*REST) == ("key", ord("x"), True)


def test_the_right_control_key_alone_gives_the_keyboard_back(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.press("Control_R")
    assert controlling.next("pointer_move", "painted") == ("release_all",)
    until(lambda: "focused" in windows.wait("push button", "View: allowed").states())
    technician.press("Escape")
    technician.click(*windows.wait("push button", "System facts: ask").centre)
    assert controlling.next("pointer_move") == ("ask", "system-info")


def test_the_right_control_key_with_another_one_is_sent(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.press("Control_R", "v")
    heard = [controlling.next(*REST) for _ in range(4)]
    right, v = 0xFFE4, ord("v")
    assert keys(heard) == [(right, True), (v, True), (v, False), (right, False)]


def test_what_is_held_is_released_when_the_focus_goes(
    controlling: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*middle(windows))
    controlling.until("pointer_button")
    controlling.until("pointer_button")
    technician.key("Shift", down=True)
    assert controlling.next(*REST) == ("key", SHIFT, True)
    technician.click(*windows.wait("check box", "Chat").centre)
    assert controlling.next("pointer_move", "painted") == ("release_all",)
    technician.key("Shift", down=False)
    technician.type("hello\n")
    assert controlling.next("pointer_move", "painted") == ("chat", "hello")


def test_without_control_a_click_explains_and_offers_to_ask(
    console: Open, windows: Windows, technician: VncPerson
) -> None:
    window = console("live-viewing")
    window.tell("desk")
    window.until("painted")
    technician.click(*middle(windows))
    technician.type("a")
    technician.click(*windows.wait("push button", "Ask for control").centre)
    assert window.next("release_all") == ("ask", "control")


def test_a_chip_asks_and_gives_back(
    console: Open, windows: Windows, desktop: Desktop, technician: VncPerson
) -> None:
    window = console("live-asking")
    window.tell("desk")
    window.until("painted")
    technician.click(*windows.wait("push button", "System facts: no answer").centre)
    assert window.next() == ("ask", "system-info")
    chip = windows.wait("push button", "Control: asking")
    # Qt does not tell screen readers of a menu, so it is found by looking.
    x, y = chip.centre[0], chip.centre[1] + chip.extents().height * 5 // 4
    before = desktop.grab()[y, x].tolist()
    technician.click(*chip.centre)
    until(lambda: desktop.grab()[y, x].tolist() != before)
    technician.click(x, y)
    assert window.next() == ("give_back", "control")


def test_the_facts_are_asked_for_and_shown_beside_the_screen(
    console: Open, windows: Windows, desktop: Desktop, technician: VncPerson
) -> None:
    window = console("live-refused")
    window.tell("desk")
    window.until("painted")
    chip = windows.wait("push button", "System facts: allowed")
    x, y = chip.centre[0], chip.centre[1] + chip.extents().height * 5 // 4
    before = desktop.grab()[y, x].tolist()
    technician.click(*chip.centre)
    until(lambda: desktop.grab()[y, x].tolist() != before)
    technician.click(x, y)
    assert window.next("painted") == ("facts",)
    windows.wait("label", "Their computer is being asked")
    technician.click(*windows.wait("push button", "Close the panel").centre)
    windows.wait_gone("label", "Their computer is being asked")


def test_their_words_are_shown_as_they_are(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("live-controlling")
    assert windows.wait("check box", "Chat, 2 new")
    technician.click(*windows.wait("check box", "Chat").centre)
    markup = windows.wait("label", "<b>It is not saved</b>")
    assert markup.text().endswith(TALK[2].text)
    windows.wait_gone("check box", "Chat, 2 new")
    window.tell("show", "live-viewing")


def test_nothing_is_sent_and_nothing_seen_while_the_person_pauses(
    console: Open, windows: Windows, technician: VncPerson
) -> None:
    window = console("live-paused")
    window.tell("desk")
    window.until("painted")
    windows.wait("label", "Paused by the person")
    technician.click(*middle(windows))
    technician.type("secret")
    window.tell("show", "live-controlling")
    windows.wait_gone("label", "Paused by the person")
    technician.scroll(1)
    assert window.next("pointer_move", "release_all") == ("scroll", 0, 1)


def test_no_picture_is_painted_that_is_not_granted(console: Open, windows: Windows, desktop: Desktop) -> None:
    window = console("live-not-shared")
    windows.wait("label", "Their screen is not shared")
    window.tell("desk")
    window.tell("stream", 640, 400, 1)
    assert window.until("streamed")[0][0] == "streamed"
    blue = (shown(windows, desktop) == desk().pixels[0, 0, :3]).all(axis=2)
    assert not blue.any()


def test_ending_is_asked_first(controlling: Console, windows: Windows, technician: VncPerson) -> None:
    technician.click(*windows.wait("push button", "End session").centre)
    technician.click(*windows.wait("push button", "Keep going").centre)
    technician.click(*windows.wait("push button", "End session").centre)
    windows.wait("push button", "End it now")
    technician.press("Return")
    assert controlling.next(*REST) == ("leave",)


def shown(windows: Windows, desktop: Desktop) -> Pixels:
    place = windows.wait("filler", "Remote screen").extents()
    return desktop.grab()[place.y : place.y + place.height, place.x : place.x + place.width]


def differs(whole: Pixels, wanted: Pixels) -> float:
    """Return how much the middle differs from a picture, in mean steps of a colour.

    At 200 % Qt rounds the places that it tells to two pixels, so a neighbour may be meant.
    """
    height, width = wanted.shape[:2]
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    places = [(top + y, left + x) for y in (-1, 0, 1) for x in (-1, 0, 1) if top + y >= 0 and left + x >= 0]
    parts = [whole[y : y + height, x : x + width].astype(int) for y, x in places]
    return min(float(numpy.abs(part - wanted).mean()) for part in parts if part.shape == wanted.shape)


@both_scales
def test_every_frame_is_decoded_and_the_last_is_shown_sharp(
    console: Open, windows: Windows, desktop: Desktop, technician: VncPerson
) -> None:
    window = console("live-viewing")
    technician.click(*windows.wait("check box", "Show pixel for pixel").centre)
    count, size = 12, (640, 400)
    window.tell("stream", *size, count)
    heard = window.until("streamed")
    assert heard[-1] == ("streamed", count)
    while ("painted", count - 1) not in heard:
        heard.append(window.next())
    source = list(scrolling(*size, count))[-1]
    assert differs(shown(windows, desktop), source) < 3


@both_scales
def test_a_fitted_picture_is_scaled_once_and_well(console: Open, windows: Windows, desktop: Desktop) -> None:
    window = console("live-viewing")
    windows.wait("filler", "Remote screen")
    window.tell("stream", 1920, 1080, 3)
    heard = window.until("streamed")
    while ("painted", 2) not in heard:
        heard.append(window.next())
    source = list(scrolling(1920, 1080, 3))[-1]
    whole = shown(windows, desktop)
    factor = min(whole.shape[1] / 1920, whole.shape[0] / 1080)
    size = round(1920 * factor), round(1080 * factor)
    wanted = cv2.resize(source, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    assert differs(whole, wanted) < 4
