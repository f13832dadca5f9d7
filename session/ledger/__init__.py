"""The transparency log: a Merkle tree, its proofs, its signed checkpoints and its tiles.

Pure functions and one cache; nothing here reads a file or asks the time. Sources:
RFC 6962 and RFC 9162 (section 2.1) for the tree, and C2SP's signed-note,
tlog-checkpoint and tlog-tiles for what is published of it. What a leaf *says* is
RECORDING.md's affair: here an entry is at most 65,535 bytes.

============== ==========================================================
``hashing``    leaf and node hashes, limits
``tree``       :class:`Tree`, which grows and gives proofs
``proof``      verifying inclusion and consistency
``note``       verifier keys, signed notes
``checkpoint`` what the log signs: origin, size, root
``tiles``      paths and contents of tiles, bundles of entries
============== ==========================================================
"""

from session.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from session.ledger.hashing import EMPTY_ROOT, HASH_SIZE, MAX_ENTRY, MAX_TREE_SIZE, leaf_hash, node_hash
from session.ledger.note import VerifierKey, open_note, sign_note
from session.ledger.proof import verify_consistency, verify_inclusion
from session.ledger.tiles import (
    TILE_WIDTH,
    Tile,
    decode_bundle,
    encode_bundle,
    grown_tiles,
    tile_contents,
)
from session.ledger.tree import Tree

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "MAX_ENTRY",
    "MAX_TREE_SIZE",
    "TILE_WIDTH",
    "Checkpoint",
    "Tile",
    "Tree",
    "VerifierKey",
    "decode_bundle",
    "encode_bundle",
    "grown_tiles",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "sign_checkpoint",
    "sign_note",
    "tile_contents",
    "verify_consistency",
    "verify_inclusion",
]
