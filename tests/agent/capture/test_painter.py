"""Whatever happens on screen and line: what the technician has follows, and at rest it is exact."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from agent.capture.differ import Differ
from agent.capture.monitor import Rect
from agent.capture.painter import Painter, Picture
from agent.capture.shown import Shown
from agent.flow import Budget
from session import codec, messages
from session.canvas import Composer
from session.picture import LOSSLESS, Coding
from tests.agent.capture.pictures import Picture as Pixels
from tests.agent.capture.pictures import page, scrolled, signal_to_noise

WIDTH, HEIGHT = 800, 600
FAST = Budget(1024 * 1024, None)
THIN = Budget(19_000, 375_000)
THREAD = Budget(1_900, 37_500)


@dataclass
class Easel:
    """A painter, a clock, and the technician's canvas."""

    painter: Painter
    budget: Budget = FAST
    now: float = 100.0
    composer: Composer = field(default_factory=Composer)
    pictures: list[Picture] = field(default_factory=list)
    last: Pixels = field(default_factory=lambda: np.zeros((HEIGHT, WIDTH, 4), np.uint8))

    def show(self, pixels: Pixels, changed: Rect | None = None, *, key: bool = False) -> Picture | None:
        self.last = pixels
        return self._paint(changed or Rect(0, 0, WIDTH, HEIGHT), key=key)

    def _paint(self, changed: Rect | None, *, key: bool = False) -> Picture | None:
        self.now += 1 / 30
        made = self.painter.paint(self.last, changed, key=key, budget=self.budget, now=self.now)
        if made is not None:
            self.pictures.append(made)
            number = len(self.pictures)
            frame = messages.Frame(0, 0, number, key, WIDTH, HEIGHT, number, made.copies, made.tiles)
            self.composer.take(codec.screen_out(codec.encode(frame)))  # type: ignore[arg-type]  # a frame
        return made

    def rest(self, *, seconds: float = 2.0) -> list[Picture]:
        """Let the screen rest; return what came meanwhile."""
        before = len(self.pictures)
        end = self.now + seconds
        while self.now < end and not self.painter.exact:
            self._paint(None)
        return self.pictures[before:]

    @property
    def shown(self) -> Pixels:
        assert self.composer.canvas is not None
        return self.composer.canvas.pixels[..., :3]

    @property
    def is_exact(self) -> bool:
        return bool(np.array_equal(self.shown, self.last[..., :3]))


@pytest.fixture
def easel() -> Iterator[Easel]:
    made = Easel(Painter(WIDTH, HEIGHT, Differ(WIDTH, HEIGHT)))
    yield made
    made.painter.close()


