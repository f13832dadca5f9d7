"""Technicians and auditors: their keys, their certificates, their end."""

from dataclasses import dataclass
from pathlib import Path

from byleave.organisation import files, register
from byleave.organisation.layout import KEY_NAME, Layout
from session import keys, sealing
from session.certificates import Certificate, Kind, issue
from session.errors import ConfigurationError
from session.keys import PrivateKey, PublicKey
from session.profile import read_profile

IDENTITY_NAME = "identity.txt"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be certified.

    Args:
        kind: what they may be.
        number: their staff number.
        name: what the person with the problem is shown.
    """

    kind: Kind
    number: str
    name: str


def enrol(
    layout: Layout,
    issuing: PrivateKey,
    person: Person,
    at: float,
    *,
    folder: Path,
    own_key: PublicKey | None = None,
    passphrase: str | None = None,
) -> Certificate:
    """Certify somebody new, with a new key unless they bring their own.

    Args:
        layout: the organisation.
        issuing: its issuing key.
        person: who.
        at: now, in seconds since 1970.
        folder: where key and certificate go.
        own_key: the public key that they bring, or None to make one.
        passphrase: of the key that is made; None leaves it bare.

    Raises:
        ConfigurationError: name or number is malformed or taken, or a file is in the way.
    """
    if _standing(layout, person.kind, person.number):
        raise ConfigurationError(
            f"{person.kind} {person.number} has a certificate already: renew it, or revoke it first"
        )
    key = keys.generate(f"{person.kind}:{person.number}")
    public_key = own_key or PublicKey.of(key)
    if any(line.key == public_key.text for line in register.revoked(layout.revoked)):
        raise ConfigurationError("this key has been revoked")
    certificate = issue(
        public_key, authority=issuing, name=person.name, kind=person.kind, number=person.number, at=at
    )
    files.make_folder(folder)
    if own_key is None:
        files.write_private(folder / KEY_NAME, keys.export_private(key, passphrase))
    files.write_public(folder / f"{KEY_NAME}.pub", f"{public_key.text} {certificate.principal}\n".encode())
    return _hand_over(layout, certificate, folder)


def renew(
    layout: Layout, issuing: PrivateKey, kind: Kind, number: str, at: float, *, folder: Path
) -> Certificate:
    """Certify somebody again, under the same name and with the same key.

    Args:
        layout: the organisation.
        issuing: its issuing key.
        kind: what they may be.
        number: their staff number.
        at: now, in seconds since 1970.
        folder: where the certificate goes.

    Raises:
        ConfigurationError: nobody has this number, or no longer.
    """
    lines = _standing(layout, kind, number)
    if not lines:
        raise ConfigurationError(f"there is no {kind} {number}, or the key has been revoked")
    public_key = PublicKey.from_text(lines[-1].key)
    certificate = issue(public_key, authority=issuing, name=lines[-1].name, kind=kind, number=number, at=at)
    files.make_folder(folder)
    return _hand_over(layout, certificate, folder)


def revoke_person(layout: Layout, kind: Kind, number: str, at: float, reason: str) -> list[register.Revoked]:
    """Revoke somebody's key and every certificate of it.

    The folder with the key is put aside, so that the number can be given a new key.

    Raises:
        ConfigurationError: nobody has this number.
    """
    lines = _standing(layout, kind, number)
    if not lines:
        raise ConfigurationError(f"there is no {kind} {number} to revoke")
    ends = [register.Revoked(int(at), reason, key=key) for key in sorted({line.key for line in lines})]
    ends += [register.Revoked(int(at), reason, line.authority, line.serial) for line in lines]
    for end in ends:
        register.add(layout.revoked, end)
    folder = layout.person(kind, number)
    if folder.exists():
        folder.rename(folder.with_name(f"{number}.revoked-{lines[-1].serial}"))
    return ends


def revoke_serial(layout: Layout, serial: int, at: float, reason: str) -> list[register.Revoked]:
    """Revoke one certificate; its holder can be given another.

    Raises:
        ConfigurationError: no certificate has this serial number.
    """
    for line in register.issued(layout.register):
        if line.serial == serial:
            end = register.Revoked(int(at), reason, line.authority, serial)
            register.add(layout.revoked, end)
            return [end]
    raise ConfigurationError(f"no certificate has the serial number {serial}")


def new_identity(passphrase: str | None) -> tuple[str, bytes]:
    """Return an age recipient and the file of its identity.

    With a passphrase the file is an age file itself, as `age -d -i` takes it.
    """
    identity, recipient = sealing.new_identity()
    text = f"# public key: {recipient}\n{identity}\n".encode()
    return recipient, sealing.seal_with_passphrase(text, passphrase) if passphrase else text


def hand_over_adoption(layout: Layout, folder: Path) -> None:
    """Put the adoption file beside somebody's key, so that console and auditor know whom to believe.

    Raises:
        ConfigurationError: it cannot be read or written.
    """
    adoption = layout.adoption(read_profile(files.read(layout.profile)).name)
    files.write_public(folder / adoption.name, files.read(adoption))


def _standing(layout: Layout, kind: Kind, number: str) -> list[register.Issued]:
    """Return the certificates of whoever has this number now, oldest first."""
    revoked = {line.key for line in register.revoked(layout.revoked) if line.key}
    return [
        line
        for line in register.issued(layout.register)
        if (line.kind, line.number) == (kind, number) and line.key not in revoked
    ]


def _hand_over(layout: Layout, certificate: Certificate, folder: Path) -> Certificate:
    # Known to the register first: a certificate that nobody knows cannot be revoked.
    register.add(layout.register, register.Issued.of(certificate))
    files.write_public(folder / f"{KEY_NAME}-cert.pub", f"{certificate.text}\n".encode())
    hand_over_adoption(layout, folder)
    return certificate
