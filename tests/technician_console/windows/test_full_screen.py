"""The person's screen and nothing else, and the ways out of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from byleave.demo.accessibility import Extents, Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from technician_console.words import FULL_SCREEN, UNREAD_BEHIND
from tests.desktop import until
from tests.technician_console.windows.conftest import NUMBERS, Console
from tests.technician_console.windows.scenes import desk

pytestmark = pytest.mark.desktop
Open = Callable[[str], Console]
REST = ("pointer_move", "pointer_button", "painted", "release_all")
SCREEN = Extents(0, 0, 1920, 1080)
F11, CONTROL_R = 0xFFC8, 0xFFE4


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop as large as the person's."""
    folder: Path = tmp_path_factory.mktemp("desktop")
    with Desktop(folder, size=(SCREEN.width, SCREEN.height), numbers=NUMBERS) as running:
        yield running


@pytest.fixture
def filled(console: Open, windows: Windows, technician: VncPerson) -> Console:
    """A controlled session that fills the screen."""
    window = console("live-controlling")
    window.tell("desk")
    assert window.until("painted")
    technician.click(*windows.wait("filler", "Remote screen").centre)
    technician.press("F11")
    until(lambda: place(windows) == SCREEN)
    return window


def place(windows: Windows) -> Extents:
    return windows.wait("filler", "Remote screen").extents()


def typed(window: Console, technician: VncPerson) -> list[tuple[object, ...]]:
    """Type a letter, and return every key that the person's computer got until then."""
    technician.type("a")
    heard = [window.next(*REST)]
    while heard[-1] != ("key", ord("a"), False):
        heard.append(window.next(*REST))
    return heard[:-2]


@pytest.mark.usefixtures("filled")
def test_every_pixel_is_the_persons(windows: Windows, desktop: Desktop) -> None:
    windows.wait("label", FULL_SCREEN)
    windows.wait_gone("label", FULL_SCREEN)
    wanted = desk().pixels[..., :3]
    until(lambda: (desktop.grab() == wanted).all())
    for role, name in (("push button", "End session"), ("check box", "Chat"), ("push button", "Control")):
        assert windows.find(role, name) is None


def test_f11_is_the_consoles_and_leads_back(filled: Console, windows: Windows, technician: VncPerson) -> None:
    technician.press("F11")
    windows.wait("push button", "End session")
    assert place(windows) != SCREEN
    assert typed(filled, technician) == []


def test_f11_with_the_right_control_key_is_the_persons(
    filled: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.press("Control_R", "F11")
    assert typed(filled, technician) == [("key", F11, True), ("key", F11, False)]
    assert place(windows) == SCREEN


def test_the_right_control_key_alone_leads_back_to_the_bar(
    filled: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.press("Control_R")
    windows.wait("push button", "End session")
    technician.type("a")
    technician.move(*place(windows).centre)
    technician.scroll(1)
    assert filled.next(*REST) == ("scroll", 0, 1)


def test_the_button_leads_back_to_the_session(
    filled: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*windows.wait("push button", "Leave full screen").centre)
    windows.wait("push button", "End session")
    assert typed(filled, technician) == []


def test_what_they_write_meanwhile_is_told(filled: Console, windows: Windows) -> None:
    filled.tell("show", "live-viewing")
    windows.wait_gone("label", UNREAD_BEHIND)
    filled.tell("show", "live-controlling")
    windows.wait("label", UNREAD_BEHIND)


def test_the_end_is_shown_in_a_window(filled: Console, windows: Windows, technician: VncPerson) -> None:
    filled.tell("show", "over-stopped")
    until(lambda: windows.wait("push button", "New session").extents().y > 0)
    windows.wait("label", "The person stopped the session")
    filled.tell("show", "live-controlling")
    assert windows.wait("push button", "End session")


def test_keys_of_a_bar_lead_into_it_as_well(console: Open, windows: Windows, technician: VncPerson) -> None:
    console("live-viewing")
    technician.click(*windows.wait("check box", "Show pixel for pixel").centre)
    technician.press("F11")
    until(lambda: place(windows) == SCREEN)
    technician.press("F11")
    technician.click(*windows.wait("check box", "Full screen").centre)
    until(lambda: place(windows) == SCREEN)
