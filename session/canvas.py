"""Pictures put together from frames: PROTOCOL.md, section 6.

The console shows and the auditor replays by these same lines, so that what was
recorded is what was seen. All of it happens in memory; nothing here is a thread's.

A frame is first read and then painted. Reading decodes and refuses, and leaves the
picture alone; painting moves pixels only, so whoever shares the picture with another
thread has to keep it out for that moment alone. Each new pixel is written twice: by
its decoder, and into the picture; each copied pixel once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from session.image_header import image_size
from session.messages import Frame
from session.picture import Coding, Copy, Tile

Pixels = NDArray[numpy.uint8]
Rectangle = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

WORK_LIMIT = 4
"""A frame paints and copies at most so many times the picture's own pixels."""

PIXELS_LIMIT = 1 << 25
"""Of one picture: more than 7680 x 4320, and 128 MiB."""

BAND = 32
"""Rows that are moved at once when a copy overlaps itself; few enough to stay in the processor's cache."""

ALIGNMENT = 128
"""The decoder fills rows up to 64 bytes of colour, so 128 pixels, on some processors, and counts that."""


class Undecodable(Exception):
    """This frame cannot be used; only a key frame helps."""


@dataclass(frozen=True)
class Change:
    """What a frame does to a picture, decoded.

    Attributes:
        places: where something may look different afterwards.
    """

    copies: Sequence[Copy]
    tiles: Sequence[tuple[Tile, Pixels | VideoFrame]]
    places: list[Rectangle]


class Canvas:
    """One monitor's picture in one epoch.

    Args:
        width: in pixels.
        height: in pixels.

    Raises:
        Undecodable: no monitor is that large.
    """

    def __init__(self, width: int, height: int) -> None:
        if width * height > PIXELS_LIMIT:
            raise Undecodable("larger than any monitor")
        self.pixels: Pixels = numpy.zeros((height, width, 4), numpy.uint8)
        """BGRx, height × width × 4; changed in place."""
        self._video: _Video | None = None
        self.aside: Pixels | None = None
        """What was put aside, likewise; None while that is black."""

    def apply(self, copies: Sequence[Copy], tiles: Sequence[Tile]) -> list[Rectangle]:
        """Change the picture: all copies read what was there before, then the tiles are painted in order.

        Returns:
            Where something may look different now.

        Raises:
            Undecodable: it is not what the protocol allows; the picture is as it was.
        """
        change = self.read(copies, tiles)
        self.paint(change)
        return change.places

    def read(self, copies: Sequence[Copy], tiles: Sequence[Tile]) -> Change:
        """Check and decode; each change must be painted before the next one is read.

        Raises:
            Undecodable: it is not what the protocol allows.
        """
        targets, painted = [*map(_place, copies)], [*map(_place, tiles)]
        sources = [(each.from_x, each.from_y, each.width, each.height) for each in copies]
        self._check([*map(self._raised, targets + sources), *painted])
        height = len(self.pixels)
        places = [place for place in targets if place[1] < height] + painted
        return Change(copies, [(tile, self._decode(tile)) for tile in tiles], places)

    def paint(self, change: Change) -> None:
        """Do what was read."""
        self._copy(change.copies)
        for tile, decoded in change.tiles:
            target = self._at(tile.x, tile.y, tile.width, tile.height)
            if isinstance(decoded, VideoFrame):
                _paint_video(decoded, target)
            else:
                cv2.cvtColor(decoded, cv2.COLOR_BGR2BGRA, dst=target)

    def clear(self) -> None:
        """Make everything black, also what was put aside."""
        self.pixels.fill(0)
        self.aside = None

    def end_video(self) -> None:
        """Forget the video stream."""
        self._video = None

    def _check(self, places: Sequence[Rectangle]) -> None:
        height, width = self.pixels.shape[:2]
        if any(x + across > width or y + down > height for x, y, across, down in places):
            raise Undecodable("outside the picture")
        if sum(across * down for _, _, across, down in places) > WORK_LIMIT * width * height:
            raise Undecodable("more work than a picture is worth")

    def _decode(self, tile: Tile) -> Pixels | VideoFrame:
        if tile.coding is not Coding.H264:
            return decode_image(tile)
        if self._video is None or self._video.number < tile.stream:
            self._video = _Video(tile)
        return self._video.decode(tile)

    def _at(self, x: int, y: int, width: int, height: int) -> Pixels:
        if (below := y - len(self.pixels)) < 0:
            return self.pixels[y : y + height, x : x + width]
        if self.aside is None:
            self.aside = numpy.zeros(self.pixels.shape, numpy.uint8)
        return self.aside[below : below + height, x : x + width]

    def _raised(self, place: Rectangle) -> Rectangle:
        """Return where a place lies in its picture: what is put aside lies below the one that is shown."""
        x, y, across, down = place
        return x, y - len(self.pixels) if y >= len(self.pixels) else y, across, down

    def _copy(self, copies: Sequence[Copy]) -> None:
        # What an earlier copy will have overwritten is put aside first; the others read where they stand.
        aside = [
            self._at(copy.from_x, copy.from_y, copy.width, copy.height).copy()
            if any(_spoils(earlier, copy) for earlier in copies[:index])
            else None
            for index, copy in enumerate(copies)
        ]
        for copy, kept in zip(copies, aside, strict=True):
            if kept is None:
                self._move(copy)
            else:
                self._at(copy.x, copy.y, copy.width, copy.height)[:] = kept

    def _move(self, copy: Copy) -> None:
        """Copy, within a picture from the end that is overwritten last."""
        source = self._at(copy.from_x, copy.from_y, copy.width, copy.height)
        target = self._at(copy.x, copy.y, copy.width, copy.height)
        down = copy.y - copy.from_y
        step = max(abs(down), BAND)
        tops = range(0, copy.height, step)
        for top in reversed(tops) if down > 0 else tops:
            # Where a band overlaps itself, NumPy puts that band aside.
            target[top : top + step] = source[top : top + step]


