"""SSH's data types: nothing is read beyond the end, nothing is left behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import IdentityRefused
from session.wire import Reader, string, uint32, uint64


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(), st.text())
def test_what_is_written_is_read(small: int, large: int, data: bytes, text: str) -> None:
    reader = Reader(uint32(small) + uint64(large) + string(data) + string(text.encode()) + b"\x07", "it")
    assert (reader.uint32(), reader.uint64(), reader.string(), reader.text()) == (small, large, data, text)
    assert reader.left == 1
    assert reader.byte() == 7
    reader.end()


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00", b"\x00\x00\x00\x02x", b"\xff\xff\xff\xff"])
def test_a_string_that_is_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(IdentityRefused, match="it is cut short"):
        Reader(data, "it").string()


def test_a_text_is_utf_8() -> None:
    with pytest.raises(IdentityRefused, match="not UTF-8"):
        Reader(string(b"\xff"), "it").text()


def test_bytes_behind_the_end_are_refused() -> None:
    with pytest.raises(IdentityRefused, match="it has 1 bytes too many"):
        Reader(b"x", "it").end()
