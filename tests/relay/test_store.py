"""Files on disk: whole or not there, and never over one another."""

import os
import stat
from pathlib import Path

import pytest

from relay import durable
from relay.failures import Refusal, StorageFailed
from relay.store import Store
from tests.relay.recording import sealed

SID = "0" * 64
NAME = "seg/000001.events.jsonl.age"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, free_bytes=0)


def put(store: Store, content: bytes) -> bool:
    upload = store.upload()
    upload.write(content)
    return upload.settle(store.session_path(SID, NAME))


def no_space(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_a_file_is_private_and_whole(store: Store) -> None:
    assert put(store, b"content")
    path = store.session_path(SID, NAME)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.stat().st_nlink == 1


def test_the_same_again_is_fine_and_anything_else_is_not(store: Store) -> None:
    put(store, b"content")
    assert not put(store, b"content")
    with pytest.raises(Refusal):
        put(store, b"changed")
    assert store.session_path(SID, NAME).read_bytes() == b"content"
    assert store.listing(SID) == [(NAME, 7)]


def test_a_disk_that_does_not_obey_keeps_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", no_space)
        with pytest.raises(StorageFailed):
            put(store, b"content")
    assert store.listing(SID) == []
    assert list((tmp_path / "incoming").iterdir()) == []
    with monkeypatch.context() as broken:
        broken.setattr(os, "open", no_space)
        with pytest.raises(StorageFailed):
            store.upload()
    with monkeypatch.context() as broken:
        broken.setattr(os, "statvfs", no_space)
        with pytest.raises(StorageFailed):
            store.require_free(1)


def test_a_write_that_does_not_fit_is_a_storage_failure(store: Store, tmp_path: Path) -> None:
    upload = store.upload()
    upload._file.close()
    with (tmp_path / "full").open("wb") as _, Path("/dev/full").open("wb", buffering=0) as full:
        upload._file = full
        with pytest.raises(StorageFailed):
            upload.write(b"x")
    upload.discard()


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "incoming").write_bytes(b"a file")
    with pytest.raises(StorageFailed):
        Store(tmp_path, free_bytes=0)


def test_an_object_is_held_exactly_as_a_statement_says(store: Store) -> None:
    put(store, b"content")
    assert store.holds(SID, sealed(NAME, b"content"))
    assert not store.holds(SID, sealed(NAME, b"changed"))
    assert not store.holds(SID, sealed("seg/000002.events.jsonl.age", b"content"))
    assert not store.holds(SID, sealed("../../log.key\n", b"content"))


def test_a_statement_comes_last_and_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {".json": b"statement", ".json.sig": b"signature", ".leaf": b"leaf"}
    order: list[str] = []
    write = durable.replace_all

    def note(files: dict[Path, bytes], mode: int = durable.MODE) -> None:
        order.extend(path.name for path in files)
        write(files, mode)

    monkeypatch.setattr(durable, "replace_all", note)
    store.write_statement(SID, "seg/000000", parts)
    assert order[-1] == "000000.json"
    store.write_statement(SID, "seg/000000", parts)
    assert len(order) == 3
    for ending in parts:
        with pytest.raises(Refusal):
            store.write_statement(SID, "seg/000000", {**parts, ending: b"another"})


def test_a_statement_whose_name_may_not_be_durable_keeps_what_belongs_to_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {".json": b"statement", ".json.sig": b"signature", ".leaf": b"leaf"}
    sync = durable.sync_folder
    calls = iter(range(100))

    def fail_the_last(folder: Path) -> None:
        if folder.name == "seg" and next(calls) == 1:
            raise OSError(5, "Input/output error")
        sync(folder)

    monkeypatch.setattr(durable, "sync_folder", fail_the_last)
    with pytest.raises(StorageFailed):
        store.write_statement(SID, "seg/000000", parts)
    assert {ending: store.read(SID, f"seg/000000{ending}") for ending in parts} == parts
    store.write_statement(SID, "seg/000000", parts)


def test_a_countersignature_is_added_to_its_statement_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_statement(SID, "seg/000000", {".json": b"statement", ".json.sig": b"s", ".leaf": b"l"})
    with pytest.raises(Refusal):
        store.add_countersignature(SID, "seg/000000", b"another", b"countersignature")
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", no_space)
        with pytest.raises(StorageFailed):
            store.add_countersignature(SID, "seg/000000", b"statement", b"countersignature")
    store.add_countersignature(SID, "seg/000000", b"statement", b"countersignature")
    assert store.read(SID, "seg/000000.json.technician.sig") == b"countersignature"
