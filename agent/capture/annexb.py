"""The byte stream of H.264 (ITU-T H.264, annex B) and its units.

A stream is a row of network abstraction layer (NAL) units, each behind the
start code 00 00 01. The pattern cannot occur inside a unit (7.4.1), and a unit
never ends with a zero byte, so cutting at start codes is exact.
"""

from collections.abc import Iterator

START = b"\x00\x00\x01"
KEY_PICTURE = 5
SUPPLEMENTAL = 6
PARAMETERS_OF_SEQUENCE = 7
PARAMETERS_OF_PICTURE = 8
DELIMITER = 9

USER_DATA = 5
"""The type of a supplemental message that an encoder makes for itself (D.1.7)."""


def units(stream: bytes) -> Iterator[bytes]:
    """Yield the units of a stream, without start codes.

    Raises:
        ValueError: it does not begin with a start code, or a unit is empty.
    """
    begin = stream.find(START)
    if begin < 0 or stream[:begin].strip(b"\x00"):
        raise ValueError("not an H.264 byte stream")
    while begin >= 0:
        begin += len(START)
        end = stream.find(START, begin)
        unit = stream[begin : end if end >= 0 else None].rstrip(b"\x00")
        if not unit:
            raise ValueError("an empty unit")
        yield unit
        begin = end


def kind(unit: bytes) -> int:
    """Return a unit's `nal_unit_type` (table 7-1)."""
    return unit[0] & 0x1F


def is_key(stream: bytes) -> bool:
    """Say whether the picture is one that a decoder can start with."""
    return any(kind(unit) == KEY_PICTURE for unit in units(stream))


def without_notices(stream: bytes) -> bytes:
    """Return a picture without what its encoder says of itself, which no decoder needs."""
    every = list(units(stream))
    kept = [unit for unit in every if not _is_notice(unit)]
    return stream if kept == every else b"".join(b"\x00" + START + unit for unit in kept)


def _is_notice(unit: bytes) -> bool:
    return kind(unit) == SUPPLEMENTAL and unit[1:2] == bytes([USER_DATA])


def parameter_sets(stream: bytes) -> tuple[bytes, bytes]:
    """Return the sequence's and the picture's parameter set.

    Raises:
        ValueError: the stream holds none, or several.
    """
    sequence = [unit for unit in units(stream) if kind(unit) == PARAMETERS_OF_SEQUENCE]
    picture = [unit for unit in units(stream) if kind(unit) == PARAMETERS_OF_PICTURE]
    if len(sequence) != 1 or len(picture) != 1:
        raise ValueError(f"{len(sequence)} and {len(picture)} parameter sets")
    return sequence[0], picture[0]
