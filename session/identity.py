"""Who did it: keys, certificates, revocation and signatures tied together.

    keys ─── signatures ─┬─ revocation ─── certificates ─┐
                         └─ profile ─────────────────────┴─ identity

Everything that depends on time takes `at`, in seconds since 1970.
"""

from collections.abc import Collection

from session.certificates import Certificate, Kind, admit
from session.keys import PublicKey
from session.revocation import RevocationList
from session.signatures import Namespace, open_container, verify_container


def verify_certified(
    data: bytes,
    signature: bytes | str,
    namespace: Namespace,
    *,
    authorities: Collection[PublicKey],
    at: float,
    krl: RevocationList | None,
    kind: Kind = "technician",
) -> Certificate:
    """Check a signature that names a certificate as its signer.

    Args:
        data: what was signed.
        signature: armored.
        namespace: what for.
        authorities: the issuing keys that count.
        at: when the certificate must have counted.
        krl: the revocation list; see `session.certificates.admit` for None.
        kind: what the signer must be.

    Returns:
        The certificate, admitted; whether it is the expected one is for the caller to compare.

    Raises:
        IdentityRefused: signature or certificate is not good.
    """
    container = open_container(signature, namespace)
    certificate = admit(container.signer, authorities=authorities, at=at, krl=krl, kind=kind)
    verify_container(container, data, certificate.key)
    return certificate
