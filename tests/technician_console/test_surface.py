import numpy
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from session.messages import PointerAt
from technician_console.surface import RECTANGLES_MAXIMUM, Picture, Rectangle, Surface, few
from technician_console.view import SignIn


def pixels(side: int = 100) -> NDArray[numpy.uint8]:
    return numpy.zeros((side, side, 4), numpy.uint8)


def picture(number: int, shared: NDArray[numpy.uint8], *changed: Rectangle) -> Picture:
    return Picture(shared, shared.shape[1], shared.shape[0], number, 0, changed)


def test_the_newest_of_each_kind_is_taken_once() -> None:
    surface = Surface()
    surface.show(SignIn(name="older"))
    surface.show(SignIn(name="newer"))
    surface.pointer(PointerAt(0, 1, 2))
    taken = surface.take()
    assert taken.state == SignIn(name="newer")
    assert taken.pointer_at == PointerAt(0, 1, 2)
    assert surface.take().state is None


def test_the_window_is_woken_once_until_it_takes() -> None:
    surface, woken = Surface(), []
    surface.on_wake(lambda: woken.append(1))
    assert not woken
    surface.show(SignIn())
    surface.show(SignIn())
    assert len(woken) == 1
    surface.take()
    surface.show(SignIn())
    assert len(woken) == 2


def test_a_window_that_comes_late_is_woken_for_what_is_there() -> None:
    surface, woken = Surface(), []
    surface.show(SignIn())
    surface.on_wake(lambda: woken.append(1))
    assert len(woken) == 1


def test_a_replaced_picture_leaves_what_it_changed() -> None:
    surface, shared = Surface(), pixels()
    surface.picture(picture(1, shared, (0, 0, 10, 10)))
    surface.picture(picture(2, shared, (50, 60, 10, 10)))
    taken = surface.take().picture
    assert taken is not None
    assert (taken.number, taken.changed) == (2, ((0, 0, 10, 10), (50, 60, 10, 10)))


def test_pictures_in_two_memories_have_nothing_in_common() -> None:
    surface = Surface()
    surface.picture(picture(1, pixels(), (0, 0, 1, 1)))
    surface.picture(picture(2, pixels(50), (0, 0, 50, 50)))
    taken = surface.take().picture
    assert taken is not None
    assert taken.changed == ((0, 0, 50, 50),)


SPANS = st.tuples(st.integers(0, 90), st.integers(1, 10))
RECTANGLES = st.builds(lambda x, y: (x[0], y[0], x[1], y[1]), SPANS, SPANS)


@given(st.lists(RECTANGLES, max_size=60))
def test_few_rectangles_hold_all_that_changed(rectangles: list[Rectangle]) -> None:
    found = few(rectangles)
    assert len(found) <= RECTANGLES_MAXIMUM
    for x, y, width, height in rectangles:
        assert any(
            left <= x and top <= y and x + width <= left + across and y + height <= top + down
            for left, top, across, down in found
        )


def test_rectangles_far_apart_stay_apart_and_neighbours_become_one() -> None:
    assert few([(0, 0, 10, 10), (90, 90, 10, 10)]) == ((0, 0, 10, 10), (90, 90, 10, 10))
    assert few([(0, 0, 100, 90), (0, 90, 100, 10)]) == ((0, 0, 100, 100),)


def test_a_new_size_is_told_once() -> None:
    surface, told = Surface(), []
    surface.on_resize(lambda: told.append(surface.size_wanted))
    surface.want_size((10, 20))
    surface.want_size((10, 20))
    surface.want_size(None)
    assert told == [(10, 20), None]


def test_once_closed_it_stays_closed() -> None:
    surface = Surface()
    surface.close()
    assert surface.take().closed
    assert surface.take().closed
