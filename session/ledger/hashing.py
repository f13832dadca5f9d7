"""The two hashes of the log's tree (RFC 6962, section 2.1).

A leaf and a node can never have the same preimage: the first byte tells them
apart. Nothing that is not exactly one hash long may be hashed as a node.
"""

from hashlib import sha256

from session.errors import LedgerError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
MAX_ENTRY = 65_535
"""Bytes in one entry: a bundle counts them in 16 bits (C2SP tlog-tiles)."""
MAX_TREE_SIZE = 2**63 - 1
LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162, section 2.1.1).

    Args:
        entry: The bytes as they stand in the log.
    """
    return sha256(LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, section 2.1.1).

    Args:
        left: Hash of the left child, 32 bytes.
        right: Hash of the right child, 32 bytes.
    """
    return sha256(NODE_PREFIX + left + right).digest()


def require_hashes(*values: bytes) -> None:
    """Refuse what cannot be a hash.

    Args:
        values: What should be 32 bytes each.

    Raises:
        LedgerError: one of them has another length.
    """
    for value in values:
        if len(value) != HASH_SIZE:
            message = f"a hash has {HASH_SIZE} bytes, this has {len(value)}"
            raise LedgerError(message)
