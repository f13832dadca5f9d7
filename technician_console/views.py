"""What the window shows, made of what the program knows: pure functions, one for each page."""

import time
from dataclasses import dataclass

from session.certificates import Certificate
from session.errors import ByleaveError
from session.messages import Hold, Monitor, Reason, Request, Standing
from technician_console import words
from technician_console.conversation import Conversation
from technician_console.meter import Meter
from technician_console.view import ChatLine, Code, Live, NewSession, Notice, Over, SignIn, Stage
from technician_console.witness import Verdict

PERSON = "The person"


@dataclass(frozen=True)
class About:
    """What stays the same as long as a session lasts."""

    technician: str
    organisation: str
    request: Request


@dataclass(frozen=True)
class Circumstances:
    """What is true of the session now, beside what was said about leave.

    Attributes:
        verdict: what the console thinks of the recording.
        logged: how many statements were found in the log.
        reconnect_seconds: how long the lost link may still come back; None while there is one.
        monitors: of the person's.
    """

    verdict: Verdict
    logged: int
    reconnect_seconds: float | None
    monitors: tuple[Monitor, ...] = ()


def sign_in(
    key: str,
    certificate: str,
    read: Certificate | None,
    at: float,
    *,
    error: ByleaveError | None = None,
    busy: bool = False,
) -> SignIn:
    """Return the first page.

    Args:
        key: path of the private key.
        certificate: path of the certificate.
        read: the certificate, if it could be read.
        at: now, in seconds since 1970.
        error: why the last attempt failed.
        busy: whether the key is being opened.
    """
    said = _sentence(error)
    if read is None:
        return SignIn(key, certificate, error=said, busy=busy)
    expired = at >= read.valid_before
    return SignIn(key, certificate, read.name, read.number, expiry(read, at), expired, said, busy)


def expiry(certificate: Certificate, at: float) -> str:
    """Return until when a certificate counts: `valid until 21:40, 7 h 12 min left`."""
    until = time.strftime("%H:%M", time.localtime(certificate.valid_before))
    if at >= certificate.valid_before:
        return f"expired at {until}"
    return f"valid until {until}, {words.time_left(int(certificate.valid_before - at))}"


@dataclass(frozen=True)
class Page:
    """How far a session has come that is not live yet; `until` is on the session's clock."""

    stage: Stage
    grouped: str = ""
    until: float = 0.0


def code(about: About, page: Page, now: float) -> Code:
    """Return the page with the code; `now` is on the session's clock."""
    request = about.request
    return Code(
        page.stage,
        page.grouped,
        max(0, round(page.until - now)),
        request.purpose,
        request.ticket,
        request.capabilities,
        request.minutes,
        about.organisation,
    )


def live(about: About, talk: Conversation, now: Circumstances, meter: Meter, clock: float) -> Live:
    """Return the page of a running session; `clock` is the conversation's."""
    holds = talk.holds
    if now.verdict is not Verdict.SAFE:
        holds |= {Hold.EVIDENCE}
    if now.reconnect_seconds is not None:
        holds |= {Hold.LINK}
    recorded = talk.recorded and now.verdict is Verdict.SAFE
    notice = talk.notice
    return Live(
        technician=about.technician,
        organisation=about.organisation,
        purpose=about.request.purpose,
        ticket=about.request.ticket,
        standing=Standing.PAUSED if holds else talk.standing,
        granted=talk.granted,
        pending=talk.pending,
        answers=tuple(sorted(talk.answers.items())),
        holds=holds,
        seconds_left=max(0, round(talk.lease_end - clock)),
        reconnect_seconds=max(0, round(now.reconnect_seconds or 0)),
        recorded=recorded,
        recording=f"Recorded, {now.logged} statements in the log" if recorded else "",
        round_trip_ms=None if meter.round_trip is None else 1000 * meter.round_trip,
        kilobits=meter.rates.kilobits,
        frames=meter.rates.frames,
        chat=tuple(_line(line.mine, line.when, line.text, about.technician) for line in talk.chat),
        notice=None if notice is None else Notice(notice[0], words.refusal(notice[1].why)),
        facts=talk.facts,
        monitors=now.monitors,
    )


def over(about: About, why: Reason | ByleaveError, seconds: float | None, recording: str) -> Over:
    """Return the last page.

    Args:
        about: the session.
        why: a reason of the protocol, or what failed.
        seconds: how long something was granted; None if nothing ever was.
        recording: what became of the recording.
    """
    request = about.request
    if isinstance(why, ByleaveError):
        return words.failed(why, purpose=request.purpose, ticket=request.ticket)
    length = "" if seconds is None else words.duration(seconds)
    return words.over(
        why, duration=length, recording=recording, purpose=request.purpose, ticket=request.ticket
    )


def recording(made: int, logged: int, complete: bool, done: bool) -> str:
    """Return what became of the recording.

    Args:
        made: how many statements there are.
        logged: how many of them were found in the log.
        complete: whether these are all, up to the session's close.
        done: whether nothing more will be found.
    """
    if complete:
        return f"Stored, all {made} statements are in the log"
    return f"{logged} of {made} statements were seen in the log" if done else "Being stored"


def new_session(page: NewSession, error: ByleaveError | None) -> NewSession:
    """Return the form with what went wrong."""
    return NewSession(page.name, page.expiry, page.relay, page.organisation, page.draft, _sentence(error))


def _line(mine: bool, when: float, text: str, technician: str) -> ChatLine:
    return ChatLine(mine, technician if mine else PERSON, time.strftime("%H:%M", time.localtime(when)), text)


def _sentence(error: ByleaveError | None) -> str:
    """Return what went wrong in a sentence with its reason."""
    if error is None:
        return ""
    reason = str(error)
    return f"{reason[:1].upper()}{reason[1:]}." if reason else error.sentence
