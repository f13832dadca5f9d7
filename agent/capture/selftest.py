"""Whether an encoder is any good: it codes pictures, and what a technician would see of them is compared.

Driven as in a session, deadlines included, and measured beside x264 in the same
run. The pictures are made up: none of the screen leaves for a driver that nobody
has looked at.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from agent.capture.annexb import KEY_PICTURE, PARAMETERS_OF_PICTURE, PARAMETERS_OF_SEQUENCE, kind, units
from agent.capture.encoder import VBV_SECONDS, Encoder, Order, X264Encoder
from agent.capture.shared_memory import Pixels
from session.canvas import Canvas, Undecodable
from session.errors import EffectFailed
from session.picture import Coding, Tile

WIDTH, HEIGHT = 1278, 718
"""A film's; no whole blocks."""

PICTURES = 20
KEY_AT = 12
QUALITY = 20
LINE = 250_000
"""Bytes a second for the second stream."""

WORSE_DB = 1.5
"""So much below x264's picture is as good."""

MORE_BYTES = 1.6
"""Times x264's bytes for it."""

OVER_BOUND = 1.5
"""Times what the line carries; x264 keeps to 1.3."""

FASTER = 0.8
"""Of x264's time at most, or it is not worth a process."""

Make = Callable[[Order], Encoder]


class Result(NamedTuple):
    """What came of a stream.

    Attributes:
        decibels: likeness of the shown pictures.
        sizes: bytes of each picture.
        seconds: for one picture.
    """

    decibels: float
    sizes: list[int]
    seconds: float


def try_out(make: Make) -> str:
    """Return what is measured of an encoder that is better than x264 here.

    Args:
        make: opens it.

    Raises:
        EffectFailed: it is not, and why.
    """
    free = Order(WIDTH, HEIGHT, 30, QUALITY)
    # First its own: where there is no such device, nothing else needs to be done.
    found = _coded(make, free)
    peer = _stream(X264Encoder(free), free)
    if found.decibels < peer.decibels - WORSE_DB:
        raise EffectFailed(f"its pictures are {found.decibels:.1f} dB, x264's {peer.decibels:.1f}")
    if sum(found.sizes) > MORE_BYTES * sum(peer.sizes):
        raise EffectFailed(f"it takes {sum(found.sizes) / sum(peer.sizes):.1f} times x264's bytes")
    if found.seconds > FASTER * peer.seconds:
        raise EffectFailed(
            f"it takes {found.seconds * 1000:.1f} ms a picture, x264 {peer.seconds * 1000:.1f}"
        )
    bounded = Order(WIDTH, HEIGHT, 30, QUALITY, LINE)
    sizes = _coded(make, bounded).sizes
    if max(sizes) > OVER_BOUND * VBV_SECONDS * LINE or sum(sizes) > OVER_BOUND * _carried(len(sizes)):
        raise EffectFailed(f"it floods the line: {max(sizes)} bytes at once")
    return (
        f"{found.decibels:.1f} dB at {found.seconds * 1000:.1f} ms a picture,"
        f" x264 {peer.decibels:.1f} dB at {peer.seconds * 1000:.1f} ms"
    )


def _carried(pictures: int) -> float:
    """Return the bytes that the line carries meanwhile, and what may be on it."""
    return LINE * (pictures / 30 + VBV_SECONDS)


def _coded(make: Make, order: Order) -> Result:
    encoder = make(order)
    try:
        return _stream(encoder, order)
    finally:
        encoder.close()


def _stream(encoder: Encoder, order: Order) -> Result:
    canvas = Canvas(order.width, order.height)
    decibels, sizes, times = [], [], []
    for number in range(PICTURES):
        picture = drawn(number, order.width, order.height)
        began = time.perf_counter()
        coded = encoder.encode(picture, key=number == KEY_AT)
        times.append(time.perf_counter() - began)
        _check(coded.data, encoder, key=number in (0, KEY_AT))
        tile = Tile(0, 0, order.width, order.height, Coding.H264, coded.data)
        try:
            canvas.apply((), (tile,))
        except Undecodable as error:
            raise EffectFailed(f"picture {number} cannot be decoded: {error}") from None
        decibels.append(likeness(canvas.pixels, picture))
        sizes.append(len(coded.data))
    # The first ones pay for the driver's start.
    return Result(median(decibels), sizes, median(times[2:]))


def _check(data: bytes, encoder: Encoder, *, key: bool) -> None:
    """See that the picture is there at once, and a key picture only where one was asked for."""
    if not data:
        raise EffectFailed("a picture is kept back")
    try:
        kinds = {kind(unit): unit for unit in units(data)}
    except ValueError as error:
        raise EffectFailed(f"it is no H.264 byte stream: {error}") from None
    if key != (KEY_PICTURE in kinds):
        raise EffectFailed("its key pictures are not where they should be")
    sets = kinds.get(PARAMETERS_OF_SEQUENCE), kinds.get(PARAMETERS_OF_PICTURE)
    if sets not in {(encoder.sps, encoder.pps), (None, None)} or (key and None in sets):
        raise EffectFailed("its parameter sets are missing, or change")


def likeness(one: Pixels, other: Pixels) -> float:
    """Return the peak signal to noise ratio of two pictures, in dB."""
    return float(cv2.PSNR(np.ascontiguousarray(one[..., :3]), np.ascontiguousarray(other[..., :3])))


def drawn(number: int, width: int, height: int) -> Pixels:
    """Return a picture of something like a film: a soft scene that pans, and a thing that crosses it."""
    generator = np.random.default_rng(1)
    coarse = generator.integers(40, 215, (height // 16, width // 16, 4), np.uint8)
    scene = cv2.resize(coarse, (width + 64, height + 64), interpolation=cv2.INTER_CUBIC)
    left, top = number * 5 % 64, number * 3 % 64
    picture = np.ascontiguousarray(scene[top : top + height, left : left + width])
    cv2.circle(picture, (60 + number * 37 % width, height // 2), 50, (30, 60, 220, 0), -1)
    return np.asarray(picture, np.uint8)
