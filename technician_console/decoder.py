"""From coded frames to pictures: PyAV's H.264 decoder in a thread of its own.

Every frame is decoded, in order, and acknowledged as soon as it is. A picture is
made only of the newest one: a slow window costs pictures, never latency. The
only module that knows PyAV in this program.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import av
import numpy
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from session.errors import LimitExceeded
from session.messages import Frame
from technician_console.memory import keep_large_buffers
from technician_console.surface import Picture, Rectangle, Surface

WAITING_MAXIMUM = 32
"""Frames that may wait; four times what PROTOCOL.md, section 6 lets be in flight."""

PIXELS_MAXIMUM = 1 << 26
ASK_AGAIN_AFTER = 16
"""Frames in a row that could not be used, after which a key frame is asked for again."""

REACH = 4
"""How far, in pixels of either side, scaling spreads a change."""


class Undecodable(Exception):
    """This frame cannot be used; only a key frame helps."""


class Decoder:
    """One stream of frames, in order; begins anew with each epoch and after each error."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._context: av.VideoCodecContext | None = None

    def decode(self, frame: Frame) -> VideoFrame:
        """Return the picture of a frame, as the codec holds it.

        Raises:
            Undecodable: the frame is damaged, not the size it claims, or follows one that was.
        """
        if frame.epoch != self._epoch:
            self._epoch, self._context = frame.epoch, None
        if self._context is None:
            if not frame.key:
                raise Undecodable("no key frame yet")
            self._context = _context()
        try:
            pictures = self._context.decode(av.Packet(frame.data))
        except (av.error.FFmpegError, ValueError) as error:
            self._context = None
            raise Undecodable(type(error).__name__) from error
        if len(pictures) != 1 or (pictures[0].width, pictures[0].height) != (frame.width, frame.height):
            self._context = None
            raise Undecodable("not one picture of the size that was said")
        return pictures[0]


def _context() -> av.VideoCodecContext:
    context = av.VideoCodecContext.create("h264", "r")
    context.thread_type = "SLICE"
    context.thread_count = 2
    context.flags |= Flags.low_delay
    # What is damaged is refused, not guessed: a technician must not act on pixels that never were.
    context.options = {"max_pixels": str(PIXELS_MAXIMUM), "err_detect": "explode"}
    return context


class Renderer:
    """Turns decoded frames into pictures of the wanted size, and tells what has changed."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._shown: VideoFrame | None = None
        self._size = (0, 0)

    def render(self, decoded: VideoFrame, frame: Frame, size: tuple[int, int] | None) -> Picture | None:
        """Return the picture, or None if it would look exactly like the one before.

        Args:
            decoded: what `Decoder.decode` returned.
            frame: what it was decoded from.
            size: width and height of the picture; None: as large as the frame.
        """
        size = size or (decoded.width, decoded.height)
        changed: Rectangle | None = None
        if self._shown is not None and self._size == size and _alike(self._shown, decoded):
            changed = difference(self._shown, decoded, size)
            if changed is None:
                return None
        painted = self._reformatter.reformat(
            decoded, *size, format="bgra", interpolation=_interpolation(decoded, size)
        )
        self._shown, self._size = decoded, size
        rows = _rows(painted.planes[0])
        return Picture(rows, size[0], frame.width, frame.height, frame.number, frame.captured_ms, changed)


def _alike(one: VideoFrame, other: VideoFrame) -> bool:
    return (one.width, one.height, one.format.name) == (other.width, other.height, other.format.name)


def _interpolation(decoded: VideoFrame, size: tuple[int, int]) -> Interpolation:
    # Averaging keeps thin strokes of text when pixels have to go; it cannot make new ones.
    shrinks = size[0] < decoded.width or size[1] < decoded.height
    return Interpolation.AREA if shrinks else Interpolation.BICUBIC


def difference(older: VideoFrame, newer: VideoFrame, size: tuple[int, int]) -> Rectangle | None:
    """Return the smallest rectangle, in a picture of `size`, that holds all that differs, or None."""
    boxes = [
        box
        for one, other in zip(older.planes, newer.planes, strict=True)
        if (box := _differing(_rows(one)[:, : one.width], _rows(other)[:, : other.width])) is not None
    ]
    if not boxes:
        return None
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    x, y = max(0, floor(left * size[0]) - REACH), max(0, floor(top * size[1]) - REACH)
    end_x, end_y = ceil(right * size[0]) + REACH, ceil(bottom * size[1]) + REACH
    return x, y, min(size[0], end_x) - x, min(size[1], end_y) - y


def _rows(plane: Any) -> NDArray[numpy.uint8]:
    """Return a plane's rows, padding included, without a copy: the array keeps the plane alive.

    Args:
        plane: a `VideoPlane`, whose type does not say that it is a buffer.
    """
    flat: NDArray[numpy.uint8] = numpy.frombuffer(plane, numpy.uint8)
    return flat[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)


def _differing(
    older: NDArray[numpy.uint8], newer: NDArray[numpy.uint8]
) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom of what differs, as parts of the whole."""
    height, width = older.shape
    differs = older != newer
    rows = numpy.flatnonzero(differs.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = numpy.flatnonzero(differs[top:bottom].any(axis=0))
    return int(columns[0]) / width, top / height, (int(columns[-1]) + 1) / width, bottom / height


@dataclass
class Counts:
    """What became of the frames; read by anybody, written by the decoder's thread."""

    decoded: int = 0
    undecodable: int = 0
    pictures: int = 0


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
        self._decoder = Decoder()
        self._renderer = Renderer()
        self._newest: tuple[VideoFrame, Frame] | None = None
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
            if frame is not None:
                self._take(frame)
            if not behind:
                self._render()

    def _next(self) -> tuple[Frame | None, bool] | None:
        """Wait for a frame (None: only the size has changed), and tell whether more wait; None at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._resized or self._closed)
            if self._closed:
                return None
            self._resized = False
            frame = self._waiting.popleft() if self._waiting else None
            return frame, bool(self._waiting)

    def _take(self, frame: Frame) -> None:
        try:
            self._newest = self._decoder.decode(frame), frame
            self.counts.decoded += 1
            self._unusable = 0
        except Undecodable:
            self.counts.undecodable += 1
            if self._unusable % ASK_AGAIN_AFTER == 0:
                self._want_key_frame()
            self._unusable += 1
        # Also a frame that was of no use is done with; else the sender would wait for it forever.
        self._acknowledge(frame.number)

    def _render(self) -> None:
        if self._newest is None:
            return
        picture = self._renderer.render(*self._newest, self._surface.size_wanted)
        if picture is not None:
            self.counts.pictures += 1
            self._surface.picture(picture)
