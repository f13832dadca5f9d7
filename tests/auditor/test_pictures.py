"""Lines of pictures are read strictly, and each coded picture of a video belongs to exactly one of them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.fragments import Sample, Start
from auditor.pictures import LINE_LIMIT, Footage, Order, join, read_lines
from session.errors import EvidenceError
from session.messages import SCREEN_LIMIT, Frame
from session.picture import COPIES_LIMIT, TILES_LIMIT, Coding, Copy, Tile

START = Start(64, 48, (b"\x67sps", b"\x68pps"))
KEY, OTHER = b"\0\0\0\4\x65key", b"\0\0\0\6\x41other"


def line(**changes: Any) -> dict[str, Any]:
    fields = {"t": 1000, "n": 1, "key": True, "width": 64, "height": 48, "copies": [], "tiles": []}
    return fields | changes


def written(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in lines)


def footage(*samples: bytes) -> Footage:
    return Footage(START, [Sample(number, data == KEY, data) for number, data in enumerate(samples)])


def test_a_line_becomes_the_frame_that_was_sent() -> None:
    tiles = [[1, 2, 3, 4, "png", 8], [5, 6, 7, 8, "h264", 3]]
    lines = read_lines(written(line(copies=[[0, 0, 64, 40, 0, 8]], tiles=tiles, key=False)))
    [picture] = join(lines, 1, 2, {3: footage(KEY)}, {Coding.PNG: b"an image"})
    video = b"\0\0\0\1\x67sps\0\0\0\1\x68pps\0\0\0\1\x65key"
    assert picture.frame == Frame(
        monitor=1,
        epoch=2,
        number=1,
        key=False,
        width=64,
        height=48,
        captured_ms=1000,
        copies=(Copy(0, 0, 64, 40, 0, 8),),
        tiles=(Tile(1, 2, 3, 4, Coding.PNG, b"an image"), Tile(5, 6, 7, 8, Coding.H264, video, 3)),
    )
    assert picture.video == 3


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b'"n":1', b'"n":7,"n":1'),
        (b'"t":1000', b'"t": 1000'),
        (b'"t":1000,"n":1', b'"n":1,"t":1000'),
        (b'"key":true', b'"k\\u0065y":true'),
        (b'"png",17', b'"png",017'),
        (b'"png",17', b'"png",1.7e1'),
        (b'"png",17', b'"png",17.0'),
    ],
)
def test_a_line_that_says_it_otherwise_is_refused(found: bytes, instead: bytes) -> None:
    data = written(line(tiles=[[0, 0, 8, 8, "png", 17]]))
    assert read_lines(data)
    assert found in data
    with pytest.raises(EvidenceError, match=r"canonical|not a picture"):
        read_lines(data.replace(found, instead))


def test_a_picture_that_is_none_to_start_with_has_no_parameter_sets() -> None:
    lines = read_lines(written(line(tiles=[[0, 0, 64, 48, "h264", 0]])))
    [picture] = join(lines, 0, 0, {0: footage(OTHER)}, {})
    assert picture.frame.tiles[0].data == b"\0\0\0\1\x41other"
    assert picture.video is None


@pytest.mark.parametrize(
    "changes",
    [
        {"t": -1},
        {"t": 1.5},
        {"t": "1000"},
        {"n": 2**60},
        {"key": 1},
        {"width": 15},
        {"height": 16385},
        {"more": 0},
        {"copies": [[0, 0, 1, 1, 0]]},
        {"copies": [[0, 0, 0, 1, 0, 0]]},
        {"copies": [[0, 0, 1, 1, 0, 0]] * 65},
        {"tiles": [[0, 0, 1, 1, "gif", 4]]},
        {"tiles": [[0, 0, 1, 1, "png", "AAAA"]]},
        {"tiles": [[0, 0, 1, 1, "png", -4]]},
        {"tiles": [[0, 0, 1, 1, "png", 2**31 + 1]]},
        {"tiles": [[0, 0, 1, 1, "png", None]]},
        {"tiles": [[0, 0, 1, 1, "png", 4, 0]]},
        {"tiles": [[-1, 0, 1, 1, "png", 4]]},
        {"tiles": [[0, 0, 1, 1, "h264", -1]]},
        {"tiles": [[0, 0, 1, 1, "h264", 2**31 + 1]]},
        {"tiles": [[0, 0, 1, 1, "png", 4]] * 1025},
    ],
    ids=str,
)
def test_what_the_specification_does_not_allow_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError, match="line 2 is not a picture"):
        read_lines(written(line(), line(**changes)))


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"null\n", b'{"t":1}', b"\xff\n", b"[" * 100_000])
def test_what_is_no_line_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_lines(data)


def test_the_longest_line_is_read() -> None:
    copies = [[16383, 16383, 16384, 16384, 16383, 16383]] * COPIES_LIMIT
    tiles = [[16383, 16383, 16384, 16384, "webp", 2**31]] * TILES_LIMIT
    most = 2**53 - 1
    assert read_lines(
        written(line(t=most, n=most, key=False, width=16384, height=16384, copies=copies, tiles=tiles))
    )


def test_a_line_that_no_frame_can_fill_is_refused_unread() -> None:
    with pytest.raises(EvidenceError, match="line 1 is too long"):
        read_lines(b" " * (LINE_LIMIT + 1))


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        read_lines(written(line()) + data)
    except EvidenceError as error:
        assert "line " in str(error)


@pytest.mark.parametrize(
    ("tiles", "videos", "words"),
    [
        ([[0, 0, 9, 9, "h264", 0]], {}, "line 1: its picture is not in video stream 0"),
        ([[0, 0, 9, 9, "h264", 1]], {0: footage(KEY)}, "line 1: its picture is not in video stream 1"),
        ([[0, 0, 9, 9, "h264", 0]] * 2, {0: footage(KEY)}, "line 1: its picture is not in video stream 0"),
        ([[0, 0, 9, 9, "h264", 0]], {0: footage(KEY, OTHER)}, "stream 0 has a picture that no line names"),
        ([], {7: footage(KEY)}, "stream 7 has a picture that no line names"),
        ([[0, 0, 9, 9, "h264", 0]], {0: footage(KEY[:-1])}, "a coded picture breaks off"),
        ([[0, 0, 9, 9, "h264", 0]], {0: footage(b"")}, "a coded picture is empty"),
    ],
)
def test_lines_and_videos_stand_against_each_other_one_by_one(
    tiles: list[Any], videos: dict[int, Footage], words: str
) -> None:
    lines = read_lines(written(line(tiles=tiles)))
    with pytest.raises(EvidenceError, match=words):
        join(lines, 0, 0, videos, {})


PNG, JPEG = Coding.PNG, Coding.JPEG


@pytest.mark.parametrize(
    ("tiles", "images", "words"),
    [
        ([[0, 0, 9, 9, "png", 4]], {}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 4]], {JPEG: b"file"}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 5]], {PNG: b"file"}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 2**31]], {PNG: b"file"}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 4]] * 2, {PNG: b"file"}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 0]], {PNG: b""}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 0]], {PNG: b"file"}, "line 1: an image without its file"),
        ([[0, 0, 9, 9, "png", 3]], {PNG: b"file"}, "there are images of kind png that no line names"),
        ([], {PNG: b"file"}, "there are images of kind png that no line names"),
        ([], {PNG: b""}, "there are images of kind png that no line names"),
        (
            [[0, 0, 9, 9, "png", 4]],
            {PNG: b"file", JPEG: b"file"},
            "there are images of kind jpeg that no line names",
        ),
    ],
)
def test_lines_and_images_stand_against_each_other_byte_by_byte(
    tiles: list[Any], images: dict[Coding, bytes], words: str
) -> None:
    lines = read_lines(written(line(tiles=tiles)))
    with pytest.raises(EvidenceError, match=words):
        join(lines, 0, 0, {}, images)


def test_images_are_cut_out_kind_by_kind_in_the_order_of_the_lines() -> None:
    lines = read_lines(
        written(
            line(tiles=[[0, 0, 8, 8, "png", 1], [8, 0, 8, 8, "jpeg", 2], [0, 8, 8, 8, "png", 3]]),
            line(n=2, key=False),
            line(n=3, key=False, tiles=[[8, 0, 8, 8, "jpeg", 1], [0, 0, 8, 8, "png", 2]]),
        )
    )
    pictures = join(lines, 0, 0, {}, {PNG: b"abbbcc", JPEG: b"xxy"})
    found = [[tile.data for tile in picture.frame.tiles] for picture in pictures]
    assert found == [[b"a", b"xx", b"bbb"], [], [b"y", b"cc"]]
    assert all(type(data) is bytes for files in found for data in files)


def test_a_line_with_more_than_could_be_sent_is_refused() -> None:
    lines = read_lines(written(line(tiles=[[0, 0, 8, 8, "png", SCREEN_LIMIT], [0, 0, 8, 8, "png", 1]])))
    with pytest.raises(EvidenceError, match="line 1: it is more than a frame may be"):
        join(lines, 0, 0, {}, {PNG: bytes(SCREEN_LIMIT + 1)})


def frame(number: int = 1, at: int = 1000, tiles: Sequence[Tile] = (), **changes: Any) -> Frame:
    fields: dict[str, Any] = {"monitor": 0, "epoch": 0, "key": False, "width": 64, "height": 48, "copies": ()}
    return Frame(number=number, captured_ms=at, tiles=tuple(tiles), **fields | changes)


def film(stream: int, x: int = 0) -> Tile:
    return Tile(x, 0, 16, 16, Coding.H264, KEY, stream)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([frame(1), frame(1)], "the numbers of the pictures do not rise"),
        ([frame(2), frame(1)], "the numbers of the pictures do not rise"),
        ([frame(1, 1000), frame(2, 999)], "older than the one before"),
        ([frame(1, epoch=1), frame(2, epoch=0, key=True)], "an epoch that was over"),
        ([frame(1), frame(2, epoch=1)], "does not begin with a key picture"),
        ([frame(1), frame(2, width=65)], "another size than its epoch"),
        ([frame(1, tiles=[film(0)]), frame(2, tiles=[film(0, x=1)])], "changes its place"),
        ([frame(n, tiles=[film(s)]) for n, s in enumerate((0, 1, 0))], "goes on after its end"),
        ([frame(1, tiles=[film(0)]), frame(2, tiles=[film(0)], key=True)], "goes on after its end"),
    ],
)
def test_pictures_follow_one_another(frames: list[Frame], words: str) -> None:
    order = Order()
    with pytest.raises(EvidenceError, match=words):
        for each in frames:
            order.follow(each)


@pytest.mark.parametrize(
    "frames",
    [
        lambda: [frame(1, 1000), frame(2, 1000), frame(9, 1001)],
        lambda: [frame(1), frame(2, epoch=1, key=True, width=100), frame(3, epoch=1, width=100)],
        lambda: [
            frame(1, tiles=[film(0)]),
            frame(2),
            frame(3, tiles=[film(0)]),
            frame(4, tiles=[film(1, 8)]),
        ],
        lambda: [frame(1, tiles=[film(5)]), frame(2, epoch=1, key=True, tiles=[film(0)])],
    ],
)
def test_what_an_agent_records_is_in_order(frames: Callable[[], list[Frame]]) -> None:
    order = Order()
    for each in frames():
        order.follow(each)
