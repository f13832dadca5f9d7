"""The Merkle tree of the log: RFC 6962 section 2.1, with the checks of RFC 9162.

Laws of this file: a leaf and a node can never have the same preimage (the first
byte tells them apart); a proof is refused unless all of it was used; nothing that
is not exactly one hash long is ever hashed.
"""

from collections.abc import Sequence
from hashlib import sha256

from session.errors import LedgerError

HASH_SIZE = 32
MAX_ENTRY = 65_535
"""Bytes in one entry: a bundle counts them in 16 bits (C2SP tlog-tiles)."""
MAX_TREE_SIZE = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162, section 2.1.1).

    Args:
        entry: The bytes as they stand in the log.
    """
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, section 2.1.1).

    Args:
        left: Hash of the left child, 32 bytes.
        right: Hash of the right child, 32 bytes.
    """
    return sha256(_NODE + left + right).digest()


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
            above = b"".join([sha256(_NODE + below[start : start + pair]).digest() for start in starts])
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
        _require_hashes(leaf)
        index = count = self.size
        self._levels[0] += leaf
        level = 0
        while count & 1:
            # The newcomer completes a pair: its parent is complete as well.
            parent = sha256(_NODE + self._levels[level][-2 * HASH_SIZE :]).digest()
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


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in a tree (RFC 9162, section 2.1.3.2).

    Args:
        leaf: The leaf's hash, from :func:`leaf_hash`.
        index: The place that is claimed for it.
        size: The tree size of a checkpoint whose signature was checked.
        proof: The hashes from the leaf's sibling upwards.
        root: The root of that checkpoint.

    Raises:
        LedgerError: the leaf is not proved to be there.
    """
    _require_hashes(leaf, root, *proof)
    if not 0 <= index < size <= MAX_TREE_SIZE:
        message = f"there is no leaf {index} in a tree of {size}"
        raise LedgerError(message)
    place, last = index, size - 1
    reached = leaf
    for sibling in proof:
        if last == 0:
            message = "the inclusion proof is too long"
            raise LedgerError(message)
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _climb_ragged_edge(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        message = "the inclusion proof is too short"
        raise LedgerError(message)
    if reached != root:
        message = f"leaf {index} is not in this tree of {size}"
        raise LedgerError(message)


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that one tree is the beginning of another (RFC 9162, section 2.1.4.2).

    The empty tree is the beginning of every tree; its root must be the empty
    root and its proof empty.

    Args:
        old_size: Tree size of the earlier checkpoint.
        new_size: Tree size of the later one.
        old_root: Root of the earlier checkpoint.
        new_root: Root of the later one.
        proof: What :meth:`Tree.consistency_proof` gave.

    Raises:
        LedgerError: the later tree is not proved to continue the earlier one.
    """
    _require_hashes(old_root, new_root, *proof)
    if not 0 <= old_size <= new_size <= MAX_TREE_SIZE:
        message = f"a tree of {old_size} does not come before one of {new_size}"
        raise LedgerError(message)
    if old_size == 0 or old_size == new_size:
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
            message = f"the trees of {old_size} and {new_size} contradict each other"
            raise LedgerError(message)
        return
    if _consistent_roots(old_size, new_size, old_root, proof) != (old_root, new_root):
        message = f"the tree of {new_size} does not continue the tree of {old_size}"
        raise LedgerError(message)


def _consistent_roots(
    old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the two roots that a proof leads to, for 0 < old size < new size."""
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    # A complete old tree is a node of the new one: it starts the climb and is not in the proof.
    climb = [old_root, *proof] if place == 0 else list(proof)
    if not climb:
        message = "the consistency proof is empty"
        raise LedgerError(message)
    old = new = climb[0]
    for sibling in climb[1:]:
        if last == 0:
            message = "the consistency proof is too long"
            raise LedgerError(message)
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _climb_ragged_edge(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        message = "the consistency proof is too short"
        raise LedgerError(message)
    return old, new


def _climb_ragged_edge(place: int, last: int) -> tuple[int, int]:
    """Skip the levels where the last node has no sibling and so is its own parent."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _left_part(width: int) -> int:
    """Return the largest power of two smaller than ``width``, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _require_hashes(*values: bytes) -> None:
    for value in values:
        if len(value) != HASH_SIZE:
            message = f"a hash has {HASH_SIZE} bytes, this has {len(value)}"
            raise LedgerError(message)
