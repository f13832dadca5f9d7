"""What the replay window shows, as values; made by pure functions from a recording and a position."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from auditor.findings import Failure, Report, Status, Verdict
from auditor.loading import Loaded
from auditor.playback import Playback
from auditor.printing import moment
from auditor.timeline import POINTER_STAYS_MS, Timeline
from session.errors import ByleaveError, IdentityRefused, LinkLost, OwnError
from session.plain import display_name, display_text


class Tone(StrEnum):
    """How something stands: a word of the style sheet."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class CheckLine:
    """One step of the check, as it is shown."""

    status: Status
    name: str
    proves: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Badge:
    """The verdict on the window, and what it rests on."""

    tone: Tone
    words: str
    explanation: str
    lines: tuple[CheckLine, ...] = ()


@dataclass(frozen=True)
class AskReason:
    """Before a relay hands out the keys: why is this opened?

    Args:
        title: the session.
        auditor: who will sign the reason.
        fault: why the last answer was not good, or empty.
    """

    title: str
    auditor: str
    fault: str = ""


@dataclass(frozen=True)
class Loading:
    """The recording is being checked and opened.

    Args:
        title: the session.
        step: what is being done.
        done: how many steps are done.
        total: how many there are.
    """

    title: str
    step: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Problem:
    """The recording cannot be shown.

    Args:
        title: the session.
        words: a sentence for the auditor.
        detail: the reason, for a report.
    """

    title: str
    words: str
    detail: str = ""


@dataclass(frozen=True)
class Header:
    """What stays the same while a recording is watched.

    Args:
        title: who helped, and for whom.
        subtitle: when, and what for.
        badge: the verdict.
        length: how long the session was, as people read it.
        blank: words instead of a picture.
    """

    title: str
    subtitle: str
    badge: Badge
    length: str
    blank: str


@dataclass(frozen=True)
class Player:
    """The recording at one moment.

    Args:
        header: what stays the same.
        timeline: the whole session.
        position: milliseconds since its start.
        clock: the same as a time of day (UTC).
        elapsed: the same as people read it.
        playing: whether it goes on by itself.
        speed: times real time.
        row: which row of the event list happened last.
        standing: what the session was doing.
        technician: the technician's pointer (monitor, x, y), if it was heard of lately.
        person: the person's pointer, likewise.
        clicked: the technician has just pressed a button.
    """

    header: Header
    timeline: Timeline = field(repr=False)
    position: int
    clock: str
    elapsed: str
    playing: bool
    speed: float
    row: int | None
    standing: str
    technician: tuple[int, int, int] | None
    person: tuple[int, int, int] | None
    clicked: bool


ViewState: TypeAlias = AskReason | Loading | Problem | Player

_VERDICTS = {
    Verdict.VERIFIED: (Tone.OK, "Verified", "Nothing was changed, and nothing is missing."),
    Verdict.CLOSED_ALONE: (
        Tone.OK,
        "Verified, closed by the agent alone",
        "Nothing was changed. The technician had gone and did not sign the end.",
    ),
    Verdict.RECOVERED: (
        Tone.WARNING,
        "Verified, end missing",
        "Nothing was changed. The agent broke off, and the last moments were never recorded.",
    ),
    Verdict.UNPINNED: (
        Tone.WARNING,
        "Organisation not confirmed",
        "Everything agrees, but nobody has said that this root key is the organisation's.",
    ),
    Verdict.FAILED: (Tone.DANGER, "Not verified", "Do not rely on what you see here."),
}


def badge_of(report: Report) -> Badge:
    """Return the verdict as it is shown."""
    tone, words, explanation = _VERDICTS[report.verdict]
    if report.verdict is Verdict.FAILED:
        first = next(each for each in report.findings if each.failure is not Failure.UNPINNED)
        explanation = f"{first.failure.meaning[0].upper()}{first.failure.meaning[1:]}. {explanation}"
    lines = tuple(
        CheckLine(
            step.status,
            step.name,
            step.skipped or step.proves,
            tuple(f"{each.where}: {each.words}" if each.where else each.words for each in step.findings)
            + tuple(display_text(note) for note in step.notes),
        )
        for step in report.steps
    )
    return Badge(tone, words, explanation, lines)


def problem_of(title: str, error: ByleaveError) -> Problem:
    """Return why a recording is not shown; some sentences of the tree are meant for others than auditors."""
    words = "It could not be opened." if isinstance(error, IdentityRefused | OwnError) else error.sentence
    return Problem(title, words, _capital(str(error)))


def asked_again(asked: AskReason, error: ByleaveError) -> AskReason | None:
    """Return the question with what went wrong, if trying again may help; otherwise None."""
    if not isinstance(error, IdentityRefused | LinkLost):
        return None
    return replace(asked, fault=_capital(str(error)) + ".")


def title_of(loaded: Loaded) -> str:
    """Return who helped, and for whom."""
    facts = loaded.report.facts
    return display_name(" · ".join(part for part in (facts.technician, facts.organisation) if part), 120)


def header_of(loaded: Loaded) -> Header:
    """Return what stays the same while a recording is watched."""
    began = f"{moment(loaded.timeline.opened_ms)} UTC"
    parts = (began, display_name(loaded.purpose, 200))
    return Header(
        title=title_of(loaded),
        subtitle=" · ".join(part for part in parts if part),
        badge=badge_of(loaded.report),
        length=stamp(loaded.timeline.length),
        blank=_blank(loaded),
    )


def player(header: Header, timeline: Timeline, playback: Playback, now: float) -> Player:
    """Return what the window shows at a moment.

    Args:
        header: what stays the same.
        timeline: the whole session.
        playback: where the player is.
        now: seconds on the playback's clock.
    """
    position = playback.at(now)
    return Player(
        header=header,
        timeline=timeline,
        position=position,
        clock=moment(timeline.opened_ms + position)[11:],
        elapsed=stamp(position),
        playing=playback.settled(now).playing,
        speed=playback.speed,
        row=timeline.row_at(position),
        standing=timeline.standing_at(position),
        technician=timeline.technician.at(position, POINTER_STAYS_MS),
        person=timeline.person.at(position),
        clicked=timeline.clicked_at(position),
    )


def stamp(milliseconds: int) -> str:
    """Return a position as `12:34` or `1:02:03`."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _blank(loaded: Loaded) -> str:
    if not loaded.reels:
        return "Nothing of the screen was ever shown in this session."
    return "Nothing of the screen had been shown yet."
