"""A statement crosses the wire short, and comes out as it was or not at all."""

import secrets
import zlib

import pytest

from session.deflated import KNOWN, deflated, inflated
from session.errors import LimitExceeded, ProtocolViolation
from session.statements import SealedObject, Segment, canonical, parse

LIMIT = 1000


def segment() -> bytes:
    """A segment's statement as a session has one every five seconds."""
    names = ("screen-0-3.jsonl", "images-0-3.webp", "events.jsonl")
    return canonical(
        Segment(
            sid=secrets.token_hex(32),
            seq=173,
            prev=secrets.token_hex(32),
            salt=secrets.token_hex(16),
            t0=1795500000000,
            t1=1795500005012,
            start=171,
            objects=tuple(
                SealedObject(
                    key="main", name=f"seg/000173.{name}.age", sha256=secrets.token_hex(32), size=4711
                )
                for name in names
            ),
        )
    )


def test_a_statement_is_short_and_comes_out_as_it_was() -> None:
    statement = segment()
    parse(statement)
    short = deflated(statement)
    assert inflated(short, len(statement)) == statement
    assert len(short) < 0.5 * len(statement)


@pytest.mark.parametrize("data", [b"", b"{}", segment(), secrets.token_bytes(400)])
def test_anything_comes_out_as_it_was(data: bytes) -> None:
    assert inflated(deflated(data), LIMIT) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 20,
        deflated(b"{}")[:-1],
        deflated(b"{}") + b"\0",
        zlib.compress(b"{}"),
        segment(),
    ],
    ids=["nothing", "noise", "cut short", "too long", "another kind", "as it is"],
)
def test_what_is_no_deflated_statement_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        inflated(data, LIMIT)


def test_no_more_than_the_limit_is_ever_unpacked() -> None:
    bomb = deflated(bytes(1 << 26))
    assert inflated(deflated(bytes(LIMIT)), LIMIT) == bytes(LIMIT)
    for data in (bomb, deflated(bytes(LIMIT + 1))):
        with pytest.raises(LimitExceeded):
            inflated(data, LIMIT)


def test_the_known_text_fits_the_window() -> None:
    assert len(KNOWN) < 1 << 15
