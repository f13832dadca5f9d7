"""A recorder that is led by hand: it writes what RECORDING.md says, and whatever it is told."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.capture.annexb import PARAMETERS_OF_PICTURE, PARAMETERS_OF_SEQUENCE, is_key, kind, units
from agent.capture.fmp4 import Sample, fragment, init_segment
from agent.journal import Journal, Place, wall_ms
from agent.spool import Spool, write_durably
from session.messages import Frame
from session.picture import Coding, Tile
from session.sealing import Recipient, seal
from session.statements import IdentityName, SealedObject, canonical, digest

Where = tuple[int, int]
"""Monitor and epoch."""


def line_of(frame: Frame) -> dict[str, object]:
    """Return a frame as it is recorded."""
    return {
        "t": frame.captured_ms,
        "n": frame.number,
        "key": frame.key,
        "width": frame.width,
        "height": frame.height,
        "copies": frame.copies,
        "tiles": [
            (
                *(tile.x, tile.y, tile.width, tile.height, tile.coding),
                tile.stream if tile.coding is Coding.H264 else tile.data,
            )
            for tile in frame.tiles
        ],
    }


@dataclass
class _Taken:
    since: int
    events: list[bytes] = field(default_factory=list)
    sensitive: list[bytes] = field(default_factory=list)
    lines: dict[Where, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[Where, list[bool]] = field(default_factory=lambda: defaultdict(list))
    samples: dict[tuple[int, int, int], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)


class Taking:
    """Takes and seals, as the agent's recorder does."""

    def __init__(self, spool: Spool, journal: Journal, recipients: Mapping[str, Recipient]) -> None:
        self._spool, self._journal, self._recipients = spool, journal, recipients
        self._taken = _Taken(wall_ms())
        self._open = False
        self._screens: set[Where] = set()
        self._key_at: dict[Where, int] = {}
        self._zeros: dict[tuple[int, int, int], int] = {}

    def start(self) -> None:
        self._open = True
        self._taken.since = wall_ms()

    def event(self, name: str, *, sensitive: bool = False, **fields: object) -> None:
        line = canonical({"t": wall_ms(), "e": name, **fields}) + b"\n"
        (self._taken.sensitive if sensitive else self._taken.events).append(line)

    def frame(self, frame: Frame) -> None:
        where = frame.monitor, frame.epoch
        if where not in self._screens:
            self._screens.add(where)
            self.event("screen", monitor=where[0], epoch=where[1], width=frame.width, height=frame.height)
        self._taken.lines[where].append(canonical(line_of(frame)) + b"\n")
        self._taken.keys[where].append(frame.key)
        for tile in frame.tiles:
            if tile.coding is Coding.H264:
                self._video(where, tile, frame.captured_ms)

    def _video(self, where: Where, tile: Tile, at: int) -> None:
        sample = Sample(tile.data, at, 1, is_key(tile.data))
        self._taken.samples[*where, tile.stream].append(sample)
        self._taken.sizes[*where, tile.stream] = tile.width, tile.height

    def cut(self, *, last: bool = False) -> None:
        if not self._open:
            return
        self._open = not last
        taken, self._taken = self._taken, _Taken(wall_ms())
        if taken.events or taken.sensitive or taken.lines:
            self._journal.segment(taken.since, wall_ms(), lambda place: self._objects(place, taken))
        elif not last:
            self._journal.idle(taken.since, wall_ms())

    def seal(self, name: str, data: bytes, key: IdentityName) -> SealedObject:
        sealed = seal(data, [self._recipients[key]])
        write_durably(self._spool.session / name, sealed)
        return SealedObject(key=key, name=name, sha256=digest(sealed), size=len(sealed))

    def _objects(self, place: Place, taken: _Taken) -> tuple[int | None, tuple[SealedObject, ...]]:
        stem = f"seg/{place.seq:06d}"
        objects, starts = [], []
        for where, lines in taken.lines.items():
            name = f"{stem}.screen-{where[0]}-{where[1]}.jsonl.age"
            objects.append(self.seal(name, b"".join(lines), "main"))
            keys = taken.keys[where]
            starts.append(place.seq if keys[0] else self._key_at[where])
            if any(keys):
                self._key_at[where] = place.seq
        for video, samples in taken.samples.items():
            name = "video-" + "-".join(map(str, video))
            if video not in self._zeros:
                self._zeros[video] = samples[0].pts_ms
                start = init_segment(*taken.sizes[video], *_parameters(samples[0].data_annexb))
                objects.append(self.seal(f"init/{name}.mp4.age", start, "main"))
            data = fragment(place.seq, samples, self._zeros[video])
            objects.append(self.seal(f"{stem}.{name}.m4s.age", data, "main"))
        if taken.events:
            objects.append(self.seal(f"{stem}.events.jsonl.age", b"".join(taken.events), "main"))
        if taken.sensitive:
            objects.append(self.seal(f"{stem}.sensitive.jsonl.age", b"".join(taken.sensitive), "sensitive"))
        return min(starts, default=None), tuple(objects)


def _parameters(stream: bytes) -> tuple[bytes, bytes]:
    found = {kind(unit): unit for unit in units(stream)}
    return found[PARAMETERS_OF_SEQUENCE], found[PARAMETERS_OF_PICTURE]
