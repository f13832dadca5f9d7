"""Decoding in a thread: the newest wish counts, and the newest picture is shown.

A wish for a later moment goes on decoding from where it is; any other starts
where the statement says. Only the picture that is wanted is turned into pixels.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import av
import numpy as np
from av.codec.context import Flags, ThreadType
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from auditor.reel import Position, Reel
from session.errors import ByleaveError, EvidenceError

_log = logging.getLogger("byleave.audit")

Pixels: TypeAlias = NDArray[np.uint8]
THREADS = 2


@dataclass(frozen=True)
class Shown:
    """A picture to be shown.

    Args:
        at: when it was captured, milliseconds since 1970.
        pixels: BGRx, height × width × 4.
    """

    at: int
    pixels: Pixels = field(repr=False, compare=False)


class Decoder:
    """Decodes one reel, one picture after the other; belongs to one thread.

    Args:
        reel: the pictures.
    """

    def __init__(self, reel: Reel) -> None:
        self._reel = reel
        self._codec: VideoCodecContext | None = None
        self._stream = ""
        self._position: Position | None = None
        self._frame: VideoFrame | None = None

    def show(self, target: Position) -> Shown:
        """Decode up to a picture and return it; at most as many pictures as lie between two key frames.

        Raises:
            EvidenceError: it cannot be decoded.
        """
        position = self._next(target)
        while position is not None and position <= target:
            if self._reel.pieces[position.piece].stream.name == self._name(target):
                self._decode(position)
            position = self._reel.after(position)
        if self._frame is None:
            raise EvidenceError("nothing can be decoded here")
        width, height = self._reel.size_of(self._reel.pieces[target.piece].stream)
        pixels = self._frame.reformat(format="bgra").to_ndarray()
        return Shown(self._reel.time_of(target), np.ascontiguousarray(pixels[:height, :width]))

    def _name(self, position: Position) -> str:
        return self._reel.pieces[position.piece].stream.name

    def _next(self, target: Position) -> Position | None:
        """Return where to go on: after the last picture if that is nearer than the start."""
        start = self._reel.start_for(target)
        if self._stream == self._name(target) and self._position is not None:
            if self._position == target:
                return None
            if start <= self._position < target:
                return self._reel.after(self._position)
        self._open(target)
        return start

    def _open(self, target: Position) -> None:
        stream = self._reel.pieces[target.piece].stream
        codec = av.CodecContext.create("h264", "r")
        codec.extradata = self._reel.start_of(stream).configuration
        codec.thread_count, codec.thread_type = THREADS, ThreadType.SLICE
        codec.flags |= Flags.low_delay
        self._codec, self._stream, self._position, self._frame = codec, stream.name, None, None

    def _decode(self, position: Position) -> None:
        data = self._reel.samples(position.piece)[position.sample].data
        try:
            frames = self._codec.decode(av.Packet(data)) if self._codec else []
        except FFmpegError as error:
            raise EvidenceError(f"a picture cannot be decoded: {error}") from None
        self._position = position
        if frames:
            self._frame = frames[-1]


class Projector:
    """Shows pictures on demand, from a thread of its own.

    Args:
        reel: the pictures.
        show: is given each picture, in the projector's thread; None where there is none yet.
        failed: is told why a picture cannot be shown, likewise.
    """

    def __init__(
        self, reel: Reel, show: Callable[[Shown | None], None], failed: Callable[[ByleaveError], None]
    ) -> None:
        self._reel = reel
        self._show = show
        self._failed = failed
        self._changed = threading.Condition()
        self._wish: Callable[[], Position | None] | None = None
        self._ended = False
        self._at: Position | None = None
        self._thread = threading.Thread(target=self._work, name="projector", daemon=True)
        self._thread.start()

    def want(self, moment: int) -> None:
        """Show the picture of a moment, milliseconds since 1970."""
        self._wish_for(lambda: self._reel.at(moment))

    def step(self, forward: bool) -> None:
        """Show the next picture, or the one before."""
        self._wish_for(lambda: self._neighbour(forward))

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(5.0)

    def _wish_for(self, find: Callable[[], Position | None]) -> None:
        with self._changed:
            self._wish = find
            self._changed.notify()

    def _neighbour(self, forward: bool) -> Position | None:
        if self._at is None:
            return None
        return self._reel.after(self._at) if forward else self._reel.before(self._at)

    def _work(self) -> None:
        decoder = Decoder(self._reel)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wish is not None or self._ended)
                wish, self._wish = self._wish, None
            if self._ended or wish is None:
                return
            try:
                target = wish()
                if target == self._at:
                    continue
                shown = None if target is None else decoder.show(target)
            except ByleaveError as error:
                _log.warning("= %s: %s", error.code, error)
                self._failed(error)
                decoder = Decoder(self._reel)
                continue
            self._at = target
            self._show(shown)
