"""The Merkle tree of the log and the proofs that it gives (RFC 9162, section 2.1)."""

from hashlib import sha256

from session.errors import LedgerError
from session.ledger.hashing import (
    EMPTY_ROOT,
    HASH_SIZE,
    MAX_ENTRY,
    NODE_PREFIX,
    leaf_hash,
    node_hash,
    require_hashes,
)


class Tree:
    """An append-only Merkle tree that keeps the hash of every complete subtree.

    Level ``n`` holds the roots of the complete subtrees of ``2**n`` leaves, one
    after another in one buffer: 64 bytes for each leaf in all, and a proof only
    has to hash the ragged right edge.
    """

    def __init__(self, leaf_hashes: bytes = b"") -> None:
        """Build the tree from what was stored.

        Args:
            leaf_hashes: The leaf hashes of the log in order, 32 bytes each,
                nothing between them (the level-0 tiles put together).

        Raises:
            LedgerError: the length is not a multiple of 32 bytes.
        """
        if len(leaf_hashes) % HASH_SIZE:
            message = f"{len(leaf_hashes)} bytes are not a whole number of leaf hashes"
            raise LedgerError(message)
        self._levels = [bytearray(leaf_hashes)]
        pair = 2 * HASH_SIZE
        while len(self._levels[-1]) >= pair:
            below = bytes(self._levels[-1])
            starts = range(0, len(below) - pair + 1, pair)
            above = b"".join([sha256(NODE_PREFIX + below[start : start + pair]).digest() for start in starts])
            self._levels.append(bytearray(above))

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0]) // HASH_SIZE

    def append(self, entry: bytes) -> int:
        """Add an entry and return its index.

        Args:
            entry: At most 65,535 bytes.

        Raises:
            LedgerError: the entry is too long to be published.
        """
        if len(entry) > MAX_ENTRY:
            message = f"an entry has at most {MAX_ENTRY} bytes, this one {len(entry)}"
            raise LedgerError(message)
        return self.append_hash(leaf_hash(entry))

    def append_hash(self, leaf: bytes) -> int:
        """Add a leaf by its hash and return its index.

        Args:
            leaf: What :func:`leaf_hash` returned, 32 bytes.

        Raises:
            LedgerError: it is not a hash.
        """
        require_hashes(leaf)
        index = count = self.size
        self._levels[0] += leaf
        level = 0
        while count & 1:
            # The newcomer completes a pair: its parent is complete as well.
            parent = sha256(NODE_PREFIX + self._levels[level][-2 * HASH_SIZE :]).digest()
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            level += 1
            self._levels[level] += parent
            count >>= 1
        return index

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """Return the roots of consecutive complete subtrees, put together.

        Args:
            level: Height of the subtrees; 0 gives leaf hashes.
            start: The first subtree, counted in subtrees of this height.
            end: The one after the last.

        Raises:
            LedgerError: the tree has no such complete subtrees (yet).
        """
        complete = len(self._levels[level]) // HASH_SIZE if 0 <= level < len(self._levels) else 0
        if not 0 <= start <= end <= complete:
            message = f"level {level} has {complete} complete subtrees, not {start} to {end}"
            raise LedgerError(message)
        return bytes(self._levels[level][start * HASH_SIZE : end * HASH_SIZE])

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree, now or as it was (RFC 9162, section 2.1.1).

        Args:
            size: How many leaves the tree had; all of them when left out.

        Raises:
            LedgerError: the tree never had this size.
        """
        size = self._past_size(size)
        return self._range_root(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is in the tree (RFC 9162, section 2.1.3.1).

        Args:
            index: The leaf, from 0.
            size: The tree size of the checkpoint to prove against; all leaves when left out.

        Raises:
            LedgerError: no such leaf at that size, or the tree never had this size.
        """
        size = self._past_size(size)
        if not 0 <= index < size:
            message = f"there is no leaf {index} in a tree of {size}"
            raise LedgerError(message)
        proof = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _left_part(end - start)
            if index < middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        proof.reverse()
        return proof

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the tree only grew (RFC 9162, section 2.1.4.1).

        Args:
            old: The earlier tree size; 0 needs no proof and gets an empty one.
            new: The later tree size; all leaves when left out.

        Raises:
            LedgerError: the sizes are the wrong way round, or the tree never had them.
        """
        new = self._past_size(new)
        if not 0 <= old <= new:
            message = f"a tree of {old} does not come before one of {new}"
            raise LedgerError(message)
        proof: list[bytes] = []
        if old == 0:
            return proof
        start, end = 0, new
        while end != old:
            middle = start + _left_part(end - start)
            if old <= middle:
                proof.append(self._range_root(middle, end))
                end = middle
            else:
                proof.append(self._range_root(start, middle))
                start = middle
        if start:
            # Whoever verifies has the old root, but not this part of it.
            proof.append(self._range_root(start, end))
        proof.reverse()
        return proof

    def _past_size(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            message = f"the tree has {self.size} leaves and never had {size}"
            raise LedgerError(message)
        return size

    def _range_root(self, start: int, end: int) -> bytes:
        """Return the root over leaves ``start`` to ``end``, a range that RFC 6962's split makes."""
        left_parts = []
        width = end - start
        while width & (width - 1):
            part = _left_part(width)
            left_parts.append(self._complete_root(start, part))
            start += part
            width -= part
        root = self._complete_root(start, width)
        for left in reversed(left_parts):
            root = node_hash(left, root)
        return root

    def _complete_root(self, start: int, width: int) -> bytes:
        offset = start // width * HASH_SIZE
        return bytes(self._levels[width.bit_length() - 1][offset : offset + HASH_SIZE])


def _left_part(width: int) -> int:
    """Return the largest power of two smaller than ``width``, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)
