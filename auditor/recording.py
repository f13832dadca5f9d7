"""The recording itself, opened: its events, and its pictures monitor by monitor.

Sealed objects are opened when they are asked for and not kept: an hour of
pictures need not fit into memory.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from auditor.events import Event, read_events
from auditor.fragments import Start, read_fragment, read_start
from auditor.pictures import Footage, Picture, join, read_lines
from auditor.source import Source
from session.errors import EvidenceError
from session.picture import Coding
from session.sealing import Identity, unseal
from session.statements import IdentityName, SealedObject, Segment, SessionStatement

OBJECT_LIMIT = 256 * 1024 * 1024
"""Bytes of one sealed object, or of all of one monitor in a segment: several times what a recorder keeps."""

_EVENTS = re.compile(r"seg/\d{6}\.(?:events|sensitive|index)\.jsonl\.age")
_LINES = re.compile(r"seg/\d{6}\.screen-(\d+)-(\d+)\.jsonl\.age")
_IMAGES = re.compile(r"seg/\d{6}\.images-(\d+)-(\d+)\.(\w+)\.age")
_VIDEO = re.compile(r"(init|seg)/(?:\d{6}\.)?video-(\d+)-(\d+)-(\d+)\.(?:mp4|m4s)\.age")


@dataclass
class Screen:
    """One monitor in one epoch.

    Args:
        monitor: which monitor.
        epoch: which epoch; the monitor has one size in it.
        segments: the statements with its pictures, and the objects that hold them, in order.
    """

    monitor: int
    epoch: int
    segments: list[tuple[Segment, SealedObject]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The middle of its files' names."""
        return f"screen-{self.monitor}-{self.epoch}"


_ScreenPlace = tuple[int, int]
"""Monitor, epoch."""

_ImagesPlace = tuple[int, int, Coding]
"""Further their kind."""

_VideoPlace = tuple[int, int, int]
"""Or the number of the stream."""


class Recording:
    """A session's content.

    Args:
        source: where the evidence is.
        sid: the session.
        statements: its statements; what they say of the objects was checked.
        keys: the session's identities, as far as they could be opened.

    Raises:
        EvidenceError: a part of a video has no start, or there are images or videos without a line.
    """

    def __init__(
        self,
        source: Source,
        sid: str,
        statements: list[SessionStatement],
        keys: dict[IdentityName, Identity],
    ) -> None:
        self._source = source
        self.sid = sid
        self._keys = keys
        self.segments = [value for value in statements if isinstance(value, Segment)]
        self.screens: dict[_ScreenPlace, Screen] = {}
        """By monitor and epoch."""
        self._inits: dict[_VideoPlace, SealedObject] = {}
        self._videos: dict[int, dict[_VideoPlace, SealedObject]] = defaultdict(dict)
        self._images: dict[int, dict[_ImagesPlace, SealedObject]] = defaultdict(dict)
        self._starts: dict[_VideoPlace, Start] = {}
        for segment in self.segments:
            self._sort(segment)

    def _sort(self, segment: Segment) -> None:
        here = set()
        for item in segment.objects:
            if match := _LINES.fullmatch(item.name):
                place = int(match[1]), int(match[2])
                here.add(place)
                self.screens.setdefault(place, Screen(*place)).segments.append((segment, item))
            elif match := _IMAGES.fullmatch(item.name):
                self._images[segment.seq][int(match[1]), int(match[2]), Coding(match[3])] = item
            elif match := _VIDEO.fullmatch(item.name):
                known = self._inits if match[1] == "init" else self._videos[segment.seq]
                known[int(match[2]), int(match[3]), int(match[4])] = item
        self._check_places(segment, here)

    def _check_places(self, segment: Segment, here: set[_ScreenPlace]) -> None:
        for monitor, epoch, _ in self._images.get(segment.seq, {}):
            if (monitor, epoch) not in here:
                raise EvidenceError(f"no picture says where images-{monitor}-{epoch} were seen")
        for video in self._videos.get(segment.seq, {}):
            if video not in self._inits:
                raise EvidenceError(f"the start of video-{'-'.join(map(str, video))} is missing")
            if video[:2] not in here:
                raise EvidenceError(f"no picture says where video-{'-'.join(map(str, video))} was seen")

    @property
    def monitors(self) -> list[int]:
        """The monitors of which there are pictures."""
        return sorted({monitor for monitor, _ in self.screens})

    def open(self, item: SealedObject) -> bytes:
        """Open a sealed object.

        Raises:
            EvidenceError: it is missing, or was not sealed to this session, or its key is not here.
        """
        if not self.can_open(item):
            raise EvidenceError(f"the key {item.key} is not here")
        if item.size > OBJECT_LIMIT:
            raise EvidenceError("it is larger than anything that is recorded")
        return unseal(self._source.read(f"sessions/{self.sid}/{item.name}"), self._keys[item.key])

    def can_open(self, item: SealedObject) -> bool:
        """Tell whether the key to an object is here."""
        return item.key in self._keys

    def holds_events(self, item: SealedObject) -> bool:
        """Tell whether an object holds events, and can be opened."""
        return _EVENTS.fullmatch(item.name) is not None and self.can_open(item)

    def events_of(self, item: SealedObject) -> list[Event]:
        """Read one object of events; raises as `open`."""
        return read_events(self.open(item))

    def events(self) -> list[Event]:
        """Read all events that can be opened, in the order of their times; raises as `open`."""
        found = [
            event
            for segment in self.segments
            for item in segment.objects
            if self.holds_events(item)
            for event in self.events_of(item)
        ]
        return sorted(found, key=lambda event: event.t)

    def pictures(self, screen: Screen, segment: Segment, item: SealedObject) -> list[Picture]:
        """Read the pictures of one segment, with their images and videos; raises as `open`."""
        if self.size(screen, segment, item) > OBJECT_LIMIT:
            raise EvidenceError("it is larger than anything that is recorded")
        lines = read_lines(self.open(item))
        images = {coding: self.open(files) for coding, files in self._images_of(screen, segment).items()}
        videos = {
            place[2]: Footage(self._start(place), read_fragment(self.open(video)))
            for place, video in self._videos_of(screen, segment).items()
        }
        return join(lines, screen.monitor, screen.epoch, videos, images)

    def size(self, screen: Screen, segment: Segment, item: SealedObject) -> int:
        """Return how many bytes the pictures of one segment have, sealed: lines, images and videos."""
        images, videos = self._images_of(screen, segment), self._videos_of(screen, segment)
        return sum(part.size for part in (item, *images.values(), *videos.values()))

    def _images_of(self, screen: Screen, segment: Segment) -> dict[Coding, SealedObject]:
        place, here = (screen.monitor, screen.epoch), self._images.get(segment.seq, {})
        return {images[2]: item for images, item in here.items() if images[:2] == place}

    def _videos_of(self, screen: Screen, segment: Segment) -> dict[_VideoPlace, SealedObject]:
        place, here = (screen.monitor, screen.epoch), self._videos.get(segment.seq, {})
        return {video: item for video, item in here.items() if video[:2] == place}

    def unused(self) -> list[SealedObject]:
        """Return the starts of video streams that have no picture."""
        used = {place for videos in self._videos.values() for place in videos}
        return [item for place, item in self._inits.items() if place not in used]

    def _start(self, place: _VideoPlace) -> Start:
        if place not in self._starts:
            self._starts[place] = read_start(self.open(self._inits[place]))
        return self._starts[place]
