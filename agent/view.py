"""What the person's windows show, and what the person wants: the seam between engine and windows.

The engine makes one frozen `ViewState` after another and hands each to the
windows; the windows render it and call `Intents`. Neither side sees the other's
insides: no Qt here, no session there. Times are seconds on the boot-time clock
(`boot_time`), which goes on while the computer sleeps; dates are aware, in UTC.
A page holds facts; their words are in `agent.words`, in the person's language.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from session.consent import Consent
from session.errors import ByleaveError, RoomRefused
from session.messages import Answer, Capability, Hold, Reason, Standing

MINUTES = (10, 30, 60, 120)
"""The lengths that a person may choose from."""

ANSWER_SECONDS = 60.0
ARMING_SECONDS = 3.0


@dataclass(frozen=True)
class Organisation:
    """Who is accountable, from the signed profile."""

    name: str
    telephone: str
    contact: str


@dataclass(frozen=True)
class Technician:
    """Who wants in, from the certificate that this machine has checked."""

    name: str
    number: str
    organisation: str


@dataclass(frozen=True)
class Trouble:
    """Something went wrong: the error's wire code, and its reason if the relay gave one."""

    code: str
    reason: str = ""


class Stage(StrEnum):
    """How far the way to the technician is."""

    ROOM = "room"
    INTRODUCTION = "introduction"
    SECURING = "securing"
    REQUEST = "request"
    OPENING = "opening"


class Asks(StrEnum):
    """What a question is about."""

    FIRST = "first"
    MORE = "more"
    RENEW = "renew"


class Side(StrEnum):
    """Who wrote a line of chat."""

    PERSON = "person"
    TECHNICIAN = "technician"


class Recording(StrEnum):
    """Where the recording of an ended session is."""

    NONE = "none"
    SAVED = "saved"
    UPLOADING = "uploading"
    STORED = "stored"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Welcome:
    """The first screen. `organisation` is absent until one was adopted."""

    organisation: Organisation | None
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Connecting:
    """The code was typed; nothing has been asked yet. `technician` is absent until checked."""

    stage: Stage
    technician: Technician | None = None


@dataclass(frozen=True)
class ChatLine:
    """One line of chat."""

    side: Side
    text: str = field(repr=False)


@dataclass(frozen=True)
class Session:
    """A running session, as the banner says it."""

    standing: Standing
    technician: Technician
    granted: frozenset[Capability]
    ends_at: float
    holds: frozenset[Hold] = frozenset()
    recorded: bool = True
    chat: tuple[ChatLine, ...] = ()

    @property
    def paused_by_person(self) -> bool:
        """Tell whether the banner offers to go on instead of to pause."""
        return Hold.PERSON in self.holds


@dataclass(frozen=True)
class Question:
    """One question to the person.

    Attributes:
        number: names the question in the intents; never used twice.
        asks: the first question, one more capability, or more time.
        technician: who asks.
        purpose: the technician's words.
        ticket: the technician's words, or empty.
        capabilities: what is asked, `VIEW` first; all that is granted if `asks` is `RENEW`.
        minutes: what is chosen at first; one of `choices`.
        choices: the lengths offered; empty for `MORE`, which lasts as long as the session does.
        recipients: names of those who can open the recording, besides the person.
        kept_until: when the recording is deleted, or None if nobody has said so.
        deadline: when the question counts as timed out.
        session: the running session behind a later question.
    """

    number: int
    asks: Asks
    technician: Technician
    purpose: str = field(repr=False)
    ticket: str = field(repr=False)
    capabilities: tuple[Capability, ...]
    minutes: int
    choices: tuple[int, ...]
    recipients: tuple[str, ...]
    kept_until: datetime | None
    deadline: float
    session: Session | None = None


@dataclass(frozen=True)
class Deeds:
    """What the technician did, counted."""

    clicks: int = 0
    keys: int = 0
    lines: int = 0
    facts: bool = False


