"""Who may act, as OpenSSH user certificates: PROTOCOL.md, section 3.

Laws of this file: a certificate is read by our own strict reader, because
asyncssh lets one without principals log in as anybody and drops extensions that
it does not know; a `Certificate` exists only if its issuer signed it; only
`admit` says that the issuer is one of ours and that it counts now.
"""

import base64
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeAlias

import asyncssh

from session import wire
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey, decode_base64
from session.plain import name_fault
from session.revocation import RevocationList

Kind: TypeAlias = Literal["technician", "auditor"]

CERTIFICATE_ALGORITHM = "ssh-ed25519-cert-v01@openssh.com"
LIFETIME_SECONDS = 12 * 3600
CLOCK_SLACK_SECONDS = 300
BLOB_LIMIT = 4096

_USER = 1
_PRINCIPAL = re.compile(r"(technician|auditor):([0-9]{1,12})", re.ASCII)
# PROTOCOL.certkeys of OpenSSH; an extension that we do not know could mean
# anything to whoever reads the certificate next.
_EXTENSIONS = frozenset(
    {
        b"no-touch-required",
        b"permit-X11-forwarding",
        b"permit-agent-forwarding",
        b"permit-port-forwarding",
        b"permit-pty",
        b"permit-user-rc",
    }
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of the right form whose issuer's signature is good.

    Args:
        name: what the person is shown; NFC, without invisible characters.
        kind: what its holder may be.
        number: the staff number, decimal digits.
        serial: unique per issuing key, above 0.
        valid_after: seconds since 1970; counts from here.
        valid_before: seconds since 1970; no longer counts from here.
        key: the holder's key.
        authority: the issuing key.
        blob: the certificate as SSH sends it.
    """

    name: str
    kind: Kind
    number: str
    serial: int
    valid_after: int
    valid_before: int
    key: PublicKey
    authority: PublicKey
    blob: bytes

    @property
    def principal(self) -> str:
        """`technician:1001`."""
        return f"{self.kind}:{self.number}"

    @property
    def text(self) -> str:
        """The certificate as in a `-cert.pub` file, without a comment and a line break."""
        return f"{CERTIFICATE_ALGORITHM} {base64.b64encode(self.blob).decode()}"

    @property
    def digest(self) -> str:
        """SHA-256 of the blob, in hexadecimal."""
        return hashlib.sha256(self.blob).hexdigest()

    @property
    def for_ssh(self) -> asyncssh.SSHCertificate:
        """The certificate as `session.link.ssh.connect` wants it."""
        return asyncssh.import_certificate(self.text)


def admit(
    certificate: bytes | str,
    *,
    authorities: Collection[PublicKey],
    at: float,
    krl: RevocationList | None,
    kind: Kind = "technician",
) -> Certificate:
    """Accept a certificate, or refuse it.

    Args:
        certificate: its blob, or its OpenSSH text.
        authorities: the issuing keys that count, from the profile.
        at: when it must count, in seconds since 1970.
        krl: the revocation list; None only where none can be known, never for
            admitting somebody to a session.
        kind: what its holder must be.

    Raises:
        IdentityRefused: one rule of PROTOCOL.md, section 3, is not kept.
    """
    found = read(certificate)
    if found.authority not in authorities:
        _refuse("the certificate is from another issuing key")
    if found.kind != kind:
        _refuse(f"the certificate says {found.principal}, but the role is {kind}")
    if at < found.valid_after:
        _refuse("the certificate does not count yet")
    if at >= found.valid_before:
        _refuse("the certificate has expired")
    if krl is not None and krl.revokes(found.key, found.authority, found.serial, found.name):
        _refuse("the certificate is revoked")
    return found


def read(certificate: bytes | str) -> Certificate:
    """Read a certificate and check its form and its issuer's signature, but not whether it counts.

    Args:
        certificate: its blob, or its OpenSSH text.

    Raises:
        IdentityRefused: the form is not exactly that of PROTOCOL.md, section 3.
    """
    blob = _blob(certificate)
    reader = wire.Reader(blob, "a certificate")
    if reader.string() != CERTIFICATE_ALGORITHM.encode():
        _refuse("this is not an Ed25519 certificate")
    reader.string()  # a nonce, against collisions
    key = PublicKey.from_raw(reader.string())
    serial = reader.uint64()
    if reader.uint32() != _USER:
        _refuse("this is not a user certificate")
    name = _name(reader.text())
    kind, number = _principal(reader.string())
    valid_after, valid_before = reader.uint64(), reader.uint64()
    _check_options(reader.string(), reader.string())
    if reader.string():
        _refuse("the certificate uses a reserved field")
    authority = PublicKey(reader.string())
    signed = blob[: len(blob) - reader.left]
    authority.verify(reader.string(), signed)
    reader.end()
    if not serial:
        _refuse("the certificate has no serial number")
    if not 0 < valid_before - valid_after <= LIFETIME_SECONDS:
        _refuse(f"a certificate counts for at most {LIFETIME_SECONDS} s")
    return Certificate(name, kind, number, serial, valid_after, valid_before, key, authority, blob)


def issue(
    key: PublicKey, *, authority: asyncssh.SSHKey, name: str, kind: Kind, number: str, at: float
) -> Certificate:
    """Return a new certificate, valid from a few minutes ago and for 12 hours.

    Args:
        key: the holder's key.
        authority: the issuing key.
        name: what the person will be shown.
        kind: what its holder may be.
        number: the staff number, 1 to 12 decimal digits.
        at: now, in seconds since 1970.

    Raises:
        ConfigurationError: name or number cannot stand in a certificate.
    """
    name = unicodedata.normalize("NFC", name)
    fault = name_fault(name)
    if fault:
        raise ConfigurationError(fault)
    if not _PRINCIPAL.fullmatch(f"{kind}:{number}"):
        raise ConfigurationError("a staff number has 1 to 12 decimal digits")
    # The office's clock may be ahead of the agent's.
    valid_after = int(at) - CLOCK_SLACK_SECONDS
    made = authority.generate_user_certificate(
        asyncssh.import_public_key(key.text),
        name,
        serial=secrets.randbelow(2**53 - 1) + 1,
        principals=[f"{kind}:{number}"],
        valid_after=valid_after,
        valid_before=valid_after + LIFETIME_SECONDS,
        permit_x11_forwarding=False,
        permit_agent_forwarding=False,
        permit_port_forwarding=False,
        permit_user_rc=False,
    )
    return read(made.public_data)


def _blob(certificate: bytes | str) -> bytes:
    if isinstance(certificate, str):
        words = certificate.strip("\n").split(" ", 2)
        if len(words) < 2 or words[0] != CERTIFICATE_ALGORITHM or len(words[1]) > 2 * BLOB_LIMIT:
            _refuse(f"a certificate begins with {CERTIFICATE_ALGORITHM}")
        certificate = decode_base64(words[1], "a certificate")
    if len(certificate) > BLOB_LIMIT:
        _refuse(f"a certificate has at most {BLOB_LIMIT} bytes")
    return certificate


def _name(key_id: str) -> str:
    fault = name_fault(key_id)
    if fault:
        _refuse(fault)
    return key_id


def _principal(principals: bytes) -> tuple[Kind, str]:
    reader = wire.Reader(principals, "the list of principals")
    if not reader.left:
        _refuse("a certificate without a principal counts for nobody")
    found = _PRINCIPAL.fullmatch(reader.text())
    if reader.left:
        _refuse("a certificate has exactly one principal")
    if found is None:
        _refuse("the principal is neither technician:NUMBER nor auditor:NUMBER")
    return ("technician" if found[1] == "technician" else "auditor"), found[2]


def _check_options(critical: bytes, extensions: bytes) -> None:
    if critical:
        # force-command would turn a subsystem into a program.
        _refuse("a certificate has no critical options")
    reader = wire.Reader(extensions, "the list of extensions")
    last = b""
    while reader.left:
        name, value = reader.string(), reader.string()
        if name not in _EXTENSIONS or value:
            _refuse("the certificate has an extension that is not OpenSSH's own")
        if name <= last:
            _refuse("the certificate's extensions are not in order")
        last = name


def _refuse(reason: str) -> NoReturn:
    raise IdentityRefused(reason)
