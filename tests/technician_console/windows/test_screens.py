"""Several screens of the person's in one window: which are shown, and which pixel is meant."""

from collections.abc import Callable

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.person import VncPerson
from tests.technician_console.windows.conftest import Console, both_scales
from tests.technician_console.windows.scenes import both

pytestmark = pytest.mark.desktop
Open = Callable[[str], Console]
REST = ("painted", "release_all")
SHIFT, F11 = 0xFFE1, 0xFFC8


@pytest.fixture
def two(console: Open, windows: Windows) -> Console:
    """Both screens, with control."""
    return opened(console, windows, "live-two-screens")


def opened(console: Open, windows: Windows, state: str) -> Console:
    window = console(state)
    window.tell("picture", state)
    assert window.until("painted")
    windows.wait("filler", "Remote screen")
    return window


def point(windows: Windows, x: int, y: int) -> tuple[int, int]:
    """Return where on the technician's screen a pixel of both screens together is."""
    place = windows.wait("filler", "Remote screen").extents()
    whole = both()
    scale = min(place.width / whole.width, place.height / whole.height)
    left = place.x + (place.width - whole.width * scale) / 2
    top = place.y + (place.height - whole.height * scale) / 2
    return round(left + (x + 0.5) * scale), round(top + (y + 0.5) * scale)


@both_scales
@pytest.mark.parametrize(
    ("at", "meant"),
    [((700, 500), (0, 700, 500)), ((1920 + 600, 120 + 900), (1, 600, 900))],
    ids=["left", "right"],
)
def test_a_click_reaches_the_pixel_of_its_screen(
    two: Console, windows: Windows, technician: VncPerson, at: tuple[int, int], meant: tuple[int, int, int]
) -> None:
    technician.click(*point(windows, *at))
    heard = two.until("pointer_button")
    name, monitor, x, y = heard[-2]
    assert (name, monitor) == ("pointer_move", meant[0])
    # A pixel of the window is a few of theirs.
    assert abs(x - meant[1]) <= 5 and abs(y - meant[2]) <= 5


def test_where_there_is_no_screen_nothing_is_clicked_but_a_drag_goes_on_at_the_edge(
    two: Console, windows: Windows, technician: VncPerson
) -> None:
    technician.click(*point(windows, 2500, 40))
    technician.drag(point(windows, 1800, 1000), point(windows, 1000, 1600))
    heard = two.until("pointer_button")
    presses = [each for each in heard if each[0] == "pointer_button"]
    assert presses == [("pointer_button", 1, True)]
    assert heard[-2][:2] == ("pointer_move", 0) and heard[-2][2] > 1700
    heard = two.until("pointer_button")
    assert heard[-1] == ("pointer_button", 1, False)
    assert heard[-2][:2] == ("pointer_move", 0) and heard[-2][3] == 1079


def test_screens_are_chosen_from_a_menu(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = opened(console, windows, "live-first-screen")
    for steps, numbers in ((2, [1]), (3, [0, 1])):
        technician.click(*windows.wait("push button", "Screens: Screen 1").centre)
        for _ in range(steps):
            technician.press("Down")
        technician.press("Return")
        assert window.until("watch")[-1] == ("watch", numbers)


def test_what_is_not_watched_any_more_is_not_shown(
    two: Console, windows: Windows, technician: VncPerson
) -> None:
    two.tell("show", "live-second-screen")
    windows.wait("label", "Waiting for the first picture")
    two.tell("picture", "live-two-screens")
    two.tell("picture", "live-second-screen")
    windows.wait_gone("label", "Waiting for the first picture")
    place = windows.wait("filler", "Remote screen").extents()
    technician.click(*place.centre)
    move = two.until("pointer_button")[-2]
    assert move[1] == 1 and abs(move[2] - 600) <= 5 and abs(move[3] - 800) <= 5


@pytest.mark.parametrize(
    ("state", "following"),
    [("live-first-screen", [1]), ("live-second-screen", [0, 1]), ("live-two-screens", [0])],
)
def test_shift_and_f11_go_on_to_the_next_screen(
    console: Open, windows: Windows, technician: VncPerson, state: str, following: list[int]
) -> None:
    window = opened(console, windows, state)
    technician.press("Shift", "F11")
    heard = window.until("watch")
    assert heard[-1] == ("watch", following)
    assert [each for each in heard if each[0] == "key" and each[1] == F11] == []


def test_with_one_screen_shift_and_f11_are_the_persons(
    console: Open, windows: Windows, technician: VncPerson
) -> None:
    window = opened(console, windows, "live-controlling")
    assert windows.find("push button", "Screens") is None
    technician.press("Shift", "F11")
    heard = [window.next("pointer_move", *REST) for _ in range(4)]
    assert heard == [("key", SHIFT, True), ("key", F11, True), ("key", F11, False), ("key", SHIFT, False)]
