"""PROTOCOL.md says what the code does, and the code does what PROTOCOL.md says."""

import ast
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

import agent
import relay
from agent import conversation, debt, flow, line, technician, upkeep, view
from session import (
    canvas,
    certificates,
    codes,
    consent,
    introduction,
    messages,
    picture,
    rendezvous,
    revocation,
)
from session.certificates import CERTIFICATE_ALGORITHM
from session.keys import ALGORITHM
from session.link import channel, ssh, transport
from session.messages import Answer, Capability, Hold, Reason, Standing
from session.signatures import Namespace
from tests.session.specification import Page, names

PAGE = Page("PROTOCOL.md")


def members(union: object) -> set[type[messages.Message]]:
    return set(get_args(union))


def tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # a struct


# section 1


def test_the_rendezvous_messages_are_these() -> None:
    written = {
        name: (sender, tuple(names(cell)))
        for (name, sender), cell in zip(
            PAGE.table("1.", "type").pairs("type", "from"),
            [row[2] for row in PAGE.table("1.", "type").rows],
            strict=True,
        )
    }
    known = {}
    for union in (rendezvous.FromEnd, rendezvous.FromRelay):
        for kind in get_args(union):
            sender = (inspect.getdoc(kind) or "").split(" → ")[0].lower()
            assert (sender == "relay") == (union is rendezvous.FromRelay)
            known[tag(kind)] = (sender, kind.__struct_fields__)
    assert len(written) == len(PAGE.table("1.", "type").rows)
    assert written == known


def test_the_reasons_of_the_relay_are_these() -> None:
    assert PAGE.table("1.", "reason").column("reason") == list(rendezvous.REASONS)


def test_the_figures_of_the_rendezvous() -> None:
    assert PAGE.number("at most # characters, no unknown fields") == rendezvous.TEXT_LIMIT
    assert PAGE.number("Binary messages (at most # bytes)") == rendezvous.BINARY_LIMIT
    assert PAGE.number("A room can be joined once, within # s") == codes.LIFETIME_SECONDS
    assert PAGE.number("(section 2) and lives # s until both are there") == rendezvous.RESUME_SECONDS
    assert PAGE.number("; # random bytes in hexadecimal") == 32
    assert f"`GET {rendezvous.ROOM_PATH}`" in PAGE.flat
    assert "`byleave-room-1 NONCE new`" in PAGE.flat
    assert rendezvous.signed_bytes("NONCE", None) == b"byleave-room-1 NONCE new"
    assert "`byleave-room-1 NONCE NAME`" in PAGE.flat
    assert rendezvous.signed_bytes("NONCE", "NAME") == b"byleave-room-1 NONCE NAME"


def paths(tree: ast.AST) -> set[str]:
    """Every route that a module serves, as `METHOD /path/*`."""
    return {
        f"{ast.literal_eval(keyword.value)[0]} {re.sub(r'{[^}]*}', '*', ast.literal_eval(node.args[0]))}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Route"
        for keyword in node.keywords
        if keyword.arg == "methods"
    }


def test_the_pages_of_the_relay_are_these() -> None:
    written: list[str] = []
    for row in PAGE.table("Evidence", "request").rows:
        first, *others = names(row[0])
        method = first.split()[0]
        written += [first, *(f"{method} {other}" for other in others)]
    plain = [re.sub(r"SID|NAME(\.age)?|tile/…", "*", each).split("?")[0] for each in written]
    served: set[str] = set()
    for path in Path(next(iter(relay.__path__))).glob("*_pages.py"):
        served |= paths(ast.parse(path.read_text("utf-8")))
    assert len(plain) == len(set(plain))
    assert set(plain) == served


# section 2


def test_the_figures_of_code_and_introduction() -> None:
    words = {"four": 4, "five": 5, "ten": 10}
    assert "A code is ten digits: four of the room, five secret, one check digit" in PAGE.flat
    assert (words["ten"], words["four"], words["five"]) == (
        codes.LENGTH,
        codes.ROOM_DIGITS,
        codes.SECRET_DIGITS,
    )
    assert PAGE.number("It lives # s. The first failed") == codes.LIFETIME_SECONDS
    assert PAGE.number("of the WebSocket, at most # bytes, in this order") == introduction.MESSAGE_LIMIT
    assert PAGE.table("2.", "step").column("step") == ["1", "2", "3"]


# section 3


def test_the_namespaces_are_these() -> None:
    assert PAGE.table("3.", "namespace").column("namespace") == [str(name) for name in Namespace]


