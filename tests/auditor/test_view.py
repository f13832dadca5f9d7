"""What the window shows, as values."""

import pytest

from auditor.findings import Facts, Failure, Report, Status, Step
from auditor.loading import Loaded
from auditor.playback import Playback
from auditor.timeline import Timeline
from auditor.view import AskReason, Header, Tone, asked_again, badge_of, header_of, player, problem_of, stamp
from session.errors import (
    ByleaveError,
    ConfigurationError,
    EvidenceError,
    IdentityRefused,
    LinkLost,
)
from tests.auditor.windows.scenes import timeline


def report(*failures: Failure) -> Report:
    good, step = Step("root", "it is so"), Step("log", "it is there")
    good.note("a note with \u202ebad letters")
    for failure in failures:
        step.fail(failure, "it is not", "log/checkpoint")
    facts = Facts(technician="Maya Ortiz (technician:1001)", organisation="Example Support", reason="stopped")
    return Report("0" * 64, (good, step), facts)


@pytest.mark.parametrize(
    ("failures", "tone", "words"),
    [
        ((), Tone.OK, "Verified"),
        ((Failure.UNPINNED,), Tone.WARNING, "Organisation not confirmed"),
        ((Failure.LEAF,), Tone.DANGER, "Not verified"),
    ],
)
def test_the_badge_says_the_verdict(failures: tuple[Failure, ...], tone: Tone, words: str) -> None:
    badge = badge_of(report(*failures))
    assert (badge.tone, badge.words) == (tone, words)


def test_the_badge_names_what_failed_first_and_every_step() -> None:
    badge = badge_of(report(Failure.LEAF))
    assert badge.explanation.startswith("A leaf is not the statement's")
    assert [line.status for line in badge.lines] == [Status.PASSED, Status.FAILED]
    assert badge.lines[0].remarks == ("a note with bad letters",)
    assert badge.lines[1].remarks == ("log/checkpoint: it is not",)


def test_the_header_says_who_and_what_for() -> None:
    header = header_of(
        Loaded("0" * 64, report(), Timeline(1_800_000_000_000, 65_000), {}, "Your printer · 42")
    )
    assert header.title == "Maya Ortiz (technician:1001) · Example Support"
    assert header.subtitle == "2027-01-15 08:00:00 UTC · Your printer · 42"
    assert header.length == "01:05"
    assert header.blank == "Nothing of the screen was ever shown in this session."


def test_the_player_shows_the_moment() -> None:
    header = Header("", "", badge_of(report()), "", "")
    shown = player(header, timeline(), Playback(264_000).seek(0.0, 52_200), 0.0)
    assert (shown.elapsed, shown.clock, shown.standing) == ("00:52", "08:00:52", "Controlling")
    assert shown.technician == (0, 780, 452)
    assert shown.clicked
    assert shown.row is not None
    assert timeline().rows[shown.row].title == "Typed, clicked 3 times"
    later = player(header, timeline(), Playback(264_000).seek(0.0, 60_000), 0.0)
    assert (later.technician, later.clicked) == (None, False)
    before = player(header, timeline(), Playback(264_000), 0.0)
    assert (before.row, before.standing) == (None, "Asking")


def test_positions_are_stamps() -> None:
    assert [stamp(at) for at in (0, 61_000, 3_661_000)] == ["00:00", "01:01", "1:01:01"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EvidenceError("statement 4 is missing"), "The recording could not be confirmed."),
        (IdentityRefused("another key"), "It could not be opened."),
        (ConfigurationError("no identity"), "It could not be opened."),
    ],
)
def test_a_problem_is_told_in_words_for_auditors(error: ByleaveError, words: str) -> None:
    problem = problem_of("a session", error)
    assert problem.words == words
    assert problem.detail[0].isupper()


def test_the_question_is_asked_again_only_where_that_may_help() -> None:
    asked = AskReason("a session", "Ida Auditor")
    again = asked_again(asked, LinkLost("the relay cannot be reached"))
    assert again is not None
    assert again.fault == "The relay cannot be reached."
    assert asked_again(asked, EvidenceError("it was changed")) is None
