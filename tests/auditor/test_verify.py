"""What the store could do to evidence without anybody's keys, and what `verify` says of it."""

import random  # noqa: TID251 - the seeded generator that a run can be had again with
import shutil
from pathlib import Path

import pytest

from auditor.findings import Failure, Status, Verdict
from auditor.source import Bundle
from auditor.verify import verify
from tests.auditor.conftest import Evidence
from tests.auditor.spoils import SPOILS, Spoil

CI_FLIPS = 150
SOAK_FLIPS = 10_000


def test_a_good_session_is_verified_in_every_step(good: Evidence) -> None:
    report = good.report()
    assert report.findings == []
    assert {step.status for step in report.steps} == {Status.PASSED}
    assert (report.verdict, report.exit_code) == (Verdict.VERIFIED, 0)
    assert report.facts.technician == "Maya Ortiz (technician:1001)"
    assert report.facts.reason == "stopped"
    assert report.facts.duration_s > 20


def test_without_an_identity_everything_but_the_content_is_checked(good: Evidence) -> None:
    report = good.report(opened=False)
    assert report.exit_code == 0
    assert [step.name for step in report.steps if step.status is Status.SKIPPED] == ["consent", "content"]


def test_without_a_pinned_root_nothing_is_verified(good: Evidence) -> None:
    report = verify(Bundle(good.folder), good.sid)
    assert (report.verdict, report.exit_code) == (Verdict.UNPINNED, Failure.UNPINNED.code)
    assert f"root {good.root} not pinned" in report.findings[0].words


def test_another_root_than_the_pinned_one_is_refused(good: Evidence, other: Evidence) -> None:
    report = Evidence(good.folder, good.sid, other.root, good.auditor).report()
    assert report.exit_code == Failure.ROOT.code
    assert good.root in report.findings[0].words
    assert other.root in report.findings[0].words


def test_a_session_that_is_not_there(good: Evidence) -> None:
    report = verify(Bundle(good.folder), "0" * 64)
    assert report.exit_code == Failure.UNREADABLE.code


def test_a_file_that_no_statement_names_is_named_but_spoils_nothing(copy: Evidence) -> None:
    copy.seg("000099.events.jsonl.age").write_bytes(b"left by a crash")
    report = copy.report()
    assert report.exit_code == 0
    notes = [note for step in report.steps for note in step.notes]
    assert any("seg/000099.events.jsonl.age" in note for note in notes)


def test_a_link_out_of_the_bundle_is_not_followed(copy: Evidence, tmp_path: Path) -> None:
    events = copy.seg("000002.events.jsonl.age")
    outside = events.rename(tmp_path / "outside")
    events.symlink_to(outside)
    assert copy.report().exit_code == Failure.OBJECT.code


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_what_the_store_changes_is_found_and_called_by_its_name(
    spoil: Spoil, copy: Evidence, other: Evidence
) -> None:
    spoil(copy, other)
    report = copy.report()
    assert report.verdict is Verdict.FAILED
    assert report.exit_code == SPOILS[spoil].code, report.findings


def flip_somewhere(evidence: Evidence, generator: random.Random) -> str:
    """Change one bit in any file of the bundle; return where."""
    files = sorted(path for path in evidence.folder.rglob("*") if path.is_file() and path.stat().st_size)
    path = generator.choice(files)
    data = bytearray(path.read_bytes())
    place = generator.randrange(len(data))
    data[place] ^= 1 << generator.randrange(8)
    path.write_bytes(data)
    return f"{path.relative_to(evidence.folder)}, byte {place}"


def _all_flips_are_found(good: Evidence, folder: Path, generator: random.Random, count: int) -> None:
    shutil.copytree(good.folder, folder)
    spoilt = Evidence(folder, good.sid, good.root, good.auditor)
    for number in range(count):
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        where = flip_somewhere(spoilt, generator)
        report = spoilt.report()
        assert report.verdict is Verdict.FAILED, f"flip {number}: {where} was not found"
        for path, content in before.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
    assert spoilt.report().exit_code == 0


def test_any_changed_bit_is_found(good: Evidence, tmp_path: Path, dice: random.Random) -> None:
    _all_flips_are_found(good, tmp_path / "bundle", dice, CI_FLIPS)


@pytest.mark.soak
def test_any_of_many_changed_bits_is_found(good: Evidence, tmp_path: Path, dice: random.Random) -> None:
    _all_flips_are_found(good, tmp_path / "bundle", dice, SOAK_FLIPS)


def test_a_missing_file_is_found_whichever_it_is(good: Evidence, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(good.folder, folder)
    spoilt = Evidence(folder, good.sid, good.root, good.auditor)
    for path in sorted(folder.rglob("*")):
        # The end and what was taken back may stay without the technician's word; of the
        # entries and tiles only the newest are asked for.
        if not path.is_file() or path.name in {"000008.json.technician.sig", "000010.json.technician.sig"}:
            continue
        content = path.read_bytes()
        path.unlink()
        needed = ".p" not in path.parent.name or path.name == str(_size(spoilt) % 256)
        assert (spoilt.report().verdict is Verdict.FAILED) == needed, path
        path.write_bytes(content)


def _size(evidence: Evidence) -> int:
    return int((evidence.folder / "log" / "checkpoint").read_text().split("\n")[1])
