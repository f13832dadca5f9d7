"""The log at a hundred thousand leaves: appending, its root, and both proofs."""

from hashlib import sha256

from benchmarks.clock import milliseconds
from session.ledger import Tree

LEAVES = 100_000


def measure() -> dict[str, float]:
    """Return the time of each operation on a long log."""
    tree = Tree(b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(LEAVES)))
    return {
        "append a leaf of 1 KiB, ms": milliseconds(lambda: tree.append(bytes(1024))),
        "root, ms": milliseconds(tree.root),
        "inclusion proof, ms": milliseconds(lambda: tree.inclusion_proof(LEAVES // 3)),
        "consistency proof, ms": milliseconds(lambda: tree.consistency_proof(LEAVES // 3)),
    }
