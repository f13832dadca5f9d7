"""A small organisation for the console's tests: its keys, its profile, one technician."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from session import keys
from session.certificates import issue
from session.keys import PrivateKey, PublicKey
from session.ledger import VerifierKey
from session.profile import Adoption, Auditor, Notice, Profile, write_adoption, write_profile
from session.signatures import Namespace, sign
from technician_console.credentials import Credentials
from technician_console.organisation import Organisation

LOG_NAME = "example.org/log"


@dataclass
class Company:
    """An organisation whose keys are all at hand."""

    root: PrivateKey = field(default_factory=keys.generate)
    issuing: PrivateKey = field(default_factory=keys.generate)
    status: PrivateKey = field(default_factory=keys.generate)
    technician: PrivateKey = field(default_factory=keys.generate)
    log: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    relay: str = "http://127.0.0.1:8470"

    def profile(self, **changes: object) -> Profile:
        recipient = str(pyrage.x25519.Identity.generate().to_public())
        profile = Profile(
            version=1,
            name="Example Support",
            expires=datetime.now(UTC).replace(microsecond=0) + timedelta(days=30),
            relay=self.relay,
            contact="Ada Example",
            telephone="+41 44 000 00 00",
            issuing_keys=(PublicKey.of(self.issuing).text,),
            status_key=PublicKey.of(self.status).text,
            log_key=str(VerifierKey.of(LOG_NAME, self.log)),
            auditors=(Auditor("Ida Auditor", recipient),),
            notice=Notice("1", "We record what you allow."),
            retention_days=90,
        )
        return msgspec.structs.replace(profile, **changes)

    def organisation(self, **changes: object) -> Organisation:
        profile = self.profile(**changes)
        data = write_profile(profile)
        return Organisation(PublicKey.of(self.root), profile, data, sign(self.root, data, Namespace.PROFILE))

    def adoption(self, organisation: Organisation | None = None) -> bytes:
        found = organisation or self.organisation()
        return write_adoption(Adoption(found.root, found.data, found.signature))

    def credentials(self, at: float | None = None) -> Credentials:
        certificate = issue(
            PublicKey.of(self.technician),
            authority=self.issuing,
            name="Maya Ortiz",
            kind="technician",
            number="1001",
            at=time.time() if at is None else at,
        )
        return Credentials(self.technician, certificate)

    def hand_over(self, folder: Path, *, passphrase: str | None = None, at: float | None = None) -> Path:
        """Write what a technician is given; return the path of the key."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / "id_ed25519"
        key.write_bytes(keys.export_private(self.technician, passphrase))
        certificate = self.credentials(at).certificate
        key.with_name("id_ed25519-cert.pub").write_text(f"{certificate.text}\n")
        (folder / "example.byleave").write_bytes(self.adoption())
        return key
