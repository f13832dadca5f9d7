"""Sealing for the auditors and the person: RECORDING.md, section 5.

Three throw-away age identities per session, wrapped to those who may open
them; the recorder keeps the public halves only, so that whoever takes the
machine in the middle of a session cannot read what has been recorded.
age (X25519, ChaCha20-Poly1305) by `pyrage`; everything opens with `age -d`.
"""

from collections.abc import Sequence
from typing import NamedTuple, NewType

import pyrage

from session.errors import ConfigurationError, EvidenceError

Recipient = NewType("Recipient", str)
Identity = NewType("Identity", str)

NAMES = ("main", "sensitive", "consent")


class Sealed(NamedTuple):
    """The public half of a throw-away identity, and the identity wrapped to its readers."""

    recipient: Recipient
    wrapped: bytes


def new_identity() -> tuple[Identity, Recipient]:
    """Make an age identity and its recipient."""
    identity = pyrage.x25519.Identity.generate()
    return Identity(str(identity)), Recipient(str(identity.to_public()))


def recipient_of(identity: Identity) -> Recipient:
    """Return the public half of an identity."""
    return Recipient(str(_identity(identity).to_public()))


def seal(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Seal bytes so that each of the recipients can open them.

    Raises:
        ConfigurationError: a recipient is not an age X25519 recipient, or there is none.
    """
    try:
        readers = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
        return bytes(pyrage.encrypt(data, readers))
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        raise ConfigurationError(f"not an age recipient: {error}") from None


def seal_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """Seal bytes so that a passphrase opens them, as `age -p` does."""
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def unseal_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """Open what a passphrase seals; the counterpart of `seal_with_passphrase`.

    Raises:
        ConfigurationError: the passphrase is wrong, or it is no such file.
    """
    try:
        return bytes(pyrage.passphrase.decrypt(sealed, passphrase))
    except pyrage.DecryptError:
        raise ConfigurationError("the passphrase is wrong") from None


def unseal(sealed: bytes, identity: Identity) -> bytes:
    """Open sealed bytes.

    Raises:
        EvidenceError: they are not sealed to this identity, or were changed.
    """
    try:
        return bytes(pyrage.decrypt(sealed, [_identity(identity)]))
    except pyrage.DecryptError as error:
        raise EvidenceError(f"cannot be opened with this key: {error}") from None


def new_session_identity(readers: Sequence[Recipient]) -> Sealed:
    """Make a throw-away identity, wrap it to its readers, and forget it."""
    identity, recipient = new_identity()
    return Sealed(recipient, seal(f"{identity}\n".encode(), readers))


def unwrap(wrapped: bytes, identity: Identity) -> Identity:
    """Open a wrapped session identity with a reader's own.

    Raises:
        EvidenceError: it is not wrapped to this reader, or is no identity.
    """
    return identity_from_text(unseal(wrapped, identity).decode("ascii", "replace"))


def identity_from_text(text: str) -> Identity:
    """Read an identity file as `age-keygen` writes it.

    Raises:
        EvidenceError: it holds no identity.
    """
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    if len(found) != 1:
        raise EvidenceError("not a file with one age identity")
    identity = Identity(found[0])
    _identity(identity)
    return identity


def _identity(identity: Identity) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(identity)
    except pyrage.IdentityError:
        raise EvidenceError("not an age identity") from None