def test_the_figures_of_identity() -> None:
    assert PAGE.number("valid at most # hours, with") * 3600 == certificates.LIFETIME_SECONDS
    assert PAGE.number("must not be more than # minutes away") * 60 == revocation.FRESH_SECONDS


# section 4


def test_the_algorithms_are_these() -> None:
    table = dict(PAGE.table("4.", "what").pairs("what", "only"))
    assert table == {
        "key exchange": ssh.KEY_EXCHANGE,
        "ciphers": ", ".join(ssh.CIPHERS),
        "host key, signatures": ALGORITHM,
        "user key": CERTIFICATE_ALGORITHM,
        "compression": "none",
        "login grace": f"{ssh.LOGIN_SECONDS} s",
        "keepalive": f"{ssh.KEEPALIVE_SECONDS} s, {ssh.KEEPALIVE_COUNT} times",
    }
    assert ssh._PINNED["kex_algs"] == [ssh.KEY_EXCHANGE]
    assert ssh._PINNED["encryption_algs"] == list(ssh.CIPHERS)
    assert ssh._PINNED["compression_algs"] == ["none"]
    assert ssh._PINNED["login_timeout"] == ssh.LOGIN_SECONDS
    assert ssh._PINNED["keepalive_interval"] == ssh.KEEPALIVE_SECONDS
    assert ssh._PINNED["keepalive_count_max"] == ssh.KEEPALIVE_COUNT


# sections 5 and 6


def written_messages(section: str) -> dict[str, tuple[str, list[str]]]:
    table = PAGE.table(section, "type")
    cells = [names(row[table.columns.index("fields")]) for row in table.rows]
    return {
        name: (sender, cell) for (name, sender), cell in zip(table.pairs("type", "from"), cells, strict=True)
    }


def known_messages(outward: object, inward: object) -> dict[str, tuple[str, list[str]]]:
    both = members(outward) & members(inward)
    known = {}
    for union, sender in ((inward, "technician"), (outward, "person")):
        for kind in members(union):
            known[tag(kind)] = ("both" if kind in both else sender, list(kind.__struct_fields__))
    return known


@pytest.mark.parametrize(
    ("section", "subsystem", "outward", "inward"),
    [
        ("5.", messages.CONTROL_SUBSYSTEM, messages.FromPerson, messages.FromTechnician),
        ("6.", messages.SCREEN_SUBSYSTEM, messages.ScreenOut, messages.ScreenIn),
    ],
    ids=["control", "screen"],
)
def test_the_messages_are_these(section: str, subsystem: str, outward: object, inward: object) -> None:
    assert PAGE.table(section, "type").section == f"{section} `{subsystem}`"
    assert len(PAGE.table(section, "type").rows) == len(written_messages(section))
    assert written_messages(section) == known_messages(outward, inward)


def test_every_message_class_belongs_to_a_table() -> None:
    unions = (messages.FromPerson, messages.FromTechnician, messages.ScreenOut, messages.ScreenIn)
    # Tests make messages of their own, which no honest end has.
    ours = {kind for kind in messages.Message.__subclasses__() if kind.__module__ == messages.__name__}
    assert ours == set[type]().union(*(members(each) for each in unions))


def test_what_needs_leave() -> None:
    needs = {
        name: need
        for section in ("5.", "6.")
        for name, need in PAGE.table(section, "type").pairs("type", "needs")
        if need != "-"
    }
    inputs = {tag(kind) for kind in members(messages.Input)} - {"release-all"}
    assert needs == {
        **dict.fromkeys(inputs, str(Capability.CONTROL)),
        "facts-wanted": str(Capability.SYSTEM_INFO),
        "facts": str(Capability.SYSTEM_INFO),
        **{tag(kind): str(Capability.VIEW) for kind in members(messages.ScreenOut)},
    }


def test_the_parts_of_a_frame_are_these() -> None:
    for words, kind in (("A copy is the array", picture.Copy), ("a tile is", picture.Tile)):
        sentence = PAGE.flat.split(words, 1)[1].split(";")[0].split(".")[0]
        assert tuple(names(sentence.split(", as ")[0])) == kind.__struct_fields__
    assert PAGE.number("First its `copies` (at most #)") == picture.COPIES_LIMIT
    assert PAGE.number("then its `tiles` (at most #)") == picture.TILES_LIMIT
    assert PAGE.number("together are at most # times its pixels") == canvas.WORK_LIMIT
    assert PAGE.number("of which there are at most #.") == canvas.PIXELS_LIMIT


