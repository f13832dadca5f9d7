"""The tree against the definition in RFC 9162, written down here as it stands there."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import LedgerError
from session.ledger import EMPTY_ROOT, HASH_SIZE, MAX_ENTRY, Tree, leaf_hash, node_hash
from tests.session.ledger.vectors import FOLDER, case

EIGHT = case(FOLDER / "tree" / "eight-leaves.json")


def split(count: int) -> int:
    left = 1
    while left * 2 < count:
        left *= 2
    return left


def merkle_tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + merkle_tree_hash(leaves[:k]) + merkle_tree_hash(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), merkle_tree_hash(leaves[k:])]
    return [*path(index - k, leaves[k:]), merkle_tree_hash(leaves[:k])]


def subproof(old: int, leaves: list[bytes], known: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if old == len(leaves):
        return [] if known else [merkle_tree_hash(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], known), merkle_tree_hash(leaves[k:])]
    return [*subproof(old - k, leaves[k:], False), merkle_tree_hash(leaves[:k])]


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def test_the_roots_of_zero_to_eight_leaves_are_the_published_ones() -> None:
    tree = Tree()
    roots = [tree.root().hex()]
    for number, leaf in enumerate(EIGHT["leaves"]):
        assert tree.append(bytes.fromhex(leaf)) == number
        roots.append(tree.root().hex())
    assert roots == EIGHT["roots"]


def test_leaf_and_node_have_different_preimages() -> None:
    left, right = numbered(2)
    assert leaf_hash(left + right) != node_hash(left, right)


def test_roots_and_proofs_are_the_defined_ones_for_every_small_tree() -> None:
    tree = Tree(b"".join(numbered(33)))
    leaves = numbered(33)
    for size in range(34):
        assert tree.root(size) == merkle_tree_hash(leaves[:size])
        for index in range(size):
            assert tree.inclusion_proof(index, size) == path(index, leaves[:size])
        for old in range(1, size + 1):
            assert tree.consistency_proof(old, size) == subproof(old, leaves[:size], True)


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_loaded_tree_goes_on_like_one_that_grew(stored: int, added: int) -> None:
    leaves = numbered(stored + added)
    loaded = Tree(b"".join(leaves[:stored]))
    grown = Tree()
    for leaf in leaves[:stored]:
        grown.append_hash(leaf)
    for leaf in leaves[stored:]:
        assert loaded.append_hash(leaf) == grown.append_hash(leaf)
    assert loaded.size == grown.size == len(leaves)
    assert loaded.root() == grown.root() == merkle_tree_hash(leaves)


def test_growing_changes_no_earlier_root_and_no_earlier_proof() -> None:
    tree = Tree(b"".join(numbered(21)))
    root, proof = tree.root(), tree.inclusion_proof(20)
    for leaf in numbered(60)[21:]:
        tree.append_hash(leaf)
    assert tree.root(21) == root
    assert tree.inclusion_proof(20, 21) == proof


def test_the_empty_tree_needs_no_proof() -> None:
    tree = Tree()
    assert (tree.size, tree.root(), tree.consistency_proof(0)) == (0, EMPTY_ROOT, [])
    assert tree.consistency_proof(0, 0) == []
    assert Tree(b"".join(numbered(5))).consistency_proof(0, 5) == []


def test_hashes_gives_complete_subtrees_only() -> None:
    leaves = numbered(7)
    tree = Tree(b"".join(leaves))
    assert tree.hashes(0, 2, 4) == leaves[2] + leaves[3]
    assert tree.hashes(1, 1, 3) == node_hash(*leaves[2:4]) + node_hash(*leaves[4:6])
    assert tree.hashes(2, 0, 0) == b""
    for level, start, end in [(0, 0, 8), (1, 0, 4), (2, 0, 2), (3, 0, 1), (-1, 0, 1), (0, -1, 2), (0, 3, 2)]:
        with pytest.raises(LedgerError, match="complete subtrees"):
            tree.hashes(level, start, end)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_no_inclusion_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(LedgerError, match="no leaf"):
        Tree(b"".join(numbered(9))).inclusion_proof(index, 5)


@pytest.mark.parametrize("size", [-1, 10])
def test_nothing_is_said_about_a_size_that_never_was(size: int) -> None:
    tree = Tree(b"".join(numbered(9)))
    for ask in (
        tree.root,
        lambda size: tree.inclusion_proof(0, size),
        lambda size: tree.consistency_proof(1, size),
    ):
        with pytest.raises(LedgerError, match="never had"):
            ask(size)


@pytest.mark.parametrize("old", [-1, 6])
def test_no_consistency_proof_backwards(old: int) -> None:
    with pytest.raises(LedgerError, match="does not come before"):
        Tree(b"".join(numbered(9))).consistency_proof(old, 5)


def test_an_entry_has_a_limit() -> None:
    tree = Tree()
    tree.append(bytes(MAX_ENTRY))
    with pytest.raises(LedgerError, match="at most 65535"):
        tree.append(bytes(MAX_ENTRY + 1))
    assert tree.size == 1


@pytest.mark.parametrize("length", [0, HASH_SIZE - 1, HASH_SIZE + 1])
def test_only_a_hash_is_appended(length: int) -> None:
    tree = Tree()
    with pytest.raises(LedgerError, match="a hash has 32 bytes"):
        tree.append_hash(bytes(length))
    assert tree.size == 0


def test_stored_hashes_that_are_cut_off_are_refused() -> None:
    with pytest.raises(LedgerError, match="whole number"):
        Tree(bytes(2 * HASH_SIZE - 1))
