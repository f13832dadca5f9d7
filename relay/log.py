"""The transparency log on disk: C2SP tlog-tiles, one writer, a checkpoint for every batch.

Laws of this file:
    1. Tiles and bundles are durable before the checkpoint that covers them.
    2. Whatever lies beyond the checkpoint was never promised to anybody; it is
       not served, and is written over.
    3. A checkpoint is never taken back: a log whose checkpoint is missing, or
       does not fit its tiles, is refused and not begun anew.

So a crash at any moment leaves the log as it was before the batch or after it.
`append` is for one thread at a time; everything else may run beside it, because
nothing below the published size ever changes.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay import durable
from relay.failures import Refusal, StorageFailed
from session.errors import LedgerError
from session.ledger import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Checkpoint,
    Tile,
    Tree,
    decode_bundle,
    encode_bundle,
    grown_tiles,
    leaf_hash,
    open_checkpoint,
    sign_checkpoint,
    tile_contents,
)

READABLE = 0o644


class Receipt(msgspec.Struct, frozen=True):
    """The proof that a leaf is in the log at a checkpoint.

    Args:
        index: the leaf, from 0.
        size: leaves at that checkpoint.
        proof: hashes in hexadecimal, RFC 9162, section 2.1.3.
        checkpoint: the signed note.
    """

    index: int
    size: int
    proof: list[str]
    checkpoint: str


class _Published(NamedTuple):
    """What readers see, replaced as one value: size, checkpoint, and the entries of the last bundle."""

    size: int
    note: bytes
    tail: list[bytes]


class Log:
    """One log, in a folder of its own.

    Args:
        folder: where `checkpoint` and `tile/` are.
        key: the log's signing key.
        verifier: its verifier key, `name+hash+key`; the name is the log's origin.

    Raises:
        StorageFailed: the folder holds a log that is damaged, or cannot be written.
    """

    def __init__(self, folder: Path, key: Ed25519PrivateKey, verifier: str) -> None:
        self._folder = folder
        self._key = key
        self._origin = verifier.partition("+")[0]
        self._broken = False
        self._partial: dict[int, tuple[int | None, set[str]]] = {}
        self._tree = Tree()
        try:
            note = self._first_note() or self._path("checkpoint").read_bytes()
            checkpoint = open_checkpoint(note, verifier)
            self._tree = Tree(self._leaf_hashes(checkpoint.size))
            self._published = _Published(checkpoint.size, note, self._read_tail())
        except (OSError, LedgerError) as error:
            raise StorageFailed(f"the log cannot be used: {error}") from error
        if self._tree.root() != checkpoint.root:
            raise StorageFailed("the log's tiles are not those of its checkpoint")

    @property
    def size(self) -> int:
        """Leaves in the last checkpoint."""
        return self._published.size

    @property
    def note(self) -> bytes:
        """The last checkpoint, signed."""
        return self._published.note

    @property
    def writable(self) -> bool:
        """Whether the disk has not failed in a way that only a restart can judge."""
        return not self._broken

    def append(self, entries: Sequence[bytes]) -> int:
        """Add entries durably, under one new checkpoint; return the first one's index.

        Args:
            entries: at least one.

        Raises:
            StorageFailed: they are not in the log.
        """
        if self._broken:
            raise StorageFailed("the log's disk has failed; the relay must be restarted")
        old, tail = self._published.size, [*self._published.tail, *entries]
        try:
            for entry in entries:
                self._tree.append(entry)
            tiles = list(grown_tiles(old, self._tree.size))
            self._write_tiles([(tile, self._content(tile, tail)) for tile in tiles])
            note = self._sign(self._tree.size)
            temporary = durable.write_temporary(self._folder, note)
        except (OSError, LedgerError) as error:
            # The tree only grows, so it is made again from what was published.
            self._tree = Tree(self._tree.hashes(0, 0, old))
            self._partial.clear()
            raise StorageFailed(f"nothing could be appended to the log: {error}") from error
        self._publish(temporary)
        size = self._tree.size
        self._published = _Published(size, note, tail[len(tail) - size % TILE_WIDTH :])
        self._prune(tiles, old)
        return old

    def receipt(self, index: int, size: int) -> Receipt:
        """Return the proof that a leaf is in the log.

        Args:
            index: the leaf.
            size: of the checkpoint to prove it against; at most the published one.

        Raises:
            Refusal: there is no such leaf or checkpoint.
        """
        self._require(0 <= index < size <= self.size)
        note = self._note_of(size)
        proof = [each.hex() for each in self._tree.inclusion_proof(index, size)]
        return Receipt(index, size, proof, note.decode())

    def consistency(self, old: int, new: int) -> list[str]:
        """Return the proof that the log only grew from one size to another; raises as `receipt`."""
        self._require(0 <= old <= new <= self.size)
        return [each.hex() for each in self._tree.consistency_proof(old, new)]

    def tile(self, path: str) -> tuple[bytes, bool]:
        """Return a tile's content, and whether it is complete and so never changes.

        Args:
            path: `tile/…`.

        Raises:
            Refusal: the published log has no such tile.
            StorageFailed: the disk does not obey.
        """
        try:
            tile = Tile.parse(path)
        except LedgerError:
            raise Refusal("not-found") from None
        filled = self.size >> (8 * max(tile.level, 0))
        self._require(tile.index * TILE_WIDTH + tile.width <= filled)
        complete = tile.width == TILE_WIDTH
        if tile.level >= 0:
            return tile_contents(self._tree, tile), complete
        start = tile.index * TILE_WIDTH
        return encode_bundle(self.entries(start, start + tile.width)), complete

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return published entries; raises as `tile`."""
        published = self._published
        self._require(0 <= start <= end <= published.size)
        found: list[bytes] = []
        complete = published.size // TILE_WIDTH
        for index in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            bundle = published.tail if index == complete else self._read_bundle(index)
            first = index * TILE_WIDTH
            found += bundle[max(start - first, 0) : end - first]
        return found

    def _first_note(self) -> bytes | None:
        """Begin a log where there is none; return its checkpoint."""
        durable.make_folder(self._folder)
        if self._path("checkpoint").exists() or self._path("tile").exists():
            return None
        note = self._sign(0)
        durable.replace(self._path("checkpoint"), note, READABLE)
        return note

    def _leaf_hashes(self, size: int) -> bytes:
        return b"".join(self._path(tile.path).read_bytes() for tile in _tiles(0, size))

    def _read_tail(self) -> list[bytes]:
        size = self._tree.size
        width = size % TILE_WIDTH
        if not width:
            return []
        tile = Tile(-1, size // TILE_WIDTH, width)
        entries = decode_bundle(self._path(tile.path).read_bytes(), width)
        hashes = self._tree.hashes(0, size - width, size)
        if b"".join(map(leaf_hash, entries)) != hashes:
            raise LedgerError("the last entries are not those of the tiles")
        return entries

    def _read_bundle(self, index: int) -> list[bytes]:
        try:
            return decode_bundle(self._path(Tile(-1, index).path).read_bytes(), TILE_WIDTH)
        except (OSError, LedgerError) as error:
            raise StorageFailed(f"entries of the log cannot be read: {error}") from error

    def _content(self, tile: Tile, tail: list[bytes]) -> bytes:
        if tile.level >= 0:
            return tile_contents(self._tree, tile)
        start = tile.index * TILE_WIDTH - (self._tree.size - len(tail))
        return encode_bundle(tail[start : start + tile.width])

    def _write_tiles(self, tiles: list[tuple[Tile, bytes]]) -> None:
        files = {self._path(tile.path): content for tile, content in tiles}
        for path in files:
            durable.make_folder(path.parent)
        durable.replace_all(files, READABLE)

    def _publish(self, temporary: Path) -> None:
        try:
            temporary.chmod(READABLE)
            temporary.replace(self._path("checkpoint"))
            durable.sync_folder(self._folder)
        except OSError as error:
            # Nobody knows which checkpoint a power cut would leave, so nothing
            # may be promised on top of either.
            self._broken = True
            raise StorageFailed(f"the checkpoint may not be durable: {error}") from error

    def _prune(self, tiles: list[Tile], old: int) -> None:
        """Remove partial tiles that are superseded, but for the ones of the last two checkpoints."""
        for tile in tiles:
            before = (old >> (8 * max(tile.level, 0))) - tile.index * TILE_WIDTH
            folder = self._path(Tile(tile.level, tile.index).path + ".p")
            keep = {str(before), str(tile.width)}
            # What is there is looked for once; from then on it is what was kept the last time.
            known, there = self._partial.get(tile.level, (None, set[str]()))
            if known != tile.index:
                there = {path.name for path in folder.glob("*")}
            for name in there - keep:
                with suppress(OSError):
                    (folder / name).unlink()
            self._partial[tile.level] = (tile.index, keep)

    def _note_of(self, size: int) -> bytes:
        published = self._published.note
        if published.split(b"\n", 2)[1] == str(size).encode():
            return published
        # Ed25519 is deterministic: this is the note that was given then.
        return self._sign(size)

    def _sign(self, size: int) -> bytes:
        root = self._tree.root(size) if size else EMPTY_ROOT
        return sign_checkpoint(Checkpoint(self._origin, size, root), self._origin, self._key)

    def _require(self, good: bool) -> None:
        if not good:
            raise Refusal("not-found", "the log is not that large")

    def _path(self, name: str) -> Path:
        return self._folder / name


def _tiles(level: int, size: int) -> list[Tile]:
    """Return the tiles of one level that hold so many hashes."""
    edges = pairwise([*range(0, size, TILE_WIDTH), size])
    return [Tile(level, start // TILE_WIDTH, end - start) for start, end in edges if end > start]