def test_the_codings_are_these() -> None:
    table = PAGE.table("6.", "coding")
    exact = {"yes": True, "no": False}
    written = {coding: exact[word] for coding, word in table.pairs("coding", "exact")}
    assert written == {str(each): each in picture.LOSSLESS for each in picture.Coding}


def test_the_limits_of_the_subsystems() -> None:
    assert PAGE.number("`byleave-control@1` Limit # bytes.") == messages.CONTROL_LIMIT
    assert PAGE.number("Limit # bytes outward") == messages.SCREEN_LIMIT
    assert PAGE.number("bytes outward, # inward") == messages.ACKNOWLEDGEMENT_LIMIT
    assert PAGE.number("round trip holds, at least #") == flow.LEAST_IN_FLIGHT
    assert PAGE.number("and at most #.") == flow.MOST_IN_FLIGHT
    assert PAGE.number("in one round trip and # ms") == 1000 * flow.QUEUE_SECONDS
    assert PAGE.number("nothing yet, # bytes") == line.PRESUMED * flow.QUEUE_SECONDS
    assert PAGE.number("is more than # ms late") == 1000 * flow.LATE_SECONDS
    assert PAGE.number("A frame longer than # ms of the line") == 1000 * channel.AHEAD_SECONDS
    assert PAGE.number("no longer than # ms of it") == 1000 * transport.PIECE_SECONDS
    assert PAGE.number("(but # bytes)") == transport.LEAST_PIECE
    assert PAGE.number("to be in the log # ms after it was made") == 1000 * debt.DUE_SECONDS
    assert PAGE.number("but at #/10 of the line's rate at least") == 10 * flow.LEAST_SHARE
    assert PAGE.number("at #/10 while no frames are sent") == 10 * flow.REST_SHARE
    assert PAGE.number("and keep #/10 at least") == 10 * flow.LEAST_SHARE
    assert PAGE.number("at each change, and every # s") == technician.STATUS_SECONDS
    assert PAGE.number("after # lines at once, one more a second") == conversation.CHAT_BURST
    assert conversation.CHAT_SECONDS == 1.0


def refusals(tree: ast.AST) -> set[str]:
    """The words that are given as the second argument of whatever refuses."""
    found: set[str] = set()
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2]
        if isinstance(node, ast.Call) and called in {"_refuse", "refuse"} and len(node.args) == 2:
            found |= constants(node.args[1])
        if isinstance(node, ast.FunctionDef) and node.name in {"why_not", "_why_not"}:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.IfExp):
                    found |= constants(inner.value.body) | constants(inner.value.orelse)
    return found


def constants(node: ast.AST) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_the_words_of_a_refusal_are_these() -> None:
    said: set[str] = set()
    for path in Path(next(iter(agent.__path__))).glob("*.py"):
        said |= refusals(ast.parse(path.read_text("utf-8")))
    assert sorted(PAGE.table("5.", "why").column("why")) == sorted(said)


# section 7


def test_the_transitions_of_consent_are_these() -> None:
    table = PAGE.table("7.", "state").pairs("state", "event", "becomes")
    known = [
        (str(state), event.__name__, str(becomes)) for (state, event), becomes in consent.TRANSITIONS.items()
    ]
    assert table == known


def test_every_event_of_consent_is_in_the_table() -> None:
    written = set(PAGE.table("7.", "state").column("event"))
    assert written == {event.__name__ for event in get_args(consent.Event)}


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("Capabilities:", Capability),
        ("Holds:", Hold),
        ("Answers:", Answer),
        ("Reasons for the end:", Reason),
        ("Standings:", Standing),
    ],
    ids=["capabilities", "holds", "answers", "reasons", "standings"],
)
def test_the_words_of_consent_are_these(before: str, words: type[Capability]) -> None:
    assert PAGE.words(before) == [str(word) for word in words]


def test_the_figures_of_consent() -> None:
    assert PAGE.table("7.", "figure").pairs("figure", "seconds") == [
        ("a question unanswered", f"{view.ANSWER_SECONDS:g}"),
        ("Allow arms after", f"{view.ARMING_SECONDS:g}"),
        ("unacknowledged evidence freezes", f"{upkeep.FREEZE_SECONDS:g}"),
        ("unacknowledged evidence ends", f"{upkeep.END_SECONDS:g}"),
        ("a lost link ends", f"{rendezvous.RESUME_SECONDS:g}"),
    ]
