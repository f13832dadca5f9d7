"""What a segment holds until it is sealed, and what its objects are made of: RECORDING.md, section 6."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from agent.capture.annexb import is_key
from agent.capture.fmp4 import Sample
from session.messages import Frame
from session.picture import Coding, Tile
from session.statements import OBJECTS_LIMIT

Epoch: TypeAlias = tuple[int, int]
"""A monitor's number, and its epoch's."""

Video: TypeAlias = tuple[int, int, int]
"""Further the number of a video stream."""

EVENTS = 2
"""Objects of events that a segment may have: the ordinary ones, and what is sealed apart."""


@dataclass(frozen=True)
class Taken:
    """A frame, and the parameter sets of its video stream if it has one."""

    frame: Frame
    parameters: tuple[bytes, bytes] | None


@dataclass(frozen=True)
class Filmed:
    """One coded picture of a video stream, and what it was taken from."""

    tile: Tile
    coded: Sample
    parameters: tuple[bytes, bytes]


@dataclass
class Buffer:
    """What one segment will hold.

    Args:
        since: milliseconds since 1970; `until` likewise, once another one has begun.
        events: lines.
        sensitive: lines that are sealed apart.
        frames: in order, for each epoch.
        size: bytes of all of it, about.
    """

    since: int
    until: int | None = None
    events: list[bytes] = field(default_factory=list)
    sensitive: list[bytes] = field(default_factory=list)
    frames: dict[Epoch, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0
    _needed: set[str] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing in it."""
        return not (self.events or self.sensitive or self.frames)

    def holds(self, frame: Frame) -> bool:
        """Tell whether a segment may have all objects that it needs with this frame too."""
        return EVENTS + len(self._needed | _objects(frame)) <= OBJECTS_LIMIT

    def take(self, frame: Frame, parameters: tuple[bytes, bytes] | None) -> None:
        """Take a frame; whether it is held was asked before."""
        self.frames[epoch_of(frame)].append(Taken(frame, parameters))
        self._needed |= _objects(frame)


def epoch_of(frame: Frame) -> Epoch:
    """Return what a frame is of."""
    return frame.monitor, frame.epoch


def _objects(frame: Frame) -> set[str]:
    """Return the objects that a frame needs: lines, its kinds of images, a video stream and its start."""
    place = f"{frame.monitor}-{frame.epoch}"
    needed = {f"screen-{place}.jsonl"}
    for coding, stream in {(tile.coding, tile.stream) for tile in frame.tiles}:
        if coding is Coding.H264:
            needed |= {f"video-{place}-{stream}.mp4", f"video-{place}-{stream}.m4s"}
        else:
            needed.add(f"images-{place}.{coding}")
    return needed


def lines(taken: Sequence[Taken]) -> Iterator[bytes]:
    """Yield the frames' lines (RECORDING.md, section 6); what is coded stands in objects of its own."""
    for each in taken:
        yield _line(each.frame)


def images(taken: Sequence[Taken]) -> dict[Coding, list[bytes]]:
    """Return the image files of each kind, in the order of the lines."""
    found: dict[Coding, list[bytes]] = defaultdict(list)
    for each in taken:
        for tile in each.frame.tiles:
            if tile.coding is not Coding.H264:
                found[tile.coding].append(tile.data)
    return found


def videos(epoch: Epoch, taken: Sequence[Taken]) -> dict[Video, list[Filmed]]:
    """Return the coded pictures of each video stream, in order; the last one lasts a millisecond."""
    found: dict[Video, list[Filmed]] = defaultdict(list)
    for each in taken:
        for tile in each.frame.tiles:
            if tile.coding is Coding.H264 and each.parameters is not None:
                coded = Sample(tile.data, each.frame.captured_ms, 1, is_key(tile.data))
                found[*epoch, tile.stream].append(Filmed(tile, coded, each.parameters))
    return found


def _line(frame: Frame) -> bytes:
    tiles = [
        (
            *(tile.x, tile.y, tile.width, tile.height, tile.coding),
            tile.stream if tile.coding is Coding.H264 else len(tile.data),
        )
        for tile in frame.tiles
    ]
    fields = {
        "t": frame.captured_ms,
        "n": frame.number,
        "key": frame.key,
        "width": frame.width,
        "height": frame.height,
        "copies": frame.copies,
        "tiles": tiles,
    }
    return msgspec.json.encode(fields) + b"\n"
