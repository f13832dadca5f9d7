"""Drawn pictures as frames: what has changed as images, and a video where one plays."""

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from agent.capture.annexb import parameter_sets
from session.picture import Coding, Copy, Tile

Drawn = NDArray[np.uint8]


def image(pixels: Drawn, x: int = 0, y: int = 0, coding: Coding = Coding.PNG) -> Tile:
    """Return pixels (BGR or BGRx) as an image tile."""
    options = {
        Coding.PNG: [cv2.IMWRITE_PNG_COMPRESSION, 1],
        Coding.WEBP: [cv2.IMWRITE_WEBP_QUALITY, 101],
        Coding.VP8: [cv2.IMWRITE_WEBP_QUALITY, 80],
        Coding.JPEG: [cv2.IMWRITE_JPEG_QUALITY, 80],
    }[coding]
    kind = "webp" if coding is Coding.VP8 else coding
    _, file = cv2.imencode(f".{kind}", np.ascontiguousarray(pixels[..., :3]), options)
    return Tile(x, y, pixels.shape[1], pixels.shape[0], coding, file.tobytes())


def changes(before: Drawn | None, after: Drawn, *, coding: Coding = Coding.PNG) -> tuple[Tile, ...]:
    """Return the tile that makes one picture of another."""
    if before is None:
        return (image(after, coding=coding),)
    different = (before[..., :3] != after[..., :3]).any(axis=2)
    if not different.any():
        return ()
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return (image(after[top:bottom, left:right], left, top, coding),)


class Video:
    """One video stream in one place."""

    def __init__(self, x: int, y: int, width: int, height: int, number: int, *, every: int = 250) -> None:
        self._place = x, y, width, height
        self.number = number
        self._codec = av.CodecContext.create("libx264", "w")
        self._codec.width, self._codec.height = width + width % 2, height + height % 2
        self._codec.pix_fmt, self._codec.time_base = "yuv420p", Fraction(1, 30)
        self._codec.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x264-params": f"keyint={every}:repeat-headers=1:scenecut=0",
        }
        self._count = 0
        self.parameters: tuple[bytes, bytes] | None = None

    def tile(self, pixels: Drawn) -> Tile:
        """Return the next picture of the stream: BGRx of the place's size."""
        x, y, width, height = self._place
        padded = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), "bgra").reformat(format="yuv420p")
        frame.pts, self._count = self._count, self._count + 1
        data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        if self.parameters is None:
            self.parameters = parameter_sets(data)
        return Tile(x, y, width, height, Coding.H264, data, self.number)


def apply_copies(picture: Drawn, copies: Sequence[Copy]) -> Drawn:
    """Return a picture after its copies."""
    made = picture.copy()
    for each in copies:
        source = picture[each.from_y : each.from_y + each.height, each.from_x : each.from_x + each.width]
        made[each.y : each.y + each.height, each.x : each.x + each.width] = source
    return made


def bar(number: int, width: int = 320, height: int = 200) -> Drawn:
    """Return a picture with a bar that moves and stripes that stay."""
    picture = np.full((height, width, 4), 240, dtype=np.uint8)
    picture[::8] = 200
    left = number * 7 % (width - 20)
    picture[20:180, left : left + 20] = (40, 90, 200, 255)
    return picture
