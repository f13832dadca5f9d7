"""A small office for the tests: keys, a profile, and certificates of every wrong shape."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from session import keys, wire
from session.certificates import CERTIFICATE_ALGORITHM, Certificate, Kind, issue
from session.keys import PublicKey
from session.ledger import VerifierKey
from session.profile import Auditor, Notice, Profile

NOW = 1_800_000_000.0
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"  # of age's own documentation


@dataclass(frozen=True)
class Office:
    """An organisation with one technician."""

    root: asyncssh.SSHKey = field(default_factory=keys.generate)
    issuing: asyncssh.SSHKey = field(default_factory=keys.generate)
    status: asyncssh.SSHKey = field(default_factory=keys.generate)
    holder: asyncssh.SSHKey = field(default_factory=keys.generate)

    @property
    def authorities(self) -> frozenset[PublicKey]:
        return frozenset({PublicKey.of(self.issuing)})

    def certificate(self, kind: Kind = "technician", at: float = NOW) -> Certificate:
        public_key = PublicKey.of(self.holder)
        return issue(public_key, authority=self.issuing, name="Maya Ortiz", kind=kind, number="1001", at=at)

    def profile(self) -> Profile:
        return Profile(
            version=7,
            name="Example Support",
            expires=datetime.fromtimestamp(NOW + 86400, UTC),
            relay="https://relay.example.org",
            contact="Ada Example",
            telephone="+41 44 000 00 00",
            issuing_keys=(PublicKey.of(self.issuing).text,),
            status_key=PublicKey.of(self.status).text,
            log_key=str(VerifierKey("relay.example.org/log", PublicKey.of(self.root).raw)),
            auditors=(Auditor("First auditor", RECIPIENT),),
            notice=Notice("1", "It is recorded.\nYou can stop."),
            retention_days=90,
        )

    def forge(self, **fields: object) -> bytes:
        """A certificate, signed by the issuing key, whose fields may be anything."""
        return forge(self.issuing, PublicKey.of(self.holder), **fields)  # type: ignore[arg-type]  # by name


def forge(
    authority: asyncssh.SSHKey,
    holder: PublicKey,
    *,
    algorithm: str = CERTIFICATE_ALGORITHM,
    raw_key: bytes | None = None,
    serial: int = 7,
    role: int = 1,
    key_id: bytes = b"Maya Ortiz",
    principals: Sequence[str] = ("technician:1001",),
    valid_after: int = int(NOW) - 60,
    valid_before: int = int(NOW) + 3600,
    critical: Sequence[tuple[bytes, bytes]] = (),
    extensions: Sequence[tuple[bytes, bytes]] = ((b"permit-pty", b""),),
    reserved: bytes = b"",
    authority_blob: bytes | None = None,
    tail: bytes = b"",
) -> bytes:
    """Encode and sign a certificate, right or wrong (PROTOCOL.certkeys of OpenSSH)."""
    body = b"".join(
        [
            wire.string(algorithm.encode()),
            wire.string(bytes(32)),
            wire.string(holder.raw if raw_key is None else raw_key),
            wire.uint64(serial),
            wire.uint32(role),
            wire.string(key_id),
            wire.string(b"".join(wire.string(each.encode()) for each in principals)),
            wire.uint64(valid_after),
            wire.uint64(valid_before),
            wire.string(_options(critical)),
            wire.string(_options(extensions)),
            wire.string(reserved),
            wire.string(authority.public_data if authority_blob is None else authority_blob),
        ]
    )
    return body + wire.string(authority.sign(body, b"ssh-ed25519")) + tail


def ssh_keygen(
    *arguments: str | Path, folder: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run the stock tool in a folder."""
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, timeout=30, check=False)


def _options(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(wire.string(name) + wire.string(value) for name, value in pairs)
