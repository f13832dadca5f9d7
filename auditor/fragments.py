"""Reading fragmented MP4 of one H.264 track (ISO/IEC 14496-12 and -15), strictly.

Only what RECORDING.md promises is accepted: one track, one `moof` and one `mdat`
a segment, every sample's duration, size and flags in the run. What is cut short
is refused, which a player would pass over in silence.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from session.errors import EvidenceError

_HEADER = 8
_RUN_FIELDS = 0x000001 | 0x000100 | 0x000200 | 0x000400
_NOT_A_KEY = 0x00010000
_SAMPLE = struct.Struct(">III")
_START_CODE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a stream.

    Args:
        width: coded width in pixels.
        height: coded height in pixels.
        parameters: the parameter sets that a decoder needs.
    """

    width: int
    height: int
    parameters: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded picture.

    Args:
        at_ms: when it is shown, in the stream's own time.
        key: whether a decoder can start with it.
        data: as in the file: units with their lengths in front.
    """

    at_ms: int
    key: bool
    data: bytes


def read_start(data: bytes) -> Start:
    """Read an initialisation segment.

    Raises:
        EvidenceError: it is cut short, or has not exactly one H.264 track.
    """
    boxes = _children(data)
    if list(boxes) != [b"ftyp", b"moov"]:
        raise EvidenceError("the start of the stream is not ftyp and moov")
    table = boxes[b"moov"]
    for name in (b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        table = _child(table, name)
    entry = _child(table[_HEADER:], b"avc1")
    width, height = struct.unpack_from(">HH", _long(entry, 78), 24)
    return Start(width, height, _parameters(_child(entry[78:], b"avcC")))


def read_fragment(data: bytes) -> list[Sample]:
    """Read a segment's pictures.

    Raises:
        EvidenceError: it is cut short, or has not exactly one fragment.
    """
    boxes = _children(data)
    if list(boxes) != [b"moof", b"mdat"]:
        raise EvidenceError("a segment is not one moof and one mdat")
    track = _child(boxes[b"moof"], b"traf")
    start = struct.unpack_from(">Q", _long(_child(track, b"tfdt"), 12), 4)[0]
    run = _long(_child(track, b"trun"), 12)
    flags, count = struct.unpack_from(">II", run)
    if flags & 0xFFFFFF != _RUN_FIELDS or not count or len(run) != 12 + count * _SAMPLE.size:
        raise EvidenceError("a segment's run has other fields than it should")
    fields = list(_SAMPLE.iter_unpack(run[12:]))
    media = boxes[b"mdat"]
    if sum(size for _, size, _ in fields) != len(media):
        raise EvidenceError("a segment's pictures are not as long as they should be")
    times = accumulate((duration for duration, _, _ in fields), initial=start)
    ends = list(accumulate((size for _, size, _ in fields), initial=0))
    return [
        Sample(at_ms, not marks & _NOT_A_KEY, media[begin : begin + size])
        for (_, size, marks), at_ms, begin in zip(fields, times, ends, strict=False)
    ]


def annexb(start: Start, sample: Sample) -> bytes:
    """Return a coded picture as a byte stream (H.264, Annex B); a key picture with its parameter sets.

    Raises:
        EvidenceError: its units are not as long as they say, or there is none.
    """
    parts = [*start.parameters] if sample.key else []
    at, data = 0, sample.data
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        at += 4 + length
        if not length or at > len(data):
            raise EvidenceError("a coded picture breaks off")
        parts.append(data[at - length : at])
    if not data:
        raise EvidenceError("a coded picture is empty")
    return b"".join(_START_CODE + unit for unit in parts)


def _parameters(record: bytes) -> tuple[bytes, ...]:
    """Return the parameter sets of an `avcC` record (14496-15, 5.3.3.1): sequences first, then pictures."""
    if len(record) < 7 or record[4] & 3 != 3:
        raise EvidenceError("the start of the stream does not say how to decode it")
    found = []
    at = 5
    for mask in (0x1F, 0xFF):
        count = _long(record, at + 1)[at] & mask
        at += 1
        for _ in range(count):
            length = int.from_bytes(_long(record, at + 2)[at : at + 2])
            at += 2 + length
            found.append(_long(record, at)[at - length : at])
    return tuple(found)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 0
    while offset < len(data):
        if offset + _HEADER > len(data):
            raise EvidenceError("the film breaks off")
        size, name = struct.unpack_from(">I4s", data, offset)
        if size < _HEADER or offset + size > len(data):
            raise EvidenceError("the film breaks off")
        yield name, data[offset + _HEADER : offset + size]
        offset += size


def _children(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, content in _boxes(data):
        if name in found:
            raise EvidenceError(f"the film has {name.decode('ascii', 'replace')} twice")
        found[name] = content
    return found


def _child(data: bytes, name: bytes) -> bytes:
    found = _children(data).get(name)
    if found is None:
        raise EvidenceError(f"the film has no {name.decode()}")
    return found


def _long(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise EvidenceError("the film breaks off")
    return data
