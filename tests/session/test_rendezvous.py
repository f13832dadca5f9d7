"""What ends and relay say before the session: what is right crosses, what is wrong is refused."""

import json
from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import rendezvous
from session.errors import LimitExceeded, ProtocolViolation
from session.rendezvous import Rendezvous
from tests.session.values import fields, right, wrong

Decode = Callable[[str], Rendezvous]

NONCE, NAME = "ab" * 32, "cd" * 16
EXAMPLES: dict[type[Rendezvous], Rendezvous] = {
    type(message): message
    for message in (
        rendezvous.Challenge(NONCE),
        rendezvous.OpenRoom("certificate", "signature", NAME),
        rendezvous.JoinRoom("4821"),
        rendezvous.ResumeRoom(NAME),
        rendezvous.RoomOpened("4821", 600),
        rendezvous.Joined("token"),
        rendezvous.Refused("expired"),
    )
}
DECODERS: dict[Decode, object] = {
    rendezvous.from_end: rendezvous.FromEnd,
    rendezvous.from_relay: rendezvous.FromRelay,
}
KINDS = [(decode, kind) for decode, union in DECODERS.items() for kind in get_args(union)]
CASES = pytest.mark.parametrize(
    ("decode", "kind"), KINDS, ids=[str(kind.__struct_config__.tag) for _, kind in KINDS]
)
ENDS = pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)


def example(kind: type[Rendezvous]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(rendezvous.encode(EXAMPLES[kind]))
    return made


def test_there_is_an_example_of_each() -> None:
    assert set(EXAMPLES) == set(Rendezvous.__subclasses__())


@CASES
@given(data=st.data())
def test_a_right_message_crosses_unchanged(
    decode: Decode, kind: type[Rendezvous], data: st.DataObject
) -> None:
    message = data.draw(right(kind))
    assert decode(rendezvous.encode(message)) == message


@CASES
def test_only_its_own_end_may_say_it(decode: Decode, kind: type[Rendezvous]) -> None:
    text = rendezvous.encode(EXAMPLES[kind])
    assert decode(text) == EXAMPLES[kind]
    (other,) = set(DECODERS) - {decode}
    with pytest.raises(ProtocolViolation):
        other(text)


@CASES
def test_unknown_and_missing_fields_are_refused(decode: Decode, kind: type[Rendezvous]) -> None:
    with pytest.raises(ProtocolViolation):
        decode(json.dumps({**example(kind), "extra": 1}))
    for field in fields(kind):
        less = json.dumps({name: value for name, value in example(kind).items() if name != field.name})
        if field.required:
            with pytest.raises(ProtocolViolation):
                decode(less)
        else:
            assert type(decode(less)) is kind


@CASES
def test_a_field_beyond_its_limits_is_refused(decode: Decode, kind: type[Rendezvous]) -> None:
    for field in fields(kind):
        for value in wrong(field):
            with pytest.raises(ProtocolViolation):
                decode(json.dumps({**example(kind), field.name: value}))


@CASES
def test_trailing_text_is_refused(decode: Decode, kind: type[Rendezvous]) -> None:
    text = rendezvous.encode(EXAMPLES[kind])
    for wrong_text in (text + "x", text + text, text[:-1], ""):
        with pytest.raises(ProtocolViolation):
            decode(wrong_text)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (rendezvous.JoinRoom, "room", "482"),
        (rendezvous.JoinRoom, "room", "48211"),
        (rendezvous.JoinRoom, "room", "4821\n"),
        (rendezvous.JoinRoom, "room", "٤٨٢١"),
        (rendezvous.ResumeRoom, "name", NAME.upper()),
        (rendezvous.ResumeRoom, "name", NAME + "\n"),
        (rendezvous.ResumeRoom, "name", "../../../../etc/passwd0123456789"),
        (rendezvous.OpenRoom, "resume", NAME[:-1]),
        (rendezvous.OpenRoom, "resume", ""),
        (rendezvous.Challenge, "nonce", NONCE + "\n"),
        (rendezvous.Challenge, "nonce", NONCE[:-2]),
    ],
)
def test_a_name_of_another_form_is_refused(kind: type[Rendezvous], field: str, value: str) -> None:
    (decode,) = [decode for decode, known in KINDS if known is kind]
    with pytest.raises(ProtocolViolation):
        decode(json.dumps({**example(kind), field: value}))


@ENDS
def test_a_text_over_the_limit_is_refused_before_it_is_read(decode: Decode) -> None:
    with pytest.raises(LimitExceeded):
        decode(" " * (rendezvous.TEXT_LIMIT + 1))
    with pytest.raises(ProtocolViolation):
        decode(" " * rendezvous.TEXT_LIMIT)


@ENDS
@pytest.mark.parametrize(
    "text", ["[" * 8000, '{"type":' * 1500, "\ud800", "null", "[]", '{"type": "no-such"}']
)
def test_what_is_no_message_is_refused(decode: Decode, text: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode(text)


@ENDS
@given(text=st.text(max_size=200))
def test_any_text_is_a_message_or_refused(decode: Decode, text: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode(text)


def test_a_refusal_does_not_quote_what_was_said() -> None:
    with pytest.raises(ProtocolViolation) as caught:
        rendezvous.from_end(json.dumps({**example(rendezvous.JoinRoom), "canary": "canary"}))
    assert "canary" not in str(caught.value)


def test_a_signature_for_one_room_is_none_for_another() -> None:
    signed = {rendezvous.signed_bytes(nonce, name) for nonce in (NONCE, NONCE[::-1]) for name in (None, NAME)}
    assert len(signed) == 4


def test_every_reason_has_a_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in rendezvous.REASONS.values())
    assert len(set(rendezvous.REASONS.values())) == len(rendezvous.REASONS)
    assert msgspec.json.decode(msgspec.json.encode(list(rendezvous.REASONS))) == list(rendezvous.REASONS)
