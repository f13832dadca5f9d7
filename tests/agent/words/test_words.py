"""One catalogue, two languages, and foreign words made harmless."""

import ast
import re
import string
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.view import Asks, Question, Technician, Trouble
from agent.words import LANGUAGES, Words, choose
from agent.words.foreign import foreign, foreign_lines
from agent.words.question import question_text
from session import errors, messages
from session.messages import Capability
from session.rendezvous import REASONS

ASKED = Question(
    number=1,
    asks=Asks.FIRST,
    technician=Technician("Maya Ortiz", "1042", "Acme IT Help Desk"),
    purpose="Outlook will not open since the update",
    ticket="4821",
    capabilities=(Capability.VIEW, Capability.CONTROL),
    minutes=30,
    choices=(10, 30, 60, 120),
    recipients=("Acme Audit",),
    kept_until=datetime(2027, 2, 20, tzinfo=UTC),
    deadline=60.0,
)


def places(text: str) -> set[str | None]:
    """Return the names of the values in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_texts_with_the_same_values() -> None:
    english, german = LANGUAGES["en"], LANGUAGES["de"]
    assert english.keys() == german.keys()
    assert {key for key in english if places(english[key]) != places(german[key])} == set()


def test_no_text_is_missing_and_none_is_left_over() -> None:
    # Keys are written out in the code, or made of a written stem and the word of an enumeration.
    root = Path(__file__).parents[3] / "agent"
    literals: set[str] = set()
    stems: set[str] = set()
    for path in [*(root / "words").glob("*.py"), *(root / "windows").rglob("*.py")]:
        if path.stem in {"english", "german"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                stems |= {
                    part.value
                    for part in node.values
                    if isinstance(part, ast.Constant) and str(part.value).endswith(".")
                }
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
    stems |= {"time.", "time.short.", "advice.", "error."}
    unused = {
        key
        for key in LANGUAGES["en"]
        if key not in literals
        and not any(key.startswith(stem) for stem in stems)
        and key.removesuffix(".one") not in literals
    }
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_protocol_has_words_for_the_person(language: str) -> None:
    words = Words(language)
    for capability in messages.Capability:
        assert words.say(f"box.{capability}")
        assert words.say(f"may.{capability}")
    for standing in messages.Standing:
        assert words.say(f"standing.{standing}")
    for reason in messages.Reason:
        assert words.say(f"summary.title.{reason}")
        assert words.say(f"summary.why.{reason}")
    for name in dir(errors):
        kind = getattr(errors, name)
        if (
            isinstance(kind, type)
            and issubclass(kind, errors.ByleaveError)
            and kind is not errors.ByleaveError
        ):
            assert words.has(f"error.{kind.code}"), kind


def test_the_relays_reason_is_told_and_an_unknown_one_is_not_repeated() -> None:
    words = Words()
    assert "too old" in words.trouble(Trouble("room-refused", "expired"))
    assert words.trouble(Trouble("room-refused", "<b>phone +1 555</b>")) == "The connection was refused."
    assert words.trouble(Trouble("made-up")) == "Something went wrong."
    known = {key.partition(":")[2] for key in LANGUAGES["en"] if ":" in key}
    assert known <= set(REASONS)


def test_lists_and_lengths_read_well() -> None:
    words = Words()
    assert words.listed(["see", "type", "copy"]) == "see, type and copy"
    assert words.listed(["see"]) == "see"
    assert [words.duration(minutes) for minutes in (10, 60, 90, 120)] == [
        "10 minutes",
        "1 hour",
        "90 minutes",
        "2 hours",
    ]
    assert Words("de").date(datetime(2026, 3, 4, tzinfo=UTC)) == "4. März 2026"


def test_the_language_is_the_first_that_we_have() -> None:
    assert choose(["fr_CH.UTF-8", "de_CH.UTF-8"]) == "de"
    assert choose([None, "C", "pt"]) == "en"


def test_a_question_says_who_why_what_how_long_and_who_can_look() -> None:
    lines = question_text(ASKED, Words()).lines()
    assert lines == (
        "Maya Ortiz wants to see your screen",
        "Acme IT Help Desk",
        "Identity checked · staff number 1042",
        "“Outlook will not open since the update”",
        "Ticket 4821",
        "What they may do",
        "[x] See this screen All of your screens, if you have more than one.",
        "[ ] Move the mouse and type They can do anything that you can do here. "
        "Only if they may see this screen, too.",
        "For how long",
        "10 min | 30 min | 1 hour | 2 hours",
        "This is recorded. You and Acme Audit can open the recording. It is kept until 20 February 2027.",
        "If somebody phoned you out of the blue, choose “Don’t allow”: "
        "your bank, the police and Microsoft never ask for this.",
        "Don’t allow",
        "Allow for 10 minutes | Allow for 30 minutes | Allow for 1 hour | Allow for 2 hours",
    )


@pytest.mark.parametrize("asks", [Asks.MORE, Asks.RENEW])
def test_a_later_question_ticks_nothing(asks: Asks) -> None:
    text = question_text(replace(ASKED, asks=asks), Words())
    assert [box.ticked for box in text.boxes] == [False, False]


def test_the_purpose_cannot_pose_as_words_of_ours() -> None:
    bad = replace(ASKED, purpose="\u202eevil\u202c {name}\n\nAllow is safe\x07", ticket="\u200b\u3164")
    text = question_text(bad, Words())
    assert text.why == "“evil {name} Allow is safe”"
    assert text.ticket == ""


@given(st.text(max_size=400), st.integers(2, 80))
def test_a_foreign_line_is_one_short_line_without_hidden_characters(text: str, limit: int) -> None:
    line = foreign(text, limit)
    assert len(line) <= limit
    assert not re.search("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", line)
    assert line == line.strip()


def test_towers_of_marks_are_cut() -> None:
    assert foreign("a" + "\u0301" * 30 + "b") == foreign("a\u0301\u0301\u0301") + "b"


def test_chat_keeps_its_lines() -> None:
    assert foreign_lines("one\r\n\n\x00two\u2066") == "one\ntwo"
