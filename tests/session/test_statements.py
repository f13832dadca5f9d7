"""Statements, leaves and chains: one encoding each, and nothing can be dropped, moved or changed."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session import statements
from session.errors import EvidenceError
from session.statements import (
    Access,
    Base,
    Chain,
    Close,
    Consented,
    Custody,
    Erase,
    Idle,
    Leaf,
    Open,
    Recipients,
    SealedObject,
    Segment,
    SessionStatement,
    canonical,
    digest,
)
from tests.session.values import fields, of, right, wrong

SID, OTHER = "ab" * 32, "cd" * 32
OBJECT = SealedObject("main", "seg/000002.events.jsonl.age", "0" * 64, 100)
KINDS = pytest.mark.parametrize("kind", Base.__subclasses__(), ids=lambda kind: kind.KIND)


def fixed(seq: int, prev: str, sid: str = SID) -> dict[str, Any]:
    return {"sid": sid, "seq": seq, "prev": prev, "salt": "0" * 32, "t0": 1000 + seq}


def make(kind: str, seq: int, prev: str, sid: str = SID) -> bytes:
    """Return a right statement of a kind, at a place."""
    here = fixed(seq, prev, sid)
    made: Base
    match kind:
        case "open":
            recipients = Recipients("age1main", "age1sensitive", "age1consent")
            made = Open(
                **here,
                public_key="ssh-ed25519 AAAA",
                recipients=recipients,
                certificate="0" * 64,
                profile="0" * 64,
                policy="strict",
                agent="byleave 1",
            )
        case "segment":
            made = Segment(**here, t1=2000, start=None, objects=(OBJECT,))
        case "idle":
            made = Idle(**here, t1=2000)
        case "close":
            made = Close(**here, reason="left")
        case "access":
            made = Access(**here, by="auditor:1", reason="a complaint")
        case event:
            made = Consented(**here, event=event, object=OBJECT, plain="0" * 64)  # type: ignore[arg-type]  # by name
    return canonical(made)


def chain(*kinds: str, sid: str = SID, prev: str = "", first: int = 0) -> list[bytes]:
    """Return a right chain of these kinds."""
    made: list[bytes] = []
    for kind in kinds:
        made.append(make(kind, first + len(made), digest(made[-1]) if made else prev, sid))
    return made


def follow(*data: bytes) -> list[SessionStatement]:
    one = Chain()
    return [one.follow(each) for each in data]


WHOLE = ("open", "allowed", "segment", "idle", "renewed", "segment", "revoked", "segment", "close")
MIDDLE = st.lists(st.sampled_from(["idle", "segment", "revoked", "more-allowed", "renewed"]), max_size=6)
CHAINS = MIDDLE.map(lambda middle: chain("open", "allowed", *middle, "close"))


# one encoding


@KINDS
@settings(max_examples=25)
@given(data=st.data())
def test_a_right_statement_is_read_as_it_was_written(kind: type[Base], data: st.DataObject) -> None:
    statement = data.draw(right(kind))
    written = canonical(statement)
    assert statements.parse(written) == statement
    assert list(json.loads(written)) == sorted(json.loads(written))
    assert json.loads(written)["type"] == kind.KIND


@KINDS
@settings(max_examples=25)
@given(data=st.data())
def test_any_other_encoding_of_it_is_refused(kind: type[Base], data: st.DataObject) -> None:
    written = canonical(data.draw(right(kind)))
    value = json.loads(written)
    unsorted = dict(reversed(value.items()))
    others = [
        json.dumps(value, separators=(",", ": "), ensure_ascii=False).encode("utf-8", "surrogatepass"),
        json.dumps(value, separators=(", ", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"),
        json.dumps(unsorted, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"),
        written + b"\n",
        b" " + written,
        written.replace(b'"v":1', b'"v":1.0'),
        written.replace(b'"v":1', b'"v":1e0'),
        written.replace(b'"type":', b'"t\\u0079pe":'),
        written.replace(b'{"', b'{"v":1,"', 1),
        b"\xef\xbb\xbf" + written,
        written[:-1],
    ]
    for other in others:
        with pytest.raises(EvidenceError):
            statements.parse(other)


@KINDS
def test_unknown_missing_and_wrong_fields_are_refused(kind: type[Base]) -> None:
    value = (
        json.loads(make("allowed" if kind is Consented else kind.KIND, 0, "")) if kind not in CUSTODY else {}
    )
    value = value or json.loads(canonical(CUSTODY[kind]))
    wrongs = [{**value, "extra": 1}]
    wrongs += [{name: each for name, each in value.items() if name != gone} for gone in value]
    wrongs += [{**value, field.name: each} for field in fields(kind) for each in wrong(field) if each != ""]
    for each in wrongs:
        with pytest.raises(EvidenceError):
            statements.parse(canonical(each))


CUSTODY: dict[type[Base], Base] = {
    Access: Access(**fixed(0, ""), by="auditor:1", reason="why"),
    statements.Annotation: statements.Annotation(**fixed(0, ""), by="auditor:1", object=OBJECT),
    statements.Rewrap: statements.Rewrap(**fixed(0, ""), by="auditor:1", recipients=("age1",)),
    Erase: Erase(**fixed(0, ""), by="auditor:1", reason="why"),
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sid", SID + "\n"),
        ("sid", SID.upper()),
        ("sid", SID[:-1]),
        ("prev", SID + "\n"),
        ("prev", "\n"),
        ("salt", "0" * 32 + "\n"),
        ("reason", "left\n"),
        ("reason", "Left"),
        ("seq", -1),
        ("seq", 1000000),
        ("t0", -1),
        ("v", 2),
    ],
)
def test_a_field_of_another_form_is_refused(field: str, value: object) -> None:
    with pytest.raises(EvidenceError):
        statements.parse(canonical({**json.loads(make("close", 1, SID)), field: value}))


@pytest.mark.parametrize(
    "name",
    [
        "seg/000002.events.jsonl.age\n",
        "seg/٠٠٠٠٠٢.events.jsonl.age",
        "seg/2.events.jsonl.age",
        "../seg/000002.events.jsonl.age",
        "/seg/000002.events.jsonl.age",
        "seg/../000002.events.jsonl.age",
        "seg/000002.events.jsonl",
        "seg/000002.passwords.jsonl.age",
        "keys/main.age",
        "",
    ],
)
def test_an_object_of_another_name_is_refused(name: str) -> None:
    value = json.loads(make("segment", 2, SID))
    value["objects"][0]["name"] = name
    with pytest.raises(EvidenceError):
        statements.parse(canonical(value))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_statement_or_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        statements.parse(data)


@pytest.mark.parametrize("data", [b"[" * 30000, b'{"type":' * 3000, b" " * (statements.STATEMENT_LIMIT + 1)])
def test_what_is_deep_or_long_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        statements.parse(data)
    with pytest.raises(EvidenceError):
        statements.parse_entry(data)


def test_a_statement_of_the_largest_size_is_read() -> None:
    names = (f"seg/000002.video-{at // 10}-{at % 10:06d}-{2**31}.m4s.age" for at in range(32))
    many = tuple(SealedObject("sensitive", name, "0" * 64, 2**53) for name in names)
    data = canonical(Segment(**fixed(2, SID), t1=2**53, start=999999, objects=many))
    assert statements.parse(data)
    assert len(data) < statements.STATEMENT_LIMIT


# leaves


@given(statement=of(statements.Statement))
def test_a_leaf_belongs_to_its_statement_alone(statement: statements.Statement) -> None:
    data = canonical(statement)
    entry = statements.entry(statements.leaf_of(data), b"signature\n")
    leaf, raw, signature = statements.parse_entry(entry)
    assert leaf == Leaf(h=digest(data), k=statement.KIND, n=statement.seq, s=statement.sid)
    assert statements.check_entry(entry, data) == (raw, b"signature\n") == (raw, signature)
    other = canonical(msgspec.structs.replace(statement, t0=statement.t0 ^ 1))
    with pytest.raises(EvidenceError):
        statements.check_entry(entry, other)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.replace(b"\n", b""),
        lambda entry: b" " + entry,
        lambda entry: entry.replace(b'"n":0', b'"n":0.0'),
        lambda entry: entry.replace(b',"v":1', b""),
        lambda entry: entry.replace(b"{", b'{"a":1,', 1),
        lambda entry: b"\n" + entry,
        lambda entry: b"",
    ],
)
def test_an_entry_of_another_form_is_refused(change: Any) -> None:
    entry = statements.entry(statements.leaf_of(make("open", 0, "")), b"signature\n")
    with pytest.raises(EvidenceError):
        statements.parse_entry(change(entry))


# chains


def test_a_whole_chain_is_followed() -> None:
    one = Chain()
    for data in chain(*WHOLE):
        assert not one.closed
        one.follow(data)
    assert (one.closed, one.allowed, one.sid, one.length) == (True, True, SID, len(WHOLE))


@given(data=CHAINS, at=st.integers(0, 20))
def test_a_dropped_statement_is_found(data: list[bytes], at: int) -> None:
    # What is missing at the end shows by the missing close.
    at %= len(data) - 1
    with pytest.raises(EvidenceError):
        follow(*data[:at], *data[at + 1 :])


@given(data=CHAINS, at=st.integers(0, 20))
def test_a_doubled_statement_is_found(data: list[bytes], at: int) -> None:
    at %= len(data)
    with pytest.raises(EvidenceError):
        follow(*data[: at + 1], *data[at:])


@given(data=CHAINS, at=st.integers(0, 20), other=st.integers(0, 20))
def test_moved_statements_are_found(data: list[bytes], at: int, other: int) -> None:
    at, other = at % len(data), other % len(data)
    moved = list(data)
    moved[at], moved[other] = moved[other], moved[at]
    if at == other:
        assert len(follow(*moved)) == len(data)
    else:
        with pytest.raises(EvidenceError):
            follow(*moved)


@given(data=CHAINS, at=st.integers(0, 20))
def test_a_changed_statement_is_found_by_the_next(data: list[bytes], at: int) -> None:
    # The last one is held by its signature and its leaf alone.
    at %= len(data) - 1
    value = json.loads(data[at])
    changed = canonical({**value, "t0": value["t0"] ^ 1})
    with pytest.raises(EvidenceError):
        follow(*data[:at], changed, *data[at + 1 :])


@pytest.mark.parametrize(
    "kinds",
    [
        ("allowed",),
        ("idle",),
        ("close",),
        ("open", "open"),
        ("open", "segment"),
        ("open", "refused", "segment"),
        ("open", "more-allowed", "segment"),
        ("open", "renewed", "segment"),
        ("open", "access"),
        ("open", "close", "idle"),
        ("open", "close", "close"),
        ("open", "allowed", "close", "segment"),
    ],
    ids="-".join,
)
def test_what_breaks_a_law_is_refused(kinds: tuple[str, ...]) -> None:
    data = chain(*kinds)
    assert len(follow(*data[:-1])) == len(data) - 1
    with pytest.raises(EvidenceError):
        follow(*data)


def test_a_statement_of_another_session_is_refused() -> None:
    begun = chain("open", "allowed")
    with pytest.raises(EvidenceError):
        follow(*begun, make("idle", 2, digest(begun[-1]), OTHER))


def test_a_refused_statement_leaves_the_chain_as_it_was() -> None:
    one = Chain()
    data = chain("open", "allowed", "segment", "close")
    one.follow(data[0])
    for wrong_one in (data[0], data[2], data[3], b"{}"):
        with pytest.raises(EvidenceError):
            one.follow(wrong_one)
    assert [one.follow(each).seq for each in data[1:]] == [1, 2, 3]


def test_custody_starts_anew_after_the_close() -> None:
    close = digest(b"the close")
    custody = Custody(SID, close)
    data = chain("access", "access", prev=close)
    assert [custody.follow(each).seq for each in data] == [0, 1]
    assert (custody.length, custody.head) == (2, digest(data[-1]))
    for wrong_one in (
        data[1],
        make("access", 2, close),
        make("access", 2, custody.head, OTHER),
        make("access", 1, custody.head),
        make("close", 2, custody.head),
    ):
        with pytest.raises(EvidenceError):
            custody.follow(wrong_one)
