"""Messages on a stream of bytes, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import LimitExceeded
from session.framing import Unpacker, pack

LIMIT = 300
PAYLOADS = st.lists(st.binary(max_size=LIMIT), max_size=12)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut a stream into pieces of these sizes, over and over."""
    pieces = []
    while data:
        for size in sizes:
            pieces.append(data[:size])
            data = data[size:]
    return pieces


@given(payloads=PAYLOADS, sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_payloads_come_out_whole_however_the_stream_is_cut(payloads: list[bytes], sizes: list[int]) -> None:
    unpacker = Unpacker(LIMIT)
    stream = b"".join(map(pack, payloads))
    assert [each for piece in cut(stream, sizes) for each in unpacker.feed(piece)] == payloads


@given(payloads=PAYLOADS, missing=st.integers(1, LIMIT))
def test_a_payload_comes_only_when_it_is_complete(payloads: list[bytes], missing: int) -> None:
    last = pack(bytes(LIMIT))
    unpacker = Unpacker(LIMIT)
    assert list(unpacker.feed(b"".join(map(pack, payloads)) + last[:-missing])) == payloads
    assert list(unpacker.feed(last[-missing:])) == [bytes(LIMIT)]


@given(length=st.integers(LIMIT + 1, 2**32 - 1), before=PAYLOADS)
def test_a_length_over_the_limit_is_refused_before_anything_follows(length: int, before: list[bytes]) -> None:
    unpacker = Unpacker(LIMIT)
    taken = []
    with pytest.raises(LimitExceeded):
        for payload in unpacker.feed(b"".join(map(pack, before)) + length.to_bytes(4, "big")):
            taken.append(payload)
    assert taken == before
    with pytest.raises(LimitExceeded):
        list(unpacker.feed(b"and whatever follows"))


def test_the_largest_payload_is_taken() -> None:
    assert list(Unpacker(LIMIT).feed(pack(bytes(LIMIT)))) == [bytes(LIMIT)]


def test_an_empty_payload_is_one() -> None:
    assert list(Unpacker(0).feed(bytes(8))) == [b"", b""]
