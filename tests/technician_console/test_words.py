import re
from pathlib import Path

import pytest

import session
from session.errors import (
    ConfigurationError,
    IdentityRefused,
    IntroductionFailed,
    LedgerError,
    LinkLost,
    RoomRefused,
)
from session.messages import Answer, Capability, Hold, Reason, Standing
from technician_console import words
from technician_console.view import Stage, Tone

SPECIFICATION = (Path(session.__file__).parent / "PROTOCOL.md").read_text("utf-8")


def words_of_the_specification(heading: str) -> set[str]:
    """Return the words in the first column of the table that begins with this line."""
    table = SPECIFICATION.split(heading, 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE))


@pytest.mark.parametrize(
    ("catalogue", "kinds"),
    [
        (words.CAPABILITIES, Capability),
        (words.SHORT, Capability),
        (words.WHAT_FOR, Capability),
        (words.ANSWERS, Answer),
        (words.HOLDS, Hold),
        (words.ENDINGS, Reason),
        (words.STANDINGS, Standing),
        (words.WAITING, Stage),
    ],
)
def test_every_word_of_the_protocol_has_its_phrase(catalogue: dict[str, object], kinds: type) -> None:
    assert set(catalogue) == set(kinds)


def test_every_refusal_of_the_protocol_has_its_phrase() -> None:
    assert set(words.REFUSALS) == words_of_the_specification("| why | meaning |")


def test_every_refusal_of_a_room_has_its_phrase() -> None:
    assert set(words.ROOMS) == words_of_the_specification("| reason | meaning |")


@pytest.mark.parametrize("reason", Reason)
def test_each_end_says_what_happened_and_what_it_was_about(reason: Reason) -> None:
    page = words.over(reason, duration="3 s", purpose="why", ticket="7")
    assert page.title and page.sentence.endswith(".")
    assert (page.duration, page.purpose, page.ticket) == ("3 s", "why", "7")


def test_a_refusal_and_no_answer_are_two_things() -> None:
    assert words.over(Reason.REFUSED).title != words.over(Reason.TIMED_OUT).title


def test_a_failure_says_what_to_do() -> None:
    assert "new one" in words.failed(IntroductionFailed("")).sentence
    assert words.failed(RoomRefused("expired")).tone is Tone.WARNING
    assert words.failed(LinkLost("")).title == "No connection"
    assert "expired" in words.failed(IdentityRefused("the certificate has expired")).sentence
    assert "disk" in words.failed(ConfigurationError("the disk is full")).sentence
    assert words.failed(LedgerError("")).title.startswith("Ended")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.9, "59 s"), (724, "12 min 4 s"), (3600 + 120, "1 h 2 min")]
)
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 s left"),
        (60, "60 s left"),
        (61, "2 min left"),
        (120, "2 min left"),
        (1440, "24 min left"),
        (5400, "1 h 30 min left"),
    ],
)
def test_time_left_stays_still_until_the_last_minute(seconds: int, said: str) -> None:
    assert words.time_left(seconds) == said


def test_a_clock_and_a_rate() -> None:
    assert words.clock(582) == "9:42"
    assert words.rate(999.6) == "1000 kbit/s"
    assert words.rate(1420) == "1.4 Mbit/s"
