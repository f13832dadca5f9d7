"""Frames put together: what is allowed becomes exactly its picture, anything else changes nothing."""

import time
from collections.abc import Callable

import av
import cv2
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from session.canvas import Canvas, Composer, Undecodable
from session.messages import Frame
from session.picture import COPIES_LIMIT, TILES_LIMIT, Coding, Copy, Tile
from tests.technician_console.streams import Stream, Video, page, plain, png

Pixels = NDArray[numpy.uint8]
WIDTH, HEIGHT = 97, 71
SECONDS = 5.0
"""More than any frame may take here, on a machine that does other things as well."""


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    return numpy.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=numpy.uint8)


def file(pixels: Pixels, coding: Coding, *options: int) -> bytes:
    kind = "webp" if coding is Coding.VP8 else coding
    quality = {Coding.WEBP: 101, Coding.VP8: 80}
    way = (cv2.IMWRITE_WEBP_QUALITY, quality[coding]) if coding in quality else ()
    return cv2.imencode(f".{kind}", pixels, (*way, *options))[1].tobytes()


def tile(data: bytes, coding: Coding = Coding.PNG, width: int = 16, height: int = 16) -> Tile:
    return Tile(0, 0, width, height, coding, data)


def canvas(width: int = WIDTH, height: int = HEIGHT) -> Canvas:
    made = Canvas(width, height)
    made.apply((), (png(noise(width, height), (0, 0, width, height)),))
    return made


def shown(made: Canvas) -> Pixels:
    return made.pixels[..., :3].copy()


# what is allowed


@st.composite
def copies(draw: st.DrawFn, width: int = WIDTH, height: int = HEIGHT) -> Copy:
    across, down = draw(st.integers(1, width)), draw(st.integers(1, height))
    xs, ys = st.integers(0, width - across), st.integers(0, height - down)
    return Copy(draw(xs), draw(ys), across, down, draw(xs), draw(ys))


@given(st.lists(copies(), max_size=6))
def test_copies_read_the_picture_before_and_the_last_one_wins(parts: list[Copy]) -> None:
    made = canvas()
    made.pixels[:] = numpy.random.default_rng(1).integers(0, 256, made.pixels.shape, dtype=numpy.uint8)
    before, expected = made.pixels.copy(), made.pixels.copy()
    for each in parts:
        source = before[each.from_y : each.from_y + each.height, each.from_x : each.from_x + each.width]
        expected[each.y : each.y + each.height, each.x : each.x + each.width] = source
    work = sum(2 * each.width * each.height for each in parts)
    if work > 4 * WIDTH * HEIGHT:
        with pytest.raises(Undecodable):
            made.apply(parts, ())
        assert numpy.array_equal(made.pixels, before)
    else:
        places = made.apply(parts, ())
        assert numpy.array_equal(made.pixels, expected)
        assert places == [(each.x, each.y, each.width, each.height) for each in parts]


def test_what_is_put_aside_is_not_shown_and_comes_back() -> None:
    made = canvas()
    before = shown(made)
    away = Copy(10, HEIGHT + 20, 30, 25, 10, 20)
    assert made.apply((away,), (png(plain(WIDTH, HEIGHT), (10, 20, 30, 25)),)) == [(10, 20, 30, 25)]
    back, swapped = Copy(10, 20, 30, 25, 10, HEIGHT + 20), Copy(0, HEIGHT, 30, 25, 10, 20)
    assert made.apply((swapped, back), ()) == [(10, 20, 30, 25)]
    assert numpy.array_equal(shown(made), before)
    made.apply((Copy(40, 30, 30, 25, 0, HEIGHT),), ())
    assert numpy.array_equal(shown(made)[30:55, 40:70], plain(30, 25))


def test_nothing_is_put_aside_at_first_nor_after_a_clearance() -> None:
    made = canvas()
    made.apply((Copy(0, 0, 9, 9, 0, HEIGHT),), ())
    assert not shown(made)[:9, :9].any()
    made.apply((Copy(0, HEIGHT, WIDTH, HEIGHT, 0, 0),), ())
    made.clear()
    made.apply((Copy(0, 0, WIDTH, HEIGHT, 0, HEIGHT),), ())
    assert not shown(made).any()


