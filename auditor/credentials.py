"""Who the auditor is: SSH key and certificate for the relay, age identity for the recordings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from session.certificates import BLOB_LIMIT, Certificate, read
from session.errors import ConfigurationError, EvidenceError, IdentityRefused
from session.keys import PRIVATE_LIMIT, PrivateKey, PublicKey, is_encrypted, load_private
from session.sealing import Identity, identity_from_text, unseal_with_passphrase
from session.signatures import Namespace, sign

IDENTITY_LIMIT = 16 * 1024
_AGE = b"age-encryption.org/v1\n"

Ask = Callable[[Path], str]
"""Asks for the passphrase of a file."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """Who signs for the relay and in the custody chain.

    Args:
        key: the private key.
        certificate: its certificate; whether it counts is the relay's to say.
    """

    key: PrivateKey
    certificate: Certificate

    def sign(self, data: bytes, namespace: Namespace) -> bytes:
        """Return an armored signature that names the certificate as its signer."""
        return sign(self.key, data, namespace, certificate=self.certificate.blob)

    def sign_leaf(self, leaf: bytes) -> bytes:
        """Return an armored signature over a leaf of the log, which names nobody: only the bare key."""
        return sign(self.key, leaf, Namespace.LEAF)


def load_credentials(key: Path, certificate: Path, ask: Ask) -> Credentials:
    """Open key and certificate.

    Args:
        key: path of the private key.
        certificate: path of its certificate.
        ask: is called when the key needs a passphrase.

    Raises:
        ConfigurationError: a file cannot be read, or the passphrase is wrong.
        IdentityRefused: the certificate is no auditor's, or another key's.
    """
    found = read_certificate(certificate)
    if found.kind != "auditor":
        raise IdentityRefused(f"{certificate} is a {found.kind}'s certificate, not an auditor's")
    data = _read(key, PRIVATE_LIMIT)
    private = load_private(data, ask(key) if is_encrypted(data) else None)
    if PublicKey.of(private) != found.key:
        raise IdentityRefused(f"{certificate} is the certificate of another key than {key}")
    return Credentials(private, found)


def read_certificate(path: Path) -> Certificate:
    """Read a certificate and check its form, but not whether it counts.

    Raises:
        ConfigurationError: the file cannot be read.
        IdentityRefused: it is no certificate of ours.
    """
    return read(_read(path, 2 * BLOB_LIMIT).decode("ascii", "replace"))


def load_identity(path: Path, ask: Ask) -> Identity:
    """Read an age identity, as `age-keygen` or `age -p` wrote it.

    Raises:
        ConfigurationError: it cannot be read, is no identity, or the passphrase is wrong.
    """
    data = _read(path, IDENTITY_LIMIT)
    if data.startswith(_AGE):
        data = unseal_with_passphrase(data, ask(path))
    try:
        return identity_from_text(data.decode("ascii", "replace"))
    except EvidenceError:
        raise ConfigurationError(f"{path} is not a file with one age identity") from None


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