def _spoils(earlier: Copy, later: Copy) -> bool:
    """Tell whether the target of one copy meets the source of another."""
    across = earlier.x < later.from_x + later.width and later.from_x < earlier.x + earlier.width
    down = earlier.y < later.from_y + later.height and later.from_y < earlier.y + earlier.height
    return across and down


class _Video:
    """One video stream; it begins with a key picture and stays where it is."""

    def __init__(self, first: Tile) -> None:
        self.number = first.stream
        self._place = _place(first)
        self._context = av.VideoCodecContext.create("h264", "r")
        # A second thread gains nothing on a part of a screen, and waits for its turn on a busy machine.
        self._context.thread_count = 1
        self._context.flags |= Flags.low_delay
        # What is damaged is refused, not guessed: a technician must not act on pixels that never were.
        # What says that it is larger than its tile is refused before there is memory for it.
        pixels = (first.width + ALIGNMENT) * (first.height + ALIGNMENT)
        self._context.options = {"max_pixels": str(pixels), "err_detect": "explode"}

    def decode(self, tile: Tile) -> VideoFrame:
        if tile.stream != self.number:
            raise Undecodable("a video stream that is over")
        if _place(tile) != self._place:
            raise Undecodable("a video stream that moves")
        try:
            pictures = self._context.decode(av.Packet(tile.data))
        except (av.error.FFmpegError, ValueError) as error:
            raise Undecodable(type(error).__name__) from error
        if len(pictures) != 1:
            raise Undecodable("not one picture")
        picture = pictures[0]
        if (picture.width, picture.height) != (tile.width + tile.width % 2, tile.height + tile.height % 2):
            raise Undecodable("not of the size that was said")
        if picture.format.name != "yuv420p" or picture.color_range == ColorRange.JPEG:
            raise Undecodable("not of the kind that was said")
        return picture


