"""The log at a million leaves, and each operation as a multiple of the hashes nobody can save.

The floor is as many SHA-256 of a node as the tree has levels, measured in the
same run, so the multiples mean the same on every machine.
"""

from collections.abc import Callable
from hashlib import sha256
from itertools import cycle
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.clock import milliseconds
from session.ledger import (
    Checkpoint,
    Tree,
    VerifierKey,
    open_checkpoint,
    sign_checkpoint,
    verify_consistency,
    verify_inclusion,
)

LEAVES = 1_000_000
PLACES = [1 + number * 799_999 % (LEAVES - 1) for number in range(97)]
"""Leaves and earlier tree sizes, spread over the whole log."""
NAME = "log.example/benchmark"


def measure() -> dict[str, float]:
    """Return the time of each operation on a long log, and its multiple of the floor."""
    stored = b"".join([sha256(number.to_bytes(4, "big")).digest() for number in range(LEAVES)])
    began = perf_counter()
    tree = Tree(stored)
    loaded = (perf_counter() - began) * 1000
    levels, node = (LEAVES - 1).bit_length(), b"\x01" + stored[:64]
    results = {
        f"floor: {levels} node hashes, ms": milliseconds(
            lambda: [sha256(node).digest() for _ in range(levels)], 500
        )
    }
    (floor,) = results.values()
    for name, call in operations(tree).items():
        results[f"{name}, ms"] = milliseconds(call, 500)
        results[f"{name}, x floor"] = results[f"{name}, ms"] / floor
    results["load all leaf hashes, ms"] = loaded
    results["append a leaf of 1 KiB, ms"] = milliseconds(lambda: tree.append(bytes(1024)), 500)
    return results


def operations(tree: Tree) -> dict[str, Callable[[], object]]:
    """Return what is measured, each at another place of the log at every call."""
    root, size = tree.root(), tree.size
    leaves = {place: tree.hashes(0, place, place + 1) for place in PLACES}
    included = {place: tree.inclusion_proof(place) for place in PLACES}
    grown = {place: (tree.root(place), tree.consistency_proof(place)) for place in PLACES}
    key = Ed25519PrivateKey.generate()
    verifier_key = str(VerifierKey.of(NAME, key))
    checkpoint = Checkpoint(NAME, size, root)
    note = sign_checkpoint(checkpoint, NAME, key)
    places = cycle(PLACES)

    def check_inclusion() -> None:
        place = next(places)
        verify_inclusion(leaves[place], place, size, included[place], root)

    def check_consistency() -> None:
        place = next(places)
        old_root, proof = grown[place]
        verify_consistency(place, size, old_root, root, proof)

    return {
        "root": tree.root,
        "inclusion proof": lambda: tree.inclusion_proof(next(places)),
        "consistency proof": lambda: tree.consistency_proof(next(places)),
        "verify inclusion": check_inclusion,
        "verify consistency": check_consistency,
        "sign checkpoint": lambda: sign_checkpoint(checkpoint, NAME, key),
        "open checkpoint": lambda: open_checkpoint(note, verifier_key),
    }
