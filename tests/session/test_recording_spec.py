"""RECORDING.md says what the code does, and the code does what RECORDING.md says."""

import ast
import json
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

import agent
from agent.actions import Record
from agent.capture import fmp4
from agent.capture.video import KEY_PICTURES
from agent.consent_record import Circumstances, ConsentRecords
from agent.spool import Spool
from session import keys, sealing, statements, trust
from session.keys import PublicKey
from session.messages import Capability, Frame, Request
from session.picture import Coding, Copy, Tile
from session.signatures import Namespace
from session.statements import SealedObject
from tests.agent.recording import begin
from tests.session.office import Office
from tests.session.specification import Page, names

PAGE = Page("RECORDING.md")

COMMON = ["v", "type", "sid", "seq", "prev", "salt", "t0"]


def kinds() -> dict[str, type[statements.Base]]:
    return {kind.KIND: kind for kind in get_args(statements.Statement)}


# section 1


def paths() -> list[str]:
    return [path for row in PAGE.table("1.", "path").rows for path in names(row[0])]


def test_the_names_of_sealed_objects_are_these() -> None:
    pattern = re.compile(get_args(get_type_hints(SealedObject, include_extras=True)["name"])[1].pattern)
    numbers = {"MONITOR": "0", "EPOCH": "12", "STREAM": "7", "SEQ": "000003", "NNN": "004", "KIND": "webp"}
    sealed = [path.removeprefix("sessions/SID/") for path in paths() if path.endswith(".age")]
    sealed = [re.sub("|".join(numbers), lambda found: numbers[found[0]], path) for path in sealed]
    assert [path for path in sealed if not path.startswith("keys/") and not pattern.match(path)] == []
    # What no row speaks of yet, and what each branch of the pattern must be: terminals, the search index.
    later = ["seg/000003.terminal-0.cast.age", "seg/000003.index.jsonl.age"]
    branches = [
        "init/video-1-2-3.mp4",
        "seg/000001.video-1-2-3.m4s",
        "seg/000001.screen-1-2.jsonl",
        "seg/000001.images-1-2.(png|webp|vp8|jpeg)",
        "seg/000001.(events|sensitive|index).jsonl",
        "seg/000001.terminal-1.cast",
        "consent/001.json",
    ]
    assert pattern.pattern.count("|") == "|".join(branches).count("|")
    assert all(pattern.match(each) for each in later)


def test_the_files_of_trust_are_these(tmp_path: Path) -> None:
    office = Office()
    made = trust.trust_files(office.profile(), b"", b"", PublicKey.of(office.root))
    written = {path.removeprefix("trust/") for path in paths() if path.startswith("trust/")}
    assert written == set(made) | {"krl", "krl.sig"}


def test_every_path_of_the_layout_belongs_to_a_part_that_is_checked_here() -> None:
    known = ("trust/", "keys/SID/", "sessions/SID/init/", "sessions/SID/seg/", "sessions/SID/consent/")
    others = [path for path in paths() if not path.startswith(known) and path[0] != "."]
    assert others == [
        "log/checkpoint",
        "log/tile/…",
        "log/proofs.json",
        "sessions/SID/allowed_signers",
        "sessions/SID/custody/SEQ.json",
    ]


def test_the_wrapped_keys_are_these() -> None:
    written = [path.removeprefix("keys/SID/") for path in paths() if path.startswith("keys/")]
    assert written == [f"{name}.age" for name in sealing.NAMES]
    assert get_args(statements.IdentityName) == sealing.NAMES


def test_the_session_is_verified_by_this_line() -> None:
    key = PublicKey.of(keys.generate())
    assert names(PAGE.table("1.", "path").rows[paths_row("sessions/SID/allowed_signers")][1])[0] == (
        trust.session_signers(key).strip().replace(key.text, "KEY")
    )


def paths_row(path: str) -> int:
    return [names(row[0])[0] for row in PAGE.table("1.", "path").rows].index(path)


