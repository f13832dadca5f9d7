"""A number that a program draws and another one reads off the screen.

A frame in a colour of its own, in it three rows of eight cells, black or white:
two bytes of number and one byte of check. Everything is large enough for lossy
video and for a view that is not shown in its own size.
"""

import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CELL, COLUMNS, ROWS, BORDER = 16, 8, 3, 8
WIDTH, HEIGHT = COLUMNS * CELL + 2 * BORDER, ROWS * CELL + 2 * BORDER
FRAME = (255, 0, 255)
"""Magenta, as blue, green and red; nothing else on a desktop is this colour."""

MODULUS = 65536
SMALLEST = 0.4
"""Size at which a barcode is still looked for, as a part of its own size."""


@dataclass(frozen=True)
class Place:
    """Where a barcode is shown, in pixels; its size may differ from the drawn one."""

    x: int
    y: int
    width: int
    height: int


def draw(number: int) -> NDArray[np.uint8]:
    """Return the picture of a number modulo 65536: (HEIGHT, WIDTH, 4), blue, green, red, 255."""
    data = struct.pack(">H", number % MODULUS)
    bits = np.unpackbits(np.frombuffer(data + _check(data), np.uint8)).reshape(ROWS, COLUMNS)
    picture = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    picture[:, :, :3] = FRAME
    cells = np.kron(bits * np.uint8(255), np.ones((CELL, CELL), np.uint8))
    picture[BORDER:-BORDER, BORDER:-BORDER, :3] = cells[:, :, np.newaxis]
    return picture


def read(picture: NDArray[np.uint8]) -> int | None:
    """Return the number that a picture of exactly one place shows, or None while it is not clean."""
    height, width = picture.shape[:2]
    rows = ((BORDER + CELL * (np.arange(ROWS) + 0.5)) * height / HEIGHT).astype(int)
    columns = ((BORDER + CELL * (np.arange(COLUMNS) + 0.5)) * width / WIDTH).astype(int)
    bits = picture[np.ix_(rows, columns)][:, :, 1] > 127
    data = np.packbits(bits).tobytes()
    return int.from_bytes(data[:2], "big") if data[2:] == _check(data[:2]) else None


def find(picture: NDArray[np.uint8]) -> list[Place]:
    """Return the places of all barcodes in a picture, from the upper left to the lower right."""
    blue, green, red = (picture[:, :, channel].astype(np.int16) for channel in range(3))
    magenta = ((blue > 150) & (red > 150) & (green < 110)).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(magenta)
    places = []
    for x, y, width, height, _ in boxes[1:].tolist():
        place = Place(x, y, width, height)
        fits = width > SMALLEST * WIDTH and abs(width / height - WIDTH / HEIGHT) < 0.25
        if fits and read(picture[y : y + height, x : x + width]) is not None:
            places.append(place)
    return sorted(places, key=lambda place: (place.y, place.x))


def _check(data: bytes) -> bytes:
    return bytes([zlib.crc32(data) & 0xFF])
