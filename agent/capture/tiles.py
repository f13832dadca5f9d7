"""Rectangles of a picture as image files: what they will cost, exact ones, rough ones.

Measured with OpenCV 5 on 1080p (ns a pixel; bytes a pixel): PNG level 1 as it
comes codes text in 17; 0.24 and photos in 50; 1.4. Without a filter text takes
7; 0.21: its pixels repeat, and a filter hides that. Photos repeat nothing, so
differences and Huffman codes alone take 18; 1.5. Lossless WebP halves the
bytes and takes 190 for text, 900 for photos. JPEG takes 2.
"""

from typing import NamedTuple

import cv2
import numpy as np

from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from session.picture import Coding, Tile

SAMPLED = 4096
"""So many pixels are enough to see what kind of picture it is."""

PHOTO = 0.5
"""Where more pixels than this differ from their neighbour, nothing repeats."""

WEBP_SECONDS = 0.015
"""A tile may take so long on a line that is slower than the codec."""

_TEXT_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)
_PHOTO_PNG = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
)
_LOSSLESS_WEBP = (cv2.IMWRITE_WEBP_QUALITY, 101)


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
    area = place.width * place.height
    size = 100 + area * (0.02 + 1.6 * busy)
    if _is_webp(place, busy, thin=thin):
        return Cost(size / 2, _webp_seconds(place, busy))
    return Cost(size, 2e-5 + area * (6e-9 + 14e-9 * min(1.0, 1.5 * busy)))


def lossless(picture: Pixels, place: Rect, *, busy: float, thin: bool) -> Tile:
    """Code a rectangle exactly.

    Args:
        picture: BGRx, height × width × 4.
        place: the rectangle.
        busy: its `busyness`.
        thin: whether bytes are dearer than time.
    """
    pixels = _bgr(picture, place)
    if _is_webp(place, busy, thin=thin):
        return _tile(place, Coding.WEBP, cv2.imencode(".webp", pixels, _LOSSLESS_WEBP)[1])
    way = _PHOTO_PNG if busy > PHOTO else _TEXT_PNG
    return _tile(place, Coding.PNG, cv2.imencode(".png", pixels, way)[1])


def _is_webp(place: Rect, busy: float, *, thin: bool) -> bool:
    return thin and _webp_seconds(place, busy) <= WEBP_SECONDS


def _webp_seconds(place: Rect, busy: float) -> float:
    return place.width * place.height * (150e-9 + 750e-9 * busy)


def rough(picture: Pixels, place: Rect, *, quality: int) -> Tile:
    """Code a rectangle quickly and small, as JPEG of this quality (1 to 100)."""
    way = (cv2.IMWRITE_JPEG_QUALITY, quality)
    return _tile(place, Coding.JPEG, cv2.imencode(".jpg", _bgr(picture, place), way)[1])


def _bgr(picture: Pixels, place: Rect) -> Pixels:
    part = picture[place.y : place.y + place.height, place.x : place.x + place.width]
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGRA2BGR), dtype=np.uint8)


def _tile(place: Rect, coding: Coding, data: Pixels) -> Tile:
    return Tile(place.x, place.y, place.width, place.height, coding, data.tobytes())
