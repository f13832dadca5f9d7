"""Every message of the two Byleave subsystems: PROTOCOL.md, sections 5 and 6.

A message is a frozen value with a tag; `session.codec` takes them to the wire and back. Fields that hold
content never show in `repr`, so no log can hold them.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

from session.picture import Copies, Tiles

CONTROL_SUBSYSTEM = "byleave-control@1"
SCREEN_SUBSYSTEM = "byleave-screen@1"
CONTROL_LIMIT = 64 * 1024
SCREEN_LIMIT = 8 * 1024 * 1024
ACKNOWLEDGEMENT_LIMIT = 256
STATEMENT_LIMIT = 32 * 1024
MONITORS_LIMIT = 16
DESKTOP_LIMIT = 1 << 26
"""Pixels of the smallest rectangle that holds all monitors that are watched."""


class Capability(StrEnum):
    """What a person can grant, one by one; everything else needs no grant or does not exist."""

    VIEW = "view"
    CONTROL = "control"
    CLIPBOARD_IN = "clipboard-in"
    CLIPBOARD_OUT = "clipboard-out"
    FILES_IN = "files-in"
    FILES_OUT = "files-out"
    TERMINAL = "terminal"
    SYSTEM_INFO = "system-info"


class Answer(StrEnum):
    """How a question to the person ended."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why a session ended."""

    STOPPED = "stopped"
    LEFT = "left"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    WITHDRAWN = "withdrawn"
    LEASE_ENDED = "lease-ended"
    LINK_LOST = "link-lost"
    UNRECORDED = "unrecorded"
    FULL = "full"
    VIOLATION = "violation"
    REVOKED = "revoked"
    RECOVERED = "recovered"


class Standing(StrEnum):
    """What the session is doing, in the words of the banner."""

    WAITING = "waiting"
    ASKING = "asking"
    VIEWING = "viewing"
    CONTROLLING = "controlling"
    PAUSED = "paused"
    ENDED = "ended"


class Hold(StrEnum):
    """What holds a running session still; all must be lifted before it goes on."""

    PERSON = "person"
    EVIDENCE = "evidence"
    LINK = "link"
    LEASE = "lease"


ShortText: TypeAlias = Annotated[str, Meta(max_length=120)]
PurposeText: TypeAlias = Annotated[str, Meta(min_length=3, max_length=300)]
ChatText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4000)]
TypedText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1000)]
Minutes: TypeAlias = Annotated[int, Meta(ge=10, le=120)]
Capabilities: TypeAlias = Annotated[tuple[Capability, ...], Meta(max_length=len(Capability))]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Pixel: TypeAlias = Annotated[int, Meta(ge=0, le=16383)]
Offset: TypeAlias = Annotated[int, Meta(ge=-16384, le=16383)]
Coordinate: TypeAlias = Annotated[int, Meta(ge=0, le=32767)]
Steps: TypeAlias = Annotated[int, Meta(ge=-20, le=20)]
MonitorNumber: TypeAlias = Annotated[int, Meta(ge=0, le=15)]
Side: TypeAlias = Annotated[int, Meta(ge=16, le=16384)]
Keysym: TypeAlias = Annotated[int, Meta(ge=1, le=0x1FFFFFFF)]
Signature: TypeAlias = Annotated[bytes, Meta(max_length=8192)]
BareSignature: TypeAlias = Annotated[bytes, Meta(min_length=64, max_length=64)]
"""Of a key and for a purpose that both ends know; the rest of an SSHSIG follows from them."""


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", array_like=True):
    """Base of all messages; `SHOWN` names the fields that may be seen in a log.

    An array on the wire: the fields' names would be longer than what most messages say.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """Show the type and the fields without content."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.SHOWN)
        return f"{type(self).__name__}({shown})"


# technician → person, on byleave-control@1