@given(copies(40, 3 * 64))
def test_a_copy_may_overlap_itself_every_way(part: Copy) -> None:
    made = canvas(40, 3 * 64)
    before = shown(made)
    made.apply((part,), ())
    source = before[part.from_y : part.from_y + part.height, part.from_x : part.from_x + part.width]
    there = shown(made)[part.y : part.y + part.height, part.x : part.x + part.width]
    assert numpy.array_equal(there, source)


@given(st.sampled_from([Coding.PNG, Coding.WEBP]), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_a_lossless_tile_of_any_size_is_exact(coding: Coding, width: int, height: int, at: int) -> None:
    made, pixels = canvas(), noise(width, height, at)
    before = shown(made)
    made.apply((), (Tile(at, at, width, height, coding, file(pixels, coding)),))
    before[at : at + height, at : at + width] = pixels
    assert numpy.array_equal(shown(made), before)


def test_tiles_come_after_copies_and_in_order() -> None:
    made = canvas()
    first, second = plain(WIDTH, HEIGHT, 1), plain(WIDTH, HEIGHT, 2)
    move = Copy(0, 0, WIDTH, HEIGHT - 10, 0, 10)
    made.apply((move,), (png(first, (0, 0, 20, 20)), png(second, (10, 10, 20, 20))))
    assert (made.pixels[15, 15, :3] == 2).all()
    assert (made.pixels[5, 5, :3] == 1).all()
    assert numpy.array_equal(made.pixels[40:, 40:, :3][:20], noise(WIDTH, HEIGHT)[50:, 40:][:20])


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47), (130, 17)])
def test_a_video_is_painted_where_it_is_and_nowhere_else(width: int, height: int) -> None:
    made = Canvas(200, 100)
    made.apply((), (png(plain(200, 100, 200), (0, 0, 200, 100)),))
    video = Video((8, 4, width, height))
    for grey in (30, 60, 90):
        made.apply((), (video.tile(plain(width, height, grey)),))
    expected = plain(200, 100, 200)
    expected[4 : 4 + height, 8 : 8 + width] = 90
    assert numpy.abs(shown(made).astype(int) - expected).max() <= 2


def test_the_colours_of_a_video_are_those_of_bt_601_in_limited_range() -> None:
    made, video = Canvas(64, 64), Video((0, 0, 64, 64))
    for colour in ((0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0)):
        made.apply((), (video.tile(numpy.full((64, 64, 3), colour, numpy.uint8)),))
        assert numpy.abs(made.pixels[32, 32, :3].astype(int) - colour).max() <= 6


# what is refused


OUTSIDE: list[tuple[tuple[Copy, ...], tuple[Tile, ...]]] = [
    ((Copy(0, 0, WIDTH + 1, 1, 0, 0),), ()),
    ((Copy(0, 1, 1, HEIGHT, 0, 0),), ()),
    ((Copy(0, 0, 10, 10, WIDTH - 9, 0),), ()),
    ((Copy(0, 0, 10, 10, 0, HEIGHT - 9),), ()),
    ((Copy(0, HEIGHT - 1, 1, 2, 0, 0),), ()),
    ((Copy(0, 0, 10, 10, 0, 2 * HEIGHT - 9),), ()),
    ((Copy(0, 2 * HEIGHT, 1, 1, 0, 0),), ()),
    ((), (Tile(0, HEIGHT, 16, 16, Coding.PNG, file(noise(16, 16), Coding.PNG)),)),
    ((), (Tile(WIDTH - 15, 0, 16, 16, Coding.PNG, file(noise(16, 16), Coding.PNG)),)),
    ((), (Tile(0, HEIGHT - 15, 16, 16, Coding.PNG, file(noise(16, 16), Coding.PNG)),)),
]


@pytest.mark.parametrize(("moved", "tiles"), OUTSIDE)
def test_outside_the_picture_there_is_nothing(moved: tuple[Copy, ...], tiles: tuple[Tile, ...]) -> None:
    made = canvas()
    before = shown(made)
    with pytest.raises(Undecodable):
        made.apply(moved, tiles)
    assert numpy.array_equal(shown(made), before)


