"""The floors of the codecs: what OpenCV and FFmpeg take by themselves, without anything of ours."""

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from av.codec.context import ThreadType

from benchmarks.scenes import Pixels
from session.picture import Coding, Tile

RATE = 60
QUALITY = "20"
TEXT_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)
WAYS = {Coding.PNG: (".png", TEXT_PNG), Coding.JPEG: (".jpg", (cv2.IMWRITE_JPEG_QUALITY, 90))}


def part(picture: Pixels, tile: Tile) -> Pixels:
    """Return what a tile shows of a picture, without a copy."""
    return picture[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]


def image_tiles(tiles: Sequence[Tile]) -> list[Tile]:
    """Return the tiles that are image files."""
    return [tile for tile in tiles if tile.coding is not Coding.H264]


class Coder:
    """Codes pixels that are ready, as OpenCV and x264 do by themselves."""

    def __init__(self) -> None:
        self._codec: av.VideoCodecContext | None = None
        self._ready: list[tuple[Tile, Pixels]] = []

    def prepare(self, picture: Pixels, tiles: Sequence[Tile]) -> None:
        """Put the pixels of these tiles into the order that the codecs take."""
        self._ready = []
        for tile in tiles:
            way = cv2.COLOR_BGRA2YUV_I420 if tile.coding is Coding.H264 else cv2.COLOR_BGRA2BGR
            self._ready.append((tile, np.asarray(cv2.cvtColor(part(picture, tile), way), np.uint8)))

    def code(self) -> None:
        """Code them."""
        for tile, pixels in self._ready:
            if tile.coding is Coding.H264:
                self._film(tile, pixels)
            else:
                name, way = WAYS[tile.coding]
                cv2.imencode(name, pixels, way)

    def _film(self, tile: Tile, planes: Pixels) -> None:
        if self._codec is None:
            codec = av.VideoCodecContext.create("libx264", "w")
            codec.width, codec.height, codec.pix_fmt = tile.width, tile.height, "yuv420p"
            codec.framerate, codec.time_base = Fraction(RATE), Fraction(1, RATE)
            codec.thread_count, codec.thread_type = 2, ThreadType.SLICE
            codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": QUALITY, "g": "100000"}
            self._codec = codec
        self._codec.encode(av.VideoFrame.from_numpy_buffer(planes, "yuv420p"))


class Decoder:
    """Decodes tiles, as OpenCV and FFmpeg do by themselves."""

    def __init__(self) -> None:
        self._codec = av.VideoCodecContext.create("h264", "r")
        self._codec.thread_count = 1

    def decode(self, tiles: Sequence[Tile]) -> None:
        """Decode them; the pictures of a film must come in order."""
        for tile in tiles:
            if tile.coding is Coding.H264:
                self._codec.decode(av.Packet(tile.data))
            else:
                cv2.imdecode(np.frombuffer(tile.data, np.uint8), cv2.IMREAD_COLOR)