@dataclass(frozen=True)
class Summary:
    """What happened, after the end.

    Attributes:
        technician: absent if nobody was let through.
        began: when the session began (aware, UTC).
        seconds: how long it was.
        reason: why it ended.
        granted: everything that was allowed at any time.
        deeds: what was done with it.
        recording: where the recording is.
        can_save: whether `save_copy` would do something.
        saved: where the person's copy went.
        trouble: why saving or reporting did not work.
        can_report: whether `report` would do something.
        reported: whether a report was handed in.
        programs: names of programs that were started and may still run.
    """

    technician: Technician | None
    began: datetime
    seconds: int
    reason: Reason
    granted: frozenset[Capability] = frozenset()
    deeds: Deeds = Deeds()
    recording: Recording = Recording.NONE
    can_save: bool = False
    saved: Path | None = None
    trouble: Trouble | None = None
    can_report: bool = False
    reported: bool = False
    programs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adopt:
    """`byleave agent adopt FILE`: shall this organisation be trusted? `replaces` names the present one."""

    organisation: Organisation
    fingerprint: str
    relay: str
    replaces: str = ""


@dataclass(frozen=True)
class Problem:
    """Nothing can go on; what happened and what to do."""

    trouble: Trouble
    organisation: Organisation | None = None


ViewState: TypeAlias = Welcome | Connecting | Question | Session | Summary | Adopt | Problem


class Intents(Protocol):
    """What the person wants. Called from the window's thread; each must return at once."""

    def code_typed(self, text: str) -> None:
        """Join with this code, ten digits whose check digit is right."""

    def answer(self, question: int, granted: frozenset[Capability], minutes: int) -> None:
        """Allow; a physical device's event stands behind it."""

    def deny(self, question: int, how: Answer) -> None:
        """Do not allow: `REFUSED`, or `TIMED_OUT` if nobody did anything."""

    def stop(self) -> None:
        """End the session now, or give up connecting."""

    def pause(self) -> None:
        """Hold the session still."""

    def go_on(self) -> None:
        """Lift the person's own hold."""

    def withdraw(self, capability: Capability) -> None:
        """Take one capability back."""

    def chat(self, text: str) -> None:
        """Send a line of chat."""

    def save_copy(self, folder: Path) -> None:
        """Save the person's copy of the ended session into a folder."""

    def report(self, text: str) -> None:
        """Report a problem with the ended session, in the person's words."""

    def close_summary(self) -> None:
        """Go back to the first screen."""

    def adopt(self, yes: bool) -> None:
        """Trust the organisation of the `Adopt` page, or don't."""

    def quit(self) -> None:
        """End the program; a session that runs is stopped first."""


class Windows(Protocol):
    """What the engine may do with the windows, from any thread."""

    def show(self, state: ViewState) -> None:
        """Show this page; only the newest one counts."""

    def own_windows(self) -> frozenset[int]:
        """Return the X11 ids of all our windows, frames of the window manager included."""

    def banner_visible(self) -> bool:
        """Tell whether the banner is on every monitor, whole and on top."""

    def quit(self) -> None:
        """Close all windows and end `run`."""


def boot_time() -> float:
    """Return the seconds since the computer started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def trouble_of(error: ByleaveError) -> Trouble:
    """Return what a page shows of an error: its code and the relay's reason, never its log text."""
    return Trouble(error.code, error.reason if isinstance(error, RoomRefused) else "")


def session_of(
    consent: Consent, technician: Technician, *, recorded: bool, chat: tuple[ChatLine, ...] = ()
) -> Session:
    """Return the banner's page of a running session."""
    return Session(
        standing=consent.standing(),
        technician=technician,
        granted=consent.granted,
        ends_at=consent.lease_end,
        holds=consent.holds,
        recorded=recorded,
        chat=chat,
    )


def choices_of(minutes: int) -> tuple[int, ...]:
    """Return the lengths to offer when the technician asked for `minutes`, in order."""
    return tuple(sorted({*MINUTES, minutes}))


def seconds_left(ends_at: float, now: float) -> int:
    """Return the whole seconds left, rounded up, never negative."""
    return max(0, -int((now - ends_at) // 1))


def shown_time(seconds: int) -> tuple[int, bool]:
    """Return what the banner shows: minutes rounded up, or seconds in the last minute (then True).

    A still screen stays still: the number changes once a minute until the last.
    """
    return (seconds, True) if seconds <= 60 else (-(-seconds // 60), False)
