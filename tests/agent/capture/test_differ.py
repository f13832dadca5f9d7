"""The differ: copies and rectangles give the new picture, and there is little to paint."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.capture.damage import places
from agent.capture.differ import Change, Differ
from agent.capture.monitor import Changed, Rect
from agent.capture.motion import REST, STEADY
from agent.capture.rectangles import RECTS_LIMIT
from session.canvas import Canvas
from tests.agent.capture.pictures import Picture, page

WIDTH, HEIGHT = 960, 640
ALL = Rect(0, 0, WIDTH, HEIGHT)


class Viewer:
    """A differ, and whoever receives what it says; each picture must come out as it is."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.differ = Differ(width, height)
        self.canvas = Canvas(width, height)

    def see(self, picture: Picture, changed: Changed | None = None) -> Change:
        """Look, apply, and check."""
        change = self.differ.look(picture, changed)
        self.canvas.apply(change.copies, ())
        before = self.canvas.pixels.copy()
        for rect in change.rects:
            part(self.canvas.pixels, rect)[:] = part(picture, rect)
        assert (self.canvas.pixels[..., :3] == picture[..., :3]).all()
        assert all(one.common(other) is None for one, other in combinations(change.rects, 2))
        height, width = picture.shape[:2]
        assert all(rect.common(Rect(0, 0, width, height)) == rect for rect in change.rects)
        moved = sum(2 * copy.width * copy.height for copy in change.copies)
        assert moved + painted(change) <= 4 * width * height
        assert len(change.rects) <= RECTS_LIMIT
        self.tight = all(is_tight(part(before, rect), part(picture, rect)) for rect in change.rects)
        return change


def part(picture: Picture, rect: Rect) -> Picture:
    return picture[rect.y : rect.y + rect.height, rect.x : rect.x + rect.width]


def is_tight(before: Picture, now: Picture) -> bool:
    differs = (before[..., :3] != now[..., :3]).any(axis=2)
    return bool(differs[0].any() and differs[-1].any() and differs[:, 0].any() and differs[:, -1].any())


def painted(change: Change) -> int:
    return sum(rect.width * rect.height for rect in change.rects)


