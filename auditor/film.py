"""`export --mp4`: the pictures, put together and coded as an ordinary film.

What players and browsers all play is H.264 with 4:2:0 colours, so that is what is
written; `exact` writes each pixel as it was seen. Chromium takes its RGB for YCbCr.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

import av
import cv2
import numpy
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from auditor.composing import Composing
from auditor.recording import Recording, Screen
from auditor.reel import Reel
from auditor.shelf import Position
from session.canvas import Pixels
from session.errors import ConfigurationError

Progress = Callable[[int, int], None]
"""Is told how many segments are done, and how many there are."""

MILLISECOND = Fraction(1, 1000)
BT709 = 1
LIMITED_RANGE = 1
KEY_DISTANCE = "250"
"""Pictures from one at which a player can start to the next, at most."""
RATE = 30
"""What x264 is told of the rate; the pictures have their own times."""


@dataclass(frozen=True)
class Film:
    """A file that was written.

    Args:
        path: where.
        stream: `screen-MONITOR-EPOCH`.
        pictures: how many.
        seconds: how long it plays.
    """

    path: Path
    stream: str
    pictures: int
    seconds: float


class Coding(Protocol):
    """How a film's pictures are coded."""

    codec: str
    pixel_format: str
    options: Mapping[str, str]

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the coded size of pictures of this size."""
        ...

    def describe(self, stream: VideoStream) -> None:
        """Say how the colours are coded."""
        ...

    def frame(self, pixels: Pixels) -> VideoFrame:
        """Return a picture as the codec takes it."""
        ...


class Ordinary:
    """4:2:0 in BT.709 at a high quality: every player and browser shows it."""

    codec, pixel_format = "libx264", "yuv420p"
    options: Mapping[str, str] = MappingProxyType({"preset": "veryfast", "crf": "14", "g": KEY_DISTANCE})

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the next even size."""
        return width + width % 2, height + height % 2

    def describe(self, stream: VideoStream) -> None:
        """Name BT.709, which players would only guess."""
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE

    def frame(self, pixels: Pixels) -> VideoFrame:
        """Repeat the last row and column of an odd size, and go from RGB to YCbCr."""
        height, width = pixels.shape[:2]
        if width % 2 or height % 2:
            edges = (0, height % 2, 0, width % 2)
            pixels = numpy.asarray(cv2.copyMakeBorder(pixels, *edges, cv2.BORDER_REPLICATE), numpy.uint8)
        return self._reformatter.reformat(
            VideoFrame.from_numpy_buffer(pixels, "bgra"),
            format=self.pixel_format,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )


class Exact:
    """Lossless RGB: each pixel as it was seen, for players that are made with FFmpeg."""

    codec, pixel_format = "libx264rgb", "bgr0"
    options: Mapping[str, str] = MappingProxyType({"preset": "veryfast", "qp": "0", "g": KEY_DISTANCE})

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size as it is."""
        return width, height

    def describe(self, stream: VideoStream) -> None:
        """RGB says so itself."""

    def frame(self, pixels: Pixels) -> VideoFrame:
        """Return the pixels as they are."""
        picture = VideoFrame.from_numpy_buffer(pixels, "bgra")
        return self._reformatter.reformat(picture, format=self.pixel_format)


def export_films(
    recording: Recording, target: Path, progress: Progress | None = None, *, exact: bool = False
) -> list[Film]:
    """Write the pictures as films.

    The monitor and epoch with most segments gets the name that was asked for; each other
    one, of another monitor or after a change of the screen's size, stands beside it.

    Args:
        recording: opened with the session's keys.
        target: the file; replaced if it is there.
        progress: is told of each segment.
        exact: whether each pixel must be as it was seen.

    Raises:
        ConfigurationError: there are no pictures, or the file cannot be written.
        EvidenceError: a segment cannot be read.
    """
    screens = sorted(recording.screens.values(), key=lambda screen: -len(screen.segments))
    if not screens:
        raise ConfigurationError("the session has no pictures: nothing of the screen was ever shown")
    total = sum(len(screen.segments) for screen in screens)
    films, done = [], 0
    for number, screen in enumerate(screens):
        path = target if number == 0 else target.with_name(f"{target.stem}.{screen.name}{target.suffix}")

        def step(of: int, before: int = done) -> None:
            if progress:
                progress(before + of, total)

        films.append(_export(recording, screen, path, Exact() if exact else Ordinary(), step))
        done += len(screen.segments)
    return films


def _export(
    recording: Recording, screen: Screen, path: Path, coding: Coding, step: Callable[[int], None]
) -> Film:
    beside = path.with_name(f".{path.name}.part")
    try:
        pictures, seconds = _write(recording, screen, beside, coding, step)
        beside.replace(path)
    except FFmpegError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
    return Film(path, screen.name, pictures, seconds)


def _write(
    recording: Recording, screen: Screen, path: Path, coding: Coding, step: Callable[[int], None]
) -> tuple[int, float]:
    """Code the pictures; return how many there are, and how long they last in seconds."""
    shown = _shown(recording, screen, step)
    begun, first = next(shown)
    height, width = first.shape[:2]
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as target:
        target.metadata.update(_described(recording.sid, screen, begun))
        stream = cast(VideoStream, target.add_stream(coding.codec, RATE, dict(coding.options)))
        stream.width, stream.height = coding.size(width, height)
        stream.pix_fmt = coding.pixel_format
        stream.time_base = stream.codec_context.time_base = MILLISECOND
        coding.describe(stream)
        count, at = 0, -1
        for moment, pixels in chain([(begun, first)], shown):
            frame = coding.frame(pixels)
            # Two pictures of one millisecond must not have one time.
            at = max(at + 1, moment - begun)
            frame.pts, frame.time_base = at, MILLISECOND
            count += 1
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return count, at / 1000


def _shown(recording: Recording, screen: Screen, step: Callable[[int], None]) -> Iterator[tuple[int, Pixels]]:
    """Yield when each picture was captured and its pixels, which the next one changes in place."""
    reel = Reel(recording, screen.monitor)
    composing = Composing(reel, keeping=False)
    done = 0
    for piece, found in enumerate(reel.pieces):
        if found.screen is not screen:
            continue
        for number in range(len(reel.pictures(piece))):
            position = Position(piece, number)
            composing.take(position)
            yield reel.time_of(position), composing.pixels
        done += 1
        step(done)


def _described(sid: str, screen: Screen, begun: int) -> dict[str, str]:
    return {
        "title": f"Byleave session {sid}",
        "comment": screen.name,
        "creation_time": datetime.fromtimestamp(begun / 1000, UTC).isoformat(),
    }
