"""Several monitors in one picture, as they stand on the person's desktop."""

import numpy
import pytest

from session.canvas import Undecodable
from session.messages import Frame, Monitor, Monitors
from session.picture import Copy
from technician_console.surface import Part, Picture
from technician_console.wall import Wall
from tests.technician_console.streams import Pixels, Stream, page, plain, png


def monitors(*watched: int) -> Monitors:
    """Return a monitor of 320 x 200, one of 200 x 300 to the right of it and lower, and one far away."""
    places = ((0, 0, 320, 200), (320, 50, 200, 300), (30000, 0, 64, 64))
    return Monitors(
        tuple(
            Monitor(number, *place, primary=number == 0, watched=number in watched)
            for number, place in enumerate(places)
        )
    )


def feed(wall: Wall, frame: Frame) -> list[tuple[int, int, int, int]]:
    change = wall.read(frame)
    assert change is not None
    return wall.paint(frame.monitor, change)


def shown(wall: Wall) -> Pixels:
    assert wall.pixels is not None
    return wall.pixels[..., :3]


def test_one_monitor_is_shown_by_itself_and_without_a_copy() -> None:
    wall = Wall()
    assert wall.arrange(monitors(1)) == []
    assert wall.pixels is None
    source = page(200, 300)
    assert feed(wall, Stream(200, 300, monitor=1).frame(source)) == [(0, 0, 200, 300)]
    assert numpy.array_equal(shown(wall), source)
    assert wall.parts == (Part(1, 0, 0, 200, 300),)
    assert numpy.shares_memory(shown(wall), wall._composers[1].canvas.pixels)  # type: ignore[union-attr]  # there is one


def test_several_stand_as_on_the_desktop_and_black_is_between_them() -> None:
    wall = Wall()
    wall.arrange(monitors(0, 1))
    left, right = Stream(320, 200), Stream(200, 300, monitor=1)
    feed(wall, left.frame(plain(320, 200, 90)))
    assert wall.parts == (Part(0, 0, 0, 320, 200),)
    feed(wall, right.frame(plain(200, 300, 40)))
    assert wall.parts == (Part(0, 0, 0, 320, 200), Part(1, 320, 50, 200, 300))
    wanted = numpy.zeros((350, 520, 3), numpy.uint8)
    wanted[:200, :320], wanted[50:, 320:] = 90, 40
    assert numpy.array_equal(shown(wall), wanted)
    # Only what has changed is told, where it is in the whole.
    source = plain(200, 300, 40)
    source[100:110, 20:50] = 200
    assert feed(wall, right.of(tiles=[png(source, (20, 100, 30, 10))])) == [(340, 150, 30, 10)]
    wanted[150:160, 340:370] = 200
    assert feed(wall, right.of([Copy(0, 0, 30, 10, 20, 100)])) == [(320, 50, 30, 10)]
    wanted[50:60, 320:350] = 200
    assert numpy.array_equal(shown(wall), wanted)


def test_what_is_not_watched_any_more_is_forgotten() -> None:
    wall = Wall()
    wall.arrange(monitors(0, 1))
    left, right = Stream(320, 200), Stream(200, 300, monitor=1)
    feed(wall, left.frame(plain(320, 200, 90)))
    feed(wall, right.frame(plain(200, 300, 40)))
    assert wall.arrange(monitors(1)) == [(0, 0, 200, 300)]
    assert numpy.array_equal(shown(wall), plain(200, 300, 40))
    assert wall.read(left.frame(plain(320, 200, 91))) is None
    wall.arrange(monitors(0, 1))
    # It needs a key frame to come again.
    with pytest.raises(Undecodable):
        wall.read(left.frame(plain(320, 200, 92)))
    assert wall.parts == (Part(1, 320, 50, 200, 300),)


def test_a_monitor_that_changes_its_size_is_put_together_anew() -> None:
    wall = Wall()
    wall.arrange(monitors(0, 1))
    feed(wall, Stream(320, 200).frame(plain(320, 200, 90)))
    feed(wall, Stream(200, 300, monitor=1).frame(plain(200, 300, 40)))
    assert feed(wall, Stream(300, 200, monitor=1, epoch=1).frame(plain(300, 200, 30))) == [(0, 0, 620, 250)]
    assert shown(wall).shape == (250, 620, 3)
    assert wall.parts[1] == Part(1, 320, 50, 300, 200)


def test_before_any_monitor_is_told_there_is_the_one_of_the_frames() -> None:
    wall = Wall()
    source = page(320, 200)
    feed(wall, Stream(320, 200).frame(source))
    assert numpy.array_equal(shown(wall), source)


def test_a_desktop_that_nobody_has_takes_no_memory() -> None:
    wall = Wall()
    told = tuple(
        Monitor(number, 32767 * number, 32767 * number, 64, 64, not number, True) for number in range(2)
    )
    with pytest.raises(Undecodable):
        wall.arrange(Monitors(told))


def test_monitors_that_overlap_take_no_more_memory_than_a_desktop() -> None:
    wall, large = Wall(), 8192
    wall.arrange(
        Monitors(tuple(Monitor(n, 0, 0, large, large // 2, primary=n == 0, watched=True) for n in range(4)))
    )
    for number in range(2):
        feed(wall, Frame(number, 0, number + 1, True, large, large // 2, 0, (), ()))
    with pytest.raises(Undecodable):
        wall.read(Frame(2, 0, 3, True, large, large // 2, 0, (), ()))


def test_a_pixel_belongs_to_a_monitor_or_to_none() -> None:
    parts = (Part(0, 0, 0, 320, 200), Part(1, 320, 50, 200, 300))
    picture = Picture(plain(520, 350, 0), 520, 350, 1, 0, parts=parts)
    assert picture.monitor_at(319, 199) == (0, 319, 199)
    assert picture.monitor_at(320, 50) == (1, 0, 0)
    assert picture.monitor_at(519, 349) == (1, 199, 299)
    assert picture.monitor_at(400, 20) is None
    assert picture.monitor_at(400, 20, clamped=True) == (1, 80, 0)
    assert picture.monitor_at(100, 340, clamped=True) == (0, 100, 199)
    alone = Picture(plain(64, 48, 0), 64, 48, 1, 0)
    assert alone.monitor_at(63, 47) == (0, 63, 47)
