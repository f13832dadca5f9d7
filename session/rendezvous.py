"""What the two ends and the relay say to each other before and beside the session.

PROTOCOL.md, section 1. These are JSON texts on the WebSocket; once both ends
are in the room, binary messages are forwarded and never looked at.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from session.errors import LimitExceeded, ProtocolViolation

ROOM_PATH = "/room"
TEXT_LIMIT = 16 * 1024
BINARY_LIMIT = 256 * 1024
LINK_CAP = 8 * 1024 * 1024
RESUME_SECONDS = 60

REASONS = {
    "not-certified": "The relay did not accept this certificate.",
    "revoked": "This certificate has been revoked.",
    "no-room": "There is no session with this number. Check the digits, or ask for a new code.",
    "room-taken": "Somebody has already joined with this number. Ask for a new code.",
    "expired": "This code is too old. Ask for a new one.",
    "busy": "The relay is busy. Try again in a minute.",
    "too-many": "Too many attempts from this address. Wait a few minutes.",
    "too-large": "The other side sent too much at once.",
    "too-slow": "The other side stopped listening.",
    "protocol": "The relay did not understand.",
    "closing": "The relay is being restarted.",
    "peer-left": "The other side has left.",
}
"""Why a room is refused or closed: wire word → sentence. Also the relay's counted drop reasons."""

Hex128: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Room: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}\Z")]
Text: TypeAlias = Annotated[str, Meta(max_length=8192)]


class Rendezvous(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all rendezvous messages."""


class Challenge(Rendezvous, frozen=True, tag="challenge"):
    """Relay → end, always first: 32 random bytes in hexadecimal."""

    nonce: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class OpenRoom(Rendezvous, frozen=True, tag="open-room"):
    """Technician → relay: certificate (OpenSSH text) and SSHSIG (`room@byleave`) over `signed_bytes`."""

    certificate: Text
    signature: Text
    resume: Hex128 | None = None


class JoinRoom(Rendezvous, frozen=True, tag="join-room"):
    """Person → relay: join a technician's room."""

    room: Room


class ResumeRoom(Rendezvous, frozen=True, tag="resume-room"):
    """Person → relay: wait for, or join, the technician in a room that both ends know by name."""

    name: Hex128


class RoomOpened(Rendezvous, frozen=True, tag="room-opened"):
    """Relay → technician: this is the room; it can be joined for so many seconds."""

    room: str
    seconds: int


class Joined(Rendezvous, frozen=True, tag="joined"):
    """Relay → both: the other end is here; binary messages are forwarded from now on.

    `token` is given to the person only: the right to upload this session's evidence.
    """

    token: str = ""


class Refused(Rendezvous, frozen=True, tag="refused"):
    """Relay → end, then close: the room is refused; `reason` is a key of `REASONS`."""

    reason: str


FromEnd: TypeAlias = OpenRoom | JoinRoom | ResumeRoom
FromRelay: TypeAlias = Challenge | RoomOpened | Joined | Refused

_FROM_END: msgspec.json.Decoder[FromEnd] = msgspec.json.Decoder(FromEnd)
_FROM_RELAY: msgspec.json.Decoder[FromRelay] = msgspec.json.Decoder(FromRelay)


def signed_bytes(nonce: str, resume: str | None) -> bytes:
    """Return what the technician signs to open a room."""
    return f"byleave-room-1 {nonce} {resume or 'new'}".encode()


def encode(message: Rendezvous) -> str:
    """Return the JSON text of a rendezvous message."""
    return msgspec.json.encode(message).decode()


def from_end(text: str) -> FromEnd:
    """Decode what an end said to the relay.

    Raises:
        ProtocolViolation: it is not exactly one message of the table.
        LimitExceeded: it is longer than `TEXT_LIMIT`.
    """
    _check(text)
    try:
        return _FROM_END.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolViolation(f"not a rendezvous message: {type(error).__name__}") from None


def from_relay(text: str) -> FromRelay:
    """Decode what the relay said to an end; raises as `from_end`."""
    _check(text)
    try:
        return _FROM_RELAY.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolViolation(f"not a rendezvous message: {type(error).__name__}") from None


def _check(text: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise LimitExceeded(f"a rendezvous message of {len(text)} characters, {TEXT_LIMIT} allowed")
