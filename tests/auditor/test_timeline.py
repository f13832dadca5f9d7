"""Events become rows, spans, tracks; all of it without a window."""

import pytest

from auditor.events import Button, Chat, Event, Key, Pointer, StandingChanged, Text, read_events
from auditor.keystrokes import typed
from auditor.timeline import BUCKETS, Kind, Span, build
from session.errors import EvidenceError
from session.messages import Capability, Hold, Standing
from session.statements import Close, Idle

SID = "0" * 64
VIEW, CONTROL = Capability.VIEW, Capability.CONTROL


def standing(t: int, what: Standing, *holds: Hold) -> StandingChanged:
    return StandingChanged(t=t, standing=what, granted=(VIEW, CONTROL), holds=holds)


def press(t: int, keysym: int) -> list[Event]:
    return [Key(t=t, keysym=keysym, down=1), Key(t=t, keysym=keysym, down=0)]


@pytest.mark.parametrize(
    ("keysyms", "shown"),
    [
        ((0x48, 0x69), "Hi"),
        ((0xE9, 0x10020AC), "é€"),
        ((0x61, 0xFF0D), "a⏎"),
        ((0xFFBF,), "[F2]"),
        ((0xFFE1, 0x41), "A"),
        ((0x12345,), "[key 0x12345]"),
    ],
)
def test_keys_are_shown_as_people_read_them(keysyms: tuple[int, ...], shown: str) -> None:
    assert typed(event for keysym in keysyms for event in press(0, keysym)) == shown


def test_a_key_with_a_modifier_is_shown_with_it() -> None:
    held = [
        Key(t=0, keysym=0xFFE3, down=1),
        *press(1, 0x73),
        Key(t=2, keysym=0xFFE3, down=0),
        *press(3, 0x73),
    ]
    assert typed(held) == "[Ctrl+s]s"


def test_input_with_short_breaks_is_one_row() -> None:
    events: list[Event] = [
        Pointer(t=1000, monitor=0, x=1, y=1),
        Button(t=1200, button=1, down=1),
        Button(t=1250, button=1, down=0),
        Text(t=2500, text="hello"),
        Button(t=9000, button=1, down=1),
    ]
    rows = build([], {}, events).rows
    assert [(row.at, row.title, row.detail) for row in rows] == [
        (1200, "Typed, clicked", "hello"),
        (9000, "Clicked", ""),
    ]


def test_chat_stands_between_two_bursts() -> None:
    events: list[Event] = [
        Text(t=1000, text="a"),
        Chat(t=1500, sender="person", text="hm"),
        Text(t=1600, text="b"),
    ]
    rows = build([], {}, events).rows
    assert [row.kind for row in rows] == [Kind.INPUT, Kind.CHAT, Kind.INPUT]
    assert rows[1].person


def test_a_pause_is_a_span_and_two_rows() -> None:
    events: list[Event] = [
        standing(1000, Standing.CONTROLLING),
        standing(5000, Standing.PAUSED, Hold.PERSON),
        standing(9000, Standing.CONTROLLING),
    ]
    timeline = build([], {}, events)
    assert timeline.still == (Span(5000, 9000),)
    assert [(row.kind, row.title) for row in timeline.rows] == [
        (Kind.STANDING, "Controlling"),
        (Kind.HOLD, "Paused"),
        (Kind.HOLD, "Goes on"),
    ]
    assert [timeline.standing_at(at) for at in (0, 1500, 6000, 9500)] == [
        "Asking",
        "Controlling",
        "Paused",
        "Controlling",
    ]


def test_the_end_and_its_reason_are_a_row() -> None:
    statements = [
        Idle(sid=SID, seq=0, prev="", salt="0" * 32, t0=10_000, t1=15_000),
        Close(sid=SID, seq=1, prev=SID, salt="0" * 32, t0=16_000, reason="stopped"),
    ]
    timeline = build(statements, {}, [])
    assert (timeline.opened_ms, timeline.length) == (10_000, 6000)
    assert [(row.at, row.title, row.detail) for row in timeline.rows] == [
        (6000, "Ended", "the person stopped it")
    ]


def test_the_technicians_pointer_goes_away_and_the_persons_stays() -> None:
    timeline = build([], {}, [Pointer(t=1000, monitor=0, x=5, y=6), Pointer(t=2000, monitor=0, x=7, y=8)])
    assert timeline.technician.at(500) is None
    assert timeline.technician.at(1500, 4000) == (0, 5, 6)
    assert timeline.technician.at(5900, 4000) == (0, 7, 8)
    assert timeline.technician.at(6100, 4000) is None
    assert timeline.technician.at(60_000) == (0, 7, 8)


def test_activity_is_highest_where_most_happened() -> None:
    timeline = build([], {}, [Text(t=t, text="x") for t in (100, 200, 300, 400, 9000)])
    assert len(timeline.activity) == BUCKETS
    assert max(timeline.activity) == 1.0
    assert timeline.activity[-1] > 0


def test_foreign_text_cannot_break_out_of_its_row() -> None:
    rows = build([], {}, [Chat(t=1, sender="technician", text="one\ntwo \u202egnp.exe" + "x" * 5000)]).rows
    assert "\n" not in rows[0].detail and "\u202e" not in rows[0].detail
    assert len(rows[0].detail) <= 400


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"not json",
        b'{"e":"chat","t":1}',
        b'{"e":"chat","t":1,"from":"person","text":"x","more":1}',
        b'{"e":"dance","t":1}',
        b'{"e":"button","t":1,"button":1,"down":2}',
        b'{"e":"pointer","t":-1,"monitor":0,"x":1,"y":1}',
        b'{"e":"text","t":1,"text":"' + b"x" * 70_000 + b'"}',
    ],
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_events(line + b"\n")
