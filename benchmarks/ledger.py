"""How long the log takes at a million leaves, against the hashes that nobody can save.

The floor is one pass over a proof: as many SHA-256 of 65 bytes as the tree has
levels, measured in the same run, so the ratios mean the same on every machine.
Run it with ``python -m benchmarks.ledger [LEAVES]``; it fails when a proof takes
1 ms or more.
"""

import sys
from collections.abc import Callable
from hashlib import sha256
from statistics import median
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from session.ledger import (
    Checkpoint,
    Tree,
    VerifierKey,
    leaf_hash,
    open_checkpoint,
    sign_checkpoint,
    verify_consistency,
    verify_inclusion,
)

ROUNDS = 400
LIMIT_SECONDS = 0.001
NAME = "log.example/benchmark"


def middle_time(work: Callable[[int], object], places: list[int]) -> float:
    """Return the median of the seconds that one piece of work takes.

    Args:
        work: Gets one of the places at a time.
        places: Leaves or tree sizes, spread over the whole log.
    """
    seconds = []
    for place in places:
        begun = perf_counter()
        work(place)
        seconds.append(perf_counter() - begun)
    return median(seconds)


def measure(leaves: int) -> dict[str, float]:
    """Return the seconds of each operation at this size, the floor first.

    Args:
        leaves: Size of the log.
    """
    stored = b"".join([sha256(b"%d" % number).digest() for number in range(leaves)])
    begun = perf_counter()
    tree = Tree(stored)
    loaded = perf_counter() - begun
    root = tree.root()
    # A step that shares no factor with the size visits places all over the log.
    places = [1 + number * 7919 * 101 % (leaves - 1) for number in range(ROUNDS)]
    levels = (leaves - 1).bit_length()
    block = b"\x01" + stored[:64]
    inclusions = {place: tree.inclusion_proof(place) for place in places}
    growths = {place: (tree.root(place), tree.consistency_proof(place)) for place in places}
    key = Ed25519PrivateKey.generate()
    verifier_key = str(VerifierKey.of(NAME, key))
    note = sign_checkpoint(Checkpoint(NAME, leaves, root), NAME, key)

    def leaf(place: int) -> bytes:
        return stored[32 * place : 32 * place + 32]

    def check_growth(place: int) -> None:
        old_root, proof = growths[place]
        verify_consistency(place, leaves, old_root, root, proof)

    results = {
        f"floor: {levels} hashes": middle_time(
            lambda _: [sha256(block).digest() for _ in range(levels)], places
        ),
        "prove inclusion": middle_time(tree.inclusion_proof, places),
        "prove consistency": middle_time(tree.consistency_proof, places),
        "verify inclusion": middle_time(
            lambda place: verify_inclusion(leaf(place), place, leaves, inclusions[place], root), places
        ),
        "verify consistency": middle_time(check_growth, places),
        "root": middle_time(lambda _: tree.root(), places),
        "sign checkpoint": middle_time(
            lambda _: sign_checkpoint(Checkpoint(NAME, leaves, root), NAME, key), places
        ),
        "open checkpoint": middle_time(lambda _: open_checkpoint(note, verifier_key), places),
        "load all leaf hashes": loaded,
    }
    results["append"] = middle_time(lambda place: tree.append_hash(leaf_hash(b"%d" % place)), places)
    return results


def main() -> int:
    """Print the table; return 1 when a proof takes too long."""
    leaves = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    results = measure(leaves)
    floor = next(iter(results.values()))
    print(f"log of {leaves:,} leaves, median of {ROUNDS}")
    print(f"{'operation':<24}{'ms':>12}{'x floor':>12}")
    for operation, seconds in results.items():
        print(f"{operation:<24}{seconds * 1000:>12.4f}{seconds / floor:>12.1f}")
    slowest = max(results["prove inclusion"], results["prove consistency"])
    return int(slowest >= LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
