"""What is drawn on a screen of 1920x1080: typing, a text that scrolls, a video, whole new pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 1920, 1080
LINE = 24
LINES = 3
"""So many lines of text a scrolled step is."""

TYPED = (110, 520, 256, 64)
FILM = (320, 180, 1280, 720)
FILM_PICTURES = 16
PAGES = 4
LETTERS = 26
INK = ((30, 30, 30), (200, 90, 10), (60, 40, 190), (40, 120, 20))
WORDS = "printer letter screen window the driver of paper and a cable return from line value open".split()


@dataclass(frozen=True)
class Blit:
    """One step of a scene: a part of one of its pictures, and where it is shown."""

    picture: int
    x: int
    y: int
    width: int
    height: int
    to_x: int
    to_y: int


@dataclass(frozen=True)
class Scene:
    """Something that goes on on a screen.

    Attributes:
        name: in results.
        rate: steps a second as a person sees them.
        pictures: what is shown parts of: BGRx, height × width × 4.
        step: says what the n-th step shows.
        codes: where a step's number is shown, if it is; inside what each step shows.
    """

    name: str
    rate: float
    pictures: Sequence[Pixels] = field(repr=False)
    step: Callable[[int], Blit]
    codes: Sequence[tuple[int, int]]


Make = Callable[[], Scene]


def text(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Return a page of text in four colours, with numbered lines and a margin."""
    page = np.full((height, width, 4), 252, np.uint8)
    page[:, : min(90, width // 4)] = 240
    generator = np.random.default_rng(seed)
    for number, y in enumerate(range(LINE - 6, height, LINE)):
        words = generator.choice(WORDS, int(generator.integers(4, 20)))
        ink = (*INK[int(generator.integers(len(INK)))], 255)
        line = f"{number:4d}  {' '.join(words)}"
        cv2.putText(page, line, (12, y), cv2.FONT_HERSHEY_SIMPLEX, 0.55, ink, 1, cv2.LINE_AA)
    return page


def photo(seed: int, width: int, height: int) -> Pixels:
    """Return a picture like a photo: soft shapes of all sizes and the grain of a camera."""
    generator = np.random.default_rng(seed)
    made = np.zeros((height, width, 4), np.float32)
    for step, weight in ((160, 90), (40, 40), (10, 16), (1, 3)):
        rough = generator.random((height // step + 1, width // step + 1, 4), np.float32)
        made += cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC) * weight
    return np.clip(made + 50, 0, 255).astype(np.uint8)


def typing() -> Scene:
    """Another 256x64 pixels of text, ten times a second."""
    x, y, width, height = TYPED
    pictures = [text(100 + letter, width, height) for letter in range(LETTERS)]
    return Scene(
        "typing", 10, pictures, lambda step: Blit(step % LETTERS, 0, 0, width, height, x, y), [(x, y)]
    )


def scroll() -> Scene:
    """A page that moves up by three lines, and down again at its end, thirty times a second."""
    page = text(1, WIDTH, 4 * HEIGHT)
    turns = (len(page) - HEIGHT) // (LINE * LINES)

    def step(number: int) -> Blit:
        at = number % (2 * turns)
        top = min(at, 2 * turns - at) * LINE * LINES
        return Blit(0, 0, top, WIDTH, HEIGHT, 0, 0)

    return Scene("scroll", 30, [page], step, [(16, 880), (WIDTH - 180, HEIGHT - 90)])


def video() -> Scene:
    """A camera that turns over a photo, 1280x720 with a camera's grain, thirty pictures a second."""
    x, y, width, height = FILM
    whole = photo(5, 2 * width, 2 * height)
    generator = np.random.default_rng(6)
    grain = generator.integers(0, 8, (height, width, 4), np.uint8)
    pictures = []
    for number in range(FILM_PICTURES):
        turned = cv2.getRotationMatrix2D((width, height), 1.0 * number, 1 + 0.01 * number)
        turned[:, 2] -= (width / 2, height / 2)
        seen = cv2.warpAffine(whole, turned, (width, height), flags=cv2.INTER_LINEAR)
        pictures.append(cv2.add(seen, np.roll(grain, 37 * number, axis=(0, 1))))

    def step(number: int) -> Blit:
        at = number % (2 * FILM_PICTURES - 2)
        return Blit(min(at, 2 * FILM_PICTURES - 2 - at), 0, 0, width, height, x, y)

    return Scene("video", 30, pictures, step, [(x + 16, y + 16), (x + width - 180, y + height - 90)])


def page() -> Scene:
    """Another page of text over the whole screen, twice a second."""
    pictures = [text(200 + number) for number in range(PAGES)]
    codes = [(16, 880), (WIDTH - 180, HEIGHT - 90)]
    return Scene("new page", 2, pictures, lambda step: Blit(step % PAGES, 0, 0, WIDTH, HEIGHT, 0, 0), codes)
