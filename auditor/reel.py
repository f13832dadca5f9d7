"""The pictures of one monitor in time: which one is shown when, and where decoding must start for it.

Every statement names the segment where decoding must start, and that is obeyed:
a decoder that begins anywhere else shows nothing, or worse.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.events import Event, ScreenBegun
from auditor.fragments import Sample, Start
from auditor.recording import Recording, Stream, zeros
from session.statements import SealedObject, Segment

KEPT_BYTES = 128 * 1024 * 1024
"""Coded pictures that are kept in memory: more than lie between two key pictures."""
ACTIVITY_BYTES = 10_000
"""So many bytes of pictures count as one thing that happened."""


@dataclass(frozen=True)
class Piece:
    """The pictures of one stream in one segment.

    Args:
        stream: which stream.
        segment: the statement.
        item: the sealed object.
        zero: when the stream's own time is zero, milliseconds since 1970.
    """

    stream: Stream
    segment: Segment
    item: SealedObject
    zero: int


@dataclass(frozen=True, order=True)
class Position:
    """One picture: which piece, and which one in it."""

    piece: int
    sample: int


class Reel:
    """All pictures of one monitor.

    Args:
        recording: the opened recording.
        events: its events; they tie the streams to the clock.
        monitor: which monitor.
    """

    def __init__(self, recording: Recording, events: Sequence[Event], monitor: int = 0) -> None:
        self._recording = recording
        known = zeros(events)
        self._sizes = {
            f"screen-{event.monitor}-{event.epoch}": (event.width, event.height)
            for event in events
            if isinstance(event, ScreenBegun)
        }
        self.pieces = sorted(
            (
                Piece(stream, segment, item, known.get(stream.name, stream.segments[0][0].t0))
                for stream in recording.streams.values()
                if stream.name.startswith(f"screen-{monitor}-") and stream.segments
                for segment, item in stream.segments
            ),
            key=lambda piece: (piece.segment.seq, piece.zero),
        )
        self._begins = [max(piece.segment.t0, piece.zero) for piece in self.pieces]
        self._samples: OrderedDict[int, list[Sample]] = OrderedDict()
        self._kept = 0
        self._starts: dict[str, Start] = {}

    def times(self) -> Iterator[int]:
        """Yield moments spread over each piece, the more the larger it is; milliseconds since 1970."""
        for piece, begin in zip(self.pieces, self._begins, strict=True):
            count = 1 + piece.item.size // ACTIVITY_BYTES
            for part in range(count):
                yield begin + (piece.segment.t1 - begin) * part // count

    def start_of(self, stream: Stream) -> Start:
        """Return the start of a stream; raises as `Recording.start_of`."""
        if stream.name not in self._starts:
            self._starts[stream.name] = self._recording.start_of(stream)
        return self._starts[stream.name]

    def size_of(self, stream: Stream) -> tuple[int, int]:
        """Return width and height of the monitor, which may be one less than what is coded."""
        start = self.start_of(stream)
        return self._sizes.get(stream.name, (start.width, start.height))

    def samples(self, piece: int) -> list[Sample]:
        """Return the pictures of a piece; raises as `Recording.pictures`."""
        if piece in self._samples:
            self._samples.move_to_end(piece)
            return self._samples[piece]
        item = self.pieces[piece].item
        self._samples[piece] = self._recording.pictures(item)
        self._kept += item.size
        while self._kept > KEPT_BYTES and len(self._samples) > 1:
            oldest, _ = self._samples.popitem(last=False)
            self._kept -= self.pieces[oldest].item.size
        return self._samples[piece]

    def time_of(self, position: Position) -> int:
        """Return when a picture was captured, milliseconds since 1970.

        The computer's clock may have been set meanwhile; the statement's own
        times are what everything else is told by.
        """
        piece = self.pieces[position.piece]
        at = piece.zero + self.samples(position.piece)[position.sample].at_ms
        return min(max(at, piece.segment.t0), piece.segment.t1)

    def at(self, moment: int) -> Position | None:
        """Return the picture that is shown at a moment (milliseconds since 1970), None before the first."""
        number = bisect_right(self._begins, moment) - 1
        if number < 0:
            return None
        times = [self.time_of(Position(number, sample)) for sample in range(len(self.samples(number)))]
        sample = bisect_right(times, moment) - 1
        if sample >= 0:
            return Position(number, sample)
        return None if number == 0 else Position(number - 1, len(self.samples(number - 1)) - 1)

    def start_for(self, position: Position) -> Position:
        """Return the picture where a decoder must start to show another: what the statement says."""
        piece = self.pieces[position.piece]
        here = self._last_key(position.piece, position.sample)
        if here is not None:
            return here
        start = piece.segment.seq if piece.segment.start is None else piece.segment.start
        # With several streams, `start` is where the first of them begins.
        for number in range(self._first_of(start), position.piece):
            if self.pieces[number].stream is piece.stream:
                found = self._last_key(number, len(self.samples(number)) - 1)
                if found is not None:
                    return found
        # No key picture anywhere: verify says so, and this is the best there is.
        return Position(position.piece, 0)

    def _last_key(self, piece: int, sample: int) -> Position | None:
        samples = self.samples(piece)
        found = next((number for number in range(sample, -1, -1) if samples[number].key), None)
        return None if found is None else Position(piece, found)

    def _first_of(self, seq: int) -> int:
        return bisect_left(self.pieces, seq, key=lambda piece: piece.segment.seq)

    def after(self, position: Position) -> Position | None:
        """Return the next picture, or None after the last."""
        if position.sample + 1 < len(self.samples(position.piece)):
            return Position(position.piece, position.sample + 1)
        return Position(position.piece + 1, 0) if position.piece + 1 < len(self.pieces) else None

    def before(self, position: Position) -> Position | None:
        """Return the picture before, or None before the first."""
        if position.sample:
            return Position(position.piece, position.sample - 1)
        if not position.piece:
            return None
        return Position(position.piece - 1, len(self.samples(position.piece - 1)) - 1)