def photo(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Noise of many scales, as in a photo."""
    generator = np.random.default_rng(seed)
    found = np.zeros((height, width, 4), np.uint8)
    total = np.zeros((height, width, 3), np.float32)
    for scale in (4, 16, 64, 256):
        small = generator.normal(0, scale / 3, (height // scale + 2, width // scale + 2, 3)).astype(
            np.float32
        )
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    total += generator.normal(0, 2, total.shape).astype(np.float32)
    found[..., :3] = np.clip(total + 120, 0, 255)
    return found


def codings(*pictures: Picture | None) -> set[Coding]:
    return {tile.coding for picture in pictures if picture for tile in picture.tiles}


def size(picture: Picture) -> int:
    return sum(len(tile.data) for tile in picture.tiles)


def test_on_a_fast_line_the_first_picture_is_exact_at_once(easel: Easel) -> None:
    made = easel.show(page(1, WIDTH, HEIGHT), key=True)
    assert made is not None
    assert made.copies == ()
    assert codings(made) <= LOSSLESS
    assert easel.is_exact
    assert easel.painter.exact


def test_a_keystroke_is_one_small_exact_tile(easel: Easel) -> None:
    before = page(1, WIDTH, HEIGHT)
    easel.show(before, key=True)
    after = before.copy()
    after[300:316, 200:208, :3] = (10, 20, 30)
    made = easel.show(after, Rect(200, 300, 8, 16))
    assert made is not None
    assert len(made.tiles) == 1
    assert codings(made) == {Coding.WEBP}
    assert size(made) < 60
    assert easel.is_exact


def test_what_did_not_change_is_nothing(easel: Easel) -> None:
    easel.show(page(1, WIDTH, HEIGHT), key=True)
    assert easel.show(page(1, WIDTH, HEIGHT)) is None
    assert easel.painter.patience >= 0.5


def test_scrolling_copies_and_paints_the_new_lines_exactly(easel: Easel) -> None:
    long = page(2, WIDTH, 1200)
    easel.show(np.ascontiguousarray(long[:HEIGHT]), key=True)
    for top in range(24, 400, 24):
        made = easel.show(np.ascontiguousarray(long[top : top + HEIGHT]))
        assert made is not None
        assert made.copies
        assert codings(made) <= LOSSLESS
        assert easel.is_exact


def test_a_film_becomes_a_video_stream_and_is_exact_when_it_stops(easel: Easel) -> None:
    whole = page(3, WIDTH, HEIGHT)
    easel.show(whole, key=True)
    for turn in range(20):
        whole = whole.copy()
        whole[64:464, 96:736] = photo(turn, 640, 400)
        easel.show(whole, Rect(96, 64, 640, 400))
        seen = easel.shown[64:464, 96:736]
        assert signal_to_noise(seen, whole[64:464, 96:736, :3]) > 25
    film = easel.pictures[-1]
    assert codings(film) == {Coding.H264}
    (tile,) = film.tiles
    assert (tile.x, tile.y, tile.width, tile.height) == (96, 64, 640, 400)
    assert film.parameters is not None
    assert size(film) < 100_000
    resting = easel.rest(seconds=0.6)
    assert codings(*resting) <= LOSSLESS
    assert easel.is_exact
    assert easel.rest() == []


def test_typing_beside_a_film_stays_exact(easel: Easel) -> None:
    whole = page(3, WIDTH, HEIGHT)
    easel.show(whole, key=True)
    for turn in range(20):
        whole = whole.copy()
        whole[64:464, 96:736] = photo(turn, 640, 400)
        whole[500:516, 10 + turn * 10 : 20 + turn * 10, :3] = turn
        easel.show(whole)
        assert np.array_equal(easel.shown[480:], whole[480:, :, :3])


def test_a_stream_that_ended_does_not_come_back(easel: Easel) -> None:
    whole = page(3, WIDTH, HEIGHT)
    easel.show(whole, key=True)
    for rest in (True, False):
        for turn in range(8):
            whole = whole.copy()
            whole[64:464, 96:736] = photo(turn, 640, 400)
            easel.show(whole)
        if rest:
            easel.rest()
    streams = [tile.stream for made in easel.pictures for tile in made.tiles if tile.coding is Coding.H264]
    assert sorted(streams) == streams
    assert set(streams) == {0, 1}


def test_a_key_picture_stands_for_itself_and_ends_the_film(easel: Easel) -> None:
    whole = page(3, WIDTH, HEIGHT)
    easel.show(whole, key=True)
    for turn in range(8):
        whole = whole.copy()
        whole[64:464, 96:736] = photo(turn, 640, 400)
        easel.show(whole)
    easel.composer = Composer()
    made = easel.show(whole, key=True)
    assert made is not None
    assert Coding.H264 not in codings(made)
    easel.rest()
    assert easel.is_exact


@pytest.mark.parametrize(("budget", "most"), [(THIN, 38_000), (THREAD, 9_000)])
def test_no_frame_is_more_than_a_thin_line_can_take(easel: Easel, budget: Budget, most: int) -> None:
    easel.budget = budget
    easel.show(page(1, WIDTH, HEIGHT), key=True)
    easel.rest(seconds=20)
    assert easel.is_exact
    assert max(size(made) for made in easel.pictures) <= most


def test_on_a_thin_line_what_scrolls_is_whole_and_no_film(easel: Easel) -> None:
    easel.budget = THIN
    long = page(2, WIDTH, 2400)
    for turn in range(3):
        # A page that comes in steps looks like a film.
        easel.show(photo(turn), key=turn == 0)
    easel.show(np.ascontiguousarray(long[:HEIGHT]))
    easel.rest(seconds=60)
    easel.budget = Budget(4_096, 375_000)
    for top in range(72, 1700, 72):
        made = easel.show(np.ascontiguousarray(long[top : top + HEIGHT]))
        assert Coding.H264 not in codings(made)
        assert not easel.painter._shown.areas(Shown.STALE)
    easel.rest(seconds=1)
    assert easel.is_exact


def test_on_a_thin_line_what_moves_goes_before_what_is_owed(easel: Easel) -> None:
    easel.budget = Budget(19_000, 187_500)
    long = photo(1, WIDTH, 1600)
    easel.show(np.ascontiguousarray(long[:HEIGHT]), key=True)
    while easel.painter._shown.areas(Shown.STALE):
        assert easel.rest(seconds=1 / 30)
    sizes = []
    for top in range(8, 480, 8):
        made = easel.show(np.ascontiguousarray(long[top : top + HEIGHT]))
        assert made is not None
        sizes.append(size(made))
    # 6,250 bytes are a frame's part of the line, and what came in takes a tenth of that.
    assert sum(sizes) / len(sizes) < 4_000
    # It is not forgotten either: beside a film that never ends it would never be exact.
    assert codings(*easel.pictures[-50:]) & LOSSLESS
    easel.rest(seconds=60)
    assert easel.is_exact


def test_a_little_that_is_owed_beside_what_moves_does_not_wait_for_rest(easel: Easel) -> None:
    easel.show(page(2, WIDTH, HEIGHT), key=True)
    easel.rest()
    easel.painter._shown.set(Rect(64, 0, 64, 4), Shown.ROUGH)
    for number in range(3):
        beside = easel.last.copy()
        beside[8:16, 64:128] = number
        easel.show(beside, Rect(64, 8, 64, 8))
    assert easel.painter.exact


def test_on_a_thin_line_a_photo_is_rough_first(easel: Easel) -> None:
    easel.budget = THIN
    easel.show(photo(1), key=True)
    while easel.painter._shown.areas(Shown.STALE):
        assert easel.rest(seconds=1 / 30)
    assert Coding.VP8 in codings(*easel.pictures)
    assert signal_to_noise(easel.shown, easel.last[..., :3]) > 25
    easel.rest(seconds=60)
    assert easel.is_exact


def test_a_photo_that_would_take_long_to_be_exact_is_fine_first(easel: Easel) -> None:
    easel.budget = THREAD
    easel.show(photo(1), key=True)
    while easel.painter._shown.areas(Shown.STALE) or easel.painter._shown.areas(Shown.ROUGH):
        assert easel.rest(seconds=1 / 30)
    sent = sum(size(picture) for picture in easel.pictures)
    assert signal_to_noise(easel.shown, easel.last[..., :3]) > 36
    easel.rest(seconds=60)
    assert easel.is_exact
    assert sum(size(picture) for picture in easel.pictures) > 2 * sent


def test_on_a_thin_line_text_at_rest_is_exact_at_once(easel: Easel) -> None:
    easel.budget = THIN
    easel.show(page(2, WIDTH, HEIGHT), key=True)
    while easel.painter._shown.areas(Shown.STALE):
        assert easel.rest(seconds=1 / 30)
    assert not codings(*easel.rest(seconds=60)) & {Coding.VP8, Coding.JPEG}
    assert easel.is_exact


@pytest.mark.parametrize("budget", [FAST, THIN, THREAD])
def test_whatever_happens_rest_is_exact(easel: Easel, budget: Budget) -> None:
    generator = np.random.default_rng(5)
    easel.budget = budget
    whole = page(4, WIDTH, HEIGHT)
    easel.show(whole, key=True)
    for turn in range(60):
        whole = whole.copy()
        x, y = int(generator.integers(0, WIDTH - 40)), int(generator.integers(0, HEIGHT - 40))
        width = int(generator.integers(1, WIDTH - x))
        height = int(generator.integers(1, HEIGHT - y))
        match int(generator.integers(0, 5)):
            case 0:
                whole[y : y + height, x : x + width] = scrolled(whole[y : y + height, x : x + width], 7)
            case 1:
                whole[y : y + height, x : x + width] = photo(turn, width, height)
            case 2:
                whole[y : y + 12, x : x + 7, :3] = turn
            case 3:
                whole[y : y + height, x : x + width] = page(turn, width, height)
            case _:
                easel.rest(seconds=0.2)
        easel.show(whole, key=turn == 30)
    easel.rest(seconds=120)
    assert easel.is_exact


def test_odd_sizes_are_exact_too() -> None:
    whole = photo(1)[:597, :797].copy()
    painter = Painter(797, 597, Differ(797, 597))
    composer, now, number = Composer(), 0.0, 0

    def paint(changed: Rect | None, *, key: bool = False) -> None:
        nonlocal now, number
        now, number = now + 0.03, number + 1
        made = painter.paint(whole, changed, key=key, budget=FAST, now=now)
        if made is not None:
            composer.take(messages.Frame(0, 0, number, key, 797, 597, number, made.copies, made.tiles))

    paint(None, key=True)
    for turn in range(10):
        whole = photo(turn)[:597, :797].copy()
        paint(Rect(0, 0, 797, 597))
    for _ in range(60):
        paint(None)
    painter.close()
    assert composer.canvas is not None
    assert np.array_equal(composer.canvas.pixels[..., :3], whole[..., :3])


def test_what_was_grabbed_but_not_looked_at_is_not_painted_yet(easel: Easel) -> None:
    """Else what is copied later would not be what the differ takes it for."""
    first = page(1, WIDTH, HEIGHT)
    easel.budget = THIN
    easel.show(first, key=True)
    ahead = first.copy()
    ahead[300:400, 100:500] = page(9, 400, 100)
    ahead[10:20, 10:20, :3] = 0
    # Rows are grabbed whole; the other change is told of a moment later.
    easel.show(ahead, Rect(10, 10, 10, 10))
    easel.rest(seconds=20)
    assert np.array_equal(easel.shown[300:400, 100:500], first[300:400, 100:500, :3])
    assert easel.show(ahead, Rect(100, 300, 400, 100))
    easel.rest(seconds=20)
    assert easel.is_exact


def test_what_is_uncovered_comes_back_and_is_exact_at_rest(easel: Easel) -> None:
    wallpaper, window = photo(3), page(5, 300, 240)
    easel.show(wallpaper, key=True)
    easel.rest()
    for budget in (FAST, THIN, THREAD):
        easel.budget = budget
        sizes = []
        for step in [*range(12), *reversed(range(12)), *range(12)]:
            picture = wallpaper.copy()
            picture[100 + 8 * step : 340 + 8 * step, 150 + 9 * step : 450 + 9 * step] = window
            made = easel.show(picture)
            sizes.append(sum(len(tile.data) for tile in made.tiles) if made else 0)
        # All but the first time; without it each step takes 7000.
        assert sum(sizes[13:]) < 24 * 2500
        easel.show(wallpaper)
        easel.rest(seconds=60)
        assert easel.is_exact
