"""The spool: what is written is durable and private, or leaves no trace."""

import os
import stat
from pathlib import Path

import pytest

from agent.spool import Spool, write_durably
from session.errors import RecorderFailed


def test_what_is_written_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_durably(path, b"first")
    write_durably(path, b"second")
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    sync, rename = os.fsync, Path.replace

    def told_sync(file: int) -> None:
        order.append(f"sync {Path(os.readlink(f'/proc/self/fd/{file}')).name}")
        sync(file)

    def told_rename(self: Path, target: Path) -> Path:
        order.append(f"rename to {target.name}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", told_sync)
    monkeypatch.setattr(Path, "replace", told_rename)
    write_durably(tmp_path / "file", b"data")
    assert order == ["sync file.part", "rename to file", f"sync {tmp_path.name}"]


def test_a_new_folder_is_private_and_on_the_disk_before_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync = os.fsync

    def told(file: int) -> None:
        order.append(Path(os.readlink(f"/proc/self/fd/{file}")).name)
        sync(file)

    monkeypatch.setattr(os, "fsync", told)
    write_durably(tmp_path / "a" / "b" / "c" / "file", b"data")
    assert order == [tmp_path.name, "a", "b", "file.part", "c"]
    for folder in ("a", "a/b", "a/b/c"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
    order.clear()
    write_durably(tmp_path / "a" / "b" / "c" / "file", b"again")
    assert order == ["file.part", "c"]


def test_what_cannot_be_written_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "taken" / "by a folder").mkdir(parents=True)
    with pytest.raises(RecorderFailed):
        write_durably(tmp_path / "taken", b"data")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecorderFailed):
        write_durably(tmp_path / "file" / "below a file", b"data")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "taken"]


def test_the_error_names_the_file_and_not_its_content(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "child").mkdir()
    with pytest.raises(RecorderFailed, match="taken") as caught:
        write_durably(tmp_path / "taken", b"canary")
    assert "canary" not in str(caught.value)


def test_statements_are_counted_by_their_names(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "sid")
    assert spool.statements() == []
    right = ["000002.json", "000000.json", "000001.json"]
    others = ["000001.json.sig", "000003.json.part", "3.json", "x.json", "000004.leaf", "٠٠٠٠٠٥.json"]
    for name in [*right, *others]:
        write_durably(spool.session / "seg" / name, b"")
    assert spool.statements() == [0, 1, 2]


def test_only_receipts_without_a_gap_count(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "sid")
    assert spool.acknowledged() == 0
    for seq in (0, 1, 3):
        write_durably(spool.receipt(seq), b"{}")
    assert spool.acknowledged() == 2
