"""Who the technician is: a private key and the certificate that names its holder."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from session.certificates import BLOB_LIMIT, Certificate, admit, read
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PRIVATE_LIMIT, PrivateKey, PublicKey, load_private
from session.signatures import Namespace, sign


@dataclass(frozen=True, repr=False)
class Credentials:
    """A technician who has signed in.

    Args:
        key: the private key.
        certificate: its certificate, by an issuing key of the profile.
    """

    key: PrivateKey
    certificate: Certificate

    def sign(self, data: bytes, namespace: str) -> bytes:
        """Return an armored signature that names the certificate as its signer."""
        return sign(self.key, data, Namespace(namespace), certificate=self.certificate.blob)

    def expired(self, at: float) -> bool:
        """Tell whether the certificate no longer counts at `at`, in seconds since 1970."""
        return at >= self.certificate.valid_before


def read_certificate(path: Path) -> Certificate:
    """Read a certificate and check its form, but not whether it counts.

    Raises:
        ConfigurationError: the file cannot be read.
        IdentityRefused: it is no certificate of ours.
    """
    try:
        text = _read(path, 2 * BLOB_LIMIT).decode("ascii")
    except UnicodeDecodeError:
        raise IdentityRefused(f"{path.name} is not a certificate") from None
    return read(text)


def sign_in(
    key: Path, passphrase: str, certificate: Path, authorities: Collection[PublicKey], at: float
) -> Credentials:
    """Open the key and check that the certificate is its own and counts now.

    Revocation is the relay's and the person's to check: it tells against us, not for us.

    Args:
        key: path of the private key.
        passphrase: what it is encrypted with, empty if it is not.
        certificate: path of the certificate.
        authorities: the issuing keys of the profile.
        at: now, in seconds since 1970.

    Raises:
        ConfigurationError: a file cannot be read, or the passphrase is wrong.
        IdentityRefused: the certificate is not good, or another key's.
    """
    admitted = admit(read_certificate(certificate).blob, authorities=authorities, at=at, krl=None)
    private = load_private(_read(key, PRIVATE_LIMIT), passphrase or None)
    if PublicKey.of(private) != admitted.key:
        raise IdentityRefused("the certificate belongs to another key")
    return Credentials(private, admitted)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            return file.read(limit + 1)
    except RuntimeError:
        raise ConfigurationError(f"{path} cannot be read: there is no home folder") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
