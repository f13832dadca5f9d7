"""What the person had allowed at each moment: their answers, replayed under the laws of `session.consent`.

A record says what was granted after it. That alone proves nothing: what counts
is what follows from the question, the answer, and all answers before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from auditor.consent_record import ConsentRecord
from auditor.events import Event, StandingChanged
from session import consent
from session.consent import Consent, after
from session.errors import EvidenceError
from session.messages import Answer, Capability, Standing

SLACK_MS = 250
"""An event is checked, recorded and checked again: it may be recorded just as leave is taken."""

LONGEST_LEASE = 120
"""Minutes: PROTOCOL.md, section 5."""

_ACTING = frozenset({Standing.VIEWING, Standing.CONTROLLING})


@dataclass(frozen=True)
class _Span:
    """What was granted from `begin` until the next span, and when the lease ends; in milliseconds."""

    begin: int
    granted: frozenset[Capability]
    lease_end: float


class Leave:
    """The answers of one session, and what they allowed when."""

    def __init__(self) -> None:
        self._consent = Consent()
        self._spans: list[_Span] = []

    def follow(self, at: int, record: ConsentRecord) -> None:
        """Take the next record.

        Args:
            at: when its statement was signed, milliseconds since 1970.
            record: what was asked and answered.

        Raises:
            PeerError: it does not follow from the question and the answers before.
        """
        if record.answered_ms > at + SLACK_MS:
            raise EvidenceError("the answer is dated later than its signature")
        follows = self._consent
        for event in _events(record, follows):
            follows = after(follows, event)
        _compare(frozenset(record.granted), follows.granted)
        self._consent = follows
        self._spans.append(_Span(at, follows.granted, follows.lease_end * 1000))

    def granted(self, capability: Capability, begin: int, end: int) -> bool:
        """Tell whether something was granted at any moment from `begin` to `end`, whatever the lease."""
        return any(capability in span.granted for span in self._between(begin, end))

    def held(self, capability: Capability, begin: int, end: int) -> bool:
        """Tell whether something was granted at any moment from `begin` to `end`, and the lease not over."""
        spans = self._between(begin, end)
        return any(capability in span.granted and begin < span.lease_end for span in spans)

    def _between(self, begin: int, end: int) -> list[_Span]:
        pairs = pairwise([*self._spans, None])
        return [
            span
            for span, following in pairs
            if span and span.begin <= end and (following is None or following.begin >= begin)
        ]


class Stillness:
    """When something held the session still, from its own events.

    Args:
        events: in the order of their times.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self._times: list[tuple[int, int | None]] = []
        since: int | None = None
        for event in events:
            if not isinstance(event, StandingChanged):
                continue
            if event.holds or event.standing not in _ACTING:
                since = event.t if since is None else since
            elif since is not None:
                self._times.append((since, event.t))
                since = None
        if since is not None:
            self._times.append((since, None))

    def covers(self, begin: int, end: int) -> bool:
        """Tell whether the session was held still all the time from `begin` to `end`."""
        return any(since < begin and (until is None or end < until) for since, until in self._times)


def _compare(said: frozenset[Capability], follows: frozenset[Capability]) -> None:
    if said - follows:
        raise EvidenceError(f"it grants {_names(said - follows)}, which was not asked or not allowed")
    if said != follows:
        raise EvidenceError(f"it leaves out {_names(follows - said)}, which nobody has taken back")


def _names(capabilities: frozenset[Capability]) -> str:
    return ", ".join(sorted(capabilities))


def _events(record: ConsentRecord, before: Consent) -> list[consent.Event]:
    """Return what the record says happened since the one before."""
    asked = frozenset(record.asked)
    match record.event:
        case "allowed":
            first = consent.Allowed(frozenset(record.granted), _lease_end(record))
            return [consent.Requested(asked), consent.Opened(), first]
        case "refused" | "timed-out" | "withdrawn":
            return [consent.Requested(asked), consent.Opened(), consent.Denied(Answer(record.event))]
        case "more-allowed":
            return [*map(consent.MoreRequested, asked), consent.MoreAllowed()]
        case "more-refused" | "more-timed-out" | "more-withdrawn":
            denied = consent.MoreDenied(Answer(record.event.removeprefix("more-")))
            if len(asked) == 1 and not asked & before.granted:
                return [*map(consent.MoreRequested, asked), denied]
            # What is granted is asked again when the lease ends.
            return [consent.LeaseEnded(), denied]
        case "renewed":
            return [consent.LeaseEnded(), consent.Renewed(_lease_end(record))]
        case "revoked":
            return [*map(consent.Revoked, asked)]


def _lease_end(record: ConsentRecord) -> float:
    """Return when the lease ends, in seconds since 1970."""
    if not 1 <= record.minutes <= LONGEST_LEASE:
        raise EvidenceError(f"leave for {record.minutes} minutes is never asked for")
    return record.answered_ms / 1000 + record.minutes * 60
