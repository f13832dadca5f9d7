"""Sealing for the auditors and the person: RECORDING.md, section 5.

Three throw-away age identities per session, wrapped to those who may open
them; the recorder keeps the public halves only, so that whoever takes the
machine in the middle of a session cannot read what has been recorded.
age (X25519, ChaCha20-Poly1305) by `pyrage`; everything opens with `age -d`.
"""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import NamedTuple, NewType

import pyrage

from session.errors import ConfigurationError, EvidenceError

Recipient = NewType("Recipient", str)
Identity = NewType("Identity", str)

NAMES = ("main", "sensitive", "consent")

PIECE = 64 * 1024
"""Bytes that are sealed while every other thread of this program stands still: a tenth of a millisecond."""


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


def seal_in_pieces(
    parts: Iterable[bytes], recipients: Sequence[Recipient], pause: Callable[[], None]
) -> bytes:
    """Seal what the parts make together, as `seal` does, and let other threads go on meanwhile.

    Args:
        parts: made when it is their turn.
        recipients: who can open it.
        pause: is called after each `PIECE`; pyrage keeps Python's lock in between.

    Raises:
        ConfigurationError: as by `seal`.
        Exception: what making a part has raised.
    """
    sealed, file = BytesIO(), _Parts(parts, pause)
    try:
        readers = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
        pyrage.encrypt_io(file, sealed, readers)
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        if file.failure is not None:
            raise file.failure from None
        raise ConfigurationError(f"not an age recipient: {error}") from None
    return sealed.getvalue()


class _Parts:
    """Reads parts as one file."""

    def __init__(self, parts: Iterable[bytes], pause: Callable[[], None]) -> None:
        self._parts = iter(parts)
        self._pause = pause
        self._part = memoryview(b"")
        self._read = 0
        self.failure: Exception | None = None

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        if self._read >= PIECE:
            self._read = 0
            self._pause()
        while not self._part:
            try:
                part = next(self._parts, None)
            except Exception as error:
                # pyrage would pass on its words alone.
                self.failure = error
                raise
            if part is None:
                return b""
            self._part = memoryview(part)
        found, self._part = bytes(self._part[:size]), self._part[size:]
        self._read += len(found)
        return found


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
