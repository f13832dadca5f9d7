"""The recording itself, opened: its events, and its pictures stream by stream.

Sealed objects are opened when they are asked for and not kept: an hour of
pictures need not fit into memory.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.events import Event, ScreenBegun, read_events
from auditor.fragments import Sample, Start, read_fragment, read_start
from auditor.source import Source
from session.errors import EvidenceError
from session.sealing import Identity, unseal
from session.statements import IdentityName, SealedObject, Segment, SessionStatement

_PICTURES = re.compile(r"seg/(\d{6})\.(screen-\d+-\d+)\.m4s\.age")
_START = re.compile(r"init/(screen-\d+-\d+)\.mp4\.age")


@dataclass
class Stream:
    """One monitor in one epoch.

    Args:
        name: `screen-MONITOR-EPOCH`.
        start: the object with its start.
        segments: the statements with its pictures, and the objects that hold them, in order.
    """

    name: str
    start: SealedObject
    segments: list[tuple[Segment, SealedObject]] = field(default_factory=list)


class Recording:
    """A session's content.

    Args:
        source: where the evidence is.
        sid: the session.
        statements: its statements; what they say of the objects was checked.
        keys: the session's identities, as far as they could be opened.
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
        self.streams = _streams(self.segments)

    def open(self, item: SealedObject) -> bytes:
        """Open a sealed object.

        Raises:
            EvidenceError: it is missing, or was not sealed to this session, or its key is not here.
        """
        if not self.can_open(item):
            raise EvidenceError(f"the key {item.key} is not here")
        return unseal(self._source.read(f"sessions/{self.sid}/{item.name}"), self._keys[item.key])

    def can_open(self, item: SealedObject) -> bool:
        """Tell whether the key to an object is here."""
        return item.key in self._keys

    def events_of(self, item: SealedObject) -> list[Event]:
        """Read one object of events; raises as `open`."""
        return read_events(self.open(item))

    def events(self) -> list[Event]:
        """Read all events that can be opened, in the order of their times; raises as `open`."""
        found = [
            event
            for segment in self.segments
            for item in segment.objects
            if item.name.endswith(".jsonl.age") and self.can_open(item)
            for event in self.events_of(item)
        ]
        return sorted(found, key=lambda event: event.t)

    def start_of(self, stream: Stream) -> Start:
        """Read the start of a stream; raises as `open`."""
        return read_start(self.open(stream.start))

    def pictures(self, item: SealedObject) -> list[Sample]:
        """Read the pictures of one segment; raises as `open`."""
        return read_fragment(self.open(item))


def zeros(events: Sequence[Event]) -> dict[str, int]:
    """Return when each stream's own time is zero, in milliseconds since 1970."""
    return {
        f"screen-{event.monitor}-{event.epoch}": event.t for event in events if isinstance(event, ScreenBegun)
    }


def _streams(segments: list[Segment]) -> dict[str, Stream]:
    found: dict[str, Stream] = {}
    for segment in segments:
        for item in segment.objects:
            if match := _START.fullmatch(item.name):
                found[match[1]] = Stream(match[1], item)
            elif match := _PICTURES.fullmatch(item.name):
                if match[2] not in found:
                    raise EvidenceError(f"the start of {match[2]} is missing")
                found[match[2]].segments.append((segment, item))
    return found
