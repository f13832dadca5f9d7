"""Checkpoints: what the log signs about itself (C2SP tlog-checkpoint).

Law of this file: a checkpoint counts only for the log that it names, and only
after its signature was verified.
"""

import re
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from session.errors import LedgerError
from session.ledger.hashing import EMPTY_ROOT, HASH_SIZE, MAX_TREE_SIZE
from session.ledger.note import (
    VerifierKey,
    decode_base64,
    decode_text,
    encode_base64,
    is_text,
    open_note,
    sign_note,
)

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: so many leaves, with this root (C2SP tlog-checkpoint).

    Args:
        origin: Which log; one line that is not empty.
        size: How many leaves.
        root: The root over them, 32 bytes.

    Raises:
        LedgerError: no log can be in this state.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or not is_text(self.origin) or "\n" in self.origin:
            message = "a checkpoint's origin is one line that is not empty"
            raise LedgerError(message)
        if not 0 <= self.size <= MAX_TREE_SIZE:
            message = f"a log cannot have {self.size} leaves"
            raise LedgerError(message)
        if len(self.root) != HASH_SIZE:
            message = f"a root has {HASH_SIZE} bytes, this has {len(self.root)}"
            raise LedgerError(message)
        if self.size == 0 and self.root != EMPTY_ROOT:
            message = "an empty log has another root"
            raise LedgerError(message)

    def format(self) -> bytes:
        """Return the text that is signed: origin, size and root, a line each."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n".encode()

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read the text of a checkpoint; extension lines are refused, we never write any.

        Args:
            text: What :func:`open_note` returned.

        Raises:
            LedgerError: the text is not exactly what :meth:`format` makes.
        """
        lines = decode_text(text).removesuffix("\n").split("\n")
        if len(lines) != _LINES or not text.endswith(b"\n"):
            message = "a checkpoint has exactly three lines"
            raise LedgerError(message)
        if not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
            message = "the checkpoint's tree size is not a plain number"
            raise LedgerError(message)
        return cls(lines[0], int(lines[1]), decode_base64(lines[2]))


def sign_checkpoint(checkpoint: Checkpoint, name: str, private_key: Ed25519PrivateKey) -> bytes:
    """Return a checkpoint as a note with the log's signature.

    Args:
        checkpoint: What the log vouches for.
        name: The log key's name; :func:`open_checkpoint` expects it to be the origin.
        private_key: The log's signing key.

    Raises:
        LedgerError: the name may not stand in a note.
    """
    return sign_note(checkpoint.format(), name, private_key)


def open_checkpoint(note: bytes, verifier_key: str, origin: str | None = None) -> Checkpoint:
    """Check a signed checkpoint and return what it says.

    Args:
        note: The note as it was received.
        verifier_key: ``name+hash+key`` of the log, from a source that is trusted.
        origin: The log that is expected, if it is not called like its key.

    Raises:
        LedgerError: the note is malformed, not signed by this key, or about another log.
    """
    key = VerifierKey.parse(verifier_key)
    checkpoint = Checkpoint.parse(open_note(note, key))
    if checkpoint.origin != (key.name if origin is None else origin):
        # One key may sign for two logs; a checkpoint of one says nothing about the other.
        message = "the checkpoint is about another log"
        raise LedgerError(message)
    return checkpoint
