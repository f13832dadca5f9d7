"""Signed notes: C2SP signed-note, Ed25519 only.

Laws of this file: no text leaves it before a signature of the expected key was
verified; a note has one encoding, and every other one is refused; a signature
line that names our key must verify, or the whole note is refused.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from session.errors import LedgerError

MAX_NOTE = 128 * 1024
"""Bytes in a note: 16 signatures of 5 kB, the most that C2SP wants to be accepted, fit."""
MAX_SIGNATURES = 32

_ED25519 = b"\x01"
_KEY_ID_SIZE = 4
_KEY_SIZE = 32


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
        if len(self.public) != _KEY_SIZE:
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
        material = decode_base64(fields[2])
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
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(_ED25519 + self.public)}"


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
    decode_text(text)
    signature = encode_base64(key.key_id + private_key.sign(text))
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
    decode_text(note)
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
    blob = decode_base64(fields[2])
    if len(blob) <= _KEY_ID_SIZE:
        message = "a signature in a note is empty"
        raise LedgerError(message)
    return fields[1], blob


def _require_name(name: str) -> None:
    if not name or not is_text(name) or "+" in name or any(character.isspace() for character in name):
        message = "a key name is not empty and has neither white space nor a plus sign"
        raise LedgerError(message)


def decode_text(text: bytes) -> str:
    """Return the text of a note as a string.

    Args:
        text: UTF-8 without control characters but the line break.

    Raises:
        LedgerError: it is something else.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        message = "a note is UTF-8"
        raise LedgerError(message) from None
    if not is_text(decoded):
        message = "a note has no control characters but the line break"
        raise LedgerError(message)
    return decoded


def is_text(text: str) -> bool:
    """Tell whether a string is encodable and free of C2SP's forbidden characters.

    Args:
        text: Line breaks are not forbidden.
    """
    return not any(
        (character < " " and character != "\n") or "\ud800" <= character <= "\udfff" for character in text
    )


def encode_base64(data: bytes) -> str:
    """Return the one base64 that :func:`decode_base64` accepts (RFC 4648, section 4).

    Args:
        data: Any bytes.
    """
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Return what a base64 string stands for (RFC 4648, section 4).

    Args:
        text: Canonical base64 of at least one byte.

    Raises:
        LedgerError: it is empty, or not what an encoder writes.
    """
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    if not text or encode_base64(data) != text:
        # Spare bits at the end would make two encodings of one value.
        message = "this is not canonical base64"
        raise LedgerError(message)
    return data
