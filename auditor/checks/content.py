"""What was recorded: everything can be read, and nothing happened that was not allowed then."""

from auditor.case import Case
from auditor.checks.sealing import WITHOUT_KEYS
from auditor.events import Cursor, Event, Facts, Input, StandingChanged
from auditor.findings import Failure, Step
from auditor.recording import Recording, Stream
from session.errors import EvidenceError
from session.messages import Capability, Standing
from session.statements import Segment

SLACK_MS = 250
"""An event is checked, recorded and checked again: it may be recorded just as leave is taken."""

_ACTING = frozenset({Standing.VIEWING, Standing.CONTROLLING})


def check_content(case: Case, step: Step) -> None:
    """Open every segment, and compare pictures and events with what the person had allowed."""
    if "main" not in case.keys:
        step.skipped = WITHOUT_KEYS if not case.identities else "the session's main key could not be opened"
        return
    leave = Leave(case)
    with step.expecting(Failure.CONTENT, case.path("seg")):
        recording = Recording(case.source, case.sid, case.statements, case.keys)
        pictures = sum(
            _check_stream(case, step, recording, stream, leave) for stream in recording.streams.values()
        )
        events = _check_events(case, step, recording, leave)
        step.note(f"{pictures} pictures and {events} events, all within what was allowed")


class Leave:
    """What the person had allowed, and when, from the consent records."""

    def __init__(self, case: Case) -> None:
        self._known = "consent" in case.keys
        self._from = [
            (value.t0, frozenset(case.consents[value.seq].granted))
            for value in case.statements
            if value.seq in case.consents
        ]

    def held(self, capability: Capability, begin: int, end: int) -> bool:
        """Tell whether something was allowed at any moment from `begin` to `end`."""
        if not self._known:
            return True
        ends = [moment for moment, _ in self._from[1:]] + [None]
        return any(
            capability in granted and moment <= end and (until is None or until >= begin)
            for (moment, granted), until in zip(self._from, ends, strict=False)
        )


def _check_stream(case: Case, step: Step, recording: Recording, stream: Stream, leave: Leave) -> int:
    """Read every picture of a stream; return how many there are."""
    count = 0
    key_at: int | None = None
    with step.expecting(Failure.CONTENT, case.path(stream.start.name)):
        recording.start_of(stream)
    for segment, item in stream.segments:
        with step.expecting(Failure.CONTENT, case.path(item.name)):
            samples = recording.pictures(item)
            count += len(samples)
            _check_start(segment, samples[0].key, key_at)
            if any(sample.key for sample in samples):
                key_at = segment.seq
            if not leave.held(Capability.VIEW, segment.t0 - SLACK_MS, segment.t1 + SLACK_MS):
                raise EvidenceError("pictures were recorded while the screen was not to be seen")
    return count


def _check_start(segment: Segment, begins_with_key: bool, key_at: int | None) -> None:
    needed = segment.seq if begins_with_key else key_at
    if needed is None or segment.start is None or segment.start > needed:
        raise EvidenceError("no decoder can start where the statement says")


def _check_events(case: Case, step: Step, recording: Recording, leave: Leave) -> int:
    """Read every event; return how many there are."""
    found: list[Event] = []
    for segment in recording.segments:
        for item in segment.objects:
            if item.name.endswith(".jsonl.age") and recording.can_open(item):
                with step.expecting(Failure.CONTENT, case.path(item.name)):
                    events = recording.events_of(item)
                    _check_times(segment, events)
                    found += events
    with step.expecting(Failure.CONTENT, case.path("seg")):
        _check_leave(sorted(found, key=lambda event: event.t), leave)
    return len(found)


def _check_times(segment: Segment, events: list[Event]) -> None:
    if any(not segment.t0 - SLACK_MS <= event.t <= segment.t1 + SLACK_MS for event in events):
        raise EvidenceError("an event lies outside of the time that its statement covers")


def _check_leave(events: list[Event], leave: Leave) -> None:
    """Check each event against the leave at its time and against what held the session still."""
    still_since: int | None = None
    for event in events:
        needed = _needed(event)
        if needed is not None and not leave.held(needed, event.t - SLACK_MS, event.t):
            raise EvidenceError(f"an event of type {_kind(event)} happened without leave for {needed}")
        if isinstance(event, StandingChanged):
            still = bool(event.holds) or event.standing not in _ACTING
            still_since = (still_since or event.t) if still else None
            for capability in event.granted:
                if not leave.held(capability, event.t - SLACK_MS, event.t + SLACK_MS):
                    raise EvidenceError(f"{capability} counted as granted without a consent record")
        elif isinstance(event, Input) and still_since is not None and event.t > still_since + SLACK_MS:
            raise EvidenceError(f"an event of type {_kind(event)} happened while the session was held still")


def _needed(event: Event) -> Capability | None:
    if isinstance(event, Input):
        return Capability.CONTROL
    if isinstance(event, Cursor):
        return Capability.VIEW
    return Capability.SYSTEM_INFO if isinstance(event, Facts) else None


def _kind(event: Event) -> str:
    return str(type(event).__struct_config__.tag)
