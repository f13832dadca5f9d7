"""Detached signatures, one for one purpose: SSHSIG with an expected namespace.

Format: PROTOCOL.sshsig of OpenSSH. asyncssh's `validate_sshsig` neither expects
a namespace nor knows a time or a revocation list, so the container is read
here. `verify` accepts exactly one key, never a certificate; who signs with a
certificate is checked by `session.identity.verify_certified`.
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum

import asyncssh

from session import wire
from session.errors import IdentityRefused
from session.keys import ALGORITHM, PublicKey, decode_base64

LIMIT = 8192
BARE = 64
"""Bytes of an Ed25519 signature (RFC 8032)."""

_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = b"sha512"
_BEGIN = "-----BEGIN SSH SIGNATURE-----\n"
_END = "-----END SSH SIGNATURE-----"
_LINE = 70


class Namespace(StrEnum):
    """What a signature is for; one made for one thing never counts for another."""

    PROFILE = "profile@byleave"
    KRL = "krl@byleave"
    ROOM = "room@byleave"
    SIGN_IN = "sign-in@byleave"
    SEGMENT = "segment@byleave"
    LEAF = "leaf@byleave"
    SESSION = "session@byleave"
    CUSTODY = "custody@byleave"
    DEVICE = "device@byleave"


@dataclass(frozen=True, slots=True)
class Container:
    """An SSHSIG taken apart; nothing in it is checked yet.

    Args:
        signer: blob of the public key or certificate.
        namespace: what it says it is for.
        signature: as SSH sends it.
    """

    signer: bytes
    namespace: str
    signature: bytes


def sign(
    key: asyncssh.SSHKey, data: bytes, namespace: Namespace, *, certificate: bytes | None = None
) -> bytes:
    """Return an armored signature that `ssh-keygen -Y verify` accepts.

    Args:
        key: the private key.
        data: what is signed.
        namespace: what for.
        certificate: blob of the key's certificate, to be named as the signer instead of the bare key.
    """
    return _armored(
        certificate or key.public_data, namespace, key.sign(_signed(data, namespace), ALGORITHM.encode())
    )


def bare(signature: bytes | str, namespace: Namespace) -> bytes:
    """Return the 64 bytes of a signature that say something new to who knows its key and its purpose.

    Raises:
        IdentityRefused: it is malformed, or for something else.
    """
    return open_container(signature, namespace).signature[-BARE:]


def dressed(signature: bytes, namespace: Namespace, key: PublicKey) -> bytes:
    """Return the armored signature of which `bare` was a part; it may be good or not."""
    return _armored(key.blob, namespace, wire.string(ALGORITHM.encode()) + wire.string(signature))


def _armored(signer: bytes, namespace: Namespace, signature: bytes) -> bytes:
    blob = b"".join(
        [
            _MAGIC,
            wire.uint32(_VERSION),
            wire.string(signer),
            wire.string(namespace.encode()),
            wire.string(b""),
            wire.string(_HASH),
            wire.string(signature),
        ]
    )
    text = base64.b64encode(blob).decode()
    lines = (text[start : start + _LINE] for start in range(0, len(text), _LINE))
    return (_BEGIN + "\n".join(lines) + f"\n{_END}\n").encode()


def verify(data: bytes, signature: bytes | str, namespace: Namespace, *, key: PublicKey) -> None:
    """Check that exactly this key signed exactly these bytes for exactly this purpose.

    Args:
        data: what was signed.
        signature: armored.
        namespace: what for.
        key: who must have signed.

    Raises:
        IdentityRefused: it did not.
    """
    container = open_container(signature, namespace)
    if container.signer != key.blob:
        raise IdentityRefused("the signature is by another key")
    verify_container(container, data, key)


def open_container(signature: bytes | str, namespace: Namespace) -> Container:
    """Take a signature apart, without checking it.

    Args:
        signature: armored.
        namespace: what it must be for.

    Raises:
        IdentityRefused: it is malformed, or for something else.
    """
    reader = wire.Reader(_unarmor(signature), "a signature")
    if reader.take(len(_MAGIC)) != _MAGIC or reader.uint32() != _VERSION:
        raise IdentityRefused("this is not a signature")
    signer, found, reserved, hash_name = reader.string(), reader.text(), reader.string(), reader.string()
    container = Container(signer, found, reader.string())
    reader.end()
    if found != namespace:
        raise IdentityRefused(f"the signature is not for {namespace}")
    if reserved or hash_name != _HASH:
        raise IdentityRefused("the signature uses a reserved field or another hash")
    return container


def verify_container(container: Container, data: bytes, key: PublicKey) -> None:
    """Check a container's signature with a key that the caller has accepted.

    Raises:
        IdentityRefused: this key did not sign these bytes for the container's purpose.
    """
    key.verify(container.signature, _signed(data, container.namespace))


def _signed(data: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(data).digest()
    return (
        _MAGIC + wire.string(namespace.encode()) + wire.string(b"") + wire.string(_HASH) + wire.string(digest)
    )


def _unarmor(signature: bytes | str) -> bytes:
    if len(signature) > LIMIT:
        raise IdentityRefused(f"a signature has at most {LIMIT} bytes")
    try:
        text = signature if isinstance(signature, str) else signature.decode("ascii")
    except UnicodeDecodeError:
        raise IdentityRefused("the signature is not ASCII") from None
    body = text.removesuffix("\n").removeprefix(_BEGIN).removesuffix("\n" + _END)
    if text.removesuffix("\n") != f"{_BEGIN}{body}\n{_END}":
        raise IdentityRefused("the signature has not the armor of SSHSIG")
    return decode_base64(body.replace("\n", ""), "a signature")
