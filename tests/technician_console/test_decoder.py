import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy
import pytest

from session.errors import LimitExceeded
from session.messages import Frame
from session.picture import Coding, Tile
from technician_console.decoder import WAITING_MAXIMUM, Decoding
from technician_console.surface import Picture, Surface
from tests.technician_console.streams import Pixels, Stream, Video, page, plain, png, scrolled, scrolling

PATIENCE = 10.0


@dataclass
class Desk:
    """A decoder's thread with a surface, and what it said."""

    surface: Surface = field(default_factory=Surface)
    acknowledged: "queue.Queue[int]" = field(default_factory=queue.Queue)
    wishes: "queue.Queue[None]" = field(default_factory=queue.Queue)
    woken: "queue.Queue[None]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.surface.on_wake(lambda: self.woken.put(None))
        self.decoding = Decoding(self.surface, self.acknowledged.put, lambda: self.wishes.put(None))

    def feed(self, frame: Frame) -> None:
        """Hand in a frame and wait until it is done with."""
        self.decoding.feed(frame)
        assert self.acknowledged.get(timeout=PATIENCE) == frame.number

    def picture(self) -> Picture:
        """Wait for the next picture."""
        while True:
            self.woken.get(timeout=PATIENCE)
            if (picture := self.surface.take().picture) is not None:
                return picture


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.decoding.start()
    yield desk
    desk.decoding.close()


def shows(picture: Picture, source: Pixels) -> bool:
    """Whether a picture is exactly this."""
    return numpy.array_equal(picture.pixels[:, :, :3], source)


def test_a_frame_becomes_its_picture(desk: Desk) -> None:
    source = page(640, 400)
    desk.feed(Stream(640, 400, first=7).frame(source, captured_ms=123))
    picture = desk.picture()
    assert (picture.number, picture.captured_ms) == (7, 123)
    assert (picture.width, picture.height) == (640, 400)
    assert picture.changed == ((0, 0, 640, 400),)
    assert shows(picture, source)


def test_every_frame_is_decoded_and_the_newest_is_painted(desk: Desk) -> None:
    sources = list(scrolling(640, 400, 20, 24))
    for frame in scrolled(640, 400, 20):
        desk.decoding.feed(frame)
    assert [desk.acknowledged.get(timeout=PATIENCE) for _ in sources] == list(range(20))
    picture = desk.picture()
    while picture.number < 19:
        picture = desk.picture()
    assert shows(picture, sources[-1])
    assert desk.decoding.counts.decoded == 20
    assert desk.decoding.counts.pictures <= 20


def test_a_frame_without_a_change_is_not_painted(desk: Desk) -> None:
    stream = Stream(640, 400)
    desk.feed(stream.frame(page(640, 400)))
    desk.feed(stream.of())
    assert desk.picture().number == 0
    assert desk.surface.take().picture is None
    assert desk.decoding.counts.pictures == 1


def test_what_changed_is_told(desk: Desk) -> None:
    stream, source = Stream(640, 400), plain(640, 400)
    desk.feed(stream.frame(source))
    first = desk.picture()
    source[96:112, 320:352] = 20
    desk.feed(stream.frame(source))
    second = desk.picture()
    assert second.changed == ((320, 96, 32, 16),)
    # The same memory: nothing of the rest was copied.
    assert second.pixels is first.pixels
    assert shows(second, source)


def test_no_picture_changes_while_it_is_painted(desk: Desk) -> None:
    stream, source = Stream(640, 400), page(640, 400)
    desk.feed(stream.frame(source))
    with desk.surface.painting:
        picture = desk.picture()
        desk.decoding.feed(stream.frame(plain(640, 400)))
        with pytest.raises(queue.Empty):
            desk.acknowledged.get(timeout=0.1)
        assert shows(picture, source)
    assert desk.acknowledged.get(timeout=PATIENCE) == 1


def test_a_window_that_stands_still_keeps_no_frame_waiting(desk: Desk) -> None:
    frames = list(scrolled(640, 400, 20))
    desk.feed(frames[0])
    desk.picture()
    for frame in frames[1:]:
        desk.feed(frame)
    picture = desk.surface.take().picture
    assert picture is not None
    assert picture.number == 19