def test_a_frame_that_is_refused_has_changed_nothing() -> None:
    made = canvas()
    before = shown(made)
    good = png(plain(WIDTH, HEIGHT), (0, 0, 20, 20))
    with pytest.raises(Undecodable):
        made.apply((Copy(0, 0, 20, 20, 40, 40),), (good, tile(b"damaged")))
    assert numpy.array_equal(shown(made), before)


def test_more_work_than_a_picture_is_worth_is_refused_before_it_is_done() -> None:
    made = canvas()
    whole = Copy(0, 0, WIDTH, HEIGHT, 0, 0)
    made.apply((whole, whole), ())
    with pytest.raises(Undecodable):
        made.apply((whole,) * COPIES_LIMIT, ())
    with pytest.raises(Undecodable):
        made.apply((), (png(noise(WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT)),) * 5)


def test_the_busiest_frames_take_bounded_time() -> None:
    made = Canvas(1920, 1080)
    one = file(noise(16, 16), Coding.PNG)
    tiny = tuple(Tile(index % 100, index // 100, 16, 16, Coding.PNG, one) for index in range(TILES_LIMIT))
    chained = tuple(Copy(0, index, 1900, 30, 20, 8 + index) for index in range(COPIES_LIMIT))
    began = time.monotonic()
    made.apply(chained, tiny)
    assert time.monotonic() - began < SECONDS


# video


def streams(number: int = 0) -> Video:
    return Video((8, 4, 64, 48), number)


def test_a_video_begins_with_a_key_picture() -> None:
    video = streams()
    video.tile(page(64, 48))
    with pytest.raises(Undecodable):
        Canvas(200, 100).apply((), (video.tile(plain(64, 48)),))


def test_a_damaged_picture_of_a_video_is_refused() -> None:
    made, video = Canvas(200, 100), streams()
    made.apply((), (video.tile(page(64, 48)),))
    good = video.tile(noise(64, 48))
    for data in (b"", b"\0\0\0\1\x65nothing", good.data[: len(good.data) // 2], b"rubbish" * 9):
        with pytest.raises(Undecodable):
            canvas(200, 100).apply((), (Tile(8, 4, 64, 48, Coding.H264, data, 0),))


def test_a_video_of_another_size_is_refused() -> None:
    video = Video((0, 0, 64, 48)).tile(plain(64, 48))
    for width, height in ((66, 48), (62, 48), (64, 50), (32, 24)):
        with pytest.raises(Undecodable):
            Canvas(200, 100).apply((), (Tile(0, 0, width, height, Coding.H264, video.data, 0),))


@pytest.mark.parametrize("width", [*range(130, 200, 2), 639, 642, 1282, 1916])
def test_a_video_may_have_any_width(width: int) -> None:
    video = Video((0, 0, width, 50))
    made = Canvas(width, 50)
    made.apply((), (video.tile(plain(width, 50)),))


def test_a_video_that_is_larger_than_its_tile_gets_no_memory() -> None:
    large = Video((0, 0, 1920, 1080)).tile(plain(1920, 1080)).data
    made = Canvas(200, 100)
    with pytest.raises(Undecodable) as caught:
        made.apply((), (Tile(0, 0, 64, 48, Coding.H264, large, 0),))
    assert str(caught.value) != "not of the size that was said"


def test_a_video_in_full_range_is_refused() -> None:
    context = av.VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 64, 48, "yuvj420p"
    context.options = {"preset": "ultrafast", "tune": "zerolatency"}
    picture = av.VideoFrame.from_ndarray(plain(64, 48), format="bgr24").reformat(format="yuvj420p")
    (packet,) = context.encode(picture)
    with pytest.raises(Undecodable):
        Canvas(64, 48).apply((), (Tile(0, 0, 64, 48, Coding.H264, bytes(packet), 0),))


def test_a_video_that_moves_is_refused() -> None:
    made, video = Canvas(200, 100), streams()
    made.apply((), (video.tile(page(64, 48)),))
    following = video.tile(plain(64, 48))
    with pytest.raises(Undecodable):
        made.apply((), (Tile(10, 4, 64, 48, Coding.H264, following.data, 0),))


def test_a_higher_number_ends_the_video_before() -> None:
    made, first, second = Canvas(200, 100), streams(1), streams(2)
    made.apply((), (first.tile(page(64, 48)),))
    made.apply((), (second.tile(plain(64, 48, 40)),))
    assert numpy.abs(made.pixels[20, 20, :3].astype(int) - 40).max() <= 2
    with pytest.raises(Undecodable):
        made.apply((), (first.tile(page(64, 48)),))
    with pytest.raises(Undecodable):
        made.apply((), (streams(1).tile(page(64, 48)),))


# from frame to frame


def taken(composer: Composer, frame: Frame, edit: Callable[[Frame], Frame] = lambda frame: frame) -> Pixels:
    composer.take(edit(frame))
    assert composer.canvas is not None
    return shown(composer.canvas)


def test_frames_follow_one_another() -> None:
    composer, stream, source = Composer(), Stream(WIDTH, HEIGHT), noise(WIDTH, HEIGHT)
    assert numpy.array_equal(taken(composer, stream.frame(source)), source)
    source[10:20, 30:40] = 7
    frame = stream.frame(source)
    assert composer.take(frame) == [(30, 10, 10, 10)]
    assert numpy.array_equal(taken(composer, stream.of()), source)


def test_a_key_frame_begins_black_and_changes_everything() -> None:
    composer, stream = Composer(), Stream(WIDTH, HEIGHT)
    composer.take(stream.frame(noise(WIDTH, HEIGHT)))
    key = stream.of(tiles=[png(plain(WIDTH, HEIGHT, 9), (0, 0, 10, 10))], key=True)
    assert composer.take(key) == [(0, 0, WIDTH, HEIGHT)]
    expected = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint8)
    expected[:10, :10] = 9
    assert composer.canvas is not None
    assert numpy.array_equal(shown(composer.canvas), expected)


def test_a_key_frame_ends_every_video() -> None:
    composer, stream, video = Composer(), Stream(200, 100), streams(5)
    composer.take(stream.of(tiles=[video.tile(page(64, 48))], key=True))
    composer.take(stream.of(key=True))
    with pytest.raises(Undecodable):
        composer.take(stream.of(tiles=[video.tile(plain(64, 48))]))
    composer.take(stream.of(tiles=[streams(0).tile(page(64, 48))], key=True))


def test_a_key_frame_copies_nothing() -> None:
    composer, stream = Composer(), Stream(WIDTH, HEIGHT)
    composer.take(stream.frame(noise(WIDTH, HEIGHT)))
    with pytest.raises(Undecodable):
        composer.take(stream.of([Copy(0, 0, 10, 10, 20, 20)], key=True))
    assert composer.canvas is None


def test_after_an_error_only_a_key_frame_helps() -> None:
    composer, stream = Composer(), Stream(WIDTH, HEIGHT)
    composer.take(stream.frame(noise(WIDTH, HEIGHT)))
    with pytest.raises(Undecodable):
        composer.take(stream.of(tiles=[tile(b"damaged")]))
    with pytest.raises(Undecodable):
        composer.take(stream.of())
    again = Stream(WIDTH, HEIGHT, first=3).frame(plain(WIDTH, HEIGHT))
    assert numpy.array_equal(taken(composer, again), plain(WIDTH, HEIGHT))


def test_a_picture_changes_its_size_with_a_new_epoch_only() -> None:
    composer = Composer()
    composer.take(Stream(WIDTH, HEIGHT).frame(noise(WIDTH, HEIGHT)))
    with pytest.raises(Undecodable):
        composer.take(Stream(WIDTH + 1, HEIGHT).of())
    composer.take(Stream(WIDTH, HEIGHT).frame(noise(WIDTH, HEIGHT)))
    with pytest.raises(Undecodable):
        composer.take(Stream(WIDTH, HEIGHT, epoch=1).of())
    larger = Stream(WIDTH + 1, HEIGHT, epoch=1).frame(noise(WIDTH + 1, HEIGHT))
    assert numpy.array_equal(taken(composer, larger), noise(WIDTH + 1, HEIGHT))


def test_a_picture_that_was_kept_is_gone_on_from() -> None:
    composer, stream, source = Composer(), Stream(WIDTH, HEIGHT, epoch=4), noise(WIDTH, HEIGHT)
    stream.frame(source)
    composer.resume(canvas(), 4)
    source[10:20, 30:40] = 7
    assert numpy.array_equal(taken(composer, stream.frame(source)), source)
