"""What the console's window shows and what it asks for; no Qt, no network.

The program makes a frozen `ViewState` and hands it to a `Surface`; the window
paints it and calls the `Intents`. A state is complete by itself: the newest one
replaces all before it, and whoever paints keeps nothing but what was typed.

    SignIn ─▶ NewSession ─▶ Code ─▶ Live ─▶ Over ─▶ NewSession …

Every text that came from elsewhere is plain text, never markup.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from session.messages import Answer, Capability, Hold, Monitor, Standing

OFFERED = (Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO)
"""What this console can use; the form and the toolbar show these, in this order."""

PURPOSE_MINIMUM = 3
PURPOSE_MAXIMUM = 300
TICKET_MAXIMUM = 120
MINUTES_MINIMUM = 10
MINUTES_MAXIMUM = 120
CHAT_MAXIMUM = 4000
TEXT_MAXIMUM = 1000


@dataclass(frozen=True)
class SignIn:
    """Who are you: key, certificate, passphrase (which is never part of a state).

    `name`, `number` and `expiry` are those of the certificate at `certificate_path`, empty
    when it cannot be read. `expiry` is a phrase such as "valid until 21:40, 7 h 12 min left".
    """

    key_path: str = ""
    certificate_path: str = ""
    name: str = ""
    number: str = ""
    expiry: str = ""
    expired: bool = False
    error: str = ""
    busy: bool = False


@dataclass(frozen=True)
class Draft:
    """What the form for a new session holds at first."""

    purpose: str = ""
    ticket: str = ""
    capabilities: tuple[Capability, ...] = (Capability.VIEW,)
    minutes: int = 30


@dataclass(frozen=True)
class NewSession:
    """What shall be asked of the person.

    `draft` fills the form when the page appears; while it stays, the form keeps what was typed.
    """

    name: str
    expiry: str = ""
    relay: str = ""
    organisation: str = ""
    draft: Draft = field(default_factory=Draft)
    error: str = ""
    busy: bool = False


class Stage(StrEnum):
    """How far a session has come that is not live yet."""

    OPENING = "opening"
    WAITING = "waiting"
    JOINED = "joined"
    CONNECTING = "connecting"
    ASKING = "asking"


@dataclass(frozen=True)
class Code:
    """The code to read out; later, that the person is being asked.

    `grouped` is "4821 193 552", empty while `OPENING`. `seconds_left` counts for the code
    while `WAITING`, for the person's question while `ASKING`, and is 0 otherwise.
    """

    stage: Stage
    grouped: str = ""
    seconds_left: int = 0
    purpose: str = ""
    ticket: str = ""
    capabilities: tuple[Capability, ...] = ()
    minutes: int = 30
    organisation: str = ""


@dataclass(frozen=True, repr=False)
class ChatLine:
    """A line of chat; `when` is the clock on the wall, "14:02"."""

    mine: bool
    who: str
    when: str
    text: str


@dataclass(frozen=True)
class Notice:
    """Something that had no effect, in clear words; a new `number` shows it anew."""

    number: int
    text: str


@dataclass(frozen=True)
class Live:
    """A running session.

    `pending` is what the person is being asked for now; `answers` are the latest answers that
    were not a yes (refused, timed out), for what is neither granted nor pending.
    `reconnect_seconds` counts down while `Hold.LINK` stands.
    `round_trip_ms` is None until it has been measured. `monitors` are all of the person's, as far as told.
    """

    technician: str
    organisation: str = ""
    purpose: str = ""
    ticket: str = ""
    standing: Standing = Standing.VIEWING
    granted: frozenset[Capability] = frozenset()
    pending: frozenset[Capability] = frozenset()
    answers: tuple[tuple[Capability, Answer], ...] = ()
    holds: frozenset[Hold] = frozenset()
    seconds_left: int = 0
    reconnect_seconds: int = 0
    recorded: bool = False
    recording: str = ""
    round_trip_ms: float | None = None
    kilobits: float = 0.0
    frames: float = 0.0
    chat: tuple[ChatLine, ...] = ()
    notice: Notice | None = None
    facts: tuple[tuple[str, str], ...] = ()
    monitors: tuple[Monitor, ...] = ()

    @property
    def watched(self) -> frozenset[int]:
        """The numbers of the monitors that are shown."""
        return frozenset(each.number for each in self.monitors if each.watched)

    @property
    def controlling(self) -> bool:
        """Whether pointer and keys have an effect now."""
        return Capability.CONTROL in self.granted and not self.holds and not self.pending


class Tone(StrEnum):
    """How an ending looks."""

    CALM = "calm"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class Over:
    """The session, or the attempt, is over; `technician_console.words.over` makes these.

    `duration` is a phrase such as "12 min 4 s", empty when nothing was ever granted.
    """

    title: str
    sentence: str
    tone: Tone = Tone.CALM
    duration: str = ""
    recording: str = ""
    purpose: str = ""
    ticket: str = ""


ViewState: TypeAlias = SignIn | NewSession | Code | Live | Over


class Intents(Protocol):
    """What the technician wants; called from the window's thread, returns at once."""

    def inspect(self, certificate_path: str) -> None:
        """Another certificate was chosen: show its name and expiry in a new `SignIn`."""

    def sign_in(self, key_path: str, passphrase: str, certificate_path: str) -> None:
        """Open the key and go on to `NewSession`, or show why not."""

    def start(self, purpose: str, ticket: str, capabilities: tuple[Capability, ...], minutes: int) -> None:
        """Open a room for this; the values are within the limits of the messages."""

    def cancel(self) -> None:
        """Give up before the session is live; back to the form with its draft."""

    def ask(self, capability: Capability) -> None:
        """Ask the person for one more capability."""

    def give_back(self, capability: Capability) -> None:
        """Give a capability back, or withdraw the question for it."""

    def facts(self) -> None:
        """Ask for the system facts, which were granted."""

    def chat(self, text: str) -> None:
        """Send a line of chat, 1 to `CHAT_MAXIMUM` characters."""

    def watch(self, numbers: tuple[int, ...]) -> None:
        """Show these monitors of the person's, and no others."""

    def pointer_move(self, monitor: int, x: int, y: int) -> None:
        """Move the pointer to this pixel of one of the person's monitors."""

    def pointer_button(self, button: int, down: bool) -> None:
        """Press or release a mouse button (1 left, 2 middle, 3 right, 8 back, 9 forward)."""

    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel by whole steps; positive is right and down."""

    def key(self, keysym: int, down: bool) -> None:
        """Press or release a key by its X keysym; a held key's repeats are further presses."""

    def text(self, text: str) -> None:
        """Type what an input method or a dead key made, 1 to `TEXT_MAXIMUM` characters."""

    def release_all(self) -> None:
        """Let go of every key and button."""

    def leave(self) -> None:
        """End the session."""

    def again(self) -> None:
        """Go from `Over` to a new session, or to sign in when the certificate has expired."""

    def painted(self, number: int, captured_ms: int) -> None:
        """The picture of this frame has been painted just now."""

    def quit(self) -> None:
        """The window is closed: end everything, then `Surface.close`."""
