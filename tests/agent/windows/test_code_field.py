"""The code is grouped as it is read out, and a slip is caught before it burns the code."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.windows.widgets.code_field import complaint, grouped, place_after
from session.codes import check_digit

NINE = "482119355"
GOOD = NINE + check_digit(NINE)


@pytest.mark.parametrize("written", [GOOD, f"{GOOD[:4]} {GOOD[4:7]} {GOOD[7:]}", f" {GOOD[:4]}-{GOOD[4:]}\n"])
def test_a_good_code_has_no_complaint(written: str) -> None:
    assert complaint(written) == ("", 0)


@given(st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_a_slip(place: int, by: int) -> None:
    wrong = str((int(GOOD[place]) + by) % 10)
    assert complaint(GOOD[:place] + wrong + GOOD[place + 1 :]) == ("code.typing-error", 0)


def test_what_is_missing_is_counted() -> None:
    assert complaint("") == ("code.more", 10)
    assert complaint("4821 19") == ("code.more", 4)
    assert complaint(GOOD + "1") == ("code.too-long", 0)
    assert complaint("48a1") == ("code.not-digits", 0)


def test_digits_come_in_groups_of_four_three_and_three() -> None:
    assert [grouped("4821193552"[:size]) for size in (0, 3, 4, 5, 7, 8, 10)] == [
        "",
        "482",
        "4821",
        "4821 1",
        "4821 193",
        "4821 193 5",
        "4821 193 552",
    ]


@given(st.text("0123456789", max_size=12), st.integers(0, 12))
def test_the_cursor_stays_behind_its_digit(digits: str, before: int) -> None:
    text = grouped(digits)
    place = place_after(text, before)
    assert sum(character.isdigit() for character in text[:place]) == min(before, len(digits))


def pasted(*texts: str) -> list[list[object]]:
    """Paste each into a field of its own; return what it shows, its digits, and whether it said so."""
    command = ["env", "QT_QPA_PLATFORM=offscreen", sys.executable, "-m", "tests.agent.windows.paster", *texts]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    told: list[list[object]] = json.loads(done.stdout)
    return told


def test_a_pasted_code_is_taken_and_grouped() -> None:
    ways = [
        GOOD,
        f"{GOOD[:5]} {GOOD[5:]}",
        f"  {GOOD[:4]} {GOOD[4:7]} {GOOD[7:]}\n",
        f"{GOOD[:4]}-{GOOD[4:7]}-{GOOD[7:]}",
        f"{GOOD[:4]}\u00a0{GOOD[4:7]}\u202f{GOOD[7:]}",
        " - ".join(GOOD),
    ]
    assert pasted(*ways) == [[grouped(GOOD), GOOD, True]] * len(ways)


def test_what_is_pasted_beside_the_digits_stays_to_be_seen() -> None:
    assert pasted(f"Code: {GOOD}") == [[f"Code: {GOOD}", GOOD, True]]
