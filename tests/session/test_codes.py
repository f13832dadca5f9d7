"""The code on the telephone: what a slip of finger or tongue does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from session import codes
from session.codes import Code
from session.errors import ConfigurationError

DIGITS = st.text("0123456789", min_size=1, max_size=12)
CODES = st.builds(
    Code, st.text("0123456789", min_size=4, max_size=4), st.text("0123456789", min_size=5, max_size=5)
)


def test_the_published_example_of_damms_algorithm() -> None:
    # Wikipedia, "Damm algorithm", and the thesis itself: 572 has the check digit 4.
    assert codes.check_digit("572") == "4"
    assert codes.check_digit("5724") == "0"


@given(code=CODES)
def test_a_code_that_is_read_out_is_the_one_that_is_typed(code: Code) -> None:
    assert codes.parse(code.grouped) == codes.parse(code.digits) == code
    assert len(code.digits) == codes.LENGTH
    assert code.grouped.replace(" ", "") == code.digits


@given(code=CODES, place=st.integers(0, 9), other=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_caught(code: Code, place: int, other: str) -> None:
    assume(other != code.digits[place])
    with pytest.raises(ConfigurationError):
        codes.parse(code.digits[:place] + other + code.digits[place + 1 :])


@given(code=CODES, place=st.integers(0, 8))
def test_every_swap_of_two_neighbours_is_caught(code: Code, place: int) -> None:
    digits = code.digits
    assume(digits[place] != digits[place + 1])
    with pytest.raises(ConfigurationError):
        codes.parse(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :])


@given(digits=DIGITS)
def test_the_check_digit_makes_the_whole_come_out_at_zero(digits: str) -> None:
    assert codes.check_digit(digits + codes.check_digit(digits)) == "0"


@given(
    code=CODES,
    blanks=st.lists(st.sampled_from(["", " ", "-", ".", "\u00a0", "\u202f", "\t", "\n"]), max_size=11),
)
def test_separators_mean_nothing(code: Code, blanks: list[str]) -> None:
    typed = "".join(digit + blank for digit, blank in zip(code.digits, blanks + [""] * 10, strict=False))
    assert codes.parse(typed) == code


@given(text=st.text(max_size=30))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = codes.parse(text)
    except ConfigurationError:
        return
    assert codes.digits_of(text) == code.digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4821193552 and more",
        "48211935",
        "٤٨٢١١٩٣٥٥٢",
        "4821 193 55²",
        "4821\u200b193552",
        "-",
        "4821193552" * 2,
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        codes.parse(text)


def test_a_secret_has_five_digits_and_none_is_rare() -> None:
    drawn = [codes.draw_secret() for _ in range(2000)]
    assert all(len(secret) == codes.SECRET_DIGITS and secret.isdigit() for secret in drawn)
    assert {secret[0] for secret in drawn} == set("0123456789")


@given(code=CODES)
def test_the_secret_is_never_shown(code: Code) -> None:
    assert repr(code) == f"Code(room={code.room!r})"
    assert f"{code}" == repr(code)
