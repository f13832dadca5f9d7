"""A fragmented MP4 of one H.264 track (ISO/IEC 14496-12 and -15), written by hand.

An initialisation segment and each fragment stand alone: `cat` puts them
together to a file that any player reads. A fragment can be written as soon as
its last picture is there; no picture is kept back. One tick is one millisecond.
"""

import struct
from collections.abc import Callable, Sequence

import msgspec

from agent.capture.annexb import (
    DELIMITER,
    PARAMETERS_OF_PICTURE,
    PARAMETERS_OF_SEQUENCE,
    kind,
    units,
)

TIMESCALE = 1000
TRACK = 1

DEFAULT_BASE_IS_MOOF = 0x020000
TRACK_IN_MOVIE = 0x000007
"""Enabled, in movie, in preview."""
DATA_IN_THIS_FILE = 0x000001
RUN_FIELDS = 0x000001 | 0x000100 | 0x000200 | 0x000400
"""Data offset; duration, size and flags for each sample."""
KEY_SAMPLE = 0x02000000
"""Depends on no other."""
OTHER_SAMPLE = 0x01010000
"""Depends on others; no decoder can start here."""

IDENTITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
UNDETERMINED_LANGUAGE = 0x55C4
INSIDE_CODEC = (PARAMETERS_OF_SEQUENCE, PARAMETERS_OF_PICTURE, DELIMITER)
"""Units that `avc1` keeps in the initialisation segment, or not at all (14496-15, 5.3.3)."""


class Sample(msgspec.Struct, frozen=True):
    """One coded picture and when it is shown.

    Within a fragment a picture is shown until the next one; `duration_ms`
    counts for the last one only.
    """

    data_annexb: bytes
    pts_ms: int
    duration_ms: int
    key: bool


def init_segment(width: int, height: int, sps: bytes, pps: bytes) -> bytes:
    """Return the start of a stream.

    Args:
        width: coded width in pixels.
        height: coded height in pixels.
        sps: sequence parameter set, without start code.
        pps: picture parameter set, without start code.
    """
    brand = _box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"avc1", b"mp41")
    header = struct.pack(">IIIIIH10x", 0, 0, TIMESCALE, 0, 0x10000, 0x0100)
    movie = _full(b"mvhd", 0, header, IDENTITY_MATRIX, bytes(24), struct.pack(">I", TRACK + 1))
    extends = _box(b"mvex", _full(b"trex", 0, struct.pack(">5I", TRACK, 1, 0, 0, 0)))
    return brand + _box(b"moov", movie, _track(width, height, sps, pps), extends)


def fragment(sequence: int, samples: Sequence[Sample], base_time: int) -> bytes:
    """Return one fragment: a `moof` and its `mdat`; as `fragment_parts`, in one piece."""
    return b"".join(fragment_parts(sequence, samples, base_time))


def fragment_parts(
    sequence: int, samples: Sequence[Sample], base_time: int, pause: Callable[[], None] = lambda: None
) -> list[bytes]:
    """Return one fragment in parts, as it is to be written.

    Args:
        sequence: number of the fragment, from 1 on.
        samples: coded pictures in the order of their times.
        base_time: `pts_ms` at which the stream's own time is zero.
        pause: is called after each picture.

    Raises:
        ValueError: no sample, one out of order, or one that is not a byte stream.
    """
    if not samples:
        raise ValueError("a fragment without a picture")
    starts = [sample.pts_ms - base_time for sample in samples]
    ends = [*starts[1:], starts[-1] + samples[-1].duration_ms]
    durations = [end - start for start, end in zip(starts, ends, strict=True)]
    if starts[0] < 0 or min(durations) < 0:
        raise ValueError("pictures out of order")
    coded = []
    for sample in samples:
        coded.append(_length_prefixed(sample.data_annexb))
        pause()
    run = b"".join(
        struct.pack(">III", duration, len(data), KEY_SAMPLE if sample.key else OTHER_SAMPLE)
        for sample, data, duration in zip(samples, coded, durations, strict=True)
    )
    # The data begin behind the whole `moof`, whose length does not depend on the offset.
    length = len(_moof(sequence, starts[0], run, len(samples), 0))
    moof = _moof(sequence, starts[0], run, len(samples), length + 8)
    size = sum(len(data) for data in coded)
    return [moof, struct.pack(">I4s", 8 + size, b"mdat"), *coded]


def _moof(sequence: int, start: int, run: bytes, count: int, offset: int) -> bytes:
    fragment_header = _full(b"mfhd", 0, struct.pack(">I", sequence))
    track_header = _full(b"tfhd", DEFAULT_BASE_IS_MOOF, struct.pack(">I", TRACK))
    decode_time = _full(b"tfdt", 0, struct.pack(">Q", start), version=1)
    track_run = _full(b"trun", RUN_FIELDS, struct.pack(">Ii", count, offset), run)
    return _box(b"moof", fragment_header, _box(b"traf", track_header, decode_time, track_run))


def _track(width: int, height: int, sps: bytes, pps: bytes) -> bytes:
    header = _full(
        b"tkhd",
        TRACK_IN_MOVIE,
        struct.pack(">IIIII16x", 0, 0, TRACK, 0, 0),
        IDENTITY_MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )
    media = _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, TIMESCALE, 0, UNDETERMINED_LANGUAGE, 0))
    handler = _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"screen\x00")
    graphics = _full(b"vmhd", 1, bytes(8))
    here = _full(b"url ", DATA_IN_THIS_FILE)
    references = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), here))
    empty = (
        _full(b"stts", 0, bytes(4)),
        _full(b"stsc", 0, bytes(4)),
        _full(b"stsz", 0, bytes(8)),
        _full(b"stco", 0, bytes(4)),
    )
    description = _full(b"stsd", 0, struct.pack(">I", 1), _avc1(width, height, sps, pps))
    table = _box(b"stbl", description, *empty)
    return _box(b"trak", header, _box(b"mdia", media, handler, _box(b"minf", graphics, references, table)))


def _avc1(width: int, height: int, sps: bytes, pps: bytes) -> bytes:
    """Describe the codec; 0x48 pixels an inch, one frame a sample, 24 bits deep."""
    entry = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 0x18, -1)
    configuration = struct.pack(">B3sBB", 1, sps[1:4], 0xFF, 0xE1)
    sets = struct.pack(">H", len(sps)) + sps + b"\x01" + struct.pack(">H", len(pps)) + pps
    return _box(b"avc1", entry, _box(b"avcC", configuration, sets))


def _length_prefixed(stream: bytes) -> bytes:
    return b"".join(
        struct.pack(">I", len(unit)) + unit for unit in units(stream) if kind(unit) not in INSIDE_CODEC
    )


def _box(name: bytes, *parts: bytes) -> bytes:
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), name) + payload


def _full(name: bytes, flags: int, *parts: bytes, version: int = 0) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags), *parts)
