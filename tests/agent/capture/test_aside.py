"""What was covered shows again without being painted again, and every picture comes out as it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.capture.aside import Keeping
from agent.capture.damage import places
from agent.capture.differ import Change, Differ
from agent.capture.monitor import Rect
from session.canvas import Canvas
from session.picture import COPIES_LIMIT
from tests.agent.capture.pictures import Picture, page
from tests.agent.capture.test_differ import draw, noise, operations, painted, part, somewhere

WIDTH, HEIGHT = 960, 640
PHOTO = noise(2, WIDTH, HEIGHT)
WINDOW = noise(4, 400, 300)
EVERYTHING = Keeping(lambda place: True, lambda place: True)


class Viewer:
    """A differ that puts aside what it may, and whoever receives what it says."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT, keeping: Keeping = EVERYTHING) -> None:
        self.differ, self.canvas, self.keeping = Differ(width, height), Canvas(width, height), keeping

    def see(self, picture: Picture, changed: Rect | tuple[Rect, ...] | None = None) -> Change:
        """Look, apply, and check."""
        change = self.differ.look(picture, changed, self.keeping)
        assert len(change.copies) <= COPIES_LIMIT
        assert sum(copy.width * copy.height for copy in change.copies) <= picture.shape[0] * picture.shape[1]
        self.canvas.apply(change.copies, ())
        for rect in change.rects:
            part(self.canvas.pixels, rect)[:] = part(picture, rect)
        assert np.array_equal(self.canvas.pixels[..., :3], picture[..., :3])
        return change


def over(x: int, y: int, window: Picture = WINDOW) -> Picture:
    picture = PHOTO.copy()
    picture[y : y + window.shape[0], x : x + window.shape[1]] = window
    return picture


def test_a_window_that_is_dragged_to_and_fro_uncovers_what_was_put_aside() -> None:
    viewer = Viewer()
    way = [(200 + 9 * step, 120 + 7 * step) for step in range(12)]
    viewer.see(PHOTO.copy())
    viewer.see(over(*way[0]))
    to_and_fro = [*way[1:], *reversed(way[:-1]), *way[1:]]
    uncovered = len(to_and_fro) * (9 * 300 + 7 * 400)
    assert sum(painted(viewer.see(over(*place))) for place in to_and_fro) < uncovered / 3
    assert painted(viewer.see(PHOTO.copy())) < 400 * 300 / 20


def test_a_menu_that_closes_and_opens_again_is_not_painted_again() -> None:
    viewer, menu = Viewer(), page(7, 150, 260)
    viewer.see(PHOTO.copy())
    assert painted(viewer.see(over(300, 200, menu))) > 0
    for _ in range(3):
        assert painted(viewer.see(PHOTO.copy())) == 0
        assert painted(viewer.see(over(300, 200, menu))) == 0


def test_what_comes_back_with_a_little_that_is_new_has_only_that_painted() -> None:
    viewer, menu = Viewer(), page(7, 150, 260)
    viewer.see(PHOTO.copy())
    viewer.see(over(300, 200, menu))
    now = PHOTO.copy()
    now[250:266, 320:352] = 255
    assert 0 < painted(viewer.see(now)) <= 2 * 16 * 32


def test_what_the_technician_never_saw_is_not_put_aside() -> None:
    viewer = Viewer(keeping=Keeping(lambda place: False, lambda place: True))
    viewer.see(PHOTO.copy())
    viewer.see(over(200, 120))
    viewer.see(over(209, 127))
    assert viewer.canvas.aside is None


def test_what_does_not_rest_is_not_put_aside_for_what_is_new() -> None:
    viewer = Viewer(keeping=Keeping(lambda place: True, lambda place: False))
    for seed in range(4):
        viewer.see(noise(seed, WIDTH, HEIGHT))
    assert viewer.canvas.aside is None


def test_what_scrolls_is_put_aside_once() -> None:
    viewer, long = Viewer(), page(1, WIDTH, 3000)
    for step in range(6):
        change = viewer.see(long[900 + 24 * step : 900 + 24 * step + HEIGHT])
        if step > 1:
            assert all(copy.y < HEIGHT for copy in change.copies)


def test_who_begins_anew_has_put_nothing_aside() -> None:
    viewer, menu = Viewer(), page(7, 150, 260)
    viewer.see(PHOTO.copy())
    viewer.see(over(300, 200, menu))
    viewer.differ.forget()
    viewer.canvas.clear()
    viewer.see(over(300, 200, menu))
    assert painted(viewer.see(PHOTO.copy())) >= menu.shape[0] * menu.shape[1]


@pytest.mark.parametrize("height", [8192, 8193])
def test_a_picture_of_which_a_copy_could_not_name_the_places_puts_nothing_aside(height: int) -> None:
    picture = np.zeros((height, 96, 4), np.uint8)
    viewer = Viewer(96, height)
    viewer.see(picture.copy())
    picture[-200:] = noise(1, 96, 200)
    viewer.see(picture.copy())
    assert (viewer.canvas.aside is not None) == (height == 8192)


@settings(max_examples=80)
@given(st.integers(33, 300), st.integers(33, 220), st.lists(operations, min_size=1, max_size=8))
def test_copies_and_rectangles_give_the_new_picture(
    width: int, height: int, steps: list[list[tuple[str, int, int, int, int, int, int]]]
) -> None:
    viewer = Viewer(width, height)
    picture = page(3, width, height)
    before = picture.copy()
    viewer.see(picture.copy())
    for number, step in enumerate(steps):
        touched: list[Rect] = []
        if number % 3 == 2:
            # What was there before comes back.
            picture[:] = before
            touched.append(Rect(0, 0, width, height))
        else:
            before = picture.copy()
        for kind, *numbers in step:
            place = somewhere(width, height, numbers)
            draw(picture, kind, place, numbers)
            touched.append(place)
        viewer.see(picture.copy(), places(touched) or Rect(0, 0, 1, 1))
