"""Frames for tests and benchmarks, coded as an agent codes them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import cv2
import numpy
from numpy.typing import NDArray

from session.messages import Frame
from session.picture import Coding, Copy, Tile

Pixels = NDArray[numpy.uint8]


class Stream:
    """One epoch of a screen: pictures in, frames out.

    The first picture is a key frame; each later one is a tile of what differs from the one before.
    """

    def __init__(self, width: int, height: int, epoch: int = 0, first: int = 0, *, monitor: int = 0) -> None:
        self._size, self._epoch, self._number = (width, height), epoch, first
        self._monitor = monitor
        self._shown: Pixels | None = None

    def frame(self, pixels: Pixels, captured_ms: int = 0) -> Frame:
        """Code a picture of rows × columns × BGR."""
        tiles = [png(pixels, place) for place in _differing(self._shown, pixels)]
        key, self._shown = self._shown is None, pixels.copy()
        return self.of(tiles=tiles, key=key, captured_ms=captured_ms)

    def of(
        self,
        copies: Sequence[Copy] = (),
        tiles: Sequence[Tile] = (),
        *,
        key: bool = False,
        captured_ms: int = 0,
    ) -> Frame:
        """Make the next frame of these parts."""
        number, self._number = self._number, self._number + 1
        place = self._monitor, self._epoch, number
        return Frame(*place, key, *self._size, captured_ms, tuple(copies), tuple(tiles))


class Video:
    """One video stream, made by x264: pictures in, tiles out."""

    def __init__(self, place: tuple[int, int, int, int], number: int = 0) -> None:
        self._place, self._stream, self._count = place, number, 0
        _, _, width, height = place
        context = av.VideoCodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 30), Fraction(30, 1)
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "16", "g": "600"}
        self._context = context

    def tile(self, pixels: Pixels) -> Tile:
        """Code a picture of rows × columns × BGR, as large as the place."""
        height, width = pixels.shape[:2]
        even = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        picture = av.VideoFrame.from_ndarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
        picture.pts, self._count = self._count, self._count + 1
        (packet,) = self._context.encode(picture)
        return Tile(*self._place, Coding.H264, bytes(packet), self._stream)


def png(pixels: Pixels, place: tuple[int, int, int, int]) -> Tile:
    """Code a part of a picture exactly."""
    x, y, width, height = place
    part = pixels[y : y + height, x : x + width]
    return Tile(*place, Coding.PNG, cv2.imencode(".png", part, (cv2.IMWRITE_PNG_COMPRESSION, 1))[1].tobytes())


def _differing(older: Pixels | None, newer: Pixels) -> list[tuple[int, int, int, int]]:
    if older is None:
        return [(0, 0, newer.shape[1], newer.shape[0])]
    differs = (older != newer).any(axis=2)
    rows, columns = numpy.flatnonzero(differs.any(axis=1)), numpy.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return []
    x, y = int(columns[0]), int(rows[0])
    return [(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)]


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


def noisy(width: int, height: int) -> Pixels:
    """A picture like a photo: no pixel like the next, though not far from it."""
    rough = numpy.random.default_rng(7).integers(0, 256, (height // 8, width // 8, 3), dtype=numpy.uint8)
    return numpy.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC), numpy.uint8)


def scrolling(width: int, height: int, count: int, step: int = 8) -> Iterator[Pixels]:
    """That page, moved up by `step` rows each time."""
    pixels = page(width, height)
    for index in range(count):
        yield numpy.ascontiguousarray(numpy.roll(pixels, -index * step, axis=0))


def scrolled(width: int, height: int, count: int, step: int = 24) -> Iterator[Frame]:
    """The same as an agent sends it: a page, then what has moved and the strip that is new."""
    stream = Stream(width, height)
    for index, pixels in enumerate(scrolling(width, height, count, step)):
        if not index:
            yield stream.frame(pixels)
        else:
            moved = Copy(0, 0, width, height - step, 0, step)
            yield stream.of([moved], [png(pixels, (0, height - step, width, step))])
