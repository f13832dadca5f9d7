"""Everything that happens in a session, sealed at least every five seconds: RECORDING.md.

Record, then send; check, record, check again, then act: `frame` and `event`
take what is about to happen, or raise, and then it must not happen. What was
taken is sealed and durable after the next `cut`. A recorder that has failed
once never takes anything again.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.capture.fmp4 import Sample, fragment, init_segment
from agent.journal import Journal, Made, Place, wall_ms
from agent.spool import Spool, write_durably
from session.errors import RecorderFailed
from session.sealing import Recipient, seal
from session.statements import IdentityName, SealedObject, canonical, digest

MEMORY_LIMIT = 64 * 1024 * 1024
"""Bytes that may wait for a cut; more means that the disk or the processor cannot follow."""


@dataclass(frozen=True)
class Stream:
    """One monitor in one epoch: one H.264 stream with one size."""

    monitor: int
    epoch: int
    width: int
    height: int
    parameters: tuple[bytes, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """The middle of the stream's file names."""
        return f"screen-{self.monitor}-{self.epoch}"

    @property
    def described(self) -> dict[str, int]:
        """The fields of its `screen` event."""
        return {
            "monitor": self.monitor,
            "epoch": self.epoch,
            "width": self.width,
            "height": self.height,
        }


@dataclass
class _Buffer:
    """What was taken since the last cut."""

    since: int
    events: list[bytes] = field(default_factory=list)
    sensitive: list[bytes] = field(default_factory=list)
    frames: dict[Stream, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0


class Recorder:
    """The recorder of one session; every method may be called from any thread.

    Args:
        spool: where the sealed objects go.
        journal: makes the statements.
        recipients: the public halves of the session's identities, by name.
    """

    def __init__(self, spool: Spool, journal: Journal, recipients: Mapping[IdentityName, Recipient]) -> None:
        self._spool = spool
        self._journal = journal
        self._recipients = recipients
        self._lock = threading.Lock()
        self._cutting = threading.Lock()
        self._buffer = _Buffer(wall_ms())
        self._failed = False
        self._open = False
        self._sealed = wall_ms()
        self._begun: dict[Stream, int] = {}
        self._key_at: dict[Stream, int] = {}
        self._zero: dict[Stream, int] = {}
        self._fragments = 0
        self.frames = 0

    def start(self) -> None:
        """Take things from now on: the person has allowed something, and that is recorded."""
        with self._lock:
            self._open = True
            self._buffer.since = self._sealed = wall_ms()

    @property
    def recording(self) -> bool:
        """Tell whether things are taken."""
        return self._open and not self._failed

    @property
    def gap(self) -> int:
        """How many milliseconds until now are lost, because they could not be sealed."""
        return wall_ms() - self._sealed if self._failed else 0

    def event(self, kind: str, *, sensitive: bool = False, **fields: object) -> None:
        """Take an event (RECORDING.md, section 4).

        Raises:
            RecorderFailed: it is not recorded, so it must not happen.
        """
        line = _line(kind, **fields)
        with self._lock:
            self._take(len(line))
            (self._buffer.sensitive if sensitive else self._buffer.events).append(line)

    def frame(self, stream: Stream, sample: Sample) -> None:
        """Take a coded picture; raises as `event`."""
        with self._lock:
            self._take(len(sample.data_annexb))
            if stream not in self._zero:
                # Here the stream's own time is zero, so this event ties it to the clock on the wall.
                self._zero[stream] = sample.pts_ms
                self._buffer.events.append(_line("screen", **stream.described))
            self._buffer.frames[stream].append(sample)
            self.frames += 1

    def _take(self, size: int) -> None:
        if self._failed or not self._open:
            raise RecorderFailed("the recorder is not open")
        self._buffer.size += size
        if self._buffer.size > MEMORY_LIMIT:
            self._failed = True
            raise RecorderFailed("the recorder cannot follow")

    def cut(self, *, last: bool = False) -> Made | None:
        """Seal what was taken and make its statement; `idle` when there was nothing.

        Blocks on the disk. With `last`, nothing is taken afterwards, and nothing
        is said of an empty rest.

        Raises:
            RecorderFailed: it could not be made durable.
        """
        with self._cutting:
            with self._lock:
                if self._failed:
                    raise RecorderFailed("the recorder has failed before")
                if not self._open:
                    return None
                self._open = not last
                buffer, self._buffer = self._buffer, _Buffer(wall_ms())
            empty = not (buffer.events or buffer.sensitive or buffer.frames)
            if empty and last:
                return None
            until = wall_ms()
            try:
                if empty:
                    made = self._journal.idle(buffer.since, until)
                else:
                    made = self._journal.segment(
                        buffer.since, until, lambda place: self._objects(place, buffer)
                    )
            except Exception:
                self._failed = True
                raise
            self._sealed = until
            return made

    def seal(self, name: str, data: bytes, key: IdentityName) -> SealedObject:
        """Seal bytes and write them durably below the session's folder."""
        sealed = seal(data, [self._recipients[key]])
        write_durably(self._spool.session / name, sealed)
        return SealedObject(key=key, name=name, sha256=digest(sealed), size=len(sealed))

    def _objects(self, place: Place, buffer: _Buffer) -> tuple[int | None, tuple[SealedObject, ...]]:
        objects: list[SealedObject] = []
        starts: list[int] = []
        for stream, samples in buffer.frames.items():
            objects += self._video(place, stream, samples)
            starts.append(self._start(place, stream, samples))
        if buffer.events:
            objects.append(
                self.seal(f"seg/{place.seq:06d}.events.jsonl.age", b"".join(buffer.events), "main")
            )
        if buffer.sensitive:
            name = f"seg/{place.seq:06d}.sensitive.jsonl.age"
            objects.append(self.seal(name, b"".join(buffer.sensitive), "sensitive"))
        return min(starts, default=None), tuple(objects)

    def _video(self, place: Place, stream: Stream, samples: list[Sample]) -> list[SealedObject]:
        objects = []
        if stream not in self._begun:
            self._begun[stream] = place.seq
            start = init_segment(stream.width, stream.height, *stream.parameters)
            objects.append(self.seal(f"init/{stream.name}.mp4.age", start, "main"))
        self._fragments += 1
        data = fragment(self._fragments, _timed(samples), self._zero[stream])
        objects.append(self.seal(f"seg/{place.seq:06d}.{stream.name}.m4s.age", data, "main"))
        return objects

    def _start(self, place: Place, stream: Stream, samples: list[Sample]) -> int:
        """Return where decoding of these samples must start, and remember the newest key frame."""
        start = place.seq if samples[0].key else self._key_at[stream]
        if any(sample.key for sample in samples):
            self._key_at[stream] = place.seq
        return start


def _line(kind: str, **fields: object) -> bytes:
    return canonical({"t": wall_ms(), "e": kind, **fields}) + b"\n"


def _timed(samples: list[Sample]) -> list[Sample]:
    """Return the samples with their durations: each lasts until the next, the last one a millisecond."""
    ends = [sample.pts_ms for sample in samples[1:]] + [samples[-1].pts_ms + 1]
    pairs = zip(samples, ends, strict=True)
    return [
        Sample(sample.data_annexb, sample.pts_ms, max(1, end - sample.pts_ms), sample.key)
        for sample, end in pairs
    ]
