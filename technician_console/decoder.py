"""From frames to pictures, in a thread of its own.

Every frame is put into the picture, in order, and acknowledged as soon as it is. The
picture lies in the memory that the window paints from (`surface`), so a slow window costs
pictures, never latency. Tiles are decoded before the window is kept out; then

- pixel for pixel: no copy of the whole picture. A new pixel is written by its decoder and
  into the picture, a moved one once; Qt copies what has changed to its window.
- in another size: besides, the cells that hold a change are scaled once.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from session.canvas import Pixels, Undecodable
from session.errors import LimitExceeded
from session.messages import Frame, Monitors
from technician_console.memory import keep_large_buffers
from technician_console.scaling import Scaling
from technician_console.surface import Picture, Rectangle, Surface, few
from technician_console.wall import Wall

WAITING_MAXIMUM = 32
"""Frames that may wait; four times what PROTOCOL.md, section 6 lets be in flight."""

ASK_AGAIN_AFTER = 16
"""Frames in a row that could not be used, after which a key frame is asked for again."""


@dataclass
class Counts:
    """What became of the frames; read by anybody, written by the decoder's thread."""

    decoded: int = 0
    undecodable: int = 0
    pictures: int = 0
    """Those that the window was told of."""


class Decoding:
    """The decoder's thread: frames in by `feed`, pictures out to the surface.

    Args:
        surface: gets the pictures, says how large they should be.
        acknowledge: called in the decoder's thread with the number of each frame that is done with.
        want_key_frame: called in the decoder's thread when only a key frame helps.
    """

    def __init__(
        self, surface: Surface, acknowledge: Callable[[int], None], want_key_frame: Callable[[], None]
    ) -> None:
        self.counts = Counts()
        self._surface = surface
        self._acknowledge = acknowledge
        self._want_key_frame = want_key_frame
        self._condition = threading.Condition()
        self._waiting: deque[Frame | Monitors] = deque()
        self._resized = False
        self._closed = False
        self._wall = Wall()
        self._scaling: Scaling | None = None
        self._unscaled: list[Rectangle] = []
        self._newest: Frame | None = None
        self._unusable: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        keep_large_buffers()
        self._surface.on_resize(self._resize)
        self._thread.start()

    def feed(self, message: Frame | Monitors) -> None:
        """Take the next frame, or which monitors are watched from the next one on; never waits.

        Raises:
            LimitExceeded: the other end has sent more than the protocol lets be in flight.
        """
        with self._condition:
            if len(self._waiting) >= WAITING_MAXIMUM:
                raise LimitExceeded(f"{WAITING_MAXIMUM} frames wait to be decoded already")
            self._waiting.append(message)
            self._condition.notify()

    def close(self) -> None:
        """Forget what waits, end the thread and wait for it."""
        self._surface.on_resize(None)
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _resize(self) -> None:
        with self._condition:
            self._resized = True
            self._condition.notify()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            message, behind = work
            size = self._surface.size_wanted
            if isinstance(message, Monitors):
                self._arrange(message, size)
            elif message is not None:
                self._take(message, size)
            if not behind:
                self._catch_up(size)

    def _next(self) -> tuple[Frame | Monitors | None, bool] | None:
        """Wait for a message (None: only the size has changed), tell whether more wait; None at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._resized or self._closed)
            if self._closed:
                return None
            self._resized = False
            message = self._waiting.popleft() if self._waiting else None
            return message, bool(self._waiting)

    def _take(self, frame: Frame, size: tuple[int, int] | None) -> None:
        try:
            self._put_in(frame, size)
            self.counts.decoded += 1
            self._unusable.pop(frame.monitor, None)
        except Undecodable:
            self.counts.undecodable += 1
            before = self._unusable.get(frame.monitor, 0)
            if before % ASK_AGAIN_AFTER == 0:
                self._want_key_frame()
            self._unusable[frame.monitor] = before + 1
        # Also a frame that was of no use is done with; else the sender would wait for it forever.
        self._acknowledge(frame.number)

    def _put_in(self, frame: Frame, size: tuple[int, int] | None) -> None:
        change = self._wall.read(frame)
        if change is None:
            return
        with self._surface.painting:
            changed = self._wall.paint(frame.monitor, change)
            self._newest = frame
            self._show(changed, size)

    def _arrange(self, monitors: Monitors, size: tuple[int, int] | None) -> None:
        try:
            with self._surface.painting:
                self._show(self._wall.arrange(monitors), size)
        except Undecodable:
            self.counts.undecodable += 1

    def _show(self, changed: list[Rectangle], size: tuple[int, int] | None) -> None:
        """Publish what has changed, or note that it has to be scaled; called while `painting` is held."""
        if size is not None:
            self._unscaled += changed
        elif (pixels := self._wall.pixels) is not None:
            self._publish(pixels, changed)

    def _catch_up(self, size: tuple[int, int] | None) -> None:
        """Give the window the newest picture in the size that it wants now."""
        if (pixels := self._wall.pixels) is None:
            return
        height, width = pixels.shape[:2]
        whole: list[Rectangle] = [(0, 0, width, height)]
        if size is None:
            if self._scaling is not None:
                self._scaling = None
                with self._surface.painting:
                    self._publish(pixels, whole)
            return
        if self._scaling is None or (self._scaling.source, self._scaling.target) != ((width, height), size):
            self._scaling, self._unscaled = Scaling((width, height), size), whole
        changed, self._unscaled = self._unscaled, []
        if changed:
            patches = self._scaling.make(pixels, changed)
            with self._surface.painting:
                self._publish(self._scaling.pixels, self._scaling.place(patches))

    def _publish(self, pixels: Pixels, changed: list[Rectangle]) -> None:
        frame, whole = self._newest, self._wall.pixels
        if frame is not None and whole is not None and changed:
            self.counts.pictures += 1
            height, width = whole.shape[:2]
            number, at = frame.number, frame.captured_ms
            self._surface.picture(Picture(pixels, width, height, number, at, few(changed), self._wall.parts))
