"""Checking the log's proofs, with no tree at hand (RFC 9162, section 2.1).

Laws of this file: a proof is refused unless all of it was used; nothing that is
not exactly one hash long is hashed.
"""

from collections.abc import Sequence

from session.errors import LedgerError
from session.ledger.hashing import EMPTY_ROOT, MAX_TREE_SIZE, node_hash, require_hashes


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
    require_hashes(leaf, root, *proof)
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
    require_hashes(old_root, new_root, *proof)
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
