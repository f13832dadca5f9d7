"""Messages to bytes and back: MessagePack, PROTOCOL.md, section 4.

Unknown tags and fields, trailing bytes and anything over a limit are refused.
"""

from typing import TypeVar

import msgspec

from session import bare_webp
from session.deflated import deflated, inflated
from session.errors import LimitExceeded, ProtocolViolation
from session.messages import (
    ACKNOWLEDGEMENT_LIMIT,
    CONTROL_LIMIT,
    SCREEN_LIMIT,
    STATEMENT_LIMIT,
    Frame,
    FromPerson,
    FromTechnician,
    Message,
    ScreenIn,
    ScreenOut,
    StatementMade,
)

T = TypeVar("T")

_ENCODER = msgspec.msgpack.Encoder()
_FROM_TECHNICIAN: msgspec.msgpack.Decoder[FromTechnician] = msgspec.msgpack.Decoder(FromTechnician)
_FROM_PERSON: msgspec.msgpack.Decoder[FromPerson] = msgspec.msgpack.Decoder(FromPerson)
_SCREEN_OUT: msgspec.msgpack.Decoder[ScreenOut] = msgspec.msgpack.Decoder(ScreenOut)
_SCREEN_IN: msgspec.msgpack.Decoder[ScreenIn] = msgspec.msgpack.Decoder(ScreenIn)


def encode(message: Message) -> bytes:
    """Return the MessagePack of a message, without its length."""
    if isinstance(message, Frame):
        message = bare_webp.bare(message)
    elif isinstance(message, StatementMade):
        message = msgspec.structs.replace(message, statement=deflated(message.statement))
    return _ENCODER.encode(message)


def from_technician(payload: bytes) -> FromTechnician:
    """Decode what a technician sent on the control subsystem.

    Raises:
        ProtocolViolation: it is not exactly one message of the table.
        LimitExceeded: it is longer than `CONTROL_LIMIT`.
    """
    return _decode(_FROM_TECHNICIAN, payload, CONTROL_LIMIT)


def from_person(payload: bytes) -> FromPerson:
    """Decode what a person's agent sent on the control subsystem; raises as `from_technician`."""
    message = _decode(_FROM_PERSON, payload, CONTROL_LIMIT)
    if isinstance(message, StatementMade):
        return msgspec.structs.replace(message, statement=inflated(message.statement, STATEMENT_LIMIT))
    return message


def screen_out(payload: bytes) -> ScreenOut:
    """Decode what a person's agent sent on the screen subsystem; raises as `from_technician`."""
    message = _decode(_SCREEN_OUT, payload, SCREEN_LIMIT)
    return bare_webp.whole(message) if isinstance(message, Frame) else message


def screen_in(payload: bytes) -> ScreenIn:
    """Decode what a technician sent on the screen subsystem; raises as `from_technician`."""
    return _decode(_SCREEN_IN, payload, ACKNOWLEDGEMENT_LIMIT)


def _decode(decoder: msgspec.msgpack.Decoder[T], payload: bytes, limit: int) -> T:
    if len(payload) > limit:
        raise LimitExceeded(f"a message of {len(payload)} bytes, {limit} allowed")
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The library's own words may quote what was sent, so only their kind is kept.
        raise ProtocolViolation(f"not a message: {type(error).__name__}") from None
