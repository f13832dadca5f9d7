"""Putting a reel's pictures together, by the same lines as the console that showed them."""

from dataclasses import dataclass, field

import cv2
import numpy

from auditor.pictures import Picture
from auditor.reel import Reel
from auditor.shelf import PIECE_NS, Kept, Position, work_of
from session.canvas import Canvas, Composer, Pixels, Undecodable
from session.errors import EvidenceError
from session.messages import Frame
from session.picture import Coding

_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


@dataclass(frozen=True)
class Shown:
    """A picture to be shown.

    Args:
        at: when it was captured, milliseconds since 1970.
        pixels: BGRx, height × width × 4.
    """

    at: int
    pixels: Pixels = field(repr=False, compare=False)


class Composing:
    """Composes one reel, one picture after the other; belongs to one thread.

    Args:
        reel: the pictures.
        keeping: whether pictures are put on the reel's shelf in passing.
    """

    def __init__(self, reel: Reel, *, keeping: bool = True) -> None:
        self._reel = reel
        self._keeping = keeping
        self._composer = Composer()
        self._position: Position | None = None
        self._video: Position | None = None
        self._undecoded: Position | None = None
        self._work = 0

    def show(self, target: Position) -> Shown:
        """Compose up to a picture and return it.

        Raises:
            EvidenceError: it cannot be composed.
        """
        position = self._go_near(target)
        while position is not None and position <= target:
            self.take(position)
            position = self._reel.after(position)
        return Shown(self._reel.time_of(target), self.pixels.copy())

    @property
    def pixels(self) -> Pixels:
        """The picture now: BGRx, changed in place by what is taken next.

        Raises:
            EvidenceError: there is none.
        """
        if self._composer.canvas is None:
            raise EvidenceError("nothing can be decoded here")
        return self._composer.canvas.pixels

    def take(self, position: Position) -> None:
        """Compose one picture, the one after the last.

        Raises:
            EvidenceError: it cannot be composed, and none that follows until a key picture.
        """
        picture = self._reel.picture(position)
        try:
            self._catch_up(picture.frame)
            self._composer.take(picture.frame)
        except Undecodable as error:
            self._position = None
            raise EvidenceError(f"picture {picture.frame.number} cannot be decoded: {error}") from None
        self._follow(position, picture)

    def _follow(self, position: Position, picture: Picture) -> None:
        if picture.frame.key:
            self._video, self._undecoded, self._work = None, None, 0
        if picture.video is not None:
            self._video = position
        if self._position is not None and self._position.piece != position.piece:
            self._work += PIECE_NS
        self._position = position
        self._work += work_of(picture.frame)
        if not self._keeping:
            return
        if self._reel.shelf.wants(position, self._work):
            self._reel.shelf.keep(self._kept(position, picture.frame.epoch))
            self._work = 0
        elif self._reel.shelf.has(position):
            self._work = 0

    def _kept(self, position: Position, epoch: int) -> Kept:
        canvas = self._composer.canvas
        aside = b"" if canvas is None or canvas.aside is None else _coded(canvas.aside)
        return Kept(position, epoch, _coded(self.pixels), self._video, aside)

    def _go_near(self, target: Position) -> Position | None:
        """Return where to go on: from here, from a kept picture, or from where the statement says."""
        start = self._reel.start_for(target)
        kept = self._reel.shelf.nearest(target)
        here = self._position
        if here == target:
            return None
        if kept is not None and kept.position > start and not (here and kept.position <= here < target):
            self._resume(kept)
            return self._reel.after(kept.position)
        if here is not None and start <= here < target:
            return self._reel.after(here)
        self._position = self._undecoded = None
        return start

    def _resume(self, kept: Kept) -> None:
        """Go on from a kept picture."""
        pixels = _decoded(kept.file)
        canvas = Canvas(pixels.shape[1], pixels.shape[0])
        canvas.pixels[:] = pixels
        canvas.aside = _decoded(kept.aside) if kept.aside else None
        self._composer.resume(canvas, kept.epoch)
        self._position, self._work = kept.position, 0
        self._video = self._undecoded = kept.video

    def _catch_up(self, frame: Frame) -> None:
        """Decode a video from where it began if it goes on after a kept picture; only the decoder counts."""
        begin, end, canvas = self._undecoded, self._position, self._composer.canvas
        streams = {tile.stream for tile in frame.tiles if tile.coding is Coding.H264}
        if begin is None or end is None or canvas is None or not streams:
            return
        self._undecoded = None
        number = self._reel.picture(begin).video
        position: Position | None = begin if number in streams else None
        while position is not None and position <= end:
            tiles = self._reel.picture(position).frame.tiles
            canvas.read((), [tile for tile in tiles if tile.coding is Coding.H264 and tile.stream == number])
            position = self._reel.after(position)


def _coded(pixels: Pixels) -> bytes:
    _, file = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), _FAST)
    return file.tobytes()


def _decoded(file: bytes) -> Pixels:
    pixels = cv2.imdecode(numpy.frombuffer(file, numpy.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise EvidenceError("a picture that was kept cannot be read")
    return numpy.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA), numpy.uint8)
