"""A session in time, made ready to be shown: rows, marks, spans, activity. Pure; times count from `open`.

Input is told in bursts: what was typed, clicked and scrolled with less than two
seconds in between is one row.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.consent_record import ConsentRecord
from auditor.events import (
    Button,
    Chat,
    Cursor,
    Event,
    Facts,
    Input,
    Key,
    MonitorsChanged,
    Pointer,
    Refusal,
    ScreenBegun,
    Scroll,
    StandingChanged,
    Text,
)
from auditor.keystrokes import typed
from auditor.wall import Place
from session.messages import Hold, Standing
from session.plain import display_name
from session.statements import Close, Consented, SessionStatement

BURST_MS = 2000
BUCKETS = 240
DETAIL_LIMIT = 400
POINTER_STAYS_MS = 4000
"""How long the technician's pointer is drawn after it was last heard of."""
CLICK_SHOWS_MS = 500

ASKED = {
    "allowed": "Allowed",
    "refused": "Refused",
    "timed-out": "Not answered",
    "withdrawn": "Question withdrawn",
    "more-allowed": "More allowed",
    "more-refused": "More refused",
    "more-timed-out": "More: not answered",
    "more-withdrawn": "Further question withdrawn",
    "renewed": "Time extended",
    "revoked": "Taken back",
}
GRANTING = frozenset({"allowed", "more-allowed", "renewed"})
HELD = {
    Hold.PERSON: "the person paused it",
    Hold.EVIDENCE: "the recording could not be stored",
    Hold.LINK: "the connection was lost",
    Hold.LEASE: "the time was over",
}
STANDINGS = {
    Standing.WAITING: "Waiting",
    Standing.ASKING: "Asking",
    Standing.VIEWING: "Viewing",
    Standing.CONTROLLING: "Controlling",
    Standing.PAUSED: "Paused",
    Standing.ENDED: "Ended",
}
REFUSED = {
    "not-granted": "this was not allowed",
    "held": "the session was held still",
    "not-recorded": "it could not be recorded",
    "not-watched": "it would have been on a monitor that the technician did not see",
    "own-window": "it would have reached Byleave's own window",
    "busy": "a question was open, or just answered",
    "too-fast": "too much at once",
    "no-effect": "this computer cannot do it",
}
REASONS = {
    "stopped": "the person stopped it",
    "left": "the technician left",
    "refused": "the person refused",
    "timed-out": "nobody answered",
    "withdrawn": "the technician withdrew",
    "lease-ended": "the time was over",
    "link-lost": "the connection was lost",
    "unrecorded": "it could not be recorded",
    "full": "the recording was full",
    "violation": "a program broke the rules",
    "revoked": "the technician's certificate was revoked",
    "recovered": "the agent broke off; closed later",
}


class Kind(StrEnum):
    """What a row is about."""

    CONSENT = "consent"
    DENIED = "denied"
    STANDING = "standing"
    HOLD = "hold"
    CHAT = "chat"
    INPUT = "input"
    FACTS = "facts"
    REFUSAL = "refusal"
    SCREEN = "screen"
    END = "end"


@dataclass(frozen=True)
class Row:
    """One line of the event list.

    Args:
        at: milliseconds since `open`.
        kind: what it is about.
        title: a few words.
        detail: what was said, typed or shown; may be empty.
        person: whether the person did it, and not the technician.
    """

    at: int
    kind: Kind
    title: str
    detail: str = ""
    person: bool = False


@dataclass(frozen=True)
class Span:
    """From `begin` to `end`, milliseconds since `open`, the session was held still."""

    begin: int
    end: int


@dataclass(frozen=True)
class Track:
    """Where a pointer was, and when.

    Args:
        times: milliseconds since `open`, in order.
        places: the monitor, and x and y on it; None while it is where the technician sees nothing.
    """

    times: tuple[int, ...] = ()
    places: tuple[tuple[int, int, int] | None, ...] = ()

    def at(self, moment: int, stays: int | None = None) -> tuple[int, int, int] | None:
        """Return where the pointer is; with `stays`, only if it was heard of that many milliseconds ago."""
        number = bisect_right(self.times, moment) - 1
        if number < 0 or (stays is not None and moment - self.times[number] > stays):
            return None
        return self.places[number]


