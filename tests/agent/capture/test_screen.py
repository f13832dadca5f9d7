import subprocess
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from Xlib import X

from agent.capture.damage import MOST_PLACES
from agent.capture.monitor import Rect, around, parts, primary_monitor
from agent.capture.screen import X11Screen
from session.errors import EffectFailed
from tests.agent.conftest import Desktop, until

pytestmark = pytest.mark.desktop


@pytest.fixture
def screen(desktop: Desktop) -> Iterator[X11Screen]:
    made = X11Screen(desktop.name)
    made.grab()
    yield made
    made.close()


@pytest.fixture
def small() -> Iterator[Desktop]:
    made = Desktop(width=800, height=600)
    yield made
    made.close()


def paint(desktop: Desktop, area: Rect, colour: int) -> None:
    root = desktop.connection.screen().root
    pen = root.create_gc(foreground=colour, subwindow_mode=X.IncludeInferiors)
    root.fill_rectangle(pen, area.x, area.y, area.width, area.height)
    desktop.connection.sync()


def fill(desktop: Desktop, areas: list[Rect]) -> None:
    """Paint them white at once, each with a request of its own."""
    root = desktop.connection.screen().root
    pen = root.create_gc(foreground=0xFFFFFF, subwindow_mode=X.IncludeInferiors)
    for area in areas:
        root.fill_rectangle(pen, area.x, area.y, area.width, area.height)
    desktop.connection.sync()


def drain(screen: X11Screen) -> None:
    while screen.wait(0.05):
        pass


def test_the_picture_is_what_is_on_the_desktop(desktop: Desktop, screen: X11Screen) -> None:
    paint(desktop, Rect(100, 200, 30, 40), 0x112233)
    picture = screen.grab()
    assert picture.shape == (1080, 1920, 4)
    assert picture.dtype == np.uint8
    assert (picture[200:240, 100:130, :3] == (0x33, 0x22, 0x11)).all()
    assert not (picture[200:240, 130, :3] == (0x33, 0x22, 0x11)).all()


def test_grabbing_again_copies_nothing(screen: X11Screen) -> None:
    first = screen.grab()
    assert np.shares_memory(first, screen.grab())


def test_the_picture_may_be_painted_over(screen: X11Screen) -> None:
    picture = screen.grab()
    picture[0:10, 0:10] = 7
    assert (screen.grab(Rect(0, 500, 5, 5))[0:10, 0:10] == 7).all()
    assert not (screen.grab()[0:10, 0:10, :3] == 7).all()


def test_a_change_is_reported_with_its_area(desktop: Desktop, screen: X11Screen) -> None:
    drain(screen)
    paint(desktop, Rect(700, 300, 50, 20), 0x445566)
    assert screen.wait(5) == Rect(700, 300, 50, 20)


def test_changes_far_apart_are_reported_apart(desktop: Desktop, screen: X11Screen) -> None:
    letter, clock = Rect(110, 520, 14, 24), Rect(1800, 5, 60, 16)
    paint(desktop, Rect(0, 0, 1920, 1080), 0x000000)
    screen.grab()
    drain(screen)
    fill(desktop, [letter, clock])
    found: set[Rect] = set()
    while not found >= {letter, clock}:
        changed = screen.wait(5)
        assert changed
        picture = screen.grab(changed)
        found |= set(parts(changed))
    assert found == {letter, clock}
    assert all((picture[y, x, :3] == 255).all() for x, y in [(110, 520), (1859, 20)])


def test_very_many_changes_are_one(desktop: Desktop, screen: X11Screen) -> None:
    drain(screen)
    fill(desktop, [Rect(100 + 9 * number, 200 + 3 * number, 2, 2) for number in range(200)])
    reports = []
    while changed := screen.wait(0.2):
        reports.append(parts(changed))
    assert around([place for places in reports for place in places]) == Rect(100, 200, 1793, 599)
    assert all(len(places) <= MOST_PLACES for places in reports)


def test_a_still_screen_reports_nothing(screen: X11Screen) -> None:
    drain(screen)
    assert screen.wait(0.3) is None


def test_only_the_changed_rows_are_refreshed(desktop: Desktop, screen: X11Screen) -> None:
    paint(desktop, Rect(0, 0, 1920, 1080), 0x000000)
    screen.grab()
    drain(screen)
    paint(desktop, Rect(10, 900, 20, 30), 0xFFFFFF)
    paint(desktop, Rect(10, 100, 20, 30), 0xFFFFFF)
    picture = screen.grab(Rect(10, 900, 20, 30))
    assert (picture[900:930, 10:30, :3] == 255).all()
    assert (picture[100:130, 10:30, :3] == 0).all()
    assert (screen.grab()[100:130, 10:30, :3] == 255).all()


def test_damage_and_grab_together_never_miss_a_change(desktop: Desktop, screen: X11Screen) -> None:
    """Rows are grabbed as damage says; in the end the whole picture must equal a fresh one."""
    drain(screen)
    screen.grab()
    stop = threading.Event()

    def draw() -> None:
        root = desktop.connection.screen().root
        generator = np.random.default_rng(7)
        for _ in range(400):
            x, y, colour = (int(n) for n in generator.integers(0, (1800, 1000, 1 << 24)))
            root.fill_rectangle(root.create_gc(foreground=colour), x, y, 60, 40)
            desktop.connection.sync()
        stop.set()

    painter = threading.Thread(target=draw)
    painter.start()
    while not stop.is_set():
        changed = screen.wait(0.05)
        if changed:
            screen.grab(changed)
    painter.join()
    while changed := screen.wait(0.2):
        screen.grab(changed)
    seen = screen.grab(Rect(0, 0, 1, 1)).copy()
    assert np.array_equal(seen, screen.grab())


def test_wake_ends_a_wait_from_another_thread(screen: X11Screen) -> None:
    drain(screen)
    timer = threading.Timer(0.05, screen.wake)
    timer.start()
    before = time.monotonic()
    assert screen.wait(20) is None
    assert time.monotonic() - before < 5
    timer.join()


def test_a_new_size_counts_as_a_change_of_everything(small: Desktop) -> None:
    screen = X11Screen(small.name)
    assert screen.grab().shape == (600, 800, 4)
    drain(screen)
    subprocess.run(["xrandr", "-d", small.name, "-s", "1280x720"], check=True, capture_output=True)
    until(lambda: screen.wait(0.2) == Rect(0, 0, 1280, 720), what="the new size")
    assert screen.monitor == primary_monitor(small.connection) == Rect(0, 0, 1280, 720)
    paint(small, Rect(1200, 700, 10, 10), 0x00FF00)
    assert (screen.grab()[700:710, 1200:1210, :3] == (0, 255, 0)).all()
    screen.close()


def test_a_grab_in_the_moment_of_a_change_of_size_gives_the_new_one(small: Desktop) -> None:
    screen = X11Screen(small.name)
    subprocess.run(["xrandr", "-d", small.name, "-s", "640x480"], check=True, capture_output=True)
    # The event is not read yet: the grab finds out by itself.
    assert screen.grab(Rect(0, 500, 10, 10)).shape == (480, 640, 4)
    assert screen.monitor == Rect(0, 0, 640, 480)
    screen.close()


# python-xlib leaks its sockets when it is refused.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_display_is_an_error_with_our_name() -> None:
    with pytest.raises(EffectFailed):
        X11Screen(":29")
