"""From a frame's arrival to its pixels in the console's window, at 1920x1080.

The real thread, surface and window; the time runs from `Decoding.feed` until Qt has painted.
The floor is what nobody can do without, measured in the same run: decode the tiles, write
the changed pixels into a picture and into a window once, and pass an empty event from one
thread to the other twice.
"""

import threading
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop, Qt, QThread
from PySide6.QtWidgets import QApplication

from benchmarks.clock import milliseconds
from session.canvas import Canvas
from session.messages import Capability, Frame
from technician_console.decoder import Decoding
from technician_console.surface import Surface
from technician_console.view import Live
from technician_console.windows.application import Waker
from technician_console.windows.main_window import MainWindow
from technician_console.windows.theme import Theme
from tests.technician_console.streams import Stream, Video, noisy, page, png, scrolled
from tests.technician_console.windows.told import Told

WIDTH, HEIGHT = 1920, 1080
ROUNDS = 60
PATIENCE_MS = 10_000
WAITING = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
WORST = 12.0
"""Times its floor that a frame may take."""


def measure() -> dict[str, float]:
    """Return milliseconds for each kind of frame, and how often it holds its floor."""
    application = QApplication.instance() or QApplication(["benchmark", "-platform", "offscreen"])
    assert isinstance(application, QApplication)
    empty = event()
    results: dict[str, float] = {"an empty event, ms": empty}
    for name, frames in kinds().items():
        floor = 2 * empty + work(frames[1:])
        taken = through(application, frames, fit=False)
        assert taken < WORST * floor, f"{name}: {taken:.2f} ms, {taken / floor:.1f} times its floor"
        results |= {
            f"{name}, ms": taken,
            f"{name}, fitted to 1280x720, ms": through(application, frames, fit=True),
            f"{name}, in times the floor": taken / floor,
        }
    return results


def kinds() -> dict[str, Sequence[Frame]]:
    """A key frame, then many of one kind."""
    return {
        "a typed letter": typed(),
        "a scrolled page": list(scrolled(WIDTH, HEIGHT, ROUNDS)),
        "a film of 1280x720": film(),
    }


def typed() -> list[Frame]:
    """A letter after the other, each in a tile of 12x20."""
    stream, pixels = Stream(WIDTH, HEIGHT), page(WIDTH, HEIGHT)
    letters = [(100 + 12 * at, 512, 12, 20) for at in range(ROUNDS)]
    return [stream.frame(pixels), *(stream.of(tiles=[png(pixels[::-1], place)]) for place in letters)]


def film() -> list[Frame]:
    """A stream of coded pictures of something that moves."""
    stream, video = Stream(WIDTH, HEIGHT), Video((320, 180, 1280, 720))
    first = noisy(1280, 720)
    pictures = (numpy.roll(first, (5 * index, 9 * index), (0, 1)) for index in range(ROUNDS))
    return [stream.frame(page(WIDTH, HEIGHT)), *(stream.of(tiles=[video.tile(each)]) for each in pictures)]


def event() -> float:
    """Return how long an empty event takes from another thread to this one."""
    waker, came = Waker(), []
    waker.woken.connect(lambda: came.append(time.perf_counter()), Qt.ConnectionType.QueuedConnection)
    sent: list[float] = []

    def send() -> None:
        sent.append(time.perf_counter())
        waker.woken.emit()

    for count in range(1, ROUNDS + 1):
        thread = threading.Timer(0.002, send)
        thread.start()
        wait(lambda count=count: len(came) == count)
        thread.join()
    return median(to - since for since, to in zip(sent, came, strict=True)) * 1000


def work(frames: Sequence[Frame]) -> float:
    """Return how long the pixels of a frame take: decoded, and written twice."""
    canvas, window = Canvas(WIDTH, HEIGHT), numpy.zeros((HEIGHT, WIDTH, 4), numpy.uint8)
    following = iter(frames)

    def once() -> None:
        frame = next(following)
        tiles = canvas.read((), frame.tiles).tiles
        for part in (*frame.copies, *(tile for tile, _ in tiles)):
            place = slice(part.y, part.y + part.height), slice(part.x, part.x + part.width)
            window[place] = canvas.pixels[place]
            canvas.pixels[place] = window[place]

    return milliseconds(once, len(frames) - 1)


def through(application: QApplication, frames: Sequence[Frame], *, fit: bool) -> float:
    """Return the median time of a frame from its arrival until it is painted."""
    painted: dict[int, float] = {}

    class Intents(Told):
        def painted(self, number: int, captured_ms: int) -> None:
            painted[number] = time.perf_counter()

    surface = Surface()
    window = MainWindow(Theme(application), surface, Intents())
    waker = Waker()
    waker.woken.connect(window.take, Qt.ConnectionType.QueuedConnection)
    surface.on_wake(waker.woken.emit)
    window.show_state(Live("Maya Ortiz", granted=frozenset({Capability.VIEW})))
    if not fit:
        window.live.bar.pixels.click()
    window.resize(*((1280, 720 + 84) if fit else (WIDTH + 40, HEIGHT + 124)))
    window.show()
    application.processEvents()
    decoding = Decoding(surface, lambda number: None, lambda: None)
    decoding.start()
    taken = []
    for frame in frames:
        began = time.perf_counter()
        decoding.feed(frame)
        wait(lambda number=frame.number: number in painted)
        taken.append(painted[frame.number] - began)
        settle()
    decoding.close()
    surface.on_wake(None)
    window.close()
    window.deleteLater()
    return median(taken[1:]) * 1000


def wait(true: Callable[[], bool]) -> None:
    """Serve events until it is true; the thread sleeps in between, as it does in the console."""
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not true():
        assert not deadline.hasExpired(), "nothing was painted"
        QCoreApplication.processEvents(WAITING)


def settle() -> None:
    """Serve what a frame may leave behind, such as a picture in a size that is wanted only now."""
    QThread.msleep(5)
    QCoreApplication.processEvents()
