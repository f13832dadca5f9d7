"""Proofs: the vectors of transparency-dev/merkle, and that nothing but the true proof passes."""

from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import LedgerError
from session.ledger import (
    EMPTY_ROOT,
    MAX_TREE_SIZE,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.session.ledger.vectors import case, files, hashes

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(600)]
TREE = Tree(b"".join(LEAVES))

ROOT_OF_TWELVE_BYTES = "sizes-are-equal-one-and-proof-is-empty"
"""Upstream accepts it; a root that is no hash is refused here."""


@pytest.mark.parametrize("path", files("inclusion/**/*.json"))
def test_inclusion_vector(path: Path) -> None:
    given = case(path)
    arguments = (
        b64decode(given["leafHash"]),
        given["leafIdx"],
        given["treeSize"],
        hashes(given["proof"]),
        b64decode(given["root"]),
    )
    if given["wantErr"]:
        with pytest.raises(LedgerError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("path", files("consistency/**/*.json"))
def test_consistency_vector(path: Path) -> None:
    given = case(path)
    arguments = (
        given["size1"],
        given["size2"],
        b64decode(given["root1"]),
        b64decode(given["root2"]),
        hashes(given["proof"]),
    )
    if given["wantErr"] or path.stem == ROOT_OF_TWELVE_BYTES:
        with pytest.raises(LedgerError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_every_inclusion_proof_of_every_small_tree_verifies() -> None:
    for size in range(1, 40):
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, TREE.inclusion_proof(index, size), TREE.root(size))


def test_every_consistency_proof_of_every_small_tree_verifies() -> None:
    for new in range(40):
        for old in range(new + 1):
            proof = TREE.consistency_proof(old, new)
            verify_consistency(old, new, TREE.root(old), TREE.root(new), proof)


@st.composite
def inclusions(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, len(LEAVES)))
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(2, len(LEAVES)))
    return draw(st.integers(1, new - 1)), new


def flipped(values: list[bytes], byte: int, mask: int) -> list[bytes]:
    which, offset = divmod(byte % (32 * len(values)), 32)
    changed = bytearray(values[which])
    changed[offset] ^= mask
    return [*values[:which], bytes(changed), *values[which + 1 :]]


@given(inclusions(), st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_and_a_leaf_is_not_included(where: tuple[int, int], byte: int, mask: int) -> None:
    index, size = where
    proof = TREE.inclusion_proof(index, size)
    verify_inclusion(LEAVES[index], index, size, proof, TREE.root(size))
    leaf, root, *changed = flipped([LEAVES[index], TREE.root(size), *proof], byte, mask)
    with pytest.raises(LedgerError, match="is not in this tree"):
        verify_inclusion(leaf, index, size, changed, root)


@given(growths(), st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_and_a_tree_does_not_continue(sizes: tuple[int, int], byte: int, mask: int) -> None:
    old, new = sizes
    proof = TREE.consistency_proof(old, new)
    verify_consistency(old, new, TREE.root(old), TREE.root(new), proof)
    old_root, new_root, *changed = flipped([TREE.root(old), TREE.root(new), *proof], byte, mask)
    with pytest.raises(LedgerError, match="does not continue"):
        verify_consistency(old, new, old_root, new_root, changed)


@given(inclusions(), st.integers(0, 599))
def test_a_leaf_is_included_at_its_own_place_only(where: tuple[int, int], elsewhere: int) -> None:
    index, size = where
    if elsewhere == index:
        return
    with pytest.raises(LedgerError):
        verify_inclusion(LEAVES[index], elsewhere, size, TREE.inclusion_proof(index, size), TREE.root(size))


@given(growths(), st.data())
def test_a_log_that_rewrote_one_entry_does_not_continue(sizes: tuple[int, int], data: st.DataObject) -> None:
    old, new = sizes
    rewritten = data.draw(st.integers(0, old - 1))
    leaves = [*LEAVES[:rewritten], leaf_hash(b"another"), *LEAVES[rewritten + 1 : new]]
    forged = Tree(b"".join(leaves))
    with pytest.raises(LedgerError, match="does not continue"):
        verify_consistency(old, new, TREE.root(old), forged.root(), forged.consistency_proof(old, new))


def one_more_or_less(proof: list[bytes], extra: bytes) -> list[list[bytes]]:
    more = [[*proof[:place], extra, *proof[place:]] for place in range(len(proof) + 1)]
    return more + [[*proof[:place], *proof[place + 1 :]] for place in range(len(proof))]


@given(inclusions(), st.integers(0, 599))
def test_an_inclusion_proof_with_a_hash_more_or_less_is_refused(where: tuple[int, int], extra: int) -> None:
    index, size = where
    for proof in one_more_or_less(TREE.inclusion_proof(index, size), LEAVES[extra]):
        with pytest.raises(LedgerError):
            verify_inclusion(LEAVES[index], index, size, proof, TREE.root(size))


@given(growths(), st.integers(0, 599))
def test_a_consistency_proof_with_a_hash_more_or_less_is_refused(sizes: tuple[int, int], extra: int) -> None:
    old, new = sizes
    for proof in one_more_or_less(TREE.consistency_proof(old, new), LEAVES[extra]):
        with pytest.raises(LedgerError):
            verify_consistency(old, new, TREE.root(old), TREE.root(new), proof)


def test_the_empty_tree_begins_every_tree_but_only_with_its_own_root() -> None:
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    verify_consistency(0, 3, EMPTY_ROOT, TREE.root(3), [])
    for arguments in [
        (0, 3, TREE.root(3), TREE.root(3), []),
        (0, 3, EMPTY_ROOT, TREE.root(3), [EMPTY_ROOT]),
        (0, 0, EMPTY_ROOT, TREE.root(3), []),
        (3, 3, TREE.root(3), TREE.root(2), []),
        (3, 3, TREE.root(3), TREE.root(3), [EMPTY_ROOT]),
    ]:
        with pytest.raises(LedgerError, match="contradict"):
            verify_consistency(*arguments)


def test_sizes_that_no_log_has_are_refused() -> None:
    root = TREE.root()
    with pytest.raises(LedgerError, match="no leaf"):
        verify_inclusion(root, 0, MAX_TREE_SIZE + 1, [root] * 63, root)
    with pytest.raises(LedgerError, match="does not come before"):
        verify_consistency(1, MAX_TREE_SIZE + 1, root, root, [root] * 63)


def test_a_proof_may_be_as_high_as_the_largest_log() -> None:
    leaf, sibling = LEAVES[:2]
    root = leaf
    for _ in range(63):
        root = sha256(b"\x01" + root + sibling).digest()
    verify_inclusion(leaf, 0, MAX_TREE_SIZE, [sibling] * 63, root)
    with pytest.raises(LedgerError, match="too long"):
        verify_inclusion(leaf, 0, MAX_TREE_SIZE, [sibling] * 64, root)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_what_is_no_hash_is_refused(length: int) -> None:
    proof, root = TREE.inclusion_proof(3, 8), TREE.root(8)
    with pytest.raises(LedgerError, match="a hash has 32 bytes"):
        verify_inclusion(LEAVES[3], 3, 8, [*proof[:-1], bytes(length)], root)
    with pytest.raises(LedgerError, match="a hash has 32 bytes"):
        verify_consistency(4, 8, bytes(length), root, TREE.consistency_proof(4, 8))
