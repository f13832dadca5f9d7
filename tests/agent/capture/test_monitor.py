"""Monitors of a real X server, as they come, go and change."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from agent.capture.desktop import X11Desktop
from agent.capture.monitor import MonitorWatch, Rect
from agent.capture.screen import Screen
from session.errors import EffectFailed
from tests.agent.conftest import Desktop

pytestmark = pytest.mark.desktop


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    made = Desktop(width=1600, height=600, managed=False)
    yield made
    made.close()


@pytest.fixture
def shown(desktop: Desktop) -> X11Desktop:
    return X11Desktop(desktop.name)


@pytest.fixture
def watch(shown: X11Desktop) -> Iterator[MonitorWatch]:
    made = shown.monitors()
    yield made
    made.close()


def xrandr(desktop: Desktop, *arguments: str) -> None:
    subprocess.run(["xrandr", "-d", desktop.name, *arguments], check=True, timeout=20, capture_output=True)


def put(desktop: Desktop, name: str, geometry: str, output: str = "none") -> None:
    xrandr(desktop, "--setmonitor", name, geometry, output)


def areas(watch: MonitorWatch) -> dict[int, Rect]:
    return {each.number: each.area for each in watch.monitors}


def await_areas(watch: MonitorWatch, wanted: dict[int, Rect]) -> None:
    deadline = time.monotonic() + 10
    while areas(watch) != wanted:
        assert time.monotonic() < deadline, f"{watch.monitors}"
        watch.wait(deadline - time.monotonic())


def test_monitors_come_move_and_go(desktop: Desktop, watch: MonitorWatch) -> None:
    assert areas(watch) == {0: Rect(0, 0, 1600, 600)}
    put(desktop, "left", "800/200x600/150+0+0", "VNC-0")
    put(desktop, "right", "800/200x600/150+800+0")
    await_areas(watch, {1: Rect(0, 0, 800, 600), 2: Rect(800, 0, 800, 600)})
    assert [each.primary for each in watch.monitors] == [True, False]
    xrandr(desktop, "--delmonitor", "right")
    await_areas(watch, {1: Rect(0, 0, 800, 600)})
    # What would reach beyond the desktop is cut off.
    put(desktop, "right", "500/100x900/150+900+50")
    await_areas(watch, {1: Rect(0, 0, 800, 600), 2: Rect(900, 50, 500, 550)})


def test_nothing_is_waited_for_longer_than_asked(watch: MonitorWatch) -> None:
    before = time.monotonic()
    watch.wait(0.05)
    assert time.monotonic() - before >= 0.05
    waking = threading.Timer(0.02, watch.wake)
    waking.start()
    watch.wait(10)
    waking.join()
    assert time.monotonic() - before < 5


def test_each_monitor_has_a_picture_of_its_own(desktop: Desktop, shown: X11Desktop) -> None:
    put(desktop, "left", "800/200x600/150+0+0", "VNC-0")
    put(desktop, "right", "640/200x480/150+900+100")
    with closing(shown.monitors()), closing(shown.screen(1)) as screen:
        _has_its_own_picture(desktop, shown, screen)


def _has_its_own_picture(desktop: Desktop, shown: X11Desktop, screen: Screen) -> None:
    assert (screen.monitor, screen.gone) == (Rect(900, 100, 640, 480), False)
    assert screen.grab().shape == (480, 640, 4)
    while screen.wait(0.05):
        pass
    # A change elsewhere is none of its own.
    root = desktop.connection.screen().root
    pen = root.create_gc(foreground=0x123456)
    root.fill_rectangle(pen, 10, 10, 50, 50)
    desktop.connection.sync()
    assert screen.wait(0.1) is None
    root.fill_rectangle(pen, 950, 120, 30, 20)
    desktop.connection.sync()
    assert screen.wait(5) == Rect(50, 20, 30, 20)
    assert (screen.grab()[20:40, 50:80, :3] == (0x56, 0x34, 0x12)).all()
    xrandr(desktop, "--delmonitor", "right")
    while not screen.gone:
        assert screen.wait(5) is not None
    with closing(shown.screen(1)) as late:
        assert late.gone


def test_the_pointer_is_on_a_monitor(desktop: Desktop, shown: X11Desktop) -> None:
    put(desktop, "left", "800/200x600/150+0+0", "VNC-0")
    put(desktop, "right", "640/200x480/150+900+100")
    with closing(shown.pointer()) as pointer:
        # Between the monitors it is told from the first one.
        for place, where in (((5, 6), (0, 5, 6)), ((950, 120), (1, 50, 20)), ((850, 3), (0, 850, 3))):
            desktop.connection.screen().root.warp_pointer(*place)
            desktop.connection.sync()
            change = pointer.wait(5)
            assert change is not None and change.position == where


def test_a_server_that_dies_is_told(desktop: Desktop, shown: X11Desktop) -> None:
    watch = shown.monitors()
    desktop.kill_server()
    with pytest.raises(EffectFailed):
        watch.wait(5)
    watch.close()