def test_a_picture_comes_in_the_size_that_is_wanted(desk: Desk) -> None:
    desk.surface.want_size((320, 200))
    desk.feed(Stream(640, 400).frame(page(640, 400)))
    small = desk.picture()
    assert small.pixels.shape == (200, 320, 4)
    assert (small.width, small.height) == (640, 400)
    desk.surface.want_size((1280, 800))
    large = desk.picture()
    assert large.pixels.shape == (800, 1280, 4)
    assert large.number == small.number
    desk.surface.want_size(None)
    assert shows(desk.picture(), page(640, 400))


def test_a_change_is_scaled_without_the_rest(desk: Desk) -> None:
    desk.surface.want_size((320, 200))
    stream, source = Stream(640, 400), plain(640, 400)
    desk.feed(stream.frame(source))
    desk.picture()
    source[96:112, 320:352] = 20
    desk.feed(stream.frame(source))
    ((x, y, width, height),) = desk.picture().changed
    assert x <= 160 and y <= 48 and x + width >= 176 and y + height >= 56
    assert width * height < 320 * 200 / 2


def test_a_damaged_frame_asks_once_for_a_key_frame_and_goes_on_from_it(desk: Desk) -> None:
    stream, again = Stream(640, 400), Stream(640, 400, first=4)
    desk.feed(stream.frame(page(640, 400)))
    desk.feed(stream.of(tiles=[Tile(0, 0, 640, 400, Coding.PNG, b"\0\0\0\1\x65nothing")]))
    desk.feed(stream.frame(plain(640, 400)))
    desk.feed(stream.frame(page(640, 400)))
    assert shows(desk.picture(), page(640, 400))
    desk.feed(again.frame(plain(640, 400, 90)))
    assert shows(desk.picture(), plain(640, 400, 90))
    assert desk.wishes.qsize() == 1
    assert desk.decoding.counts.undecodable == 3


def test_a_new_epoch_begins_anew_in_its_own_size(desk: Desk) -> None:
    desk.feed(Stream(640, 400).frame(page(640, 400)))
    desk.feed(Stream(800, 600, epoch=1, first=1).frame(page(800, 600)))
    picture = desk.picture()
    while picture.number < 1:
        picture = desk.picture()
    assert shows(picture, page(800, 600))
    assert picture.changed == ((0, 0, 800, 600),)


def test_a_video_is_shown_where_it_is(desk: Desk) -> None:
    stream, video = Stream(640, 400), Video((64, 32, 320, 200))
    desk.feed(stream.frame(plain(640, 400)))
    desk.feed(stream.of(tiles=[video.tile(plain(320, 200, 60))]))
    picture = desk.picture()
    while picture.number < 1:
        picture = desk.picture()
    expected = plain(640, 400)
    expected[32:232, 64:384] = 60
    assert numpy.abs(picture.pixels[:, :, :3].astype(int) - expected).max() <= 2


def test_more_than_may_be_in_flight_is_refused() -> None:
    desk = Desk()
    frame = Stream(64, 64).frame(plain(64, 64))
    for _ in range(WAITING_MAXIMUM):
        desk.decoding.feed(frame)
    with pytest.raises(LimitExceeded):
        desk.decoding.feed(frame)
    desk.decoding.close()


def test_a_picture_is_whole_whenever_it_is_painted(desk: Desk) -> None:
    stream, ends = Stream(640, 400), threading.Event()
    desk.feed(stream.frame(plain(640, 400, 0)))
    torn: list[int] = []

    def paint() -> None:
        while not ends.is_set():
            with desk.surface.painting:
                picture = desk.surface.take().picture
                if picture is not None and len(numpy.unique(picture.pixels[:, :, :3])) > 1:
                    torn.append(picture.number)

    window = threading.Thread(target=paint)
    window.start()
    for grey in range(1, 40):
        pixels = plain(640, 400, grey)
        halves = [png(pixels, (0, 0, 640, 200)), png(pixels, (0, 200, 640, 200))]
        desk.feed(stream.of(tiles=halves))
    ends.set()
    window.join()
    assert torn == []
