"""A statement on the wire, without what all statements have in common: PROTOCOL.md, section 5.

Deflated (RFC 1951) behind a text that both ends know. Nothing but the length depends
on it: what is signed, checked and kept is the statement.
"""

import zlib

from session.errors import LimitExceeded, ProtocolViolation

KNOWN = (
    b'"idle","v":1}{"object":{"key":"consent","name":"consent/000001.json.age","sha256":"","size":},"plain":"",'
    b'"event":"allowed","type":"consent","v":1}.sensitive.jsonl.age.video-0-0-0.m4s.age.images-0-0.jpeg.age'
    b'.images-0-0.vp8.age{"objects":[{"key":"main","name":"seg/000000.screen-0-0.jsonl.age","sha256":"0123456789'
    b'abcdef","size":1000},{"key":"main","name":"seg/000000.images-0-0.png.age","sha256":"","size":10},'
    b'{"key":"main","name":"seg/000000.images-0-0.webp.age","sha256":"","size":},{"key":"main","name":"seg/000000'
    b'.events.jsonl.age","sha256":"","size":}],"prev":"","salt":"","seq":1,"sid":"","start":0,"t0":179,"t1":179,'
    b'"type":"segment","v":1}'
)
"""What statements look like; the most usual stands last, where it is found in the fewest bits."""

_RAW = -15


def deflated(statement: bytes) -> bytes:
    """Return a statement as it crosses the wire."""
    work = zlib.compressobj(9, zlib.DEFLATED, _RAW, zdict=KNOWN)
    return work.compress(statement) + work.flush()


def inflated(data: bytes, limit: int) -> bytes:
    """Return the statement.

    Args:
        data: as it crossed the wire.
        limit: the longest statement, in bytes.

    Raises:
        ProtocolViolation: it is no such thing.
        LimitExceeded: it is longer.
    """
    work = zlib.decompressobj(_RAW, zdict=KNOWN)
    try:
        found = work.decompress(data, limit + 1)
    except zlib.error:
        raise ProtocolViolation("not a deflated statement") from None
    if len(found) > limit:
        raise LimitExceeded(f"a statement of more than {limit} bytes")
    if not work.eof or work.unused_data or work.unconsumed_tail:
        raise ProtocolViolation("not a deflated statement")
    return found