@dataclass(frozen=True)
class Timeline:
    """A session in time.

    Args:
        opened_ms: when it was opened, milliseconds since 1970.
        length: milliseconds from `open` to the end.
        first: when something was first recorded, milliseconds since `open`.
        rows: the event list.
        activity: how much happened, 0 to 1, in parts of equal length.
        still: when it was held still.
        standings: since when it was doing what.
        technician: the technician's pointer.
        person: the person's pointer.
        clicks: when the technician pressed a button.
        layouts: since when the technician saw which monitors, and where they stand.
    """

    opened_ms: int
    length: int
    first: int = 0
    rows: tuple[Row, ...] = ()
    activity: tuple[float, ...] = ()
    still: tuple[Span, ...] = ()
    standings: tuple[tuple[int, str], ...] = ()
    technician: Track = field(default_factory=Track)
    person: Track = field(default_factory=Track)
    clicks: tuple[int, ...] = ()
    layouts: tuple[tuple[int, tuple[Place, ...]], ...] = ()

    def layout_at(self, moment: int) -> tuple[Place, ...] | None:
        """Return the monitors that the technician saw and where they stand; None if that was never told."""
        number = bisect_right([since for since, _ in self.layouts], moment) - 1
        return self.layouts[max(0, number)][1] if self.layouts else None

    def row_at(self, moment: int) -> int | None:
        """Return which row happened last, or None before the first."""
        number = bisect_right([row.at for row in self.rows], moment) - 1
        return None if number < 0 else number

    def clicked_at(self, moment: int) -> bool:
        """Tell whether the technician pressed a button a moment ago."""
        number = bisect_right(self.clicks, moment) - 1
        return number >= 0 and moment - self.clicks[number] <= CLICK_SHOWS_MS

    def standing_at(self, moment: int) -> str:
        """Return what the session was doing."""
        number = bisect_right([since for since, _ in self.standings], moment) - 1
        return "Asking" if number < 0 else self.standings[number][1]


def build(
    statements: Sequence[SessionStatement],
    consents: Mapping[int, ConsentRecord],
    events: Sequence[Event],
    pictures: Iterable[int] = (),
) -> Timeline:
    """Put a session in order.

    Args:
        statements: all of them.
        consents: the consent records by their statement's number.
        events: all of them, in order.
        pictures: when pictures were recorded, milliseconds since 1970; they count as activity.
    """
    opened = statements[0].t0 if statements else 0
    ends = [int(getattr(value, "t1", value.t0)) for value in statements] + [event.t for event in events]
    length = max([*ends, opened + 1]) - opened
    rows = [*_consent_rows(statements, consents), *_event_rows(events), *_end_rows(statements)]
    rows.sort(key=lambda row: row.at)
    first = next((value.t0 for value in statements if isinstance(value, Consented)), opened)
    return Timeline(
        opened_ms=opened,
        length=length,
        first=max(0, first - opened),
        rows=tuple(_since(row, opened) for row in rows),
        activity=_activity([event.t - opened for event in events], pictures, opened, length),
        still=_still(events, opened, opened + length),
        standings=tuple(
            (event.t - opened, STANDINGS[event.standing])
            for event in events
            if isinstance(event, StandingChanged)
        ),
        technician=_track((event for event in events if isinstance(event, Pointer)), opened),
        person=_track((event for event in events if isinstance(event, Cursor)), opened),
        clicks=tuple(event.t - opened for event in events if isinstance(event, Button) and event.down),
        layouts=tuple(
            (event.t - opened, _seen(event)) for event in events if isinstance(event, MonitorsChanged)
        ),
    )


def _seen(event: MonitorsChanged) -> tuple[Place, ...]:
    return tuple(Place(number, x, y) for number, x, y, _, _ in event.monitors if number in event.watched)


def _since(row: Row, opened: int) -> Row:
    return Row(max(0, row.at - opened), row.kind, row.title, row.detail, row.person)


def _consent_rows(statements: Sequence[SessionStatement], consents: Mapping[int, ConsentRecord]) -> list[Row]:
    found = []
    for value in statements:
        if isinstance(value, Consented):
            record = consents.get(value.seq)
            detail = _consent_detail(record) if record else ""
            kind = Kind.CONSENT if value.event in GRANTING else Kind.DENIED
            found.append(Row(value.t0, kind, ASKED[value.event], detail, person=True))
    return found


def _consent_detail(record: ConsentRecord) -> str:
    granted = ", ".join(record.granted) or "nothing"
    if record.event == "allowed":
        return _short(f"{granted} for {record.minutes} minutes · “{record.purpose}”")
    return _short(f"now: {granted}")


def _end_rows(statements: Sequence[SessionStatement]) -> list[Row]:
    close = next((value for value in statements if isinstance(value, Close)), None)
    if close is None:
        return []
    return [Row(close.t0, Kind.END, "Ended", REASONS.get(close.reason, close.reason))]


