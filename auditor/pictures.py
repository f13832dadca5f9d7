"""The pictures of a recording: RECORDING.md, section 6, read strictly.

A line says what a picture is made of; image files stand one after the other in
an object of their kind, the coded pictures of a video in its own fragments.
Together they are the frame that was sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from auditor.fragments import Sample, Start, annexb
from session.errors import EvidenceError
from session.messages import SCREEN_LIMIT, Count, Frame
from session.picture import TILES_LIMIT, Coding, Copies, Length, Place, Tile

LINE_LIMIT = 64 * 1024
"""Bytes of a line: those of as many tiles and copies as a frame may have."""

Side: TypeAlias = Annotated[int, Meta(ge=16, le=16384)]
Number: TypeAlias = Annotated[int, Meta(ge=0, le=2**31)]


class Part(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A tile as it is written: `data` is the length of its image file, or the number of a video stream."""

    x: Place
    y: Place
    width: Length
    height: Length
    coding: Coding
    data: Number


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One picture as it is written."""

    t: Count
    n: Count
    key: bool
    width: Side
    height: Side
    copies: Copies
    tiles: Annotated[tuple[Part, ...], Meta(max_length=TILES_LIMIT)]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Args:
        frame: as it was sent.
        video: number of the video stream whose decoding can start here, if there is one.
    """

    frame: Frame
    video: int | None = None


@dataclass(frozen=True)
class Footage:
    """The coded pictures of one video stream in one segment.

    Args:
        start: what a decoder needs.
        samples: the pictures, in order.
    """

    start: Start
    samples: list[Sample]


_LINE = msgspec.json.Decoder(Line)


def read_lines(data: bytes) -> list[Line]:
    """Read an object of pictures.

    Raises:
        EvidenceError: a line is no picture.
    """
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        if len(line) > LINE_LIMIT:
            raise EvidenceError(f"line {number} is too long")
        try:
            read = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise EvidenceError(f"line {number} is not a picture: {error}") from None
        # A field that stands twice says two things, and two programs may read two.
        if msgspec.json.encode(read) != line:
            raise EvidenceError(f"line {number} is not canonical")
        found.append(read)
    if not found:
        raise EvidenceError("there is no picture in it")
    return found


def join(
    lines: list[Line], monitor: int, epoch: int, videos: Mapping[int, Footage], images: Mapping[Coding, bytes]
) -> list[Picture]:
    """Put the lines of a segment, its images and its videos together.

    Args:
        lines: of one monitor in one epoch.
        monitor: which monitor.
        epoch: which epoch.
        videos: the same segment's coded pictures, by the number of their stream.
        images: its image files of each kind, one after the other.

    Raises:
        EvidenceError: lines do not stand against images and coded pictures one by one.
    """
    left = {number: iter(footage.samples) for number, footage in videos.items()}
    files = {coding: _Files(data) for coding, data in images.items()}
    found = []
    for number, line in enumerate(lines, 1):
        try:
            tiles, video = _tiles(line, videos, left, files)
        except EvidenceError as error:
            raise EvidenceError(f"line {number}: {error}") from None
        frame = Frame(
            monitor=monitor,
            epoch=epoch,
            number=line.n,
            key=line.key,
            width=line.width,
            height=line.height,
            captured_ms=line.t,
            copies=line.copies,
            tiles=tiles,
        )
        found.append(Picture(frame, video))
    for name, samples in left.items():
        if next(samples, None) is not None:
            raise EvidenceError(f"video stream {name} has a picture that no line names")
    for coding, rest in files.items():
        if not rest.named:
            raise EvidenceError(f"there are images of kind {coding} that no line names")
    return found


class _Files:
    """The image files of one kind, one after the other."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        begin, end = self._at, self._at + length
        if not begin < end <= len(self._data):
            raise EvidenceError("an image without its file")
        self._at = end
        return self._data[begin:end]

    @property
    def named(self) -> bool:
        """Tell whether each byte belongs to an image, and there is one."""
        return 0 < self._at == len(self._data)


def _tiles(
    line: Line,
    videos: Mapping[int, Footage],
    left: Mapping[int, Iterator[Sample]],
    files: Mapping[Coding, _Files],
) -> tuple[tuple[Tile, ...], int | None]:
    """Return a line's tiles, and the video stream that can be decoded from here on."""
    tiles = []
    startable: int | None = None
    for part in line.tiles:
        place = (part.x, part.y, part.width, part.height, part.coding)
        if part.coding is Coding.H264:
            sample = next(left.get(part.data, iter(())), None)
            if sample is None:
                raise EvidenceError(f"its picture is not in video stream {part.data}")
            data = annexb(videos[part.data].start, sample)
            tiles.append(Tile(*place, data, part.data))
            startable = part.data if sample.key else startable
        else:
            tiles.append(Tile(*place, files.get(part.coding, _Files()).take(part.data)))
    if sum(len(tile.data) for tile in tiles) > SCREEN_LIMIT:
        raise EvidenceError("it is more than a frame may be")
    return tuple(tiles), startable


class Order:
    """What holds from picture to picture of one monitor; a video keeps its place, and none comes back."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._ended = -1
        self._video: tuple[int, ...] = ()

    def follow(self, frame: Frame) -> None:
        """Take the next picture.

        Raises:
            EvidenceError: it cannot follow the one before.
        """
        last, self._last = self._last, frame
        if last is not None:
            _compare(last, frame)
        if last is None or frame.epoch != last.epoch:
            self._ended, self._video = -1, ()
        elif frame.key and self._video:
            self._ended, self._video = self._video[0], ()
        for tile in frame.tiles:
            if tile.coding is Coding.H264:
                self._follow_video(tile)

    def _follow_video(self, tile: Tile) -> None:
        found = (tile.stream, tile.x, tile.y, tile.width, tile.height)
        if self._video and tile.stream > self._video[0]:
            self._ended = self._video[0]
        elif self._video and tile.stream == self._video[0] and found != self._video:
            raise EvidenceError("a video stream changes its place")
        if tile.stream <= self._ended:
            raise EvidenceError("a video stream goes on after its end")
        self._video = found


def _compare(last: Frame, frame: Frame) -> None:
    if frame.epoch < last.epoch:
        raise EvidenceError("a picture is of an epoch that was over")
    if frame.captured_ms < last.captured_ms:
        raise EvidenceError("a picture is older than the one before")
    if frame.number <= last.number:
        raise EvidenceError("the numbers of the pictures do not rise")
    if frame.epoch > last.epoch and not frame.key:
        raise EvidenceError("an epoch does not begin with a key picture")
    if frame.epoch == last.epoch and (frame.width, frame.height) != (last.width, last.height):
        raise EvidenceError("a picture has another size than its epoch")
