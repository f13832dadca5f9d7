"""The pictures of one monitor in time: which one is shown when, and where composing must start for it.

Every statement names the segment where it must start, and that is obeyed: who
begins anywhere else sees nothing, or worse. On the way, whole pictures are put
on a shelf, where one can begin as well.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.pictures import Picture
from auditor.recording import Recording, Screen
from auditor.shelf import Position, Shelf
from session.statements import SealedObject, Segment

KEPT_BYTES = 64 * 1024 * 1024
"""Coded pictures that are kept in memory."""
ACTIVITY_BYTES = 10_000
"""So many bytes of pictures count as one thing that happened."""


@dataclass(frozen=True)
class Piece:
    """The pictures of one segment.

    Args:
        screen: which monitor, in which epoch.
        segment: the statement.
        item: the sealed lines.
        size: bytes of them and of the images and videos that belong to them.
    """

    screen: Screen
    segment: Segment
    item: SealedObject
    size: int


class Reel:
    """All pictures of one monitor.

    Args:
        recording: the opened recording.
        monitor: which monitor.
        shelf: whole pictures that were kept when the recording was checked.
    """

    def __init__(self, recording: Recording, monitor: int = 0, shelf: Shelf | None = None) -> None:
        self._recording = recording
        self.monitor = monitor
        self.shelf = Shelf() if shelf is None else shelf
        pieces = (
            Piece(screen, segment, item, recording.size(screen, segment, item))
            for screen in recording.screens.values()
            if screen.monitor == monitor
            for segment, item in screen.segments
        )
        self.pieces = sorted(pieces, key=lambda piece: (piece.segment.seq, piece.screen.epoch))
        self._begins = [piece.segment.t0 for piece in self.pieces]
        self._read: OrderedDict[int, list[Picture]] = OrderedDict()
        self._kept = 0

    def times(self) -> Iterator[int]:
        """Yield moments spread over each piece, the more the larger it is; milliseconds since 1970."""
        for piece, begin in zip(self.pieces, self._begins, strict=True):
            count = 1 + piece.size // ACTIVITY_BYTES
            for part in range(count):
                yield begin + (piece.segment.t1 - begin) * part // count

    def pictures(self, piece: int) -> list[Picture]:
        """Return the pictures of a piece; raises as `Recording.pictures`."""
        if piece in self._read:
            self._read.move_to_end(piece)
            return self._read[piece]
        found = self.pieces[piece]
        self._read[piece] = self._recording.pictures(found.screen, found.segment, found.item)
        self._kept += found.size
        while self._kept > KEPT_BYTES and len(self._read) > 1:
            oldest, _ = self._read.popitem(last=False)
            self._kept -= self.pieces[oldest].size
        return self._read[piece]

    def picture(self, position: Position) -> Picture:
        """Return one picture; raises as `pictures`."""
        return self.pictures(position.piece)[position.number]

    def time_of(self, position: Position) -> int:
        """Return when a picture was captured, milliseconds since 1970.

        The computer's clock may have been set meanwhile; the statement's own
        times are what everything else is told by.
        """
        segment = self.pieces[position.piece].segment
        return min(max(self.picture(position).frame.captured_ms, segment.t0), segment.t1)

    def at(self, moment: int) -> Position | None:
        """Return the picture that is shown at a moment (milliseconds since 1970), None before the first."""
        for piece in range(bisect_right(self._begins, moment) - 1, -1, -1):
            times = [self.time_of(Position(piece, number)) for number in range(len(self.pictures(piece)))]
            number = bisect_right(times, moment) - 1
            if number >= 0:
                return Position(piece, number)
        return None

    def start_for(self, position: Position) -> Position:
        """Return the picture where composing must start to show another: what the statement says."""
        piece = self.pieces[position.piece]
        here = self._last_key(position.piece, position.number)
        if here is not None:
            return here
        start = piece.segment.seq if piece.segment.start is None else piece.segment.start
        # With several monitors, `start` is where the first of them begins.
        for number in range(self._first_of(start), position.piece):
            if self.pieces[number].screen is piece.screen:
                found = self._last_key(number, len(self.pictures(number)) - 1)
                if found is not None:
                    return found
        # No key picture anywhere: verify says so, and this is the best there is.
        return Position(position.piece, 0)

    def _last_key(self, piece: int, last: int) -> Position | None:
        pictures = self.pictures(piece)
        found = next((number for number in range(last, -1, -1) if pictures[number].frame.key), None)
        return None if found is None else Position(piece, found)

    def _first_of(self, seq: int) -> int:
        return bisect_left(self.pieces, seq, key=lambda piece: piece.segment.seq)

    def after(self, position: Position) -> Position | None:
        """Return the next picture, or None after the last."""
        if position.number + 1 < len(self.pictures(position.piece)):
            return Position(position.piece, position.number + 1)
        return Position(position.piece + 1, 0) if position.piece + 1 < len(self.pieces) else None

    def before(self, position: Position) -> Position | None:
        """Return the picture before, or None before the first."""
        if position.number:
            return Position(position.piece, position.number - 1)
        if not position.piece:
            return None
        return Position(position.piece - 1, len(self.pictures(position.piece - 1)) - 1)
