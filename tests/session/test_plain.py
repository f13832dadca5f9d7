"""Foreign text: whatever could make one name read as another is gone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.plain import NAME_LIMIT, display_name, display_text, name_fault

STRANGE = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("Maya Ortiz", "Maya Ortiz"),
        ("  Maya \t Ortiz\n", "Maya Ortiz"),
        ("Maya\u202eknaB", "MayaknaB"),
        ("\u2066Maya\u2069\u200f", "Maya"),
        ("Ma\u200b\u200c\u200d\ufeffya", "Maya"),
        ("Ma\u00adya", "Maya"),
        ("\x1b[31mMaya\x00", "[31mMaya"),
        ("Maya\u2028Ortiz", "Maya Ortiz"),
        ("Maya\u00a0\u3000Ortiz", "Maya Ortiz"),
        ("\u3164\u2800\u115f", ""),
        ("e\u0301", "é"),
        ("a" + "\u0353" * 40, "a" + "\u0353" * 4),
        ("\ud800Maya", "Maya"),
        ("Ma\ufe0fya\U000e0041", "Maya"),
        ("田中 太郎", "田中 太郎"),
        ("مريم", "مريم"),
    ],
)
def test_a_name_is_cleaned(foreign: str, shown: str) -> None:
    assert display_name(foreign) == shown


def test_a_long_name_ends_in_an_ellipsis() -> None:
    assert display_name("x" * 65) == "x" * 63 + "…"
    assert display_name("x" * 64) == "x" * 64
    assert display_name("ab cd", limit=4) == "ab…"


@given(STRANGE)
def test_a_shown_name_is_one_line_without_anything_hidden(foreign: str) -> None:
    shown = display_name(foreign)
    assert len(shown) <= NAME_LIMIT
    assert shown == display_name(shown)
    assert shown.encode().decode() == shown
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for each in shown)


@given(STRANGE)
def test_a_good_name_is_shown_as_it_is(name: str) -> None:
    assert name_fault(name) is not None or display_name(name) == name


def test_a_name_says_what_is_wrong_with_it() -> None:
    assert name_fault("Maya Ortiz") is None
    assert "1 to 64" in str(name_fault(""))
    assert "1 to 64" in str(name_fault("m" * 65))
    assert "invisible" in str(name_fault("Maya\u200b"))


def test_a_text_keeps_its_lines() -> None:
    assert display_text("one\r\ntwo\u202e \n\n three\n") == "one\ntwo\n\nthree"
    assert display_text("x" * 20, limit=8) == "x" * 7 + "…"


@given(STRANGE, st.integers(1, 40))
def test_a_shown_text_keeps_its_limit(foreign: str, limit: int) -> None:
    shown = display_text(foreign, limit)
    assert len(shown) <= limit
    assert shown == display_text(shown, limit)
