"""The events of a recording: RECORDING.md, section 4, read strictly."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from session.errors import EvidenceError
from session.messages import MONITORS_LIMIT, Capability, Hold, MonitorNumber, Standing
from session.statements import Whole

Bit: TypeAlias = Annotated[int, Meta(ge=0, le=1)]
LINE_LIMIT = 64 * 1024


class Base(Struct, frozen=True, forbid_unknown_fields=True, tag_field="e", kw_only=True):
    """What every event has: `t`, milliseconds since 1970."""

    t: Whole


class StandingChanged(Base, frozen=True, tag="standing", kw_only=True):
    """What the session does, may do, and what holds it still, from now on."""

    standing: Standing
    granted: tuple[Capability, ...]
    holds: tuple[Hold, ...]


class Chat(Base, frozen=True, tag="chat", kw_only=True, rename={"sender": "from"}):
    """A line of chat; `sender` is `person` or `technician`."""

    sender: str
    text: str


class Pointer(Base, frozen=True, tag="pointer", kw_only=True):
    """The technician moved the pointer here."""

    monitor: MonitorNumber
    x: int
    y: int


class Button(Base, frozen=True, tag="button", kw_only=True):
    """The technician pressed or released a button."""

    button: int
    down: Bit


class Scroll(Base, frozen=True, tag="scroll", kw_only=True):
    """The technician turned the wheel."""

    dx: int
    dy: int


class Key(Base, frozen=True, tag="key", kw_only=True):
    """The technician pressed or released a key."""

    keysym: int
    down: Bit


class Text(Base, frozen=True, tag="text", kw_only=True):
    """The technician typed a text."""

    text: str


class Facts(Base, frozen=True, tag="facts", kw_only=True):
    """The technician was told facts about the computer."""

    facts: Any


class Refusal(Base, frozen=True, tag="refusal", kw_only=True):
    """A message of the technician's had no effect."""

    what: str
    why: str


class ScreenBegun(Base, frozen=True, tag="screen", kw_only=True):
    """A stream of pictures begins; its own time is zero here."""

    monitor: int
    epoch: int
    width: int
    height: int


class MonitorsChanged(Base, frozen=True, tag="monitors", kw_only=True):
    """These are the person's monitors (number, x, y, width, height), and the technician sees some of them."""

    monitors: Annotated[tuple[tuple[MonitorNumber, int, int, int, int], ...], Meta(max_length=MONITORS_LIMIT)]
    watched: Annotated[tuple[MonitorNumber, ...], Meta(max_length=MONITORS_LIMIT)]


class Cursor(Base, frozen=True, tag="cursor", kw_only=True):
    """The person's pointer is here; without a monitor it is where the technician sees nothing."""

    monitor: MonitorNumber | None
    x: int
    y: int


Event: TypeAlias = (
    StandingChanged
    | Chat
    | Pointer
    | Button
    | Scroll
    | Key
    | Text
    | Facts
    | Refusal
    | ScreenBegun
    | MonitorsChanged
    | Cursor
)
Input: TypeAlias = Pointer | Button | Scroll | Key | Text

SENSITIVE = (Key, Text, Facts)
"""What is sealed apart."""

_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def read_events(lines: bytes) -> list[Event]:
    """Read an object of events.

    Raises:
        EvidenceError: a line is no event.
    """
    found = []
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            if len(line) > LINE_LIMIT:
                raise EvidenceError(f"line {number} is too long")
            found.append(_EVENT.decode(line))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise EvidenceError(f"line {number} is not an event: {error}") from None
    return found
