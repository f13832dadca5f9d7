"""Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint, Ed25519 only.

Laws of this file: no text leaves it before a signature of the expected key was
verified; a note has one encoding, and every other one is refused; a signature
line that names our key must verify, or the whole note is refused.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from session.errors import LedgerError
from session.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_TREE_SIZE

MAX_NOTE = 128 * 1024
"""Bytes in a note: 16 signatures of 5 kB, the most that C2SP wants to be accepted, fit."""
MAX_SIGNATURES = 32

_ED25519 = b"\x01"
_KEY_ID_SIZE = 4
_CHECKPOINT_LINES = 3


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The name and the public key that notes are checked with (C2SP signed-note).

    Args:
        name: The key's name: no white space, no plus sign.
        public: The Ed25519 public key, 32 bytes.

    Raises:
        LedgerError: the name may not stand in a note, or the key has a wrong length.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.public) != HASH_SIZE:
            message = f"an Ed25519 public key has 32 bytes, this has {len(self.public)}"
            raise LedgerError(message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name+hash+key``, the form in which a key is handed out.

        Args:
            text: One line without a line break.

        Raises:
            LedgerError: the text is not such a line, or its hash is not the key's.
        """
        fields = text.split("+", 2)
        if len(fields) != 3:
            message = "a verifier key has the form name+hash+key"
            raise LedgerError(message)
        material = _decode_base64(fields[2])
        if material[:1] != _ED25519:
            message = "the verifier key is not an Ed25519 key"
            raise LedgerError(message)
        key = cls(fields[0], material[1:])
        if fields[1] != key.key_id.hex():
            message = "the verifier key's hash does not belong to its name and key"
            raise LedgerError(message)
        return key

    @classmethod
    def of(cls, name: str, private_key: Ed25519PrivateKey) -> Self:
        """Return the verifier key that belongs to a signing key.

        Args:
            name: The key's name, which is the log's origin.
            private_key: The key that signs.
        """
        return cls(name, private_key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256 over name, algorithm and key: a label, no protection."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_SIZE]

    def __str__(self) -> str:
        """Return ``name+hash+key``."""
        return f"{self.name}+{self.key_id.hex()}+{_encode_base64(_ED25519 + self.public)}"


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
        if not self.origin or not _is_text(self.origin) or "\n" in self.origin:
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
        return f"{self.origin}\n{self.size}\n{_encode_base64(self.root)}\n".encode()

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read the text of a checkpoint; extension lines are refused, we never write any.

        Args:
            text: What :func:`open_note` returned.

        Raises:
            LedgerError: the text is not exactly what :meth:`format` makes.
        """
        lines = _decode_text(text).removesuffix("\n").split("\n")
        if len(lines) != _CHECKPOINT_LINES or not text.endswith(b"\n"):
            message = "a checkpoint has exactly three lines"
            raise LedgerError(message)
        if not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
            message = "the checkpoint's tree size is not a plain number"
            raise LedgerError(message)
        return cls(lines[0], int(lines[1]), _decode_base64(lines[2]))


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


def sign_note(text: bytes, name: str, private_key: Ed25519PrivateKey) -> bytes:
    """Return a text as a note with one signature.

    Args:
        text: UTF-8 without control characters, ending with a line break.
        name: The signing key's name.
        private_key: The signing key.

    Raises:
        LedgerError: text or name may not stand in a note.
    """
    key = VerifierKey.of(name, private_key)
    if not text.endswith(b"\n"):
        message = "the text of a note ends with a line break"
        raise LedgerError(message)
    _decode_text(text)
    signature = _encode_base64(key.key_id + private_key.sign(text))
    return text + f"\n— {name} {signature}\n".encode()


def open_note(note: bytes, key: VerifierKey) -> bytes:
    """Check a signed note and return its text.

    Signatures of other keys are ignored, as C2SP asks: witnesses may add theirs.

    Args:
        note: The note as it was received.
        key: The key that must have signed.

    Raises:
        LedgerError: the note is malformed, or this key did not sign it.
    """
    text, signatures = _split(note)
    label = (key.name, key.key_id)
    ours = [blob[_KEY_ID_SIZE:] for name, blob in signatures if (name, blob[:_KEY_ID_SIZE]) == label]
    if not ours:
        message = f"the note is not signed by {key.name}"
        raise LedgerError(message)
    public_key = Ed25519PublicKey.from_public_bytes(key.public)
    for signature in ours:
        try:
            public_key.verify(signature, text)
        except InvalidSignature:
            message = f"the note's signature by {key.name} is wrong"
            raise LedgerError(message) from None
    return text


def _split(note: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Take a note apart into its text and its signatures (key name, key id and signature)."""
    if len(note) > MAX_NOTE:
        message = f"a note has at most {MAX_NOTE} bytes, this one {len(note)}"
        raise LedgerError(message)
    _decode_text(note)
    end = note.rfind(b"\n\n")
    if end < 0 or not note.endswith(b"\n") or note.endswith(b"\n\n"):
        message = "a note is a text, an empty line, and signatures"
        raise LedgerError(message)
    lines = note[end + 2 : -1].decode().split("\n")
    if len(lines) > MAX_SIGNATURES:
        message = f"a note has at most {MAX_SIGNATURES} signatures, this one {len(lines)}"
        raise LedgerError(message)
    return note[: end + 1], [_parse_signature_line(line) for line in lines]


def _parse_signature_line(line: str) -> tuple[str, bytes]:
    fields = line.split(" ")
    if len(fields) != 3 or fields[0] != "—":
        message = "a line after the text of a note is no signature"
        raise LedgerError(message)
    _require_name(fields[1])
    blob = _decode_base64(fields[2])
    if len(blob) <= _KEY_ID_SIZE:
        message = "a signature in a note is empty"
        raise LedgerError(message)
    return fields[1], blob


def _require_name(name: str) -> None:
    if not name or not _is_text(name) or "+" in name or any(character.isspace() for character in name):
        message = "a key name is not empty and has neither white space nor a plus sign"
        raise LedgerError(message)


def _decode_text(text: bytes) -> str:
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        message = "a note is UTF-8"
        raise LedgerError(message) from None
    if not _is_text(decoded):
        message = "a note has no control characters but the line break"
        raise LedgerError(message)
    return decoded


def _is_text(text: str) -> bool:
    """Tell whether a string is encodable and free of C2SP's forbidden characters."""
    return not any(
        (character < " " and character != "\n") or "\ud800" <= character <= "\udfff" for character in text
    )


def _encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    if not text or _encode_base64(data) != text:
        # Spare bits at the end would make two encodings of one value.
        message = "this is not canonical base64"
        raise LedgerError(message)
    return data
