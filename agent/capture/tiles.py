"""Rectangles of a picture as image files: what they will cost, exact ones, rough ones.

Measured on 1080p (ns a pixel; bytes a pixel): OpenCV's PNG level 1 without a
filter codes text in 13; 0.2: its pixels repeat, and a filter hides that. Photos
repeat nothing, so differences and Huffman codes alone take 22; 1.5. Lossless
WebP takes 25 to 50; 0.05 to 0.13 for text and 100 to 140; 1.0 for photos, if
libwebp is asked for its second effort (OpenCV always asks for the fifth, which
takes five times as long for the same bytes), and 0.1 ms for each. JPEG takes 2
to 5, lossy WebP 20 to 40 and half the bytes at the same fidelity. Of a letter, a
caret or a plain bar lossless WebP by OpenCV is half as long as PNG or less, and
takes 0.03 to 0.15 ms more; sealing and sending the longer one takes that too.
"""

from fractions import Fraction
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.error import FFmpegError

from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from session.errors import EffectFailed
from session.picture import Coding, Tile

SAMPLED = 4096
"""So many pixels are enough to see what kind of picture it is."""

PHOTO = 0.5
"""Where more pixels than this differ from their neighbour, nothing repeats."""

LITTLE, FEW = 16_384, 512
"""Pixels, and how many of them differ from their neighbour: so little is WebP on any line."""

EFFORT = "1"
TEXT_QUALITY, PHOTO_QUALITY = "30", "0"
"""How hard libwebp looks for what repeats; in photos nothing does."""

ROUGH_EFFORT = "2"
OPAQUE = np.uint32(0xFF000000)
SECOND = Fraction(1)

_TEXT_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)
_LITTLE_WEBP = (cv2.IMWRITE_WEBP_QUALITY, 101)
"""Above 100 is lossless."""

_PHOTO_PNG = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
)


class Cost(NamedTuple):
    """What an exact copy of some rectangle takes, roughly: bytes, and seconds of one core."""

    bytes: float
    seconds: float

    def __add__(self, other: "Cost") -> "Cost":  # type: ignore[override]  # a sum, not a longer row
        """Return the cost of both."""
        return Cost(self.bytes + other.bytes, self.seconds + other.seconds)


def busyness(picture: Pixels, place: Rect) -> float:
    """Return which share of a rectangle's pixels differs from the left neighbour; some rows are looked at."""
    if place.width < 2:
        return 1.0
    step = max(1, place.width * place.height // SAMPLED)
    words = picture.view(np.uint32)[..., 0]
    rows = words[place.y : place.y + place.height : step, place.x : place.x + place.width]
    return int(np.count_nonzero(rows[:, 1:] != rows[:, :-1])) / (len(rows) * (place.width - 1))


def cost(place: Rect, busy: float, *, thin: bool) -> Cost:
    """Estimate what `lossless` takes."""
    area = place.area
    if _is_little(place, busy):
        return Cost(40 + 1.4 * area * busy, 4e-5 + area * (6e-9 + 200e-9 * busy))
    if thin:
        size = 0.03 + (0.95 if busy > PHOTO else 0.7) * busy
        return Cost(60 + area * size, 1e-4 + area * (35e-9 + 80e-9 * busy))
    return Cost(100 + area * (0.02 + 1.6 * busy), 2e-5 + area * (6e-9 + 14e-9 * min(1.0, 1.5 * busy)))


def lossless(picture: Pixels, place: Rect, *, busy: float, thin: bool) -> Tile:
    """Code a rectangle exactly.

    Args:
        picture: BGRx, height × width × 4.
        place: the rectangle.
        busy: its `busyness`.
        thin: whether bytes are dearer than time.

    Raises:
        EffectFailed: the codec refused it.
    """
    photo = busy > PHOTO
    if _is_little(place, busy):
        return _tile(place, Coding.WEBP, cv2.imencode(".webp", _bgr(picture, place), _LITTLE_WEBP)[1])
    if thin:
        quality = PHOTO_QUALITY if photo else TEXT_QUALITY
        data = _webp(picture, place, {"lossless": "1", "compression_level": EFFORT, "quality": quality})
        return Tile(place.x, place.y, place.width, place.height, Coding.WEBP, data)
    way = _PHOTO_PNG if photo else _TEXT_PNG
    return _tile(place, Coding.PNG, cv2.imencode(".png", _bgr(picture, place), way)[1])


def _is_little(place: Rect, busy: float) -> bool:
    return place.area <= LITTLE and place.area * busy <= FEW


def _webp(picture: Pixels, place: Rect, options: dict[str, str]) -> bytes:
    words = picture.view(np.uint32)[..., 0]
    part = words[place.y : place.y + place.height, place.x : place.x + place.width] | OPAQUE
    codec = av.CodecContext.create("libwebp", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = place.width, place.height, "bgra", SECOND
    codec.options = options
    frame = av.VideoFrame.from_numpy_buffer(part.view(np.uint8).reshape(place.height, place.width, 4), "bgra")
    try:
        return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])
    except FFmpegError as error:
        raise EffectFailed(f"a part of the picture cannot be coded: {error}") from error


def rough(picture: Pixels, place: Rect, *, quality: int, thin: bool) -> Tile:
    """Code a rectangle small: on thin lines as lossy WebP, else quickly as JPEG; quality is 1 to 100.

    Raises:
        EffectFailed: the codec refused it.
    """
    if thin:
        options = {"lossless": "0", "compression_level": ROUGH_EFFORT, "quality": str(quality)}
        data = _webp(picture, place, options)
        return Tile(place.x, place.y, place.width, place.height, Coding.VP8, data)
    way = (cv2.IMWRITE_JPEG_QUALITY, quality)
    return _tile(place, Coding.JPEG, cv2.imencode(".jpg", _bgr(picture, place), way)[1])


def _bgr(picture: Pixels, place: Rect) -> Pixels:
    part = picture[place.y : place.y + place.height, place.x : place.x + place.width]
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGRA2BGR), dtype=np.uint8)


def _tile(place: Rect, coding: Coding, data: Pixels) -> Tile:
    return Tile(place.x, place.y, place.width, place.height, coding, data.tobytes())