class Request(Message, frozen=True, tag="request"):
    """Ask for a session; must be the first message."""

    SHOWN = ("capabilities", "minutes")
    purpose: PurposeText
    capabilities: Annotated[tuple[Capability, ...], Meta(min_length=1, max_length=len(Capability))]
    ticket: ShortText = ""
    minutes: Minutes = 30


class AskMore(Message, frozen=True, tag="ask-more"):
    """Ask for one more capability."""

    SHOWN = ("capability",)
    capability: Capability


class GiveBack(Message, frozen=True, tag="give-back"):
    """Give one capability back, or withdraw the question for it."""

    SHOWN = ("capability",)
    capability: Capability


class PointerMove(Message, frozen=True, tag="pointer-move"):
    """Move the pointer to a pixel of a monitor that is watched."""

    SHOWN = ("monitor",)
    monitor: MonitorNumber
    x: Pixel
    y: Pixel


class PointerButton(Message, frozen=True, tag="pointer-button"):
    """Press or release a mouse button (1 left, 2 middle, 3 right, 8 back, 9 forward)."""

    SHOWN = ("button", "down")
    button: Annotated[int, Meta(ge=1, le=9)]
    down: bool


class Scroll(Message, frozen=True, tag="scroll"):
    """Turn the wheel by whole steps; positive is right and down."""

    SHOWN = ("dx", "dy")
    dx: Steps = 0
    dy: Steps = 0


class Key(Message, frozen=True, tag="key"):
    """Press or release the key that gives an X keysym."""

    SHOWN = ("down",)
    keysym: Keysym
    down: bool


class Text(Message, frozen=True, tag="text"):
    """Type a text, whatever the person's keyboard layout."""

    text: TypedText


class ReleaseAll(Message, frozen=True, tag="release-all"):
    """Release every key and button; sent when the console's view loses the focus."""


class FactsWanted(Message, frozen=True, tag="facts-wanted"):
    """Ask for the system facts."""


class Countersigned(Message, frozen=True, tag="countersigned"):
    """The technician's SSHSIG (`session@byleave`) over a statement."""

    SHOWN = ("seq",)
    seq: Count
    signature: Signature


class Leave(Message, frozen=True, tag="leave"):
    """The technician ends the session."""


# person → technician, on byleave-control@1


class StatementMade(Message, frozen=True, tag="statement-made"):
    """A statement of the session's chain, signed; `leaf` signs its leaf, which follows from it."""

    SHOWN = ("seq", "kind")
    seq: Count
    kind: ShortText
    statement: Annotated[bytes, Meta(max_length=STATEMENT_LIMIT)]
    signature: BareSignature
    leaf: BareSignature


class StatementLogged(Message, frozen=True, tag="statement-logged"):
    """The log holds the statement's leaf at this index."""

    SHOWN = ("seq", "index")
    seq: Count
    index: Count


class Asking(Message, frozen=True, tag="asking"):
    """The person sees the question now; `capability` is absent for the first one."""

    SHOWN = ("capability",)
    capability: Capability | None = None


class Answered(Message, frozen=True, tag="answered"):
    """How a question ended; `granted` is all that is granted now."""

    SHOWN = ("answer", "capability", "granted", "minutes")
    answer: Answer
    capability: Capability | None = None
    granted: Capabilities = ()
    minutes: Annotated[int, Meta(ge=0, le=120)] = 0


class Status(Message, frozen=True, tag="status"):
    """What the session is doing; sent at each change and every 15 s."""

    SHOWN = ("standing", "granted", "holds", "seconds_left", "recorded")
    standing: Standing
    granted: Capabilities = ()
    holds: Annotated[tuple[Hold, ...], Meta(max_length=len(Hold))] = ()
    seconds_left: Count = 0
    recorded: bool = False


class Refusal(Message, frozen=True, tag="refusal"):
    """A message of the technician's had no effect; `why` is a word of PROTOCOL.md, section 5."""

    SHOWN = ("what", "why")
    what: ShortText
    why: ShortText


