import base64
import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byleave.demo.canaries import forms, search, stored


def test_hits_are_counted_over_all_sources() -> None:
    sources = [("a", b"one canary, two canaries"), ("b", b"canary")]
    assert search({"bird": b"canary", "cat": b"tiger", "both": [b"one", b"two"]}, sources) == {
        "bird": 2,
        "cat": 0,
        "both": 2,
    }


def test_digits_stand_alone() -> None:
    canaries = {"code": b"55236"}
    assert search(canaries, [("", b"155236 552361 x55236.")]) == {"code": 1}
    assert search(canaries, [("", b"1552360")]) == {"code": 0}
    assert search(canaries, [("", b"55236")]) == {"code": 1}


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=6, max_size=40).map("{}.".format),
    st.binary(max_size=9),
    st.binary(max_size=9),
)
def test_a_text_is_found_in_every_writing(text: str, before: bytes, after: bytes) -> None:
    written = [
        before + text.encode() + after,
        json.dumps({"said": text}).encode(),
        quote(text).encode(),
        text.encode("utf-16-le"),
        (before + text.encode() + after).hex().encode(),
        base64.b64encode(before + text.encode() + after),
        base64.urlsafe_b64encode(before + text.encode() + after),
    ]
    for data in written:
        assert search({"text": forms(text)}, [("", data)])["text"] > 0


def test_a_short_secret_is_looked_for_as_it_is_only() -> None:
    assert forms("55236") == [b"55236"]


def test_a_number_in_hexadecimal_digits_is_found_among_others() -> None:
    assert search({"code": forms("193552")}, [("", b"12" + b"193552".hex().encode() + b"34")]) == {"code": 1}


def test_blocks_in_much_noise_are_found(tmp_path: Path) -> None:
    noise = os.urandom(4_000_000)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "segment").write_bytes(noise)
    blocks = [noise[place : place + 64] for place in range(0, 640_000, 6400)]
    assert search({"screen": blocks, "none": [os.urandom(64)]}, stored(tmp_path)) == {
        "screen": 100,
        "none": 0,
    }


@pytest.mark.parametrize("canaries", [{}, {"empty": b""}, {"none": []}, {"half": [b"x", b""]}])
def test_a_search_for_nothing_is_refused(canaries: dict[str, bytes | list[bytes]]) -> None:
    with pytest.raises(ValueError, match="canary"):
        search(canaries, [("", b"data")])


def test_a_search_in_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to search"):
        search({"bird": b"canary"}, [("empty", b"")])
