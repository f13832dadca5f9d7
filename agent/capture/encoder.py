"""Pictures of an area that moves as an H.264 stream.

An encoder belongs to the thread that uses it. libx264 keeps no picture back:
each one that goes in comes out at once.
"""

from fractions import Fraction

import av
import cv2
import msgspec
import numpy as np
from av.codec.context import ThreadType
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from agent.capture.annexb import is_key, parameter_sets
from agent.capture.shared_memory import Pixels
from session.errors import EffectFailed

QUALITY = 23
"""x264's constant rate factor."""

VBV_SECONDS = 0.15
"""No picture, the first neither, is larger than what the line carries in so long."""

THREADS = 2

BT601 = 6
LIMITED_RANGE = 1


class Coded(msgspec.Struct, frozen=True):
    """One coded picture: Annex B, with its parameter sets in front if it is a key frame."""

    data: bytes
    key: bool


class X264Encoder:
    """H.264 by libx264: ultrafast, zero latency, 4:2:0 in BT.601, limited range.

    Args:
        width: of the pictures, in pixels; odd sizes are padded by one pixel.
        height: likewise.
        rate: pictures a second that are expected at most; x264 takes its clock from it.
        quality: x264's constant rate factor; smaller is better.
        bytes_per_second: more is never spent for long; None spends what the quality takes.

    Raises:
        EffectFailed: the codec does not take this size.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        rate: int = 60,
        quality: int = QUALITY,
        bytes_per_second: float | None = None,
    ) -> None:
        self.width, self.height = width + width % 2, height + height % 2
        """The coded size: even."""
        self._planes = np.zeros((self.height * 3 // 2, self.width), dtype=np.uint8)
        self._beat = Fraction(1, rate)
        self._count = 0
        options = {"preset": "ultrafast", "tune": "zerolatency", "crf": str(quality), "forced-idr": "1"}
        # A stream starts with a key picture; each further one that nobody asked for would be a burst.
        options["x264-params"] = "keyint=infinite:min-keyint=1:repeat-headers=1:scenecut=0"
        if bytes_per_second is not None:
            bits = max(16_000, round(bytes_per_second * 8))
            options |= {"maxrate": str(bits), "bufsize": str(round(bits * VBV_SECONDS))}
        self._codec = _opened(self.width, self.height, rate, options)
        self.sps, self.pps = parameter_sets(self._codec.extradata or b"")
        """The parameter sets, without start codes; they hold for the encoder's life."""

    def encode(self, picture: Pixels, *, key: bool = False) -> Coded:
        """Code a picture.

        Args:
            picture: BGRx, height × width × 4, or a part of a larger one; not kept and not changed.
            key: whether a decoder must be able to start with it.

        Raises:
            EffectFailed: the codec refused it.
        """
        height, width = picture.shape[:2]
        if (height, width) != (self.height, self.width):
            picture = _padded(picture, self.height - height, self.width - width)
        cv2.cvtColor(picture, cv2.COLOR_BGRA2YUV_I420, dst=self._planes)
        frame = av.VideoFrame.from_numpy_buffer(self._planes, "yuv420p")
        frame.pts, frame.time_base = self._count, self._beat
        frame.pict_type = PictureType.I if key or self._count == 0 else PictureType.NONE
        try:
            data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        except FFmpegError as error:
            raise EffectFailed(f"the picture cannot be coded: {error}") from error
        self._count += 1
        return Coded(data=data, key=is_key(data))


def _padded(picture: Pixels, rows: int, columns: int) -> Pixels:
    padded = cv2.copyMakeBorder(picture, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
    return np.asarray(padded, dtype=np.uint8)


def _opened(width: int, height: int, rate: int, options: dict[str, str]) -> VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.framerate, codec.time_base = Fraction(rate), Fraction(1, rate)
    codec.thread_count, codec.thread_type = THREADS, ThreadType.SLICE
    codec.colorspace, codec.color_range = BT601, LIMITED_RANGE
    # The parameter sets are wanted before the first picture, and again in each key frame.
    codec.flags |= av.codec.context.Flags.global_header
    codec.options = options
    try:
        codec.open()
    except FFmpegError as error:
        raise EffectFailed(f"no encoder for {width} × {height}: {error}") from error
    return codec
