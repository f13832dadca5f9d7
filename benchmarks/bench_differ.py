"""What it costs to see what changed on a 1920x1080 screen, and how much is painted anew then.

The floor is one comparison of two whole pictures, word by word, measured in the
same run: nothing that looks at a whole screen can be faster.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import numpy as np

from agent.capture.differ import Differ
from agent.capture.monitor import Rect
from benchmarks.clock import milliseconds
from tests.agent.capture.pictures import Picture, page

WIDTH, HEIGHT = 1920, 1080
STEPS = 8
ROUNDS = 28
WORST = {"scroll": 30.0, "drag": 30.0, "video": 12.0, "typing": 6.0, "caret": 1.5}
"""Times the floor that a look may take."""
STEP = 24
LEFTWARDS, DOWNWARDS = 13, 9
IDEAL = {
    "scroll": WIDTH * STEP,
    "drag": 900 * DOWNWARDS + 640 * LEFTWARDS,
    "video": 1280 * 720,
    "typing": 14 * 24 + 256 * 48,
    "caret": 2 * 24,
}
"""Pixels that came into view."""
ROOM = 1.25
"""Times as many pixels as came into view that may be painted, and a few small rectangles."""

T = TypeVar("T")
View = tuple[Picture, Rect]


def measure() -> dict[str, float]:
    """Return milliseconds a look and painted pixels for each scene, and the floor."""
    scenes = {"scroll": scroll(), "drag": drag(), "video": video(), "typing": typing(), "caret": caret()}
    floor = comparing([picture for picture, _ in scenes["scroll"]])
    results = {"comparing all once (the floor), ms": floor}
    for name, views in scenes.items():
        took, painted = looking(views)
        assert took < WORST[name] * floor, f"{name}: a look takes {took / floor:.1f} times the floor"
        assert painted < IDEAL[name] * ROOM + 4096, f"{name}: {painted:.0f} pixels are painted"
        results |= {f"{name}, ms": took, f"{name}, painted pixels": painted}
    return results


def looking(views: list[View]) -> tuple[float, float]:
    """Return the median time of a look, and the mean number of pixels that are painted."""
    differ = Differ(WIDTH, HEIGHT)
    order = forth_and_back(views)
    differ.look(*next(order))
    painted: list[int] = []

    def look() -> None:
        change = differ.look(*next(order))
        painted.append(sum(rect.width * rect.height for rect in change.rects))

    return milliseconds(look, ROUNDS), float(np.mean(painted))


def forth_and_back(views: list[T]) -> Iterator[T]:
    """Repeat the views without a jump from the last to the first."""
    while True:
        yield from views
        yield from views[-2:0:-1]


def comparing(pictures: list[Picture]) -> float:
    """Return the median time to compare two pictures word by word."""
    words = [picture.view(np.uint32)[..., 0] for picture in pictures]
    pairs = forth_and_back(list(pairwise(words)))
    out = np.empty((HEIGHT, WIDTH), bool)
    return milliseconds(lambda: np.not_equal(*next(pairs), out=out), ROUNDS)


def scroll() -> list[View]:
    """Return a document that moves up."""
    document = page(1, WIDTH, HEIGHT + STEPS * STEP)
    whole = Rect(0, 0, WIDTH, HEIGHT)
    return [(document[STEP * step :][:HEIGHT].copy(), whole) for step in range(STEPS)]


def drag() -> list[View]:
    """Return a window that moves over a photo."""
    views = []
    photo, window = noise(0, WIDTH, HEIGHT), page(2, 900, 640)
    for step in range(STEPS):
        x, y = 600 - LEFTWARDS * step, 100 + DOWNWARDS * step
        picture = photo.copy()
        picture[y : y + 640, x : x + 900] = window
        around = Rect(x - LEFTWARDS, y - DOWNWARDS, 900 + 2 * LEFTWARDS, 640 + 2 * DOWNWARDS)
        views.append((picture, around))
    return views


def video() -> list[View]:
    """Return a rectangle where each pixel is new each time."""
    views = []
    for step in range(STEPS):
        picture = page(3, WIDTH, HEIGHT)
        picture[180:900, 320:1600] = noise(step, 1280, 720)
        views.append((picture, Rect(320, 180, 1280, 720)))
    return views


def typing() -> list[View]:
    """Return letters one after the other, and a mark that changes far away."""
    views = []
    picture = page(4, WIDTH, HEIGHT)
    for step in range(STEPS):
        picture = picture.copy()
        picture[520:544, 110 + 12 * step : 124 + 12 * step] ^= 255
        picture[976:1024, 1354:1610] = np.kron(
            noise(step, 16, 3) // 128 * 255, np.ones((16, 16, 1), np.uint8)
        )
        views.append((picture, Rect(110, 520, 1500, 504)))
    return views


def caret() -> list[View]:
    """Return a caret that blinks."""
    shown = page(5, WIDTH, HEIGHT)
    hidden = shown.copy()
    hidden[520:544, 110:112] ^= 255
    return [(shown, Rect(110, 520, 2, 24)), (hidden, Rect(110, 520, 2, 24))]


def noise(seed: int, width: int, height: int) -> Picture:
    """Return what no coder and no search finds anything in."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
