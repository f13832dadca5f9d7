import numpy
import pytest

from session.messages import PointerAt
from technician_console.surface import Picture, Rectangle, Surface
from technician_console.view import SignIn


def picture(number: int, changed: Rectangle | None, side: int = 100) -> Picture:
    return Picture(numpy.zeros((side, side * 4), numpy.uint8), side, side, side, number, 0, changed)


def test_the_newest_of_each_kind_is_taken_once() -> None:
    surface = Surface()
    surface.show(SignIn(name="older"))
    surface.show(SignIn(name="newer"))
    surface.pointer(PointerAt(1, 2))
    taken = surface.take()
    assert taken.state == SignIn(name="newer")
    assert taken.pointer_at == PointerAt(1, 2)
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


@pytest.mark.parametrize(
    ("older", "newer", "both"),
    [
        ((0, 0, 10, 10), (50, 60, 10, 10), (0, 0, 60, 70)),
        (None, (50, 60, 10, 10), None),
        ((0, 0, 10, 10), None, None),
    ],
)
def test_a_replaced_picture_leaves_what_it_changed(
    older: Rectangle | None, newer: Rectangle | None, both: Rectangle | None
) -> None:
    surface = Surface()
    surface.picture(picture(1, older))
    surface.picture(picture(2, newer))
    taken = surface.take().picture
    assert taken is not None
    assert (taken.number, taken.changed) == (2, both)


def test_pictures_of_two_sizes_have_nothing_in_common() -> None:
    surface = Surface()
    surface.picture(picture(1, (0, 0, 1, 1)))
    surface.picture(picture(2, (0, 0, 1, 1), side=50))
    taken = surface.take().picture
    assert taken is not None
    assert taken.changed is None


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
