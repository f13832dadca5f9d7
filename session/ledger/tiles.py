"""How the log is published: tiles of 256 hashes and bundles of entries (C2SP tlog-tiles).

Everything here follows from the tree size, so a tile once written never changes
and may be cached for ever; only partial ones are superseded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from session.errors import LedgerError
from session.ledger.hashing import MAX_ENTRY, MAX_TREE_SIZE
from session.ledger.tree import Tree

TILE_WIDTH = 256
TILE_HEIGHT = 8
"""Levels of the tree from one level of tiles to the next: 2**8 is the width."""
MAX_LEVEL = 63

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)"
    r"/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_LENGTH_SIZE = 2


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: 256 neighbouring hashes of one level, or 256 entries.

    Args:
        level: 0 for leaf hashes, 1 for the roots over 256 of them, and so on
            up to 63; -1 for the entries themselves.
        index: Which one of its level, from 0.
        width: How many of its 256 places are filled, from 1; less than 256 is a partial tile.

    Raises:
        LedgerError: no log has such a tile.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        known = -1 <= self.level <= MAX_LEVEL and 1 <= self.width <= TILE_WIDTH
        if not known or not 0 <= self.index <= MAX_TREE_SIZE // TILE_WIDTH:
            message = f"there is no tile {self.index} of width {self.width} at level {self.level}"
            raise LedgerError(message)

    @property
    def path(self) -> str:
        """The path below the log's address: ``tile/0/x001/234`` or ``tile/entries/007.p/12``."""
        level = "entries" if self.level < 0 else str(self.level)
        parts = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            parts.append(f"x{rest % 1000:03}")
            rest //= 1000
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path; only the one spelling that :attr:`path` gives is accepted.

        Args:
            path: Relative to the log's address, without a leading slash.

        Raises:
            LedgerError: the path does not name a tile.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            message = "the path does not name a tile"
            raise LedgerError(message)
        level, index, width = match.group("level", "index", "width")
        tile = cls(
            -1 if level == "entries" else int(level),
            int(index.replace("x", "").replace("/", "")),
            int(width or TILE_WIDTH),
        )
        if tile.path != path:
            message = "the path of a tile has superfluous digits"
            raise LedgerError(message)
        return tile


def grown_tiles(old_size: int, new_size: int) -> Iterator[Tile]:
    """Yield the tiles that a log must publish when it has grown, entries first, then upwards.

    Args:
        old_size: Tree size for which everything is published already, 0 for a new log.
        new_size: Tree size of the checkpoint to come.

    Raises:
        LedgerError: the sizes are the wrong way round.
    """
    if not 0 <= old_size <= new_size <= MAX_TREE_SIZE:
        message = f"a log of {old_size} does not grow to {new_size}"
        raise LedgerError(message)
    levels = [-1, *range((new_size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT)]
    for level in levels:
        height = TILE_HEIGHT * max(level, 0)
        old_count, new_count = old_size >> height, new_size >> height
        if old_count == new_count:
            continue
        for index in range(old_count // TILE_WIDTH, (new_count + TILE_WIDTH - 1) // TILE_WIDTH):
            yield Tile(level, index, min(TILE_WIDTH, new_count - index * TILE_WIDTH))


def tile_contents(tree: Tree, tile: Tile) -> bytes:
    """Return the hashes in a tile, 32 bytes each.

    Args:
        tree: The log's tree.
        tile: A tile of hashes; the entries are not in the tree.

    Raises:
        LedgerError: the tree does not fill this tile, or it is a bundle of entries.
    """
    if tile.level < 0:
        message = "the tree holds hashes, not entries"
        raise LedgerError(message)
    start = tile.index * TILE_WIDTH
    return tree.hashes(tile.level * TILE_HEIGHT, start, start + tile.width)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of some consecutive entries, each after its length in 16 bits.

    Args:
        entries: 1 to 256 entries of at most 65,535 bytes.

    Raises:
        LedgerError: too many, none, or too long.
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        message = f"a bundle has 1 to {TILE_WIDTH} entries, not {len(entries)}"
        raise LedgerError(message)
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            message = f"an entry has at most {MAX_ENTRY} bytes, this one {len(entry)}"
            raise LedgerError(message)
        parts += [len(entry).to_bytes(_LENGTH_SIZE), entry]
    return b"".join(parts)


def decode_bundle(bundle: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle.

    Args:
        bundle: What :func:`encode_bundle` made.
        width: How many entries the bundle's path promises, 1 to 256.

    Raises:
        LedgerError: an entry is cut off, or there are fewer or more than promised.
    """
    if not 1 <= width <= TILE_WIDTH:
        message = f"a bundle has 1 to {TILE_WIDTH} entries, not {width}"
        raise LedgerError(message)
    entries: list[bytes] = []
    offset = 0
    for _ in range(width):
        start = offset + _LENGTH_SIZE
        end = start + int.from_bytes(bundle[offset:start])
        if start > len(bundle) or end > len(bundle):
            message = f"the bundle breaks off in entry {len(entries)} of {width}"
            raise LedgerError(message)
        entries.append(bundle[start:end])
        offset = end
    if offset != len(bundle):
        message = f"the bundle has more than its {width} entries"
        raise LedgerError(message)
    return entries