def _event_rows(events: Sequence[Event]) -> list[Row]:
    found: list[Row] = []
    burst: list[Event] = []
    last: StandingChanged | None = None
    for event in events:
        if isinstance(event, Input):
            if burst and event.t - burst[-1].t > BURST_MS:
                found += _burst_rows(burst)
                burst = []
            burst.append(event)
            continue
        row = _row(event, last)
        if row is not None:
            found += [*_burst_rows(burst), row]
            burst = []
        if isinstance(event, StandingChanged):
            last = event
    return found + _burst_rows(burst)


def _row(event: Event, last: StandingChanged | None) -> Row | None:
    """Return the row of an event that is neither input nor a pointer's way."""
    match event:
        case StandingChanged():
            return _standing_row(event, last)
        case Chat():
            person = event.sender == "person"
            who = "The person wrote" if person else "The technician wrote"
            return Row(event.t, Kind.CHAT, who, _short(event.text), person)
        case Facts():
            return Row(event.t, Kind.FACTS, "Was told about the computer", _facts(event.facts))
        case Refusal():
            why = REFUSED.get(event.why, event.why)
            return Row(event.t, Kind.REFUSAL, "Had no effect", _short(f"{event.what}: {why}"))
        case ScreenBegun():
            size = f"{event.width} × {event.height}"
            return Row(event.t, Kind.SCREEN, "Sees the screen", f"monitor {event.monitor + 1}, {size}")
        case MonitorsChanged() if len(event.monitors) > 1:
            watched = ", ".join(str(number + 1) for number in event.watched)
            return Row(event.t, Kind.SCREEN, "Watches", f"monitor {watched} of {len(event.monitors)}")
        case _:
            return None


def _standing_row(event: StandingChanged, last: StandingChanged | None) -> Row | None:
    if event.holds and (last is None or set(event.holds) != set(last.holds)):
        why = ", ".join(HELD[hold] for hold in event.holds)
        return Row(event.t, Kind.HOLD, "Paused", why, person=Hold.PERSON in event.holds)
    if last is not None and last.holds and not event.holds:
        return Row(event.t, Kind.HOLD, "Goes on", STANDINGS[event.standing])
    if event.standing is Standing.ENDED:
        # The close says it, and why.
        return None
    if last is None or event.standing is not last.standing:
        return Row(event.t, Kind.STANDING, STANDINGS[event.standing])
    return None


def _burst_rows(burst: Sequence[Event]) -> list[Row]:
    """Tell what was typed, clicked and scrolled as one row; a pointer that only moved is none."""
    clicks = sum(isinstance(event, Button) and event.down == 1 for event in burst)
    turns = sum(isinstance(event, Scroll) for event in burst)
    text = typed(event for event in burst if isinstance(event, Key | Text))
    parts = []
    if text:
        parts.append("Typed")
    if clicks:
        parts.append("clicked" if clicks == 1 else f"clicked {clicks} times")
    if turns:
        parts.append("scrolled")
    if not parts:
        return []
    title = ", ".join(parts)
    first = next(event for event in burst if not isinstance(event, Pointer))
    return [Row(first.t, Kind.INPUT, title[0].upper() + title[1:], _short(text))]


def _facts(facts: object) -> str:
    pairs = facts if isinstance(facts, list) else []
    return _short(" · ".join(f"{pair[0]}: {pair[1]}" for pair in pairs if isinstance(pair, list)))


def _short(text: str) -> str:
    return display_name(text, DETAIL_LIMIT)


def _activity(moments: Sequence[int], pictures: Iterable[int], opened: int, length: int) -> tuple[float, ...]:
    counts = [0] * BUCKETS
    for moment in (*moments, *(at - opened for at in pictures)):
        counts[min(BUCKETS - 1, max(0, moment * BUCKETS // length))] += 1
    most = max(counts) or 1
    # The root lets a few pictures show beside a film that scrolls.
    return tuple((count / most) ** 0.5 for count in counts)


def _still(events: Sequence[Event], opened: int, end: int) -> tuple[Span, ...]:
    found = []
    since: int | None = None
    for event in events:
        if not isinstance(event, StandingChanged):
            continue
        if event.holds and since is None:
            since = event.t
        elif not event.holds and since is not None:
            found.append(Span(since - opened, event.t - opened))
            since = None
    if since is not None:
        found.append(Span(since - opened, end - opened))
    return tuple(found)


def _track(events: Iterable[Pointer | Cursor], opened: int) -> Track:
    found = [(event.t - opened, _place(event)) for event in events]
    return Track(tuple(at for at, _ in found), tuple(place for _, place in found))


def _place(event: Pointer | Cursor) -> tuple[int, int, int] | None:
    return None if event.monitor is None else (event.monitor, event.x, event.y)
