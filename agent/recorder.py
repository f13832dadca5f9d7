"""Everything that happens in a session, sealed at least every five seconds: RECORDING.md.

Record, then send; check, record, check again, then act: `frame` and `event`
take what is about to happen, or raise, and then it must not happen. What was
taken is sealed and durable after the next `cut`. A recorder that has failed
once never takes anything again.
"""

import threading
import time
from collections.abc import Iterable, Mapping

from agent import segment
from agent.capture.fmp4 import fragment_parts, init_segment
from agent.journal import Journal, Made, Place, wall_ms
from agent.segment import Buffer, Epoch, Filmed, Taken, Video, epoch_of
from agent.spool import Spool, write_durably, write_whole
from session.errors import RecorderFailed
from session.messages import Frame
from session.picture import Coding
from session.sealing import Recipient, seal, seal_in_pieces
from session.statements import IdentityName, SealedObject, canonical, digest

MEMORY_LIMIT = 64 * 1024 * 1024
"""Bytes that may wait for a cut; more means that the disk or the processor cannot follow."""

SEGMENT_BYTES = 16 * 1024 * 1024
"""A segment with more is closed early, so that what waits never comes near the limit."""

FRAME_BYTES = 256
"""What a frame takes besides its tiles."""

PAUSE_SECONDS = 0.0001
"""Between two pieces of work under Python's lock: whoever waits for it to code a picture gets it."""


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
        self._buffer = Buffer(wall_ms())
        self._full: list[Buffer] = []
        self._size = 0
        self._failed = False
        self._open = False
        self._sealed = wall_ms()
        self._epochs: set[Epoch] = set()
        self._key_at: dict[Epoch, int] = {}
        self._zero: dict[Video, int] = {}
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
    def full(self) -> bool:
        """Tell whether a segment should be cut now, however short it is."""
        return bool(self._full)

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
            self._buffer.size += len(line)

    def frame(self, frame: Frame, parameters: tuple[bytes, bytes] | None = None) -> None:
        """Take a picture; raises as `event`.

        Args:
            frame: as it will be sent.
            parameters: the parameter sets of the video stream, for a frame with an H.264 tile.
        """
        size = FRAME_BYTES + sum(len(tile.data) for tile in frame.tiles)
        if parameters is None and any(tile.coding is Coding.H264 for tile in frame.tiles):
            raise RecorderFailed("a video stream that nobody could play")
        epoch = epoch_of(frame)
        with self._lock:
            self._take(size)
            if not self._buffer.holds(frame):
                self._turn()
            if epoch not in self._epochs:
                self._epochs.add(epoch)
                self._buffer.events.append(
                    _line(
                        "screen",
                        monitor=frame.monitor,
                        epoch=frame.epoch,
                        width=frame.width,
                        height=frame.height,
                    )
                )
            self._buffer.take(frame, parameters)
            self._buffer.size += size
            self.frames += 1

    def _take(self, size: int) -> None:
        if self._failed or not self._open:
            raise RecorderFailed("the recorder is not open")
        self._size += size
        if self._size > MEMORY_LIMIT:
            self._failed = True
            raise RecorderFailed("the recorder cannot follow")
        if self._buffer.size and self._buffer.size + size > SEGMENT_BYTES:
            self._turn()

    def _turn(self) -> None:
        """Begin another segment; the next cut makes both."""
        self._buffer.until = wall_ms()
        self._full.append(self._buffer)
        self._buffer = Buffer(self._buffer.until)

    def cut(self, *, last: bool = False) -> Made | None:
        """Seal what was taken and make its statement; `idle` when there was nothing.

        Blocks on the disk. Much is sealed as several segments, and the last one's
        statement is returned. With `last`, nothing is taken afterwards, and
        nothing is said of an empty rest.

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
                self._turn()
                buffers, self._full, self._size = self._full, [], 0
            made = None
            for buffer in buffers:
                if not buffer.empty or (made is None and not last):
                    made = self._state(buffer)
            return made

    def _state(self, buffer: Buffer) -> Made:
        until = wall_ms() if buffer.until is None else buffer.until
        try:
            if buffer.empty:
                made = self._journal.idle(buffer.since, until)
            else:
                made = self._journal.segment(buffer.since, until, lambda place: self._objects(place, buffer))
        except Exception:
            self._failed = True
            raise
        self._sealed = until
        return made

    def seal(self, name: str, data: bytes, key: IdentityName) -> SealedObject:
        """Seal bytes and write them durably below the session's folder."""
        sealed = seal(data, [self._recipients[key]])
        write_durably(self._spool.session / name, sealed)
        return _described(name, sealed, key)

    def _seal(self, name: str, parts: Iterable[bytes], key: IdentityName = "main") -> SealedObject:
        """Seal what may be much, without keeping Python's lock for long; the statement makes it durable."""
        sealed = seal_in_pieces(parts, [self._recipients[key]], _pause)
        write_whole(self._spool.session / name, sealed)
        return _described(name, sealed, key)

    def _objects(self, place: Place, buffer: Buffer) -> tuple[int | None, tuple[SealedObject, ...]]:
        objects: list[SealedObject] = []
        starts: list[int] = []
        for epoch, taken in buffer.frames.items():
            where = f"{epoch[0]}-{epoch[1]}"
            name = f"seg/{place.seq:06d}.screen-{where}.jsonl.age"
            objects.append(self._seal(name, segment.lines(taken)))
            for coding, files in segment.images(taken).items():
                objects.append(self._seal(f"seg/{place.seq:06d}.images-{where}.{coding}.age", files))
            for video, samples in segment.videos(epoch, taken).items():
                objects += self._video(place, video, samples)
            starts.append(self._start(place, epoch, taken))
        if buffer.events:
            objects.append(self._seal(f"seg/{place.seq:06d}.events.jsonl.age", buffer.events))
        if buffer.sensitive:
            name = f"seg/{place.seq:06d}.sensitive.jsonl.age"
            objects.append(self._seal(name, buffer.sensitive, "sensitive"))
        return min(starts, default=None), tuple(objects)

    def _video(self, place: Place, video: Video, samples: list[Filmed]) -> list[SealedObject]:
        objects = []
        name = "video-" + "-".join(str(number) for number in video)
        if video not in self._zero:
            self._zero[video] = samples[0].coded.pts_ms
            first = samples[0]
            # The coded size is even.
            width, height = (length + length % 2 for length in (first.tile.width, first.tile.height))
            start = init_segment(width, height, *first.parameters)
            objects.append(self.seal(f"init/{name}.mp4.age", start, "main"))
        self._fragments += 1
        coded = [each.coded for each in samples]
        parts = fragment_parts(self._fragments, coded, self._zero[video], _pause)
        objects.append(self._seal(f"seg/{place.seq:06d}.{name}.m4s.age", parts))
        return objects

    def _start(self, place: Place, epoch: Epoch, taken: list[Taken]) -> int:
        """Return where a player of these frames must start, and remember the newest key picture."""
        start = place.seq if taken[0].frame.key else self._key_at[epoch]
        if any(each.frame.key for each in taken):
            self._key_at[epoch] = place.seq
        return start


def _described(name: str, sealed: bytes, key: IdentityName) -> SealedObject:
    return SealedObject(key=key, name=name, sha256=digest(sealed), size=len(sealed))


def _pause() -> None:
    time.sleep(PAUSE_SECONDS)


def _line(kind: str, **fields: object) -> bytes:
    return canonical({"t": wall_ms(), "e": kind, **fields}) + b"\n"