def test_the_spool_is_laid_out_like_a_bundle(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "SID")
    beside = next(names(row[0]) for row in PAGE.table("1.", "path").rows if "SEQ.json" in row[0])
    assert beside == ["sessions/SID/seg/SEQ.json", ".json.sig", ".json.technician.sig"]
    for suffix in ("json", "json.sig", "json.technician.sig", "leaf"):
        assert str(spool.statement(7, suffix).relative_to(tmp_path)) == f"sessions/SID/seg/000007.{suffix}"
    assert "sessions/SID/seg/SEQ.leaf" in paths()
    assert str(spool.keys.relative_to(tmp_path)) == "keys/SID"


# section 2


def test_the_fields_of_every_statement_are_these() -> None:
    assert PAGE.table("2.", "field").column("field") == COMMON
    known = set(statements.Base.__struct_fields__) | {"type"}
    assert known == set(COMMON)


def test_the_statements_are_these() -> None:
    table = PAGE.table("2.", "type")
    written = {name: names(row[1]) for name, row in zip(table.column("type"), table.rows, strict=True)}
    known = {name: [f for f in kind.__struct_fields__ if f not in COMMON] for name, kind in kinds().items()}
    # The names inside `recipients` stand in the same cell.
    inner = list(statements.Recipients.__struct_fields__)
    written["open"] = [name for name in written["open"] if name not in inner]
    # A cell may point at another field.
    written["segment"] = [name for name in written["segment"] if name != "seq"]
    assert len(table.rows) == len(known)
    assert written == known


def test_a_kind_is_the_tag_that_is_written() -> None:
    assert {kind.__struct_config__.tag for kind in kinds().values()} == set(kinds())


def test_recipients_objects_and_leaf_have_these_fields() -> None:
    row = PAGE.table("2.", "type").rows[0]
    assert f"{{{', '.join(f'`{name}`' for name in statements.Recipients.__struct_fields__)}}}" in row[1]
    quoted = ", ".join(f'"{name}"' for name in SealedObject.__struct_fields__)
    assert f"An object is `{{{quoted}}}`" in PAGE.flat
    leaf = re.findall(r"A leaf is canonical JSON `\{(.*?)\}`", PAGE.flat)
    assert re.findall(r'"([a-z])":', leaf[0]) == list(statements.Leaf.__struct_fields__)


def test_the_events_of_consent_are_these() -> None:
    assert PAGE.words("`event` is one of") == list(get_args(statements.ConsentEvent))


def test_the_namespaces_are_these() -> None:
    sentence = PAGE.flat.split("Signatures are SSHSIG", 1)[1].split("## 3.", 1)[0]
    assert [name for name in names(sentence) if "@" in name] == [
        statements.STATEMENT_NAMESPACE,
        statements.CUSTODY_NAMESPACE,
        statements.COUNTERSIGNATURE_NAMESPACE,
        statements.LEAF_NAMESPACE,
    ]
    assert statements.STATEMENT_NAMESPACE == Namespace.SEGMENT
    assert statements.CUSTODY_NAMESPACE == Namespace.CUSTODY
    assert statements.COUNTERSIGNATURE_NAMESPACE == Namespace.SESSION
    assert statements.LEAF_NAMESPACE == Namespace.LEAF
    assert statements.DEVICE_NAMESPACE == Namespace.DEVICE


# section 3


def test_the_consent_record_has_these_fields(tmp_path: Path) -> None:
    office = Office()
    made = begin(tmp_path)
    circumstances = Circumstances(
        sid=made.spool.sid,
        session_key=made.public.blob,
        device_key=keys.generate(),
        certificate=office.certificate().text,
        profile=office.profile(),
        request=Request("look at the printer", (Capability.VIEW,)),
        language="en",
    )
    records = ConsentRecords(circumstances, made.recorder)
    plain = records.plain(Record("allowed", frozenset(), frozenset(), 10, 0.0), ["A sentence."])
    written = [name for row in PAGE.table("3.", "field").rows for name in names(row[0])]
    assert sorted(written) == sorted(json.loads(plain))


# section 4


def test_the_events_are_these(tmp_path: Path) -> None:
    written = {}
    table = PAGE.table("4.", "e")
    for name, where, row in zip(table.column("e"), table.column("stream"), table.rows, strict=True):
        # What stands in brackets explains, in the way of `from` (`person`, `technician`).
        written[name] = (where, set(names(re.sub(r"\(.*?\)", "", row[2]))))
    known: dict[str, tuple[str, set[str]]] = {"screen": ("events", screen_event(tmp_path) - {"t", "e"})}
    for path in Path(next(iter(agent.__path__))).glob("*.py"):
        for name, where, made in events(ast.parse(path.read_text("utf-8"))):
            assert known.setdefault(name, (where, made)) == (where, made), f"two kinds of {name}"
    assert len(written) == len(table.rows)
    assert written == known


