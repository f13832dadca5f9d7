"""What was recorded: everything can be read, and nothing happened that was not allowed then."""

from dataclasses import dataclass

from auditor.case import Case
from auditor.checks.sealing import WITHOUT_KEYS
from auditor.events import Cursor, Event, Facts, Input, MonitorsChanged, StandingChanged
from auditor.findings import Failure, Step
from auditor.leave import SLACK_MS, Leave, Stillness
from auditor.pictures import Order, Picture
from auditor.recording import Recording
from auditor.reel import Piece, Reel
from auditor.shelf import Position, Shelf
from session.errors import EvidenceError
from session.messages import Capability
from session.statements import Segment

PICTURE_SLACK_MS = 1000
"""A picture is dated when it is captured, and recorded when it is coded, which may take so long."""


def check_content(case: Case, step: Step) -> None:
    """Open every segment, and compare pictures and events with what the person had allowed."""
    if "main" not in case.keys:
        step.skipped = WITHOUT_KEYS if not case.identities else "the session's main key could not be opened"
        return
    with step.expecting(Failure.CONTENT, case.path("seg")):
        recording = Recording(case.source, case.sid, case.statements, case.keys)
        events = _read_events(case, step, recording)
        allowed = _Allowed(case.leave, Stillness(events))
        pictures = sum(
            _check_monitor(case, step, recording, monitor, allowed) for monitor in recording.monitors
        )
        for item in recording.unused():
            step.fail(Failure.CONTENT, "no picture belongs to this video", case.path(item.name))
        with step.expecting(Failure.CONTENT, case.path("seg")):
            _check_leave(events, allowed)
        step.note(f"{pictures} pictures and {len(events)} events, all within what was allowed")


@dataclass(frozen=True)
class _Allowed:
    """What was allowed when.

    Args:
        leave: by the person's answers; None if they cannot be read here.
        still: when the session was held still.
    """

    leave: Leave | None
    still: Stillness

    def granted(self, capability: Capability, begin: int, end: int) -> bool:
        return self.leave is None or self.leave.granted(capability, begin, end)

    def held(self, capability: Capability, begin: int, end: int) -> bool:
        return self.leave is None or self.leave.held(capability, begin, end)

    def still_at(self, at: int) -> bool:
        return self.still.covers(at - SLACK_MS, at + SLACK_MS)

    def check_pictures(self, begin: int, end: int) -> None:
        """Check that pictures of some moment from `begin` to `end` were allowed."""
        if not self.held(Capability.VIEW, begin, end):
            raise EvidenceError("pictures were recorded while the screen was not to be seen")
        if self.still.covers(begin, end):
            raise EvidenceError("pictures were recorded while the session was held still")


def _check_monitor(case: Case, step: Step, recording: Recording, monitor: int, allowed: _Allowed) -> int:
    """Read and compose every picture of a monitor; return how many there are."""
    # What decodes is loaded only where something is decoded.
    from auditor.composing import Composing

    shelf = Shelf()
    if case.keeping:
        case.shelves[monitor] = shelf
    reel = Reel(recording, monitor, shelf)
    composing = Composing(reel, keeping=case.keeping)
    order, count, whole = Order(), 0, True
    keys: dict[int, int] = {}
    for number, piece in enumerate(reel.pieces):
        path, pictures = case.path(piece.item.name), list[Picture]()
        with step.expecting(Failure.CONTENT, path):
            pictures = reel.pictures(number)
        count += len(pictures)
        # After one that cannot be decoded, none can be up to a key picture: that is said once.
        first = next((at for at, each in enumerate(pictures) if whole or each.frame.key), None)
        whole = False
        if not pictures:
            continue
        with step.expecting(Failure.CONTENT, path):
            for picture in pictures:
                order.follow(picture.frame)
        with step.expecting(Failure.CONTENT, path):
            _check_start(piece.segment, pictures[0].frame.key, keys.get(piece.screen.epoch))
        if any(picture.frame.key for picture in pictures):
            keys[piece.screen.epoch] = piece.segment.seq
        with step.expecting(Failure.CONTENT, path):
            _check_allowed(piece, [picture.frame.captured_ms for picture in pictures], allowed)
        if first is not None:
            with step.expecting(Failure.CONTENT, path):
                for at in range(first, len(pictures)):
                    composing.take(Position(number, at))
                whole = True
    return count


def _check_allowed(piece: Piece, times: list[int], allowed: _Allowed) -> None:
    segment = piece.segment
    allowed.check_pictures(segment.t0 - SLACK_MS, segment.t1 + SLACK_MS)
    for at in _times(segment, times):
        allowed.check_pictures(at - PICTURE_SLACK_MS, at + PICTURE_SLACK_MS)


def _times(segment: Segment, times: list[int]) -> list[int]:
    """Return the times of those pictures that their segment bears out.

    A computer whose clock was set has pictures of another time than the segment's;
    then only the segment's counts.
    """
    first, last = segment.t0 - PICTURE_SLACK_MS, segment.t1 + PICTURE_SLACK_MS
    return [at for at in times if first <= at <= last]


def _check_start(segment: Segment, begins_with_key: bool, key_at: int | None) -> None:
    needed = segment.seq if begins_with_key else key_at
    if needed is None or segment.start is None or segment.start > needed:
        raise EvidenceError("no decoder can start where the statement says")


def _read_events(case: Case, step: Step, recording: Recording) -> list[Event]:
    """Read every event; return them in the order of their times."""
    found: list[Event] = []
    for segment in recording.segments:
        for item in segment.objects:
            if recording.holds_events(item):
                with step.expecting(Failure.CONTENT, case.path(item.name)):
                    events = recording.events_of(item)
                    _check_times(segment, events)
                    found += events
    return sorted(found, key=lambda event: event.t)


def _check_times(segment: Segment, events: list[Event]) -> None:
    if any(not segment.t0 - SLACK_MS <= event.t <= segment.t1 + SLACK_MS for event in events):
        raise EvidenceError("an event lies outside of the time that its statement covers")


def _check_leave(events: list[Event], allowed: _Allowed) -> None:
    """Check each event against the leave at its time and against what held the session still."""
    for event in events:
        needed = _needed(event)
        if needed is not None and not allowed.held(needed, event.t - SLACK_MS, event.t):
            raise EvidenceError(f"an event of type {_kind(event)} happened without leave for {needed}")
        if isinstance(event, StandingChanged):
            for capability in event.granted:
                if not allowed.granted(capability, event.t - SLACK_MS, event.t + SLACK_MS):
                    raise EvidenceError(f"{capability} counted as granted without a consent record")
        elif isinstance(event, Input | Cursor | MonitorsChanged) and allowed.still_at(event.t):
            raise EvidenceError(f"an event of type {_kind(event)} happened while the session was held still")


def _needed(event: Event) -> Capability | None:
    if isinstance(event, Input):
        return Capability.CONTROL
    if isinstance(event, Cursor | MonitorsChanged):
        return Capability.VIEW
    return Capability.SYSTEM_INFO if isinstance(event, Facts) else None


def _kind(event: Event) -> str:
    return str(type(event).__struct_config__.tag)
