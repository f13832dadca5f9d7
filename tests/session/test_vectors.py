"""Vectors that were computed by the specification alone, without this code: other programs can use them too.

`messages/`, `statements/` and the two exchanges come from a MessagePack, a
canonical JSON and an HKDF written out for the purpose. In `refused/`, each file
has one fault, and is named after it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from session import codec, messages, statements
from session.codes import Code
from session.errors import EvidenceError, ProtocolViolation
from session.introduction import Introduction, Resumption, Side
from session.statements import Chain

FOLDER = Path(__file__).parent / "vectors"
DECODERS: dict[str, Callable[[bytes], messages.Message]] = {
    "technician": codec.from_technician,
    "person": codec.from_person,
    "screen-out": codec.screen_out,
    "screen-in": codec.screen_in,
}


def of(folder: str) -> pytest.MarkDecorator:
    """One case for each file."""
    files = sorted((FOLDER / folder).iterdir())
    assert files
    return pytest.mark.parametrize("path", files, ids=lambda path: path.stem)


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@of("messages/accepted")
def test_a_message_is_what_the_specification_says(path: Path) -> None:
    vector = load(path)
    payload = bytes.fromhex(vector["payload"])
    message = DECODERS[vector["end"]](payload)
    written = {name: _written(value) for name, value in vector["message"].items()}
    names = ("type", *message.__struct_fields__)
    ours = dict(zip(names, msgspec.to_builtins(message, builtin_types=(bytes,)), strict=True))
    assert {name: _plain(ours[name]) for name in written} == written
    if set(written) == set(ours):
        again = codec.encode(message)
        assert DECODERS[vector["end"]](again) == message
        # What deflates has a choice; what inflates has none.
        assert again == payload or vector["message"]["type"] == "statement-made"


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return [_written(each) for each in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


@of("messages/refused")
def test_what_is_no_message_is_refused(path: Path) -> None:
    vector = load(path)
    with pytest.raises(ProtocolViolation):
        DECODERS[vector["end"]](bytes.fromhex(vector["payload"]))


def test_a_chain_is_what_the_specification_says() -> None:
    chain = Chain()
    for vector in load(FOLDER / "statements" / "chain.json"):
        data = vector["statement"].encode()
        statement = chain.follow(data)
        assert statements.canonical(statement) == data
        assert chain.head == vector["digest"]
        assert statements.leaf_of(data).decode() == vector["leaf"]
    assert chain.closed


@of("statements/refused")
def test_what_is_no_statement_is_refused(path: Path) -> None:
    with pytest.raises(EvidenceError):
        statements.parse(path.read_bytes())


def test_an_introduction_is_what_the_specification_says() -> None:
    vector = load(FOLDER / "introduction.json")
    ends = {side: Introduction(side, Code(vector["room"], "00000")) for side in Side}
    # SPAKE2 itself draws its numbers, so the exchange begins here with the key that it agreed on.
    parts = [vector["room"].encode()] + [bytes.fromhex(vector[f"{side}_share"]) for side in Side]
    for end in ends.values():
        end._derive(bytes.fromhex(vector["spake2_key"]), b"byleave-introduction-1", parts)
        assert end._transcript.hex() == vector["transcript"]
        assert end.resume_secret.hex() == vector["resume_secret"]
    for side, end in ends.items():
        assert end.confirmation().hex() == vector[f"{side}_confirms"]
        announced = end.announce(bytes.fromhex(vector[f"{side}_digest"]))
        assert announced.hex() == vector[f"{side}_announces"]
        ends[side.other].confirm(end.confirmation())
        assert ends[side.other].take_digest(announced).hex() == vector[f"{side}_digest"]


def test_a_resumption_is_what_the_specification_says() -> None:
    vector = load(FOLDER / "resumption.json")
    for side in Side:
        end = Resumption(side, bytes.fromhex(vector["secret"]))
        assert end.name == vector["name"]
        end._nonce = bytes.fromhex(vector[f"{side}_nonce"])
        end.take_nonce(bytes.fromhex(vector[f"{side.other}_nonce"]))
        assert end._transcript.hex() == vector["transcript"]
        assert end.confirmation().hex() == vector[f"{side}_confirms"]
        end.confirm(bytes.fromhex(vector[f"{side.other}_confirms"]))
        assert end.resume_secret.hex() == vector["resume_secret"]
