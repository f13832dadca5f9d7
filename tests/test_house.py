"""The rules of the house that no linter knows, checked on the tree itself."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from tests.controls.patches import FOLDER, apply, read
from tests.tree import ROOT, files, texts

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SOURCES = {path: ast.parse(text, str(path)) for path, text in texts(".py").items()}

# What is forbidden is written in pieces, so that this file does not hold it.
REGISTRIES = re.compile(
    r"pypi[.](?:org|python)|pythonhosted[.]org|npmjs[.](?:org|com)|crates[.]io|anaconda[.]org"
)
PLACES = re.compile(r"(?<![\w.>~])/(?:work|root|home/[a-z]+|opt/(?:wheels|pypi)|tmp/team|Users/[A-Za-z]+)/")
SECRETS = re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{50}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b")
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)(?P<rest>.*)")
REASON = re.compile(r"(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*|\[[a-z, -]+\])?\W+\w+\W+\w+")
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc", "manager"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
COMMENT = re.compile(r"<!--.*?-->|```.*?```", re.DOTALL)


def places(pattern: re.Pattern[str], found: dict[Path, str]) -> list[str]:
    """Return path:line of every line in which the pattern occurs."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in found.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def normal(name: str) -> str:
    """Return a distribution's name as a lock file writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ <>=!~\[;]", name, maxsplit=1)[0]).lower()


def declared() -> set[str]:
    """Return every distribution that pyproject.toml names."""
    extras = PROJECT["optional-dependencies"].values()
    return {normal(name) for names in (PROJECT["dependencies"], *extras) for name in names}


def headings(text: str) -> set[str]:
    """Return the anchors that the headings of a page make."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_no_file_names_a_package_registry() -> None:
    assert places(REGISTRIES, texts()) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert places(PLACES, texts()) == []


def test_no_private_key_is_committed_outside_the_tests() -> None:
    outside = {path: text for path, text in texts().items() if path.parts[0] != "tests"}
    assert [str(path) for path, text in outside.items() if SECRETS.search(text)] == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    assert places(UNFINISHED, texts(".py", ".sh", ".toml")) == []


def test_every_exception_to_a_rule_says_why() -> None:
    silent = []
    for path, text in texts(".py").items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            match = EXCEPTION.search(line)
            explained_above = number > 0 and lines[number - 1].strip().startswith("# ")
            if match and not REASON.match(match["rest"]) and not explained_above:
                silent.append(f"{path}:{number + 1}: {line.strip()}")
    assert silent == []


def test_no_module_is_longer_than_its_subject() -> None:
    assert {str(path): size for path, text in texts(".py").items() if (size := text.count("\n")) > 400} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in SOURCES if VAGUE & {*path.parent.parts, *path.stem.split("_")}] == []


def test_no_error_is_swallowed_whole() -> None:
    # Ruff refuses `except Exception: pass`; `suppress(Exception)` is the same in other words.
    swallowed = [
        f"{path}:{node.lineno}"
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress")
        if {"Exception", "BaseException"} & {ast.unparse(argument) for argument in node.args}
    ]
    assert swallowed == []


def test_no_test_sleeps_for_a_fixed_time() -> None:
    # Short sleeps between two looks at a condition are polls; long ones hide a race.
    sleeping = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in SOURCES.items()
        if path.parts[0] == "tests"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "sleep"}
        if isinstance(node.args[0], ast.Constant) and 0.2 <= float(str(node.args[0].value)) < 60
    ]
    assert sleeping == []


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in SOURCES if path.parts[0] == "tests"}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()] == []


def test_the_lock_holds_every_declared_dependency_with_its_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.findall(
        r"^([A-Za-z0-9._-]+)==\S+[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
        lock,
        re.MULTILINE,
    )
    assert len(entries) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))
    assert declared() - {normal(name) for name, _ in entries} == set()


def test_every_dependency_is_explained() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    explained = {normal(name) for name in re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)}
    assert declared() - explained == set()


def test_every_debian_package_is_explained() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    wanted = [
        line
        for line in (ROOT / "debian-packages.txt").read_text("utf-8").split("\n")
        if line and line[0] != "#"
    ]
    assert [name for name in wanted if f"`{name}`" not in page] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = texts(".md")
    known = {*files(), *(parent for path in files() for parent in path.parents)}
    dead = []
    for path, text in pages.items():
        for target in LINK.findall(COMMENT.sub("", text)):
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            end = Path(os.path.normpath(path.parent / name)) if name else path
            if end not in known or (anchor and end in pages and anchor not in headings(pages[end])):
                dead.append(f"{path}: {target}")
    assert dead == []


def test_every_page_is_in_the_index() -> None:
    linked = {
        os.path.normpath(Path("docs", target)) for target in LINK.findall(texts(".md")[Path("docs/index.md")])
    }
    pages = {str(path) for path in texts(".md") if path.parts[0] == "docs"} - {"docs/index.md"}
    assert pages - linked == set()


def test_the_changelog_begins_with_what_is_not_released_yet() -> None:
    titles = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert titles[0] == "Unreleased"


def test_the_scripts_of_the_repository_can_be_run() -> None:
    for path in files():
        if (ROOT / path).read_bytes().startswith(b"#!/usr/bin/env bash"):
            assert os.access(ROOT / path, os.X_OK), f"{path} is not executable"
            subprocess.run(["bash", "-n", ROOT / path], check=True)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.patch")), ids=lambda path: path.stem)
def test_a_control_still_applies_and_names_tests_that_exist(path: Path) -> None:
    control = read(path)
    assert apply(control, ROOT, only_check=True) == ""
    for test in control.tests:
        module, _, name = test.partition("::")
        assert f"def {name.rpartition('::')[2].partition('[')[0]}(" in (ROOT / module).read_text("utf-8")


def test_qt_gives_back_no_reference_that_it_did_not_take() -> None:
    # PySide6 6.12.0 does on Python 3.11, and the program dies after some thousand calls.
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.parent()
    assert before - sys.getrefcount(None) < 500