def _place(part: Copy | Tile) -> Rectangle:
    return part.x, part.y, part.width, part.height


def _paint_video(picture: VideoFrame, target: Pixels) -> None:
    brightness, *colours = (_rows(picture, index) for index in range(3))
    height, width = target.shape[:2]
    # OpenCV reads colours in pairs, and writes each pixel where it belongs.
    pairs = cv2.merge(colours)
    if (height, width) == brightness.shape:
        cv2.cvtColorTwoPlane(brightness, pairs, cv2.COLOR_YUV2BGRA_NV12, dst=target)
    else:
        target[:] = cv2.cvtColorTwoPlane(brightness, pairs, cv2.COLOR_YUV2BGRA_NV12)[:height, :width]


def _rows(picture: VideoFrame, index: int) -> Pixels:
    """Return a plane's pixels without a copy: the array keeps the plane alive."""
    plane = picture.planes[index]
    flat: Pixels = numpy.frombuffer(plane, numpy.uint8)  # type: ignore[call-overload]  # a plane is a buffer
    return flat[: plane.line_size * plane.height].reshape(plane.height, -1)[:, : plane.width]


class Composer:
    """Puts one monitor's frames together, in order; begins anew with each key frame."""

    def __init__(self) -> None:
        self._canvas: Canvas | None = None
        self._epoch: int | None = None
        self._begins = False

    @property
    def canvas(self) -> Canvas | None:
        """The picture now; None before the first key frame and after an error."""
        return self._canvas

    def resume(self, canvas: Canvas, epoch: int) -> None:
        """Go on from a picture that was kept, as if its frames had been taken."""
        self._canvas, self._epoch = canvas, epoch

    def take(self, frame: Frame) -> list[Rectangle]:
        """Apply a frame; return where something may look different now.

        Raises:
            Undecodable: it cannot be used, and none that follows until a key frame.
        """
        return self.paint(self.read(frame))

    def read(self, frame: Frame) -> Change:
        """Check and decode a frame; it must be painted before the next one is read.

        Raises:
            Undecodable: it cannot be used, and none that follows until a key frame.
        """
        before, self._canvas, self._begins = self._canvas, None, frame.key
        canvas = self._begin(frame, before) if frame.key else self._go_on(frame, before)
        change = canvas.read(frame.copies, frame.tiles)
        self._canvas = canvas
        return change

    def paint(self, change: Change) -> list[Rectangle]:
        """Do what was read; return where something may look different now."""
        if self._canvas is None:
            return []
        if self._begins:
            self._canvas.clear()
        self._canvas.paint(change)
        height, width = self._canvas.pixels.shape[:2]
        return [(0, 0, width, height)] if self._begins else change.places

    def _begin(self, frame: Frame, before: Canvas | None) -> Canvas:
        if frame.copies:
            raise Undecodable("a key frame that copies")
        self._epoch = frame.epoch
        if before is None or before.pixels.shape[:2] != (frame.height, frame.width):
            return Canvas(frame.width, frame.height)
        before.end_video()
        return before

    def _go_on(self, frame: Frame, canvas: Canvas | None) -> Canvas:
        if canvas is None or frame.epoch != self._epoch:
            raise Undecodable("no key frame yet")
        if canvas.pixels.shape[:2] != (frame.height, frame.width):
            raise Undecodable("another size within an epoch")
        return canvas


def decode_image(tile: Tile) -> Pixels:
    """Return the pixels of an image tile: BGR, height × width × 3.

    Raises:
        Undecodable: it is damaged, or not of the size that was said, which is looked at first.
    """
    if image_size(tile.coding, tile.data) != (tile.width, tile.height):
        raise Undecodable("not of the size that was said")
    try:
        pixels = cv2.imdecode(numpy.frombuffer(tile.data, numpy.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise Undecodable("not an image") from error
    if pixels is None or pixels.shape != (tile.height, tile.width, 3):
        raise Undecodable("not an image")
    return numpy.asarray(pixels, numpy.uint8)
