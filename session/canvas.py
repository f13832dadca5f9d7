"""Pictures put together from frames: PROTOCOL.md, section 6.

The console shows and the auditor replays by these same lines, so that what was
recorded is what was seen. All of it happens in memory; nothing here is a thread's.
"""

import struct
from collections.abc import Sequence

import av
import cv2
import numpy
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from session.messages import Frame
from session.picture import Coding, Copy, Tile

Pixels = NDArray[numpy.uint8]
Rectangle = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

WORK_LIMIT = 4
"""A frame paints and copies at most so many times the picture's own pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Undecodable(Exception):
    """This frame cannot be used; only a key frame helps."""


class Canvas:
    """One monitor's picture in one epoch.

    Args:
        width: in pixels.
        height: in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Pixels = numpy.zeros((height, width, 4), numpy.uint8)
        """BGRx, height × width × 4; changed in place by `apply`."""
        self._video: _Video | None = None

    def apply(self, copies: Sequence[Copy], tiles: Sequence[Tile]) -> list[Rectangle]:
        """Change the picture: all copies read what was there before, then the tiles are painted in order.

        Returns:
            Where something may look different now.

        Raises:
            Undecodable: it is not what the protocol allows; the picture may be half changed.
        """
        self._check(copies, tiles)
        moved = [self._at(copy.from_x, copy.from_y, copy.width, copy.height).copy() for copy in copies]
        for copy, pixels in zip(copies, moved, strict=True):
            self._at(copy.x, copy.y, copy.width, copy.height)[:] = pixels
        for tile in tiles:
            self._paint(tile)
        return _places(copies, tiles)

    def _check(self, copies: Sequence[Copy], tiles: Sequence[Tile]) -> None:
        height, width = self.pixels.shape[:2]
        places = _places(copies, tiles)
        places += [(each.from_x, each.from_y, each.width, each.height) for each in copies]
        if any(x + across > width or y + down > height for x, y, across, down in places):
            raise Undecodable("outside the picture")
        if sum(across * down for _, _, across, down in places) > WORK_LIMIT * width * height:
            raise Undecodable("more work than a picture is worth")

    def _at(self, x: int, y: int, width: int, height: int) -> Pixels:
        return self.pixels[y : y + height, x : x + width]

    def _paint(self, tile: Tile) -> None:
        target = self._at(tile.x, tile.y, tile.width, tile.height)
        if tile.coding is Coding.H264:
            if self._video is None or self._video.number != tile.stream:
                self._video = _Video(tile.stream)
            target[:] = self._video.decode(tile)
        else:
            # Three channels into four: the last one is unused and stays what it was.
            target[..., :3] = decode_image(tile)


def _places(copies: Sequence[Copy], tiles: Sequence[Tile]) -> list[Rectangle]:
    targets = [(copy.x, copy.y, copy.width, copy.height) for copy in copies]
    return targets + [(tile.x, tile.y, tile.width, tile.height) for tile in tiles]


class _Video:
    """One video stream; it begins with a key picture."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._context = av.VideoCodecContext.create("h264", "r")
        self._context.thread_type = "SLICE"
        self._context.thread_count = 2
        self._context.flags |= Flags.low_delay
        # What is damaged is refused, not guessed: a technician must not act on pixels that never were.
        self._context.options = {"max_pixels": str(1 << 26), "err_detect": "explode"}
        self._reformatter = VideoReformatter()

    def decode(self, tile: Tile) -> Pixels:
        try:
            pictures = self._context.decode(av.Packet(tile.data))
        except (av.error.FFmpegError, ValueError) as error:
            raise Undecodable(type(error).__name__) from error
        if len(pictures) != 1:
            raise Undecodable("not one picture")
        picture: VideoFrame = pictures[0]
        # Coded sizes are even.
        if (picture.width, picture.height) != (tile.width + tile.width % 2, tile.height + tile.height % 2):
            raise Undecodable("not of the size that was said")
        painted = self._reformatter.reformat(picture, format="bgra")
        plane = painted.planes[0]
        flat: Pixels = numpy.frombuffer(plane, numpy.uint8)  # type: ignore[call-overload]  # a plane is a buffer
        rows = flat[: plane.line_size * plane.height].reshape(plane.height, -1, 4)
        return rows[: tile.height, : tile.width]


class Composer:
    """Puts one monitor's frames together, in order; begins anew with each key frame."""

    def __init__(self) -> None:
        self._canvas: Canvas | None = None
        self._epoch: int | None = None

    @property
    def canvas(self) -> Canvas | None:
        """The picture now; None before the first key frame and after an error."""
        return self._canvas

    def take(self, frame: Frame) -> list[Rectangle]:
        """Apply a frame; return where something may look different now.

        Raises:
            Undecodable: it cannot be used, and none that follows until a key frame.
        """
        whole = frame.key or self._canvas is None or frame.epoch != self._epoch
        if whole and not frame.key:
            self._canvas = None
            raise Undecodable("no key frame yet")
        if whole or self._canvas is None:
            if frame.copies:
                raise Undecodable("a key frame that copies")
            self._canvas, self._epoch = Canvas(frame.width, frame.height), frame.epoch
        elif self._canvas.pixels.shape[:2] != (frame.height, frame.width):
            self._canvas = None
            raise Undecodable("another size within an epoch")
        try:
            changed = self._canvas.apply(frame.copies, frame.tiles)
        except Undecodable:
            self._canvas = None
            raise
        return [(0, 0, frame.width, frame.height)] if whole else changed


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


def image_size(coding: Coding, data: bytes) -> tuple[int, int] | None:
    """Return width and height as an image file's header says, None if it is no such file."""
    try:
        match coding:
            case Coding.PNG if data[:8] == _PNG and data[12:16] == b"IHDR":
                width, height = struct.unpack_from(">II", data, 16)
                return width, height
            case Coding.WEBP if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8L" and data[20] == 0x2F:
                (bits,) = struct.unpack_from("<I", data, 21)
                return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            case Coding.JPEG if data[:2] == b"\xff\xd8":
                return _jpeg_size(data)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the markers to the start of the frame (ITU-T T.81, B.2)."""
    at = 2
    while data[at] == 0xFF:
        kind, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if kind in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return None