def noise(seed: int, width: int, height: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


def vectors(change: Change) -> set[tuple[int, int]]:
    return {(copy.x - copy.from_x, copy.y - copy.from_y) for copy in change.copies}


LONG = page(1, WIDTH, 4000)
"""A document to scroll in."""
PHOTO = noise(2, WIDTH, HEIGHT)

sides = st.integers(0, 1 << 16)
kinds = st.sampled_from(["roll", "fill", "noise", "text", "pad", "nothing", "dot"])
operations = st.lists(
    st.tuples(kinds, *[sides] * 6),
    max_size=4,
)


@settings(max_examples=150)
@given(st.integers(33, 300), st.integers(33, 220), st.lists(operations, min_size=1, max_size=6))
def test_copies_and_rectangles_give_the_new_picture(
    width: int, height: int, steps: list[list[tuple[str, int, int, int, int, int, int]]]
) -> None:
    viewer = Viewer(width, height)
    picture = page(3, width, height)
    viewer.see(picture.copy())
    for step in steps:
        touched: list[Rect] = []
        for kind, *numbers in step:
            place = somewhere(width, height, numbers)
            draw(picture, kind, place, numbers)
            touched.append(place)
        viewer.see(picture.copy(), places(touched) or Rect(0, 0, 1, 1))
        assert viewer.tight


def somewhere(width: int, height: int, numbers: list[int]) -> Rect:
    x, y = numbers[0] % width, numbers[1] % height
    return Rect(x, y, numbers[2] % (width - x) + 1, numbers[3] % (height - y) + 1)


def draw(picture: Picture, kind: str, place: Rect, numbers: list[int]) -> None:
    target = part(picture, place)
    match kind:
        case "roll":
            down, right = numbers[4] % place.height, numbers[5] % place.width
            target[:] = np.roll(target, (down, right if numbers[4] % 2 else 0), axis=(0, 1))
        case "fill":
            target[:] = numbers[4] % 256
        case "noise":
            target[:] = noise(numbers[4], place.width, place.height)
        case "text":
            target[:] = page(numbers[4], 320, 240)[: place.height, : place.width]
        case "pad":
            target[..., 3] = numbers[4] % 256
        case "dot":
            target[0, 0, numbers[4] % 3] ^= 1


@settings(max_examples=60)
@given(st.integers(-200, 200), st.integers(-90, 90), st.booleans())
def test_finds_by_how_much_a_window_was_dragged(dx: int, dy: int, over_photo: bool) -> None:
    wallpaper = PHOTO if over_photo else np.full_like(PHOTO, 90)
    window = page(4, 400, 300)
    viewer = Viewer()
    for x, y in ((260, 150), (260 + dx, 150 + dy)):
        picture = wallpaper.copy()
        picture[y : y + 300, x : x + 400] = window
        change = viewer.see(picture)
    if max(abs(dx), abs(dy)) <= 90 and (dx, dy) != (0, 0):
        assert vectors(change) == {(dx, dy)}
        assert painted(change) <= (400 * abs(dy) + 300 * abs(dx)) * 1.1 + 4096


@pytest.mark.parametrize("step", [1, 3, 12, 24, 48, 72, 300, -12, -24, -250])
def test_scrolling_paints_what_came_into_view(step: int) -> None:
    viewer = Viewer()
    for number in range(4):
        top = 1500 + step * number
        change = viewer.see(LONG[top : top + HEIGHT], ALL)
    assert vectors(change) == {(0, -step)}
    assert painted(change) <= WIDTH * abs(step) + 2048


def test_scrolling_by_another_distance_each_time() -> None:
    viewer = Viewer()
    tops = [1500, 1524, 1548, 1560, 1400, 1424, 1800]
    viewer.see(LONG[tops[0] : tops[0] + HEIGHT])
    for before, top in pairwise(tops):
        assert vectors(viewer.see(LONG[top : top + HEIGHT])) == {(0, before - top)}


def test_scrolling_sideways() -> None:
    viewer = Viewer()
    wide = page(5, WIDTH + 200, HEIGHT)
    for left in (0, 30, 75):
        change = viewer.see(wide[:, left : left + WIDTH].copy())
    assert vectors(change) == {(-45, 0)}
    assert painted(change) <= 45 * HEIGHT


def test_scrolling_below_a_header_and_beside_a_scroll_bar() -> None:
    viewer = Viewer()
    for number in range(5):
        picture = PHOTO.copy()
        picture[41:600, 53:900] = page(6, 847, 559)
        picture[91:590, 153:880] = LONG[900 + 35 * number :][:499, :727]
        picture[91:590, 885:898] = 220
        picture[100 + 7 * number :][:80, 885:898] = 110
        change = viewer.see(picture, Rect(53, 41, 847, 559))
    assert vectors(change) == {(0, -35)}
    assert painted(change) <= 727 * 35 + 13 * 94 + 2048
    assert all(rect.x >= 153 and rect.y >= 91 for rect in change.rects)


def test_what_scrolls_beside_a_banner_is_copied_as_well() -> None:
    viewer = Viewer()
    for number in range(4):
        picture = LONG[900 + 12 * number :][:HEIGHT].copy()
        picture[:96, 200:700] = PHOTO[:96, 200:700]
        change = viewer.see(picture)
    assert vectors(change) == {(0, -12)}
    assert len(change.copies) > 1
    assert painted(change) <= WIDTH * 12


def test_scrolling_that_goes_on_is_copied_as_before_until_something_changes() -> None:
    viewer = Viewer()
    top = 600
    # Nothing, a banner that comes and stays, nothing; up and down; further each time.
    for step, banner in [(12, False), (12, True), (12, False), (-12, False), (7, True), (48, False)]:
        for _ in range(5):
            top += step
            picture = LONG[top : top + HEIGHT].copy()
            if banner:
                picture[:96, 200:700] = PHOTO[:96, 200:700]
            change = viewer.see(picture, ALL)
        assert vectors(change) == {(0, -step)}
        assert painted(change) <= WIDTH * abs(step) + 2048
        assert (len(change.copies) > 1) == banner
    assert viewer.see(picture, ALL) == Change((), ())


def test_scrolling_goes_on_for_long() -> None:
    viewer = Viewer()
    viewer.see(LONG[:HEIGHT], ALL)
    for number in range(1, 2 * STEADY + 3):
        change = viewer.see(LONG[12 * number :][:HEIGHT], ALL)
        assert len(change.copies) == 1
        assert vectors(change) == {(0, -12)}
        assert painted(change) <= WIDTH * 12 + 2048


def test_what_goes_on_beside_something_new_is_no_reason_to_paint_less() -> None:
    viewer = Viewer()
    for number in range(20):
        picture = LONG[12 * number :][:HEIGHT].copy()
        picture[200:440, 300:620] = noise(number // 4, 320, 240)
        picture[16 * number :][:16, 900] ^= 255
        change = viewer.see(picture, ALL)
        assert viewer.tight
    assert vectors(change) == {(0, -12)}


def test_a_table_whose_rows_are_alike_scrolls_by_another_step_each_time() -> None:
    table = np.tile(LONG[200:224], (120, 1, 1))
    for row, number in enumerate(np.random.default_rng(4).integers(0, 3900, 120)):
        table[row * 24 :][:24, 300:460] = LONG[number:][:24, 300:460]
    viewer, top = Viewer(), 0
    viewer.see(table[:HEIGHT], ALL)
    for step in (5, 31, 48, 24, 61, 17, 53, 9):
        top += step
        change = viewer.see(table[top : top + HEIGHT], ALL)
        assert vectors(change) == {(0, -step)}
        assert painted(change) <= WIDTH * step + 4096


def test_two_areas_scroll_at_once() -> None:
    viewer = Viewer()
    for number in range(4):
        picture = PHOTO.copy()
        picture[20:600, 20:460] = LONG[500 + 24 * number :][:580, :440]
        picture[50:620, 500:940] = LONG[3000 - 31 * number :][:570, 480:920]
        change = viewer.see(picture)
    assert vectors(change) == {(0, -24), (0, 31)}
    assert painted(change) <= 440 * (24 + 31) + 4096


def test_an_l_is_painted_as_two_strips() -> None:
    viewer = Viewer()
    picture = np.full_like(PHOTO, 200)
    viewer.see(picture.copy())
    picture[101:121, 50:900] = PHOTO[101:121, 50:900]
    picture[101:600, 50:70] = PHOTO[101:600, 50:70]
    change = viewer.see(picture)
    assert (change.copies, len(change.rects)) == ((), 2)
    assert painted(change) == 20 * 850 + 479 * 20


def test_a_frame_is_painted_as_four_strips() -> None:
    viewer = Viewer()
    picture = PHOTO.copy()
    viewer.see(picture.copy())
    picture[100:500, 100:104] ^= 255
    picture[100:500, 700:704] ^= 255
    picture[100:103, 104:700] ^= 255
    picture[497:500, 104:700] ^= 255
    change = viewer.see(picture)
    assert painted(change) <= 400 * 8 + 596 * 6 + 2048


def test_typing_paints_the_letter_and_what_is_far_away() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[320:340, 100:112] ^= 255
    picture[600:616, 800:850] ^= 255
    change = viewer.see(picture, Rect(100, 320, 750, 296))
    assert change == Change((), (Rect(100, 320, 12, 20), Rect(800, 600, 50, 16)))


def test_a_caret_is_one_small_rectangle() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[333:349, 501:503] ^= 255
    assert viewer.see(picture, Rect(490, 320, 30, 50)) == Change((), (Rect(501, 333, 2, 16),))


def test_a_video_is_one_rectangle_and_nothing_moved() -> None:
    viewer = Viewer()
    for number in range(12):
        picture = LONG[:HEIGHT].copy()
        picture[100:460, 160:800] = noise(number, 640, 360)
        change = viewer.see(picture, Rect(160, 100, 640, 360))
    assert change == Change((), (Rect(160, 100, 640, 360),))


def test_scrolling_is_found_beside_a_video() -> None:
    viewer = Viewer()
    for number in range(4):
        picture = LONG[1000 + 24 * number :][:HEIGHT].copy()
        picture[:, 320:] = 30
        picture[100:460, 320:960] = noise(number, 640, 360)
        change = viewer.see(picture)
    assert vectors(change) == {(0, -24)}
    assert painted(change) <= 640 * 360 + 320 * 24 + 4096


def test_scrolling_is_found_soon_where_a_video_was() -> None:
    viewer = Viewer()
    for number in range(12):
        viewer.see(noise(number, WIDTH, HEIGHT))
    found = [bool(viewer.see(LONG[24 * number :][:HEIGHT]).copies) for number in range(REST + 3)]
    assert any(found)
    assert not found[0]


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_is_copied_onto_an_even_area(value: int) -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[100:500, 100:800] = value
    change = viewer.see(picture)
    assert change.copies == ()
    assert painted(change) <= 400 * 700
    picture[100:500, 100:800] = 255 - value
    assert viewer.see(picture) == Change((), (Rect(100, 100, 700, 400),))


def test_another_page_copies_nothing() -> None:
    viewer = Viewer()
    viewer.see(page(7, WIDTH, HEIGHT))
    assert viewer.see(page(8, WIDTH, HEIGHT)).copies == ()


def test_noise_everywhere_is_few_rectangles() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[::37, ::41, 0] ^= 1
    assert painted(viewer.see(picture)) <= WIDTH * HEIGHT


def test_the_first_look_and_the_one_after_forgetting_report_everything() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    assert viewer.see(picture, Rect(5, 5, 2, 2)) == Change((), (ALL,))
    assert viewer.see(picture) == Change((), ())
    viewer.differ.forget()
    assert viewer.see(picture, Rect(5, 5, 2, 2)) == Change((), (ALL,))


def test_the_fourth_byte_does_not_count() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[..., 3] = PHOTO[..., 3]
    assert viewer.see(picture) == Change((), ())
    moved = LONG[24:][:HEIGHT].copy()
    moved[..., 3] = PHOTO[..., 2]
    assert vectors(viewer.see(moved)) == {(0, -24)}


def test_a_letter_and_a_clock_are_looked_at_alone() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[10:30, 10:22] ^= 255
    picture[600:616, 900:940] ^= 255
    change = viewer.see(picture, (Rect(10, 10, 12, 20), Rect(890, 596, 60, 30)))
    assert set(change.rects) == {Rect(10, 10, 12, 20), Rect(900, 600, 40, 16)}
    assert change.copies == ()


def test_what_scrolls_is_found_beside_a_clock() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    picture[:400] = LONG[24:424]
    picture[600:616, 900:940] ^= 255
    change = viewer.see(picture, (Rect(900, 600, 40, 16), Rect(0, 0, WIDTH, 400)))
    assert vectors(change) == {(0, -24)}
    assert Rect(900, 600, 40, 16) in change.rects


def test_looks_only_where_it_is_told_to() -> None:
    viewer = Viewer()
    picture = LONG[:HEIGHT].copy()
    viewer.see(picture.copy())
    changed = picture.copy()
    changed[10:20, 10:20] ^= 255
    assert viewer.differ.look(changed, Rect(500, 500, 2000, 2000)) == Change((), ())
    assert viewer.differ.look(changed, Rect(-50, -50, 20, 20)) == Change((), ())
    assert viewer.differ.look(changed, Rect(-50, -50, 65, 65)) == Change((), (Rect(10, 10, 5, 5),))