def screen_event(folder: Path) -> set[str]:
    """What the recorder says by itself of a new stream."""
    made = begin(folder)
    made.allow()
    made.recorder.frame(Frame(0, 0, 0, True, 64, 64, 0, (), ()))
    made.recorder.cut()
    (event,) = [each for each in made.events() if "e" in each]
    assert event["e"] == "screen"
    return set(event)


def events(tree: ast.AST) -> list[tuple[str, str, set[str]]]:
    """Every event that a module records: its name, its stream and its fields."""
    found = []
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        local: dict[str, ast.expr] = {
            ast.unparse(node.targets[0]): node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
        }
        for node in ast.walk(function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            first = node.args[0]
            if node.func.attr not in {"event", "record"} or not isinstance(first, ast.Constant):
                continue
            named: dict[str | None, ast.expr] = {keyword.arg: keyword.value for keyword in node.keywords}
            sensitive = "sensitive" in named and ast.unparse(named.pop("sensitive")) == "True"
            made = {name for name in named if name} | set().union(
                *(keys_of(each, local) for each in node.args[1:])
            )
            found.append((str(first.value), "sensitive" if sensitive else "events", made))
    return found


def keys_of(node: ast.expr, local: dict[str, ast.expr]) -> set[str]:
    """The keys of a map that is written out, there or in the same function."""
    if isinstance(node, ast.Name):
        return keys_of(local[node.id], local)
    assert isinstance(node, ast.Dict), ast.unparse(node)
    made: set[str] = set()
    for key, value in zip(node.keys, node.values, strict=True):
        made |= keys_of(value, local) if key is None else {str(ast.literal_eval(key))}
    return made


# section 5


def test_the_figures_of_sealing_are_these() -> None:
    figures: list[tuple[Any, ...]] = PAGE.table("5.", "figure").pairs("figure", "value")
    assert figures == [
        ("segment length, at most", f"{statements.SEGMENT_MS} ms"),
        ("objects of a segment, at most", str(statements.OBJECTS_LIMIT)),
        ("video timescale", str(fmp4.TIMESCALE)),
    ]
    assert PAGE.number("Segments are closed at least every # s") * 1000 == statements.SEGMENT_MS


# section 6


def test_a_picture_is_recorded_like_this(tmp_path: Path) -> None:
    made = begin(tmp_path)
    made.allow()
    part = Tile(16, 32, 8, 8, Coding.PNG, b"a file")
    frame = Frame(0, 3, 7, False, 640, 400, 1_800_000_000_000, (Copy(0, 0, 16, 8, 0, 8),), (part,))
    made.recorder.frame(msgspec.structs.replace(frame, number=6, key=True, copies=()))
    made.recorder.frame(frame)
    made.recorder.cut()
    (sealed,) = [each for each in made.objects() if ".screen-" in each.name]
    _, line = made.read(sealed).splitlines()
    recorded = json.loads(line)
    table = PAGE.table("6.", "field")
    written = [name for row in table.rows for name in names(row[0])]
    assert list(recorded) == written
    assert (recorded["t"], recorded["n"], recorded["key"]) == (frame.captured_ms, 7, False)
    assert recorded["copies"] == [[0, 0, 16, 8, 0, 8]]
    assert recorded["tiles"] == [[16, 32, 8, 8, "png", len(b"a file")]]
    assert made.images() == [[b"a file"], [b"a file"]]
    kinds = [str(kind) for kind in Coding if kind is not Coding.H264]
    assert PAGE.words("The kinds of images are") == kinds
    assert PAGE.number("there are at most # from one to the next") == KEY_PICTURES
    shapes = {
        name: names(row[1])[-1] for row in table.rows for name in names(row[0]) if "a list of" in row[1]
    }
    assert shapes["copies"] == f"[{', '.join(Copy.__struct_fields__)}]"
    assert shapes["tiles"] == f"[{', '.join(Tile.__struct_fields__[:-1])}]"
