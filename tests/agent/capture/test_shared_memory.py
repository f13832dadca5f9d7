import time
from importlib.metadata import version

import pytest

from agent.capture.monitor import Rect
from agent.capture.shared_memory import DesktopPixels
from tests.agent.conftest import Desktop

pytestmark = pytest.mark.desktop


def test_mss_is_the_version_whose_inner_parts_are_known() -> None:
    assert version("mss") == "10.2.0"


def test_the_server_shares_memory_and_a_band_is_cheap(desktop: Desktop) -> None:
    pixels = DesktopPixels(desktop.name, Rect(0, 0, 1920, 1080))
    assert pixels.shared
    whole = best(lambda: pixels.grab(0, 1080))
    band = best(lambda: pixels.grab(500, 64))
    assert band < whole
    pixels.close()


def test_without_shared_memory_the_picture_is_the_same(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    area = Rect(300, 200, 640, 480)
    shared = DesktopPixels(desktop.name, area)
    monkeypatch.setattr(DesktopPixels, "_attached", lambda _self: None)
    plain = DesktopPixels(desktop.name, area)
    assert not plain.shared
    for each in (shared, plain):
        each.grab(0, 480)
    assert (shared.pixels[..., :3] == plain.pixels[..., :3]).all()
    shared.close()
    plain.close()


def best(action: "object", times: int = 9) -> float:
    assert callable(action)
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        action()
        taken.append(time.perf_counter() - before)
    return min(taken)
