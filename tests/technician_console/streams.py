"""Coded frames for tests and benchmarks, made by x264 as an agent makes them."""

from collections.abc import Iterator
from fractions import Fraction

import av
import cv2
import numpy
from numpy.typing import NDArray

from session.messages import Frame

Pixels = NDArray[numpy.uint8]


class Stream:
    """One epoch of a screen: pictures in, frames out."""

    def __init__(self, width: int, height: int, epoch: int = 0, first: int = 0) -> None:
        self._epoch, self._number = epoch, first
        context = av.VideoCodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 30), Fraction(30, 1)
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": "16",
            "g": "600",
            "sc_threshold": "0",
        }
        self._context = context

    def frame(self, pixels: Pixels, captured_ms: int = 0) -> Frame:
        """Code a picture of rows × columns × BGR."""
        planes = cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420)
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts = self._number
        (packet,) = self._context.encode(picture)
        height, width = pixels.shape[:2]
        number, self._number = self._number, self._number + 1
        return Frame(0, self._epoch, number, packet.is_keyframe, width, height, captured_ms, bytes(packet))


def plain(width: int, height: int, grey: int = 200) -> Pixels:
    """A picture of one grey."""
    return numpy.full((height, width, 3), grey, numpy.uint8)


def page(width: int, height: int) -> Pixels:
    """A picture like a page of text: rows of small dark strokes on white."""
    pixels = plain(width, height, 255)
    strokes = numpy.random.default_rng(7).integers(0, 2, (height // 16, width // 4), dtype=numpy.uint8)
    ink = numpy.repeat(strokes, 4, axis=1)
    for line, row in enumerate(ink):
        pixels[line * 16 + 3 : line * 16 + 12, : row.size][:, row == 1] = (40, 20, 10)
    return pixels


def scrolling(width: int, height: int, count: int, step: int = 8) -> Iterator[Pixels]:
    """That page, moved up by `step` rows each time."""
    pixels = page(width, height)
    for index in range(count):
        yield numpy.ascontiguousarray(numpy.roll(pixels, -index * step, axis=0))
