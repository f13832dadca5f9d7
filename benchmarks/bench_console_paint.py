"""The console's share of a frame at 1920x1080: decode it, make a picture, paint it.

The floor is the codec alone, without which no H.264 comes to any screen; both are
measured in the same run.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

import av
from PySide6.QtWidgets import QApplication

from benchmarks.clock import milliseconds
from session.messages import Capability, Frame
from technician_console.decoder import Decoder, Renderer
from technician_console.memory import keep_large_buffers
from technician_console.surface import Picture, Surface
from technician_console.view import Live
from technician_console.windows.main_window import MainWindow
from technician_console.windows.theme import Theme
from tests.technician_console.streams import Stream, scrolling
from tests.technician_console.windows.told import Told

T = TypeVar("T")
WIDTH, HEIGHT = 1920, 1080
ROUNDS = 40
WORST = 8.0
"""Times the floor that decoding, making and painting a whole frame may take together."""


def measure() -> dict[str, float]:
    """Return milliseconds for each stage, and how often all of them together hold the floor."""
    keep_large_buffers()
    stream = Stream(WIDTH, HEIGHT)
    frames = [stream.frame(pixels) for pixels in scrolling(WIDTH, HEIGHT, ROUNDS)]
    bare = av.VideoCodecContext.create("h264", "r")
    floor = median([timed(lambda frame=frame: bare.decode(av.Packet(frame.data)))[0] for frame in frames])
    decode, exact, picture = stages(frames, None)
    _, fitted, _ = stages(frames, (1280, 720))
    paint, part = painting(picture)
    together = (decode + exact + paint) / floor
    assert together < WORST, f"a frame costs {together:.1f} times its decoding"
    return {
        "decode, ms": decode,
        "make, as large as it is, ms": exact,
        "make, fitted to 1280x720, ms": fitted,
        "paint all, ms": paint,
        "paint a changed line of text, ms": part,
        "codec alone (the floor), ms": floor,
        "all of it, in times the floor": together,
    }


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Return how many milliseconds a call took, and what it returned."""
    began = time.perf_counter()
    result = call()
    return (time.perf_counter() - began) * 1000, result


def stages(frames: list[Frame], size: tuple[int, int] | None) -> tuple[float, float, Picture]:
    """Return the median times to decode and to make a picture, and the last picture."""
    decoder, renderer = Decoder(), Renderer()
    decoding, making = [], []
    for frame in frames:
        took, decoded = timed(lambda frame=frame: decoder.decode(frame))
        decoding.append(took)
        took, picture = timed(lambda frame=frame, decoded=decoded: renderer.render(decoded, frame, size))
        making.append(took)
    assert picture is not None
    return median(decoding), median(making), picture


def painting(picture: Picture) -> tuple[float, float]:
    """Return the time to paint all of a picture, and a line of text in it."""
    application = QApplication.instance() or QApplication(["benchmark", "-platform", "offscreen"])
    assert isinstance(application, QApplication)
    window = MainWindow(Theme(application), Surface(), Told())
    window.show_state(Live("Maya Ortiz", granted=frozenset({Capability.VIEW})))
    window.live.bar.pixels.click()
    window.resize(WIDTH, HEIGHT + 84)
    window.show()
    window.live.show_picture(picture)
    application.processEvents()
    screen = window.live.remote
    whole = milliseconds(screen.repaint, ROUNDS)
    line = milliseconds(lambda: screen.repaint(100, 100, 600, 16), ROUNDS)
    window.close()
    window.deleteLater()
    return whole, line
