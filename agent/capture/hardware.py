"""H.264 by the graphics processor, through PyAV: which encoders there are, and how they are told not to wait.

None of this is imported by the agent's own process: a driver may crash or hang.
`encoder_program` uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av
import cv2
import numpy as np
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from agent.capture.encoder import BT601, LIMITED_RANGE, Order, frame_of
from agent.capture.shared_memory import Pixels

Options = Mapping[str, str]

_ALWAYS = {"bf": "0", "g": "1000000"}
"""No picture is kept back, and no key picture comes that nobody asked for."""


@dataclass(frozen=True)
class Candidate:
    """An encoder of FFmpeg's, and its options.

    Args:
        codec: its name.
        common: options.
        free: options where bytes do not matter; `{quality}` stands for the quantiser.
        bounded: options where they do; the bounds are FFmpeg's own `b`, `maxrate` and `bufsize`.
        nv12: whether the colours have to be interleaved.
        device: kind of the device whose memory it needs.
    """

    codec: str
    common: Options
    free: Options
    bounded: Options = field(default_factory=dict)
    nv12: bool = True
    device: str | None = None

    def options(self, order: Order) -> dict[str, str]:
        """Return what to open it with."""
        found = _ALWAYS | dict(self.common)
        if order.bound is None:
            return found | {name: value.format(quality=order.quality) for name, value in self.free.items()}
        bits, buffer = map(str, order.bound)
        return found | dict(self.bounded) | {"b": bits, "maxrate": bits, "bufsize": buffer}


CANDIDATES = {
    each.codec: each
    for each in (
        Candidate(
            "h264_nvenc",
            {"preset": "p2", "tune": "ull", "zerolatency": "1", "delay": "0", "forced-idr": "1"},
            {"rc": "constqp", "qp": "{quality}"},
            {"rc": "cbr"},
        ),
        Candidate(
            "h264_qsv",
            {"preset": "veryfast", "async_depth": "1", "look_ahead": "0", "forced_idr": "1"},
            {"flags": "+qscale", "global_quality": "{quality}"},
        ),
        Candidate(
            "h264_videotoolbox",
            {"realtime": "1", "prio_speed": "1", "allow_sw": "0"},
            {"b": "12000000"},
        ),
        Candidate(
            "h264_mf",
            {"hw_encoding": "1", "scenario": "display_remoting"},
            {"rate_control": "quality", "quality": "80"},
            {"rate_control": "ld_vbr"},
        ),
        Candidate(
            "h264_vaapi",
            {"async_depth": "1", "idr_interval": "1000000"},
            {"rc_mode": "CQP", "qp": "{quality}"},
            {"rc_mode": "CBR"},
            device="vaapi",
        ),
    )
}
"""By name, the likely one first."""


class Driver:
    """One stream of a hardware encoder.

    Args:
        candidate: which.
        order: what for.

    Raises:
        FFmpegError: there is no such device, or it does not take this size.
        ValueError: PyAV does not have this encoder.
    """

    def __init__(self, candidate: Candidate, order: Order) -> None:
        self._candidate = candidate
        self._beat = Fraction(1, order.rate)
        self._count = 0
        self._codec = _opened(candidate, order)

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        """Code a picture; a key picture has the parameter sets in front.

        Args:
            planes: I420, height · 3/2 × width.
            key: whether a decoder must be able to start with it.

        Raises:
            FFmpegError: the driver refuses it.
        """
        frame = frame_of(_nv12(planes), "nv12") if self._candidate.nv12 else frame_of(planes, "yuv420p")
        frame.pts, frame.time_base = self._count, self._beat
        frame.colorspace, frame.color_range = BT601, LIMITED_RANGE
        frame.pict_type = PictureType.I if key or self._count == 0 else PictureType.NONE
        self._count += 1
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


def _opened(candidate: Candidate, order: Order) -> VideoCodecContext:
    hardware = HWAccel(candidate.device) if candidate.device else None
    codec = av.CodecContext.create(candidate.codec, "w", hwaccel=hardware)
    if not isinstance(codec, VideoCodecContext):
        raise ValueError(f"{candidate.codec} codes no pictures")
    codec.width, codec.height = order.coded_size
    codec.pix_fmt = "nv12" if candidate.nv12 else "yuv420p"
    codec.framerate, codec.time_base = Fraction(order.rate), Fraction(1, order.rate)
    codec.colorspace, codec.color_range = BT601, LIMITED_RANGE
    codec.options = candidate.options(order)
    codec.open()
    return codec


def _nv12(planes: Pixels) -> Pixels:
    """Return a picture with its colours side by side, pixel by pixel."""
    width = planes.shape[1]
    height = len(planes) * 2 // 3
    colours = planes[height:].reshape(2, height // 2, width // 2)
    pairs = cv2.merge([colours[0], colours[1]]).reshape(height // 2, width)
    return np.asarray(np.concatenate((planes[:height], pairs)), np.uint8)
