"""Durable means: written, fsynced, renamed, and the folder fsynced, in this order."""

import os
import stat
from pathlib import Path

import pytest

from relay import durable
from relay.store import Store


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record, in order, what reaches the disk for certain and what gets a name."""
    found: list[str] = []
    fsync, replace, link = os.fsync, Path.replace, Path.hardlink_to

    def note_fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        found.append(f"fsync {kind}")
        fsync(descriptor)

    def note_replace(path: Path, target: Path) -> Path:
        found.append(f"name {target.name}")
        return replace(path, target)

    def note_link(path: Path, target: Path) -> None:
        found.append(f"name {path.name}")
        link(path, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    monkeypatch.setattr(Path, "hardlink_to", note_link)
    return found


def test_a_file_is_replaced_durably(tmp_path: Path, calls: list[str]) -> None:
    durable.replace(tmp_path / "file", b"content")
    assert calls == ["fsync file", "name file", "fsync folder"]
    assert (tmp_path / "file").read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_is_made_durably(tmp_path: Path, calls: list[str]) -> None:
    durable.make_folder(tmp_path / "one" / "two")
    assert calls == ["fsync folder", "fsync folder"]
    durable.make_folder(tmp_path / "one" / "two")
    assert len(calls) == 2


def test_an_upload_is_kept_durably(tmp_path: Path, calls: list[str]) -> None:
    store = Store(tmp_path, free_bytes=0)
    calls.clear()
    upload = store.upload()
    upload.write(b"content")
    upload.settle(tmp_path / "keys" / "main.age")
    assert calls == ["fsync file", "name main.age", "fsync folder"]


def test_an_object_beside_its_statement_is_durable_with_what_belongs_to_it(
    tmp_path: Path, calls: list[str]
) -> None:
    store = Store(tmp_path, free_bytes=0)
    durable.make_folder(tmp_path / "sessions" / "sid" / "seg")
    calls.clear()
    upload = store.upload()
    upload.write(b"content")
    upload.settle(store.session_path("sid", "seg/000000.events.jsonl.age"), sync=False)
    store.write_statement("sid", "seg/000000", {".json": b"s", ".leaf": b"l"})
    objects = ["fsync file", "name 000000.events.jsonl.age", "fsync file", "name 000000.leaf", "fsync folder"]
    assert calls == [*objects, "fsync file", "name 000000.json", "fsync folder"]


def test_a_statement_is_durable_after_what_belongs_to_it(tmp_path: Path, calls: list[str]) -> None:
    store = Store(tmp_path, free_bytes=0)
    durable.make_folder(tmp_path / "sessions" / "sid" / "seg")
    calls.clear()
    store.write_statement("sid", "seg/000000", {".json": b"s", ".json.sig": b"s", ".leaf": b"l"})
    assert calls == [
        "fsync file",
        "name 000000.json.sig",
        "fsync file",
        "name 000000.leaf",
        "fsync folder",
        "fsync file",
        "name 000000.json",
        "fsync folder",
    ]


def test_a_file_that_could_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        durable.replace(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []
