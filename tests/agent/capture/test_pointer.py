import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from Xlib import X, Xcursorfont
from Xlib.ext import xtest

from agent.capture.pointer import LOOK_ANYWAY, X11Pointer, straight
from tests.agent.conftest import Desktop, until

pytestmark = pytest.mark.desktop


@pytest.fixture
def pointer(desktop: Desktop) -> Iterator[X11Pointer]:
    made = X11Pointer(desktop.name)
    yield made
    made.close()


def move(desktop: Desktop, x: int, y: int) -> None:
    xtest.fake_input(desktop.connection, X.MotionNotify, x=x, y=y)
    desktop.connection.sync()


def drain(pointer: X11Pointer) -> None:
    while pointer.wait(0.1):
        pass


def test_the_first_look_tells_everything(desktop: Desktop, pointer: X11Pointer) -> None:
    move(desktop, 700, 500)
    first = pointer.wait(1)
    assert first is not None
    assert first.position == (0, 700, 500)
    assert first.image is not None
    assert len(first.image.rgba) == first.image.width * first.image.height * 4
    assert 0 <= first.image.hot_x < first.image.width


def test_a_pointer_at_rest_says_nothing(pointer: X11Pointer) -> None:
    drain(pointer)
    assert pointer.wait(0.6) is None


def test_a_move_is_told_at_once_and_without_the_image(desktop: Desktop, pointer: X11Pointer) -> None:
    drain(pointer)
    moving = threading.Timer(0.02, move, (desktop, 321, 123))
    moving.start()
    change = pointer.wait(5)
    moving.join()
    assert change is not None
    assert (change.position, change.image) == ((0, 321, 123), None)


def test_a_move_is_told_by_an_event_even_while_a_menu_holds_the_pointer(desktop: Desktop) -> None:
    pointer = X11Pointer(desktop.name)
    root = desktop.connection.screen().root
    assert root.grab_pointer(True, X.PointerMotionMask, X.GrabModeAsync, X.GrabModeAsync, 0, 0, 0) == 0
    drain(pointer)
    waits = []
    for x in range(10):
        moving = threading.Timer(0.01, move, (desktop, 100 + x, 100))
        before = time.monotonic()
        moving.start()
        assert pointer.wait(5) is not None
        waits.append(time.monotonic() - before)
        moving.join()
    desktop.connection.ungrab_pointer(X.CurrentTime)
    desktop.connection.sync()
    pointer.close()
    assert min(waits) < LOOK_ANYWAY / 2


def test_a_warped_pointer_is_noticed_too(desktop: Desktop, pointer: X11Pointer) -> None:
    drain(pointer)
    desktop.connection.screen().root.warp_pointer(50, 60)
    desktop.connection.sync()
    change = pointer.wait(2)
    assert change is not None
    assert change.position == (0, 50, 60)


def test_another_shape_is_told_with_its_picture(desktop: Desktop, pointer: X11Pointer) -> None:
    drain(pointer)
    connection = desktop.connection
    font = connection.open_font("cursor")
    shape = font.create_glyph_cursor(
        font, Xcursorfont.crosshair, Xcursorfont.crosshair + 1, (65535, 0, 0), (0, 0, 65535)
    )
    window = connection.screen().root.create_window(
        0, 0, 1920, 1080, 0, X.CopyFromParent, override_redirect=True, cursor=shape
    )
    window.map()
    connection.sync()
    change = pointer.wait(5)
    assert change is not None
    assert change.image is not None
    pixels = np.frombuffer(change.image.rgba, np.uint8).reshape(-1, 4)
    opaque = {tuple(int(n) for n in each) for each in pixels if each[3] == 255}
    assert (255, 0, 0, 255) in opaque
    window.destroy()
    connection.sync()
    until(lambda: pointer.wait(0.1) is None, what="rest")


def test_wake_ends_a_wait(pointer: X11Pointer) -> None:
    drain(pointer)
    pointer.wake()
    before = time.monotonic()
    assert pointer.wait(20) is None
    assert time.monotonic() - before < 5


def test_the_alpha_is_divided_out() -> None:
    argb = np.array([[0x80400000, 0x00000000, 0xFF112233, 0x01010101]], dtype=np.uint32)
    assert straight(argb) == bytes((128, 0, 0, 128, 0, 0, 0, 0, 0x11, 0x22, 0x33, 255, 255, 255, 255, 1))
