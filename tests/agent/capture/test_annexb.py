import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture.annexb import is_key, parameter_sets, units, without_notices


@st.composite
def rows(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Units as an encoder may write them, and their stream with short and long start codes."""
    body = st.binary(max_size=40).filter(lambda raw: b"\0\0\1" not in raw and b"\0\0\0" not in raw)
    made = [b"\x41" + each + b"\x80" for each in draw(st.lists(body, min_size=1, max_size=6))]
    codes = draw(st.lists(st.sampled_from([b"\0\0\1", b"\0\0\0\1"]), min_size=len(made), max_size=len(made)))
    return made, b"".join(code + unit for code, unit in zip(codes, made, strict=True))


@given(rows())
def test_cutting_gives_back_what_was_joined(made: tuple[list[bytes], bytes]) -> None:
    expected, stream = made
    assert list(units(stream)) == expected


@pytest.mark.parametrize("stream", [b"", b"\x65abc", b"x\0\0\1\x65", b"\0\0\1\0\0\1\x65"])
def test_what_is_no_byte_stream_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match=r"unit|byte stream"):
        list(units(stream))


def test_key_and_parameters_are_found() -> None:
    stream = b"\0\0\0\1\x67abc\0\0\1\x68d\0\0\1\x65e"
    assert is_key(stream)
    assert parameter_sets(stream) == (b"\x67abc", b"\x68d")
    assert not is_key(b"\0\0\1\x41e")
    with pytest.raises(ValueError, match="parameter sets"):
        parameter_sets(b"\0\0\1\x41e")


def test_what_an_encoder_says_of_itself_is_left_out_and_nothing_else() -> None:
    notice, timing = b"\x06\x05\x11x264 - core 164\x80", b"\x06\x01\x01\x40\x80"
    sets, picture = [b"\x67abc", b"\x68d"], b"\x65e"
    stream = b"".join(b"\0\0\1" + unit for unit in (*sets, notice, timing, picture))
    assert list(units(without_notices(stream))) == [*sets, timing, picture]
    plain = b"".join(b"\0\0\1" + unit for unit in (*sets, timing, picture))
    assert without_notices(plain) is plain
