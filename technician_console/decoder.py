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

from session.canvas import Composer, Pixels, Undecodable
from session.errors import LimitExceeded
from session.messages import Frame
from technician_console.memory import keep_large_buffers
from technician_console.scaling import Scaling
from technician_console.surface import Picture, Rectangle, Surface, few

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
        self._waiting: deque[Frame] = deque()
        self._resized = False
        self._closed = False
        self._composer = Composer()
        self._scaling: Scaling | None = None
        self._unscaled: list[Rectangle] = []
        self._newest: Frame | None = None
        self._unusable = 0
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        keep_large_buffers()
        self._surface.on_resize(self._resize)
        self._thread.start()

    def feed(self, frame: Frame) -> None:
        """Take the next frame; never waits.

        Raises:
            LimitExceeded: the other end has sent more than the protocol lets be in flight.
        """
        with self._condition:
            if len(self._waiting) >= WAITING_MAXIMUM:
                raise LimitExceeded(f"{WAITING_MAXIMUM} frames wait to be decoded already")
            self._waiting.append(frame)
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
            frame, behind = work
            size = self._surface.size_wanted
            if frame is not None:
                self._take(frame, size)
            if not behind:
                self._catch_up(size)

    def _next(self) -> tuple[Frame | None, bool] | None:
        """Wait for a frame (None: only the size has changed), and tell whether more wait; None at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._resized or self._closed)
            if self._closed:
                return None
            self._resized = False
            frame = self._waiting.popleft() if self._waiting else None
            return frame, bool(self._waiting)

    def _take(self, frame: Frame, size: tuple[int, int] | None) -> None:
        try:
            self._put_in(frame, size)
            self.counts.decoded += 1
            self._unusable = 0
        except Undecodable:
            self.counts.undecodable += 1
            if self._unusable % ASK_AGAIN_AFTER == 0:
                self._want_key_frame()
            self._unusable += 1
        # Also a frame that was of no use is done with; else the sender would wait for it forever.
        self._acknowledge(frame.number)

    def _put_in(self, frame: Frame, size: tuple[int, int] | None) -> None:
        change = self._composer.read(frame)
        with self._surface.painting:
            changed = self._composer.paint(change)
            self._newest = frame
            if size is not None:
                self._unscaled += changed
            elif (canvas := self._composer.canvas) is not None:
                self._publish(canvas.pixels, changed)

    def _catch_up(self, size: tuple[int, int] | None) -> None:
        """Give the window the newest picture in the size that it wants now."""
        if (canvas := self._composer.canvas) is None:
            return
        height, width = canvas.pixels.shape[:2]
        whole: list[Rectangle] = [(0, 0, width, height)]
        if size is None:
            if self._scaling is not None:
                self._scaling = None
                with self._surface.painting:
                    self._publish(canvas.pixels, whole)
            return
        if self._scaling is None or (self._scaling.source, self._scaling.target) != ((width, height), size):
            self._scaling, self._unscaled = Scaling((width, height), size), whole
        changed, self._unscaled = self._unscaled, []
        if changed:
            patches = self._scaling.make(canvas.pixels, changed)
            with self._surface.painting:
                self._publish(self._scaling.pixels, self._scaling.place(patches))

    def _publish(self, pixels: Pixels, changed: list[Rectangle]) -> None:
        frame = self._newest
        if frame is not None and changed:
            self.counts.pictures += 1
            self._surface.picture(
                Picture(pixels, frame.width, frame.height, frame.number, frame.captured_ms, few(changed))
            )
