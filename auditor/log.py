"""The published log, read through its tiles: C2SP tlog-tiles, RFC 9162 section 2.1.

Law of this file: nothing from a tile is believed before it leads to the root of
a checkpoint whose signature was checked. A whole tile is one node of the tile
above it; the ragged edge gives the root itself.
"""

from collections.abc import Callable

from session.errors import LedgerError
from session.ledger import HASH_SIZE, TILE_WIDTH, Checkpoint, Tile, decode_bundle, leaf_hash, node_hash
from session.ledger.tiles import TILE_HEIGHT

Read = Callable[[str], bytes]


class PublishedLog:
    """A log as somebody publishes it, at one checkpoint.

    Args:
        read: returns a file by its path in a bundle, `log/tile/…`.
        checkpoint: the state of the log, its signature checked.
    """

    def __init__(self, read: Read, checkpoint: Checkpoint) -> None:
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._bundles: dict[int, list[bytes]] = {}
        self.checkpoint = checkpoint

    @property
    def size(self) -> int:
        """How many leaves the log has at this checkpoint."""
        return self.checkpoint.size

    def root_at(self, size: int) -> bytes:
        """Return the root that the log had when it was smaller.

        Raises:
            LedgerError: it was never that size, or its tiles are false.
            Missing: a tile is not there.
        """
        if not 0 < size <= self.size:
            raise LedgerError(f"the log has {self.size} leaves and never had {size}")
        return self._range(0, size)

    def entry(self, index: int) -> bytes:
        """Return an entry of the log; raises as `root_at`."""
        if not 0 <= index < self.size:
            raise LedgerError(f"the log has {self.size} leaves, not one at {index}")
        number, place = divmod(index, TILE_WIDTH)
        if number not in self._bundles:
            self._bundles[number] = self._bundle(number)
        return self._bundles[number][place]

    def check_tile(self, path: str) -> None:
        """Check that a tile is part of this log; a partial one may be from when it was smaller.

        Args:
            path: its path below the log's address.

        Raises:
            LedgerError: it is not.
        """
        tile = Tile.parse(path)
        filled = self.size >> TILE_HEIGHT * max(tile.level, 0)
        if tile.index * TILE_WIDTH + tile.width > filled:
            raise LedgerError(f"{path} is beyond the log's {self.size} leaves")
        content = self._read(f"log/{path}")
        if tile.level < 0:
            content = b"".join(map(leaf_hash, decode_bundle(content, tile.width)))
        if content != self._tile(max(tile.level, 0), tile.index)[: tile.width * HASH_SIZE]:
            raise LedgerError(f"{path} is not part of the log's tree")

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Return the proof that a leaf is in the log at this checkpoint; raises as `root_at`."""
        if not 0 <= index < self.size:
            raise LedgerError(f"the log has {self.size} leaves, not one at {index}")
        found = []
        start, end = 0, self.size
        while end - start > 1:
            middle = start + _left_part(end - start)
            if index < middle:
                found.append(self._range(middle, end))
                end = middle
            else:
                found.append(self._range(start, middle))
                start = middle
        return tuple(reversed(found))

    def _bundle(self, number: int) -> list[bytes]:
        width = min(TILE_WIDTH, self.size - number * TILE_WIDTH)
        entries = decode_bundle(self._read(f"log/{Tile(-1, number, width).path}"), width)
        hashes = self._tile(0, number)
        if b"".join(map(leaf_hash, entries)) != hashes:
            raise LedgerError(f"the log's entries from {number * TILE_WIDTH} on are not those of its tree")
        return entries

    def _range(self, start: int, end: int) -> bytes:
        """Return the root over leaves `start` to `end`, a range that RFC 6962's split makes."""
        parts = []
        while end - start:
            width = end - start
            part = width if not width & (width - 1) else _left_part(width)
            parts.append(self._node(part.bit_length() - 1, start // part))
            start += part
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def _node(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree of `2**level` leaves."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        hashes = self._tile(tile_level, first // TILE_WIDTH)
        start = first % TILE_WIDTH * HASH_SIZE
        return _fold(hashes[start : start + (HASH_SIZE << height)])

    def _tile(self, level: int, index: int) -> bytes:
        known = self._tiles.get((level, index))
        if known is not None:
            return known
        self._check_edge()
        width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - index * TILE_WIDTH)
        if width < TILE_WIDTH:
            return self._tiles[level, index]
        hashes = self._fetch(Tile(level, index))
        if _fold(hashes) != self._node(TILE_HEIGHT * (level + 1), index):
            raise LedgerError(f"tile {index} of level {level} is not part of the log's tree")
        self._tiles[level, index] = hashes
        return hashes

    def _check_edge(self) -> None:
        """Read the tiles at the ragged edge, which together give the root."""
        if self._tiles:
            return
        edge: dict[tuple[int, int], bytes] = {}
        level = 0
        while filled := self.size >> TILE_HEIGHT * level:
            index, width = divmod(filled, TILE_WIDTH)
            if width:
                edge[level, index] = self._fetch(Tile(level, index, width))
            level += 1
        self._tiles |= edge
        if self._range(0, self.size) != self.checkpoint.root:
            self._tiles.clear()
            raise LedgerError("the log's tiles do not lead to the root of its checkpoint")

    def _fetch(self, tile: Tile) -> bytes:
        hashes = self._read(f"log/{tile.path}")
        if len(hashes) != tile.width * HASH_SIZE:
            raise LedgerError(f"{tile.path} has {len(hashes)} bytes, not {tile.width * HASH_SIZE}")
        return hashes


def _fold(hashes: bytes) -> bytes:
    """Return the root over a complete subtree's hashes."""
    level = [hashes[start : start + HASH_SIZE] for start in range(0, len(hashes), HASH_SIZE)]
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _left_part(width: int) -> int:
    """Return the largest power of two smaller than `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)
