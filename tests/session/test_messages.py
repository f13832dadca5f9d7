"""Every message: what is right crosses unchanged, what is wrong is refused, and no log holds content."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import bare_webp, codec, messages
from session.deflated import deflated
from session.errors import LimitExceeded, PeerError, ProtocolViolation
from session.messages import Message
from tests.session.values import fields, of, right, wrong

Decode = Callable[[bytes], Message]

DECODERS: dict[Decode, object] = {
    codec.from_technician: messages.FromTechnician,
    codec.from_person: messages.FromPerson,
    codec.screen_out: messages.ScreenOut,
    codec.screen_in: messages.ScreenIn,
}
LIMITS = {
    codec.from_technician: messages.CONTROL_LIMIT,
    codec.from_person: messages.CONTROL_LIMIT,
    codec.screen_out: messages.SCREEN_LIMIT,
    codec.screen_in: messages.ACKNOWLEDGEMENT_LIMIT,
}
KINDS = [(decode, kind) for decode, union in DECODERS.items() for kind in get_args(union)]
CASES = pytest.mark.parametrize(
    ("decode", "kind"),
    KINDS,
    ids=[f"{decode.__name__}-{kind.__struct_config__.tag}" for decode, kind in KINDS],
)

CONTENT = {
    "request": {"purpose", "ticket"},
    "pointer-move": {"x", "y"},
    "key": {"keysym"},
    "text": {"text"},
    "countersigned": {"signature"},
    "statement-made": {"statement", "signature", "leaf"},
    "facts": {"facts"},
    "chat": {"text"},
    "frame": {"captured_ms", "copies", "tiles"},
    "pointer-at": {"x", "y"},
    "monitors": {"monitors"},
    "pointer-image": {"hot_x", "hot_y", "rgba"},
}
"""What a message is about; all other fields only say of what kind it is."""

EXAMPLES: list[tuple[Any, str]] = [
    ("look", "purpose text kind what why"),
    ("", "ticket"),
    (1, "keysym button"),
    (16, "width height"),
    (10, "minutes"),
    ("view", "capability"),
    (["view"], "capabilities"),
    ([], "granted holds facts copies tiles"),
    ("refused", "answer reason"),
    ("paused", "standing"),
    ([0], "numbers"),
    ([[0, 0, 0, 16, 16, True, True]], "monitors"),
    (b"", "rgba"),
    (deflated(b""), "statement"),
    (bytes(64), "signature leaf"),
    (True, "down key recorded"),
]
"""Right values by the names of their fields; 0 for all others."""

PARTS = {
    "copies": [[10957, 10957, 16, 16, 10957, 10957]],
    "monitors": [[0, 10957, 10957, 10957, 10957, True, True]],
    "tiles": [[10957, 10957, 16, 16, "png", b"canary" * 3, 10957]],
}
"""What a frame is made of, full of canaries."""


def plain(message: Message) -> list[Any]:
    """The array that crosses the wire."""
    made: list[Any] = msgspec.msgpack.decode(codec.encode(message))
    return made


def example(kind: type[Message], /, **changed: Any) -> list[Any]:
    """Some right message of a kind, as an array; the same one each time, but for what is changed."""
    known = {name: value for value, names in EXAMPLES for name in names.split()} | changed
    return [kind.__struct_config__.tag, *(known.get(name, 0) for name in kind.__struct_fields__)]


@CASES
@given(data=st.data())
def test_a_right_message_crosses_unchanged(decode: Decode, kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(right(kind))
    # An image without its file's heads gets them.
    crossed = bare_webp.whole(message) if isinstance(message, messages.Frame) else message
    assert decode(codec.encode(message)) == crossed


@CASES
def test_a_right_example_is_taken(decode: Decode, kind: type[Message]) -> None:
    assert type(decode(msgspec.msgpack.encode(example(kind)))) is kind


@CASES
def test_an_unknown_field_is_refused(decode: Decode, kind: type[Message]) -> None:
    with pytest.raises(ProtocolViolation):
        decode(msgspec.msgpack.encode([*example(kind), None]))


@CASES
def test_a_missing_field_is_refused_unless_it_has_a_value_of_its_own(
    decode: Decode, kind: type[Message]
) -> None:
    whole = example(kind)
    for place, field in enumerate(fields(kind), start=1):
        if field.required:
            with pytest.raises(ProtocolViolation):
                decode(msgspec.msgpack.encode(whole[:place]))
        else:
            assert type(decode(msgspec.msgpack.encode(whole[:place]))) is kind


@CASES
def test_a_field_beyond_its_limits_is_refused(decode: Decode, kind: type[Message]) -> None:
    for field in fields(kind):
        for value in wrong(field):
            with pytest.raises(PeerError):
                decode(msgspec.msgpack.encode(example(kind, **{field.name: value})))


@CASES
def test_trailing_bytes_and_missing_ends_are_refused(decode: Decode, kind: type[Message]) -> None:
    whole = msgspec.msgpack.encode(example(kind))
    for payload in (whole + b"\xc0", whole + whole, *(whole[:end] for end in range(len(whole)))):
        with pytest.raises(ProtocolViolation):
            decode(payload)


@CASES
def test_no_content_is_shown(decode: Decode, kind: type[Message]) -> None:
    content = CONTENT.get(str(kind.__struct_config__.tag), set())
    assert content | set(kind.SHOWN) == set(kind.__struct_fields__)
    assert not content & set(kind.SHOWN)
    canaries: dict[type, Any] = {
        str: "canary" * 3,
        bytes: b"canary" * 3,
        int: 10957,
        list: [["canary", "canary"]],
    }
    filled = dict(zip(kind.__struct_fields__, example(kind)[1:], strict=True))
    for name in content:
        filled[name] = PARTS.get(name, canaries[type(filled[name])])
        if name in {"signature", "leaf"}:
            filled[name] = (b"canary" * 11)[:64]
    if "hot_x" in filled:
        filled |= {"hot_x": 197, "hot_y": 197}
    shown = repr(msgspec.convert(example(kind, **filled), kind))
    assert not any(canary in shown for canary in ("canary", "10957", "197"))
    assert shown.startswith(f"{kind.__name__}(")


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
def test_an_unknown_tag_and_what_is_no_array_are_refused(decode: Decode) -> None:
    for value in (["no-such"], [7], {}, [], "text", 7, None, {"type": "leave"}, [["leave"]]):
        with pytest.raises(ProtocolViolation):
            decode(msgspec.msgpack.encode(value))


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
def test_a_message_over_the_limit_is_refused_before_it_is_read(decode: Decode) -> None:
    with pytest.raises(LimitExceeded):
        decode(bytes(LIMITS[decode] + 1))
    with pytest.raises(ProtocolViolation):
        decode(bytes(LIMITS[decode]))


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
@given(payload=st.binary(max_size=300))
def test_any_bytes_are_a_message_or_refused(decode: Decode, payload: bytes) -> None:
    try:
        message = decode(payload)
    except ProtocolViolation:
        return
    assert isinstance(message, get_args(DECODERS[decode]))


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
def test_deep_nesting_is_refused(decode: Decode) -> None:
    nested = b"\x91" * 250
    with pytest.raises(ProtocolViolation):
        decode(nested)
    with pytest.raises(ProtocolViolation):
        decode(b"\x92\xa4chat" + nested)


def test_a_refusal_does_not_quote_what_was_sent() -> None:
    for value in (
        ["canary"],
        [*example(messages.Text), "canary"],
        [*example(messages.Text)[:-1], {"canary": 7}],
    ):
        with pytest.raises(ProtocolViolation) as caught:
            codec.from_technician(msgspec.msgpack.encode(value))
        assert "canary" not in str(caught.value)


@given(first=of(messages.FromTechnician), second=of(messages.FromTechnician))
def test_two_messages_are_never_one(first: Message, second: Message) -> None:
    with pytest.raises(ProtocolViolation):
        codec.from_technician(codec.encode(first) + codec.encode(second))


@given(message=of(messages.FromTechnician))
def test_a_message_cannot_be_changed(message: Message) -> None:
    for name in message.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(message, name, None)
    assert plain(message)[0] == message.__struct_config__.tag
