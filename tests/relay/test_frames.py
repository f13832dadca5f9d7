"""Frames: what the relay reads of them itself, beside what the library writes."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from relay.frames import BINARY, Head, binary_head, head_at, unmasked

SIZES = st.one_of(st.integers(0, 300), st.sampled_from([65_534, 65_535, 65_536, 70_000]))


@given(SIZES, st.integers(0, 20))
def test_a_clients_frame_is_read_as_the_library_writes_it(size: int, place: int) -> None:
    payload = bytes(number % 251 for number in range(size))
    data = memoryview(bytes(place) + Frame(Opcode.BINARY, payload).serialize(mask=True) + b"next")
    head = head_at(data, place)
    assert head == Head(BINARY, True, len(data) - 4 - size - place, size)
    assert unmasked(data, place, head) == payload


@given(SIZES)
def test_a_message_goes_on_as_the_library_would_write_it(size: int) -> None:
    assert binary_head(size) + bytes(size) == Frame(Opcode.BINARY, bytes(size)).serialize(mask=False)


@given(SIZES, st.booleans())
def test_a_part_of_a_head_is_no_head(size: int, mask: bool) -> None:
    data = Frame(Opcode.TEXT, bytes(size)).serialize(mask=mask)
    whole = len(data) - size
    assert all(head_at(memoryview(data[:length]), 0) is None for length in range(whole))
    assert head_at(memoryview(data[:whole]), 0) == Head(0x81, mask, whole, size)


def test_a_length_is_read_to_its_end() -> None:
    head = head_at(memoryview(b"\x82\xff" + b"\xff" * 8 + bytes(4)), 0)
    assert head == Head(BINARY, True, 14, 2**64 - 1)
