"""Ed25519 keys in OpenSSH's formats, the only kind of key that signs in Byleave.

A private key is a `PrivateKey`, asyncssh's; a public key is a `PublicKey`, one blob
with one encoding. Every Ed25519 signature but the log's is checked here.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Self, TypeAlias

import asyncssh
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from session import wire
from session.errors import ConfigurationError, IdentityRefused

PrivateKey: TypeAlias = asyncssh.SSHKey
"""An Ed25519 key that can sign; its type is taken from here, so that asyncssh stays in few places."""

ALGORITHM = "ssh-ed25519"
PRIVATE_LIMIT = 16 * 1024
# Well above the 24 of OpenSSH; the 128 of asyncssh would cost 2 s at each sign-in.
KDF_ROUNDS = 64

_ARMOR_BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
_ARMOR_END = b"-----END OPENSSH PRIVATE KEY-----\n"
_PRIVATE_MAGIC = b"openssh-key-v1\x00"
_KEY_SIZE = 32
_SIGNATURE_SIZE = 64


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key.

    Args:
        blob: the key as SSH sends it (RFC 8709, section 4).

    Raises:
        IdentityRefused: it is no Ed25519 key, or has bytes too many.
    """

    blob: bytes

    def __post_init__(self) -> None:
        reader = wire.Reader(self.blob, "a public key")
        if reader.string() != ALGORITHM.encode() or len(reader.string()) != _KEY_SIZE:
            raise IdentityRefused("the key is not an Ed25519 key")
        reader.end()

    @classmethod
    def of(cls, key: asyncssh.SSHKey) -> Self:
        """Return the public half of a key; raises as the constructor."""
        return cls(key.public_data)

    @classmethod
    def from_raw(cls, raw: bytes) -> Self:
        """Return the key with these 32 bytes; raises as the constructor."""
        return cls(wire.string(ALGORITHM.encode()) + wire.string(raw))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `ssh-ed25519 BASE64`, with or without a comment behind.

        Raises:
            IdentityRefused: it is anything else.
        """
        words = text.strip("\n").split(" ", 2)
        if len(words) < 2 or words[0] != ALGORITHM:
            raise IdentityRefused(f"a public key begins with {ALGORITHM}")
        return cls(decode_base64(words[1], "a public key"))

    @property
    def raw(self) -> bytes:
        """The 32 bytes of RFC 8032."""
        return self.blob[-_KEY_SIZE:]

    @property
    def text(self) -> str:
        """`ssh-ed25519 BASE64`, without a comment."""
        return f"{ALGORITHM} {base64.b64encode(self.blob).decode()}"

    @property
    def digest(self) -> str:
        """SHA-256 of the blob, in hexadecimal; a session's id is its key's digest."""
        return hashlib.sha256(self.blob).hexdigest()

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`, as `ssh-keygen -l` shows it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a signature of this key.

        Args:
            signature: as SSH sends it (RFC 8709, section 6).
            data: what was signed.

        Raises:
            IdentityRefused: this key did not sign these bytes.
        """
        reader = wire.Reader(signature, "a signature")
        algorithm, value = reader.string(), reader.string()
        reader.end()
        if algorithm != ALGORITHM.encode() or len(value) != _SIGNATURE_SIZE:
            raise IdentityRefused("the signature is not an Ed25519 signature")
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, data)
        except InvalidSignature:
            raise IdentityRefused("the signature is wrong") from None


def generate(comment: str = "") -> asyncssh.SSHKey:
    """Return a new private key."""
    return asyncssh.generate_private_key(ALGORITHM, comment or None)


def session_id(public_key: PublicKey) -> str:
    """Return the id of the session that this key signs for (RECORDING.md, section 1)."""
    return public_key.digest


def export_private(key: asyncssh.SSHKey, passphrase: str | None = None) -> bytes:
    """Return a private key as OpenSSH keeps it; whoever writes it to a file chooses mode 0600.

    Args:
        key: the key.
        passphrase: what the bytes are encrypted with, or None.
    """
    return key.export_private_key("openssh", passphrase=passphrase, rounds=KDF_ROUNDS)


def is_encrypted(data: bytes) -> bool:
    """Tell whether an OpenSSH private key needs a passphrase.

    Raises:
        ConfigurationError: it is no OpenSSH private key.
    """
    if len(data) > PRIVATE_LIMIT or not (data.startswith(_ARMOR_BEGIN) and data.endswith(_ARMOR_END)):
        raise ConfigurationError("this is not an OpenSSH private key")
    body = data[len(_ARMOR_BEGIN) : -len(_ARMOR_END)].replace(b"\n", b"")
    try:
        reader = wire.Reader(base64.b64decode(body, validate=True), "a private key")
        if reader.take(len(_PRIVATE_MAGIC)) != _PRIVATE_MAGIC:
            raise ConfigurationError("this is not an OpenSSH private key")
        return reader.string() != b"none"
    except (binascii.Error, IdentityRefused):
        raise ConfigurationError("this OpenSSH private key is damaged") from None


def load_private(data: bytes, passphrase: str | None = None) -> asyncssh.SSHKey:
    """Read an OpenSSH private key.

    Args:
        data: the file's bytes.
        passphrase: what it is encrypted with; see `is_encrypted`.

    Raises:
        ConfigurationError: it is damaged, no Ed25519 key, or the passphrase is wrong.
    """
    encrypted = is_encrypted(data)
    if encrypted and not passphrase:
        raise ConfigurationError("this private key needs its passphrase")
    try:
        key = asyncssh.import_private_key(data, passphrase if encrypted else None)
    except asyncssh.KeyEncryptionError:
        raise ConfigurationError("the passphrase is wrong") from None
    except (asyncssh.KeyImportError, ValueError):
        raise ConfigurationError("this OpenSSH private key is damaged") from None
    if key.get_algorithm() != ALGORITHM:
        raise ConfigurationError("only Ed25519 keys are used")
    return key


def decode_base64(text: str, what: str) -> bytes:
    """Decode base64 in its one canonical form.

    Raises:
        IdentityRefused: it holds anything else, or spare bits.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise IdentityRefused(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise IdentityRefused(f"{what} is not canonical base64")
    return data
