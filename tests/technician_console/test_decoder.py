import queue
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy
import pytest

from session.errors import LimitExceeded
from session.messages import Frame
from technician_console.decoder import WAITING_MAXIMUM, Decoder, Decoding, Renderer, Undecodable
from technician_console.surface import Picture, Surface
from tests.technician_console.streams import Pixels, Stream, page, plain, scrolling

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


def loss(picture: Picture, source: Pixels) -> float:
    """Mean difference of a value of a pixel."""
    return float(numpy.abs(picture.pixels[:, :, :3].astype(int) - source.astype(int)).mean())


def test_a_frame_becomes_its_picture(desk: Desk) -> None:
    source = page(640, 400)
    desk.feed(Stream(640, 400, first=7).frame(source, captured_ms=123))
    picture = desk.picture()
    assert (picture.number, picture.captured_ms) == (7, 123)
    assert (picture.width, picture.height) == (640, 400)
    assert picture.changed is None
    assert loss(picture, source) < 3


def test_every_frame_is_decoded_and_the_newest_is_painted(desk: Desk) -> None:
    stream = Stream(640, 400)
    frames = [stream.frame(pixels) for pixels in scrolling(640, 400, 20)]
    for frame in frames:
        desk.decoding.feed(frame)
    assert [desk.acknowledged.get(timeout=PATIENCE) for _ in frames] == list(range(20))
    picture = desk.picture()
    while picture.number < 19:
        picture = desk.picture()
    assert desk.decoding.counts.decoded == 20
    assert desk.decoding.counts.pictures <= 20


def test_a_picture_like_the_one_before_is_not_made_again() -> None:
    frame = Stream(640, 400).frame(page(640, 400))
    decoded, renderer = Decoder().decode(frame), Renderer()
    assert renderer.render(decoded, frame, None) is not None
    assert renderer.render(decoded, frame, None) is None
    assert renderer.render(decoded, frame, (320, 200)) is not None


def test_what_changed_is_told(desk: Desk) -> None:
    stream, source = Stream(640, 400), plain(640, 400)
    desk.feed(stream.frame(source))
    desk.picture()
    source[96:112, 320:352] = 20
    desk.feed(stream.frame(source))
    changed = desk.picture().changed
    assert changed is not None
    x, y, width, height = changed
    assert x <= 320 and y <= 96 and x + width >= 352 and y + height >= 112
    assert width * height < 640 * 400 / 8


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


def test_a_damaged_frame_asks_once_for_a_key_frame_and_goes_on_from_it(desk: Desk) -> None:
    stream, again = Stream(640, 400), Stream(640, 400, first=4)
    desk.feed(stream.frame(page(640, 400)))
    desk.feed(msgspec.structs.replace(stream.frame(plain(640, 400)), data=b"\0\0\0\1\x65nothing"))
    desk.feed(stream.frame(page(640, 400)))
    desk.feed(stream.frame(plain(640, 400)))
    desk.feed(again.frame(plain(640, 400, 90)))
    picture = desk.picture()
    while picture.number < 4:
        picture = desk.picture()
    assert loss(picture, plain(640, 400, 90)) < 2
    assert desk.wishes.qsize() == 1
    assert desk.decoding.counts.undecodable == 3


def test_a_new_epoch_begins_anew_in_its_own_size(desk: Desk) -> None:
    desk.feed(Stream(640, 400).frame(page(640, 400)))
    desk.feed(Stream(800, 600, epoch=1, first=1).frame(page(800, 600)))
    picture = desk.picture()
    while picture.number < 1:
        picture = desk.picture()
    assert picture.pixels.shape == (600, 800, 4)
    assert picture.changed is None


def test_more_than_may_be_in_flight_is_refused() -> None:
    desk = Desk()
    frame = Stream(64, 64).frame(plain(64, 64))
    for _ in range(WAITING_MAXIMUM):
        desk.decoding.feed(frame)
    with pytest.raises(LimitExceeded):
        desk.decoding.feed(frame)
    desk.decoding.close()


def test_a_frame_that_lies_about_its_size_is_refused() -> None:
    frame = Stream(640, 400).frame(plain(640, 400))
    with pytest.raises(Undecodable):
        Decoder().decode(msgspec.structs.replace(frame, width=1280))


def test_an_epoch_without_a_key_frame_is_refused() -> None:
    stream = Stream(640, 400)
    stream.frame(plain(640, 400))
    with pytest.raises(Undecodable):
        Decoder().decode(stream.frame(page(640, 400)))
