"""One page of every kind, for the pictures and for the tests."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.view import (
    Adopt,
    Asks,
    ChatLine,
    Connecting,
    Deeds,
    Organisation,
    Problem,
    Question,
    Recording,
    Session,
    Side,
    Stage,
    Summary,
    Technician,
    Trouble,
    ViewState,
    Welcome,
)
from session.messages import Capability, Hold, Reason, Standing

ACME = Organisation("Acme IT Help Desk", "+41 44 555 01 23", "privacy@acme.example")
MAYA = Technician("Maya Ortiz", "1042", ACME.name)
BEGAN = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)

VIEWING = Session(Standing.VIEWING, MAYA, frozenset({Capability.VIEW}), ends_at=1500.0)
CONTROLLING = replace(
    VIEWING,
    standing=Standing.CONTROLLING,
    granted=frozenset({Capability.VIEW, Capability.CONTROL}),
    chat=(
        ChatLine(Side.TECHNICIAN, "Hello, I can see your screen now."),
        ChatLine(Side.PERSON, "Good. Outlook shows only a white window."),
        ChatLine(
            Side.TECHNICIAN,
            "Thank you. I would like to use your mouse, so that I can start it in safe mode.",
        ),
    ),
)
FIRST = Question(
    number=1,
    asks=Asks.FIRST,
    technician=MAYA,
    purpose="Outlook will not open since the update",
    ticket="4821",
    capabilities=(Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO),
    minutes=30,
    choices=(10, 30, 60, 120),
    recipients=("Acme Audit",),
    kept_until=datetime(2027, 2, 20, tzinfo=UTC),
    deadline=60.0,
)
MORE = replace(
    FIRST,
    number=2,
    asks=Asks.MORE,
    capabilities=(Capability.CONTROL,),
    choices=(),
    session=VIEWING,
)
RENEW = replace(
    FIRST,
    number=3,
    asks=Asks.RENEW,
    capabilities=(Capability.VIEW, Capability.CONTROL),
    session=replace(CONTROLLING, standing=Standing.PAUSED, holds=frozenset({Hold.LEASE})),
)
EVERYTHING = replace(FIRST, capabilities=tuple(Capability))
LONG = replace(
    FIRST,
    technician=Technician(
        "Maximiliane-Alexandra von und zu Hohenstein-Waldburg-Zeil", "10420815-77", "Acme " * 12
    ),
    purpose="The accounting program says that the database is locked by another user " * 3,
    recipients=("Acme Audit", "Acme Data Protection Office", "Office of the Ombudsman"),
    kept_until=None,
)
STOPPED = Summary(
    technician=MAYA,
    began=BEGAN,
    seconds=754,
    reason=Reason.STOPPED,
    granted=frozenset({Capability.VIEW, Capability.CONTROL}),
    deeds=Deeds(clicks=41, keys=212, lines=3, facts=True),
    recording=Recording.STORED,
    can_save=True,
    can_report=True,
)

STATES: dict[str, ViewState] = {
    "welcome": Welcome(ACME),
    "welcome-trouble": Welcome(ACME, Trouble("introduction-failed")),
    "welcome-not-adopted": Welcome(None),
    "connecting": Connecting(Stage.INTRODUCTION),
    "connecting-known": Connecting(Stage.OPENING, MAYA),
    "question": FIRST,
    "question-everything": EVERYTHING,
    "question-long": LONG,
    "question-more": MORE,
    "question-renew": RENEW,
    "session-viewing": VIEWING,
    "session": CONTROLLING,
    "session-paused": replace(CONTROLLING, standing=Standing.PAUSED, holds=frozenset({Hold.PERSON})),
    "session-evidence": replace(
        CONTROLLING, standing=Standing.PAUSED, holds=frozenset({Hold.EVIDENCE}), recorded=False
    ),
    "session-link": replace(CONTROLLING, standing=Standing.PAUSED, holds=frozenset({Hold.LINK})),
    "session-last-minute": replace(CONTROLLING, ends_at=42.0),
    "session-waiting": replace(VIEWING, standing=Standing.WAITING, granted=frozenset()),
    "session-asking": replace(VIEWING, standing=Standing.ASKING, granted=frozenset()),
    "summary": STOPPED,
    "summary-saved": replace(
        STOPPED, saved=Path("/media/stick/Byleave"), reported=True, recording=Recording.UPLOADING
    ),
    "summary-programs": replace(
        STOPPED, reason=Reason.LEASE_ENDED, programs=("LibreOffice Writer", "xterm"), trouble=Trouble("own")
    ),
    "summary-refused": Summary(MAYA, BEGAN, 19, Reason.REFUSED),
    "summary-unrecorded": replace(
        STOPPED, reason=Reason.UNRECORDED, recording=Recording.INCOMPLETE, can_save=False
    ),
    "summary-full": replace(STOPPED, reason=Reason.FULL),
    "adopt": Adopt(ACME, "SHA256:yDkYmSN0kqQHIkWPNfJC4a5GvHVrK2aXr1cQ7dFZ5bs", "wss://relay.acme.example"),
    "adopt-replaces": Adopt(
        ACME,
        "SHA256:yDkYmSN0kqQHIkWPNfJC4a5GvHVrK2aXr1cQ7dFZ5bs",
        "wss://relay.acme.example",
        replaces="Old Help Desk",
    ),
    "problem": Problem(Trouble("clock-wrong"), ACME),
    "problem-no-device-check": Problem(Trouble("no-device-check")),
}