class Facts(Message, frozen=True, tag="facts"):
    """Facts about the computer, as pairs of name and value; no host, user or address."""

    facts: Annotated[tuple[tuple[ShortText, ShortText], ...], Meta(max_length=40)]


class Ended(Message, frozen=True, tag="ended"):
    """The session is over."""

    SHOWN = ("reason",)
    reason: Reason


# both ways, on byleave-control@1


class Chat(Message, frozen=True, tag="chat"):
    """A line of chat."""

    text: ChatText


class Ping(Message, frozen=True, tag="ping"):
    """Measure the round trip; the other end answers with the same number."""

    SHOWN = ("number",)
    number: Count


class Pong(Message, frozen=True, tag="pong"):
    """The answer to a `ping`."""

    SHOWN = ("number",)
    number: Count


# person → technician, on byleave-screen@1


class Monitor(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One monitor of the person's: its number, its place on their desktop, and whether it is watched."""

    number: MonitorNumber
    x: Coordinate
    y: Coordinate
    width: Side
    height: Side
    primary: bool
    watched: bool


class Monitors(Message, frozen=True, tag="monitors"):
    """All monitors of the person's, in the order of their numbers."""

    monitors: Annotated[tuple[Monitor, ...], Meta(min_length=1, max_length=MONITORS_LIMIT)]


class Frame(Message, frozen=True, tag="frame"):
    """One picture: copies of the one before, then tiles; a new epoch begins with a key frame."""

    SHOWN = ("monitor", "epoch", "number", "key", "width", "height")
    monitor: MonitorNumber
    epoch: Count
    number: Count
    key: bool
    width: Side
    height: Side
    captured_ms: Count
    copies: Copies
    tiles: Tiles


class PointerAt(Message, frozen=True, tag="pointer-at"):
    """Where the person's pointer is on a monitor that is watched; `monitor` is absent if it is elsewhere."""

    SHOWN = ("monitor",)
    monitor: MonitorNumber | None
    x: Offset
    y: Offset


class PointerImage(Message, frozen=True, tag="pointer-image"):
    """How the person's pointer looks: RGBA, four bytes a pixel, not premultiplied."""

    SHOWN = ("width", "height")
    width: Annotated[int, Meta(ge=1, le=256)]
    height: Annotated[int, Meta(ge=1, le=256)]
    hot_x: Annotated[int, Meta(ge=0, le=255)]
    hot_y: Annotated[int, Meta(ge=0, le=255)]
    rgba: Annotated[bytes, Meta(max_length=256 * 256 * 4)]


# technician → person, on byleave-screen@1


class FrameAck(Message, frozen=True, tag="frame-ack"):
    """Every frame up to this number is in the picture."""

    SHOWN = ("number",)
    number: Count


class KeyFrameWanted(Message, frozen=True, tag="key-frame-wanted"):
    """The technician's decoder has to start anew."""


class WatchMonitors(Message, frozen=True, tag="watch-monitors"):
    """Show these monitors from now on, and no others."""

    SHOWN = ("numbers",)
    numbers: Annotated[tuple[MonitorNumber, ...], Meta(min_length=1, max_length=MONITORS_LIMIT)]


Input: TypeAlias = PointerMove | PointerButton | Scroll | Key | Text | ReleaseAll
FromTechnician: TypeAlias = (
    Request | AskMore | GiveBack | Input | FactsWanted | Countersigned | Leave | Chat | Ping | Pong
)
FromPerson: TypeAlias = (
    StatementMade
    | StatementLogged
    | Asking
    | Answered
    | Status
    | Refusal
    | Facts
    | Ended
    | Chat
    | Ping
    | Pong
)
ScreenOut: TypeAlias = Monitors | Frame | PointerAt | PointerImage
ScreenIn: TypeAlias = FrameAck | KeyFrameWanted | WatchMonitors
