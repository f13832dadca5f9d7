"""Pictures of an area that moves as an H.264 stream.

An encoder belongs to the thread that uses it. libx264 keeps no picture back:
each one that goes in comes out at once.
"""

from fractions import Fraction
from typing import Literal, Protocol

import av
import cv2
import msgspec
import numpy as np
from av.codec.context import ThreadType
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from agent.capture.annexb import is_key, parameter_sets, without_notices
from agent.capture.shared_memory import Pixels
from session.errors import EffectFailed
from session.messages import SCREEN_LIMIT

QUALITY = 23
"""Quantiser."""

VBV_SECONDS = 0.15
"""No picture, a key picture neither, is larger than what the line carries in so long."""

THREADS = 2

BT601 = 6
LIMITED_RANGE = 1

LARGEST_BITS = 8 * SCREEN_LIMIT // 2
"""Of one picture; noise at 4K would take more."""

MOST_BITS_A_PIXEL = 13
"""What x264 cannot code in less it sends as it is: eight bits of brightness, four of colour, and a little."""

SLOWEST = 10
"""Pictures a second; the least that an encoder is made for."""

FAST = "subme=1:ipratio=1"
"""Motion to a quarter of a pixel: a film that pans takes 60 % of the bytes for a tenth more time. A key
picture is as fine as the others, not finer: it is a burst as it is."""

SMALL = "subme=2:no-deblock=0:cabac=1:8x8dct=1:analyse=i4x4,i8x8"
"""A tenth to a third fewer bytes at the same fidelity for 40 % more time, and twice the decoder's."""


class Coded(msgspec.Struct, frozen=True):
    """One coded picture: Annex B, with its parameter sets in front if it is a key frame."""

    data: bytes
    key: bool


class Order(msgspec.Struct, frozen=True):
    """What an encoder is wanted for.

    Args:
        width: of the pictures, in pixels; odd sizes are padded by one pixel.
        height: likewise.
        rate: pictures a second that are expected at most; x264 takes its clock from it.
        quality: quantiser; where bytes are bounded, x264's rate factor. Smaller is better.
        bytes_per_second: more is never spent for long; None spends what the quality takes.
    """

    width: int
    height: int
    rate: int = 60
    quality: int = QUALITY
    bytes_per_second: float | None = None

    @property
    def coded_size(self) -> tuple[int, int]:
        """Width and height that are coded: even."""
        return self.width + self.width % 2, self.height + self.height % 2

    @property
    def bound(self) -> tuple[int, int] | None:
        """Bits a second and bits at once that the line carries; None if that does not matter."""
        if self.bytes_per_second is None:
            return None
        bits = max(16_000, round(self.bytes_per_second * 8))
        return bits, round(bits * VBV_SECONDS)


class Encoder(Protocol):
    """What codes the pictures of one stream.

    Attributes:
        sps: the sequence parameter set, without start code; known with the first picture at the latest.
        pps: the picture parameter set, likewise.
    """

    sps: bytes
    pps: bytes

    def encode(self, picture: Pixels, *, key: bool = False) -> Coded:
        """Code a picture.

        Args:
            picture: BGRx, height × width × 4, or a part of a larger one; not kept and not changed.
            key: whether a decoder must be able to start with it; it always can with the first.

        Raises:
            EffectFailed: it cannot.
        """
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Planes:
    """A picture's brightness and its two colours, 4:2:0 in BT.601, limited range.

    Args:
        width: of the pictures, in pixels; odd sizes are padded by one pixel.
        height: likewise.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width + width % 2, height + height % 2
        self.pixels: Pixels = np.zeros((self.height * 3 // 2, self.width), dtype=np.uint8)
        """I420: height · 3/2 × width."""

    def fill(self, picture: Pixels) -> None:
        """Take a picture, BGRx."""
        height, width = picture.shape[:2]
        if (height, width) != (self.height, self.width):
            picture = _padded(picture, self.height - height, self.width - width)
        cv2.cvtColor(picture, cv2.COLOR_BGRA2YUV_I420, dst=self.pixels)


class X264Encoder:
    """H.264 by libx264: nearly ultrafast, zero latency.

    Args:
        order: what is wanted.

    Raises:
        EffectFailed: the codec does not take this size.
    """

    def __init__(self, order: Order) -> None:
        self._planes = Planes(order.width, order.height)
        self.width, self.height = order.coded_size
        """The coded size: even."""
        self._beat = Fraction(1, order.rate)
        self._count = 0
        options = _options(order)
        self._codec = _opened(self.width, self.height, order.rate, options)
        self.sps, self.pps = parameter_sets(self._codec.extradata or b"")
        """The parameter sets, without start codes; they hold for the encoder's life."""

    def encode(self, picture: Pixels, *, key: bool = False) -> Coded:
        """Code a picture; raises as `Encoder.encode`."""
        self._planes.fill(picture)
        frame = frame_of(self._planes.pixels, "yuv420p")
        frame.pts, frame.time_base = self._count, self._beat
        frame.pict_type = PictureType.I if key or self._count == 0 else PictureType.NONE
        try:
            data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        except FFmpegError as error:
            raise EffectFailed(f"the picture cannot be coded: {error}") from error
        self._count += 1
        key = is_key(data)
        # x264's notice, twice in a stream's first picture, is 1.4 kB.
        return Coded(data=without_notices(data) if key else data, key=key)

    def close(self) -> None:
        """Do nothing: what it has goes with it."""


def frame_of(planes: Pixels, layout: Literal["yuv420p", "nv12"]) -> VideoFrame:
    """Return planes as a frame of FFmpeg's; it does not outlive them.

    Args:
        planes: brightness, and below it the colours: height · 3/2 × width.
        layout: how the colours lie there.
    """
    height, width = len(planes) * 2 // 3, planes.shape[1]
    if height % 4 == 0:
        return av.VideoFrame.from_numpy_buffer(planes, layout)
    # PyAV takes any other height for less than it is; the colours would be others.
    frame = av.VideoFrame(width, height, layout)
    flat, begin = planes.reshape(-1), 0
    colours = (width, height // 2) if layout == "nv12" else (width // 2, height // 2)
    for plane, (across, down) in zip(frame.planes, ((width, height), colours, colours), strict=False):
        target: Pixels = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # a plane is a buffer
        rows = target[: plane.line_size * down].reshape(down, plane.line_size)
        rows[:, :across] = flat[begin : begin + across * down].reshape(down, across)
        begin += across * down
    return frame


def _padded(picture: Pixels, rows: int, columns: int) -> Pixels:
    padded = cv2.copyMakeBorder(picture, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
    return np.asarray(padded, dtype=np.uint8)


def _options(order: Order) -> dict[str, str]:
    """Return what x264 is told."""
    found = {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"}
    # A key picture that nobody asked for would be a burst.
    parameters = "keyint=infinite:min-keyint=1:repeat-headers=1:scenecut=0"
    width, height = order.coded_size
    if order.bound is not None:
        rate, size = order.bound
    elif width * height * MOST_BITS_A_PIXEL > LARGEST_BITS:
        # Bytes do not matter, but one picture has to fit into a message.
        rate, size = SLOWEST * LARGEST_BITS, LARGEST_BITS
    else:
        # A rate factor would look at each picture before, and be finer or coarser by the clock it was told.
        return found | {"qp": str(order.quality), "x264-params": f"{parameters}:{FAST}"}
    bounds = {"maxrate": str(rate), "bufsize": str(size)}
    return found | bounds | {"crf": str(order.quality), "x264-params": f"{parameters}:{SMALL}"}


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
