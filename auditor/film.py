"""`export --mp4`: the pictures as an ordinary MP4, packed anew and not encoded anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import av
from av.error import FFmpegError

from auditor.recording import Recording, Stream, zeros
from session.errors import ConfigurationError, EvidenceError

Progress = Callable[[int, int], None]
"""Is told how many segments are done, and how many there are."""


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


def export_films(recording: Recording, target: Path, progress: Progress | None = None) -> list[Film]:
    """Write every stream of pictures as a film.

    The stream with most segments gets the name that was asked for; each other one, of
    another monitor or after a change of the screen's size, stands beside it.

    Args:
        recording: opened with the session's keys.
        target: the file; replaced if it is there.
        progress: is told of each segment.

    Raises:
        ConfigurationError: there are no pictures, or the file cannot be written.
        EvidenceError: a segment cannot be read.
    """
    streams = sorted(recording.streams.values(), key=lambda stream: -len(stream.segments))
    if not streams:
        raise ConfigurationError("the session has no pictures: nothing of the screen was ever shown")
    total = sum(len(stream.segments) for stream in streams)
    begun = zeros(recording.events())
    films, done = [], 0
    for number, stream in enumerate(streams):
        path = target if number == 0 else target.with_name(f"{target.stem}.{stream.name}{target.suffix}")

        def step(of: int, before: int = done) -> None:
            if progress:
                progress(before + of, total)

        films.append(_export(recording, stream, path, begun.get(stream.name), step))
        done += len(stream.segments)
    return films


def _export(
    recording: Recording, stream: Stream, path: Path, begun: int | None, step: Callable[[int], None]
) -> Film:
    beside = path.with_name(f".{path.name}.part")
    try:
        with TemporaryFile() as joined:
            joined.write(recording.open(stream.start))
            for number, (_, item) in enumerate(stream.segments, 1):
                joined.write(recording.open(item))
                step(number)
            joined.seek(0)
            pictures, seconds = _remux(joined, beside, _described(recording.sid, stream, begun))
        beside.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
    return Film(path, stream.name, pictures, seconds)


def _described(sid: str, stream: Stream, begun: int | None) -> dict[str, str]:
    described = {"title": f"Byleave session {sid}", "comment": stream.name}
    if begun is not None:
        described["creation_time"] = datetime.fromtimestamp(begun / 1000, UTC).isoformat()
    return described


def _remux(joined: IO[bytes], path: Path, described: dict[str, str]) -> tuple[int, float]:
    """Pack the pictures anew; return how many there are, and how long they last in seconds."""
    count, end = 0, 0.0
    try:
        with (
            av.open(joined, "r", format="mp4") as source,
            av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as target,
        ):
            target.metadata.update(described)
            video = source.streams.video[0]
            out = target.add_stream_from_template(video)
            for packet in source.demux(video):
                if packet.dts is None:
                    continue
                count += 1
                end = float((packet.pts or 0) + (packet.duration or 0)) * float(packet.time_base or 0)
                packet.stream = out
                target.mux(packet)
    except FFmpegError as error:
        raise EvidenceError(f"the pictures cannot be packed: {error}") from None
    return count, end
