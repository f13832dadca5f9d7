import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode

from byleave.demo.frames import BINARY, TEXT, Frame, FrameError, Splitter, unmask

PAYLOADS = st.binary(max_size=200) | st.integers(125, 127).map(bytes) | st.integers(65534, 65537).map(bytes)
KEYS = st.just(b"") | st.binary(min_size=4, max_size=4)


@given(st.lists(st.tuples(PAYLOADS, KEYS), max_size=5), st.integers(1, 5000))
def test_any_frames_are_found_again_in_any_pieces(contents: list[tuple[bytes, bytes]], piece: int) -> None:
    frames = [Frame(0x80 | BINARY, key, payload) for payload, key in contents]
    stream = b"".join(frame.encode() for frame in frames)
    splitter, found = Splitter(), []
    for start in range(0, len(stream), piece):
        found += splitter.feed(stream[start : start + piece])
    assert found == frames


@given(PAYLOADS, st.booleans())
def test_frames_are_those_of_another_implementation(payload: bytes, mask: bool) -> None:
    theirs = TheirFrame(Opcode.BINARY, payload).serialize(mask=mask, extensions=[])
    (frame,) = Splitter().feed(theirs)
    assert (frame.opcode, frame.payload, bool(frame.key)) == (BINARY, payload, mask)
    assert frame.encode() == theirs


@given(PAYLOADS, st.binary(min_size=4, max_size=4))
def test_a_mask_is_its_own_inverse(payload: bytes, key: bytes) -> None:
    assert unmask(unmask(payload, key), key) == payload


@given(PAYLOADS, st.binary(min_size=4, max_size=4), st.data())
def test_an_unfinished_frame_shows_what_has_come(payload: bytes, key: bytes, data: st.DataObject) -> None:
    frame = Frame(0x80 | BINARY, key, payload).encode()
    missing = data.draw(st.integers(1, len(frame)))
    splitter = Splitter()
    assert splitter.feed(frame[: len(frame) - missing]) == []
    assert splitter.partial() == payload[: max(0, len(payload) - missing)]


def test_a_compressed_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="compressed"):
        Splitter().feed(bytes([0xC0 | TEXT, 0]))


def test_a_giant_frame_is_refused_before_it_is_collected() -> None:
    with pytest.raises(FrameError, match="bytes"):
        Splitter().feed(bytes([0x80 | BINARY, 127]) + struct.pack(">Q", 2**40))


def test_content_does_not_show() -> None:
    assert "secret" not in repr(Frame(0x81, b"", b"secret"))
