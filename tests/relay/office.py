"""An organisation for the relay's tests, with people who hold keys and certificates."""

import time
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pyrage

from byleave.organisation.founding import Founding, found
from byleave.organisation.publication import publish
from byleave.organisation.register import Revoked, add
from session import keys, rendezvous
from session.certificates import Certificate, Kind, issue
from session.keys import PublicKey
from session.profile import Auditor, Notice
from session.signatures import Namespace, sign


@dataclass(frozen=True)
class Holder:
    """Somebody with a private key and a certificate."""

    key: asyncssh.SSHKey
    certificate: Certificate

    def sign(self, data: bytes, namespace: Namespace) -> str:
        return sign(self.key, data, namespace, certificate=self.certificate.blob).decode()

    def open_room(self, nonce: str, resume: str | None = None) -> rendezvous.OpenRoom:
        signed = rendezvous.signed_bytes(nonce, resume)
        return rendezvous.OpenRoom(self.certificate.text, self.sign(signed, Namespace.ROOM), resume)


class Office:
    """A founded organisation whose relay's folder is `relay`."""

    def __init__(self, folder: Path, relay: str = "http://127.0.0.1:8470") -> None:
        self.identity = pyrage.x25519.Identity.generate()
        auditor = Auditor("Ida Auditor", str(self.identity.to_public()))
        founding = Founding(
            name="Example Support",
            relay=relay,
            contact="Ada Example",
            telephone="+41 44 000 00 00",
            notice=Notice("1", "We record what you allow."),
            retention_days=90,
            valid_days=365,
        )
        founded = found(folder, founding, auditor, time.time(), None)
        self.layout = founded.layout
        self.issuing = founded.issuing
        self.relay = founded.layout.relay
        self.publish()

    def publish(self, at: float | None = None) -> None:
        publish(self.layout, time.time() if at is None else at)

    def revoke(self, holder: Holder, at: float | None = None) -> None:
        """Revoke somebody, and put a newer list into the relay's folder."""
        certificate = holder.certificate
        line = Revoked(int(time.time()), "lost", certificate.authority.text, certificate.serial)
        add(self.layout.revoked, line)
        self.publish(time.time() + 1 if at is None else at)

    def holder(
        self,
        kind: Kind = "technician",
        number: str = "1001",
        at: float | None = None,
        issuing: asyncssh.SSHKey | None = None,
    ) -> Holder:
        key = keys.generate()
        certificate = issue(
            PublicKey.of(key),
            authority=issuing or self.issuing,
            name=f"Person {number}",
            kind=kind,
            number=number,
            at=time.time() if at is None else at,
        )
        return Holder(key, certificate)
