"""The log on disk: it grows, it proves, it survives."""

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay import durable
from relay.failures import Refusal, StorageFailed
from relay.log import Log
from session.ledger import (
    TILE_WIDTH,
    Tree,
    VerifierKey,
    decode_bundle,
    leaf_hash,
    open_checkpoint,
    verify_consistency,
    verify_inclusion,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = str(VerifierKey.of("relay.example/log", KEY))


def open_log(folder: Path) -> Log:
    return Log(folder / "log", KEY, VERIFIER)


def entry(number: int) -> bytes:
    return f"entry {number}".encode()


def grown(folder: Path, size: int, batch: int = 100) -> Log:
    log = open_log(folder)
    while log.size < size:
        log.append([entry(number) for number in range(log.size, min(size, log.size + batch))])
    return log


def check(log: Log, size: int) -> None:
    """Look at a log as a stranger does: checkpoint, tiles, entries."""
    checkpoint = open_checkpoint(log.note, VERIFIER)
    assert checkpoint.size == size
    tree = Tree()
    for start in range(0, size, TILE_WIDTH):
        width = min(TILE_WIDTH, size - start)
        suffix = "" if width == TILE_WIDTH else f".p/{width}"
        name = f"{start // TILE_WIDTH:03}{suffix}"
        bundle, complete = log.tile(f"tile/entries/{name}")
        entries = decode_bundle(bundle, width)
        assert entries == [entry(number) for number in range(start, start + width)]
        assert log.tile(f"tile/0/{name}") == (b"".join(map(leaf_hash, entries)), complete)
        assert complete == (width == TILE_WIDTH)
        for each in entries:
            tree.append(each)
    assert tree.root() == checkpoint.root


def test_a_new_log_is_empty_and_signed(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    assert open_checkpoint(log.note, VERIFIER).size == 0
    assert open_log(tmp_path).note == log.note


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_a_log_that_was_closed_goes_on(tmp_path: Path, size: int) -> None:
    note = grown(tmp_path, size).note
    again = open_log(tmp_path)
    assert again.note == note
    check(again, size)
    assert again.append([entry(size)]) == size
    check(open_log(tmp_path), size + 1)


def test_every_leaf_is_proved_at_every_size(tmp_path: Path) -> None:
    log = grown(tmp_path, 40, batch=1)
    for size in range(1, 41):
        for index in range(size):
            receipt = log.receipt(index, size)
            root = open_checkpoint(receipt.checkpoint.encode(), VERIFIER).root
            proof = [bytes.fromhex(each) for each in receipt.proof]
            verify_inclusion(leaf_hash(entry(index)), index, size, proof, root)


def test_old_and_new_checkpoints_are_consistent(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    notes = []
    for number in range(20):
        log.append([entry(number)])
        notes.append(open_checkpoint(log.note, VERIFIER))
    for old in notes:
        for new in notes[old.size - 1 :]:
            proof = [bytes.fromhex(each) for each in log.consistency(old.size, new.size)]
            verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_a_receipt_of_old_is_the_same_again(tmp_path: Path) -> None:
    log = grown(tmp_path, 10)
    first = log.receipt(3, 10)
    log.append([entry(10)])
    assert log.receipt(3, 10) == first


@pytest.mark.parametrize(("index", "size"), [(5, 5), (0, 6), (-1, 5), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(tmp_path: Path, index: int, size: int) -> None:
    log = grown(tmp_path, 5)
    with pytest.raises(Refusal):
        log.receipt(index, size)


@pytest.mark.parametrize("sizes", [(3, 2), (0, 6), (-1, 2)])
def test_there_is_no_consistency_with_what_is_not_there(tmp_path: Path, sizes: tuple[int, int]) -> None:
    log = grown(tmp_path, 5)
    with pytest.raises(Refusal):
        log.consistency(*sizes)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/6",
        "tile/entries/000.p/6",
        "tile/1/000.p/1",
        "tile/0/../checkpoint",
        "tile/0/001.p/1",
        "tile/64/000",
        "checkpoint",
    ],
)
def test_there_are_no_tiles_beyond_the_checkpoint(tmp_path: Path, path: str) -> None:
    log = grown(tmp_path, 5)
    with pytest.raises(Refusal):
        log.tile(path)


def test_a_partial_tile_of_an_older_checkpoint_is_still_served(tmp_path: Path) -> None:
    log = grown(tmp_path, 300, batch=1)
    bundle, complete = log.tile("tile/entries/000.p/7")
    assert decode_bundle(bundle, 7) == [entry(number) for number in range(7)]
    assert not complete


def test_superseded_partial_tiles_do_not_pile_up(tmp_path: Path) -> None:
    grown(tmp_path, 200, batch=1)
    assert len(list((tmp_path / "log" / "tile" / "0" / "000.p").iterdir())) == 2


def test_what_a_crash_left_beyond_the_checkpoint_is_written_over(tmp_path: Path) -> None:
    grown(tmp_path, 250)
    shutil.copytree(tmp_path / "log", tmp_path / "other" / "log")
    torn = open_log(tmp_path / "other")
    torn.append([b"never promised"] * 20)
    for path in (tmp_path / "other" / "log" / "tile").rglob("*"):
        if path.is_file():
            target = tmp_path / "log" / path.relative_to(tmp_path / "other" / "log")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    log = open_log(tmp_path)
    assert log.size == 250
    with pytest.raises(Refusal):
        log.tile("tile/0/000")
    log.append([entry(number) for number in range(250, 280)])
    check(open_log(tmp_path), 280)


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/entries/001.p/44"])
@pytest.mark.parametrize("harm", ["changed", "cut", "missing"])
def test_a_damaged_log_is_refused(tmp_path: Path, name: str, harm: str) -> None:
    grown(tmp_path, 300)
    path = tmp_path / "log" / name
    data = path.read_bytes()
    path.unlink()
    if harm == "changed":
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    elif harm == "cut":
        path.write_bytes(data[:-1])
    with pytest.raises(StorageFailed):
        open_log(tmp_path)


def test_a_log_of_another_key_is_refused(tmp_path: Path) -> None:
    grown(tmp_path, 3)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(StorageFailed):
        Log(tmp_path / "log", other, str(VerifierKey.of("relay.example/log", other)))


def test_a_batch_that_cannot_be_written_is_as_if_it_had_never_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = grown(tmp_path, 255)
    note = log.note

    def full(folder: Path, data: bytes) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(durable, "write_temporary", full)
        with pytest.raises(StorageFailed):
            log.append([b"lost"] * 3)
    assert log.note == note
    check(log, 255)
    log.append([entry(255)])
    check(log, 256)
    check(open_log(tmp_path), 256)


def test_a_checkpoint_that_may_be_lost_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = grown(tmp_path, 5)
    sync = durable.sync_folder

    def fail_at_the_checkpoint(folder: Path) -> None:
        if folder == tmp_path / "log":
            raise OSError(5, "Input/output error")
        sync(folder)

    with monkeypatch.context() as broken:
        broken.setattr(durable, "sync_folder", fail_at_the_checkpoint)
        with pytest.raises(StorageFailed):
            log.append([entry(5)])
    with pytest.raises(StorageFailed):
        log.append([b"another"])
    assert open_log(tmp_path).size in {5, 6}


def test_a_complete_bundle_that_is_damaged_is_not_served(tmp_path: Path) -> None:
    log = grown(tmp_path, 300)
    (tmp_path / "log" / "tile" / "entries" / "000").write_bytes(b"\x00")
    with pytest.raises(StorageFailed):
        log.entries(0, 10)


def test_a_whole_log_is_read_in_order(tmp_path: Path) -> None:
    log = grown(tmp_path, 700)
    assert log.entries(0, 700) == [entry(number) for number in range(700)]
    assert log.entries(250, 520) == [entry(number) for number in range(250, 520)]
    assert log.entries(700, 700) == []
    assert sha256(log.note).digest() == sha256(open_log(tmp_path).note).digest()
    assert os.stat(tmp_path / "log" / "checkpoint").st_mode & 0o777 == 0o644
