"""From evidence to something that can be watched: reason, check, content, in this order."""

from collections.abc import Callable
from dataclasses import dataclass

from auditor.config import Config
from auditor.findings import Report
from auditor.opening import open_session, state_reason
from auditor.reel import Reel
from auditor.source import Source
from auditor.timeline import Timeline, build
from session.sealing import Identity
from session.statements import Consented

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Loaded:
    """A recording that can be watched.

    Args:
        sid: the session.
        report: its check.
        timeline: its events.
        reels: its pictures, by monitor.
        purpose: what the technician asked for, with the ticket.
    """

    sid: str
    report: Report
    timeline: Timeline
    reels: dict[int, Reel]
    purpose: str = ""


def load(
    source: Source,
    sid: str,
    config: Config,
    identities: list[Identity],
    reason: str,
    progress: Progress | None = None,
) -> Loaded:
    """Open a recording.

    Args:
        source: where it is.
        sid: the session.
        config: whose root is pinned.
        identities: with which it is opened.
        reason: why it is opened; signed and logged where there is a log.
        progress: is told of each step.

    Raises:
        ConfigurationError: reason or identity are missing.
        EvidenceError: it is not what was recorded, or cannot be opened.
        IdentityRefused: the relay does not admit this auditor.
        LinkLost: the relay cannot be reached.
    """
    state_reason(source, sid, reason)
    opened = open_session(source, sid, config, identities, progress, keeping=True)
    events = opened.recording.events()
    statements = opened.case.statements
    reels = {
        monitor: Reel(opened.recording, monitor, opened.case.shelves.get(monitor))
        for monitor in opened.recording.monitors
    }
    pictures = (at for reel in reels.values() for at in reel.times())
    timeline = build(statements, opened.case.consents, events, pictures)
    first = next((value.seq for value in statements if isinstance(value, Consented)), None)
    record = opened.case.consents.get(first) if first is not None else None
    purpose = " · ".join(part for part in (record.purpose, record.ticket) if part) if record else ""
    return Loaded(sid, opened.report, timeline, reels, purpose)
