"""Pictures for tests: pages of text that scroll, and how far a decoded one is from its source."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def page(seed: int, width: int = 640, height: int = 360) -> Picture:
    picture = np.full((height, width, 4), 250, np.uint8)
    generator = np.random.default_rng(seed)
    for y in range(14, height, 16):
        line = "".join(chr(each) for each in generator.integers(33, 126, width // 9))
        colour = tuple(int(each) for each in generator.integers(0, 120, 3))
        cv2.putText(picture, line, (4, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (*colour, 255), 1, cv2.LINE_AA)
    return picture


def scrolled(picture: Picture, rows: int) -> Picture:
    return np.roll(picture, -rows, axis=0)


def signal_to_noise(one: Picture, other: Picture) -> float:
    """Peak signal to noise ratio in dB."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))
