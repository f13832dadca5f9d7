"""The script of stock commands that each bundle carries: it says yes to good evidence and no to spoilt."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.auditor.conftest import Evidence, evidence_of
from tests.auditor.resealed import objects, reseal, slip_in
from tests.auditor.spoils import SPOILS, Spoil
from tests.auditor.story import whole_session
from tests.auditor.told import Make
from tests.tree import ROOT

SCRIPT = ROOT / "auditor" / "stock" / "verify.sh"


def check(evidence: Evidence, tmp_path: Path, *, root: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the script on a bundle, with the auditor's identity."""
    shutil.copy(SCRIPT, evidence.folder)
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{evidence.auditor}\n")
    command = [evidence.folder / "verify.sh", "--identity", identity, "--root", root or evidence.root]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_stock_tools_say_yes_to_a_good_bundle(copy: Evidence, tmp_path: Path) -> None:
    done = check(copy, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "All of it holds." in done.stdout
    assert 'consent, allowed: "Your printer"' in done.stdout
    assert "75 pictures, made of" in done.stdout
    assert "video-0-0-0: 11 pictures" in done.stdout


def test_stock_tools_refuse_another_root(copy: Evidence, other: Evidence, tmp_path: Path) -> None:
    done = check(copy, tmp_path, root=other.root)
    assert done.returncode == 1
    assert "the bundle is under root" in done.stderr


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_stock_tools_refuse_what_was_changed(
    spoil: Spoil, copy: Evidence, other: Evidence, tmp_path: Path
) -> None:
    spoil(copy, other)
    done = check(copy, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "FAILED" in done.stderr, done.stderr


SCREEN, IMAGES = "seg/000002.screen-0-0.jsonl.age", "seg/000002.images-0-0.png.age"


@pytest.mark.parametrize("part", ["images-0-0.png", "video-0-0-0.m4s"])
def test_stock_tools_refuse_pictures_that_nobody_can_see(part: str, make_world: Make, tmp_path: Path) -> None:
    """All signatures are good; what they sign is not."""
    session = whole_session(make_world())
    name = objects(session, f".{part}")[0]
    reseal(session, name, lambda data: data[:-100] + bytes(100))
    done = check(evidence_of(session), tmp_path)
    assert done.returncode == 1, done.stdout
    assert "cannot be" in done.stderr


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (IMAGES, lambda data: data + b"\0"),
        (IMAGES, lambda data: data[:-1]),
        (IMAGES, lambda data: None),
        (SCREEN, lambda data: data.replace(b'"png",', b'"png",1', 1)),
        (SCREEN, lambda data: data.replace(b'"png",', b'"jpeg",', 1)),
    ],
)
def test_stock_tools_refuse_images_that_are_not_as_the_lines_name_them(
    name: str, change: Callable[[bytes], bytes | None], make_world: Make, tmp_path: Path
) -> None:
    session = whole_session(make_world())
    reseal(session, name, change)
    done = check(evidence_of(session), tmp_path)
    assert done.returncode == 1, done.stdout
    assert "of the images that are named" in done.stderr


@pytest.mark.parametrize("part", ["images-0-0.jpeg", "images-0-7.png"])
def test_stock_tools_refuse_images_that_no_line_names(part: str, make_world: Make, tmp_path: Path) -> None:
    session = whole_session(make_world())
    slip_in(session, f"seg/000002.{part}.age", b"hidden")
    done = check(evidence_of(session), tmp_path)
    assert done.returncode == 1, done.stdout
    assert "there are images that no line names" in done.stderr
