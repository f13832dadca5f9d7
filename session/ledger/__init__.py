"""The transparency log: a Merkle tree, its proofs, its signed checkpoints and its tiles.

Pure functions and one cache; nothing here reads a file or asks the time. Sources:
RFC 6962 and RFC 9162 (section 2.1) for the tree, and C2SP's signed-note,
tlog-checkpoint and tlog-tiles for what is published of it. What a leaf *says* is
RECORDING.md's affair: here an entry is at most 65,535 bytes.

=============  ==========================================================
``tree``       hashes, :class:`Tree`, verifying inclusion and consistency
``note``       verifier keys, signed notes, checkpoints
``tiles``      paths and contents of tiles, bundles of entries
=============  ==========================================================
"""

from session.ledger.note import (
    Checkpoint,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
)
from session.ledger.tiles import (
    TILE_WIDTH,
    Tile,
    decode_bundle,
    encode_bundle,
    grown_tiles,
    tile_contents,
)
from session.ledger.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    MAX_ENTRY,
    MAX_TREE_SIZE,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

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
