"""A relay whose TLS certificate is by an authority that only this computer knows: every program trusts it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent.directory import Directory
from agent.engine import Engine
from agent.state import Adopted
from auditor.relay_client import RelayClient
from byleave import checks
from byleave.demo.display import free_port
from byleave.organisation.publication import publish
from session.errors import LinkLost
from session.link.room import enter
from session.profile import read_adoption, read_profile
from tests.relay.office import Office
from tests.relay.process import RelayProcess


@dataclass(frozen=True)
class Secure:
    """An organisation whose relay speaks TLS."""

    office: Office
    url: str


def write_certificate(certificate: Path, key: Path) -> None:
    """Write a certificate for the loopback address, which is its own authority, and its key."""
    private, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of this house")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("authority")
    write_certificate(folder / "tls.pem", folder / "tls.key")
    return folder / "tls.pem", folder / "tls.key"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, authority: tuple[Path, Path]) -> Iterator[Secure]:
    port = free_port()
    office = Office(tmp_path_factory.mktemp("secure") / "office", relay=f"https://127.0.0.1:{port}")
    certificate, key = map(str, authority)
    with RelayProcess(office.relay, "--tls-cert", certificate, "--tls-key", key, port=port) as relay:
        yield Secure(office, relay.url)


def ask_as_agent(secure: Secure) -> None:
    adoption = read_adoption(secure.office.layout.adoption("Example Support").read_bytes())
    adopted = Adopted(adoption, read_profile(adoption.profile))

    async def ask() -> None:
        async with Engine._client(adopted) as client:
            await Directory(client).revocations(adopted)

    asyncio.run(ask())


def ask_as_auditor(secure: Secure) -> None:
    with RelayClient(secure.url, None) as client:
        assert client.get("/trust/krl")


def ask_as_doctor(secure: Secure) -> None:
    profile = read_profile(secure.office.layout.profile.read_bytes())
    relay = checks.relay_and_clock(profile, time.time())[0]
    if relay.state != "good":
        raise LinkLost(relay.words)


def ask_as_office(secure: Secure) -> None:
    publish(secure.office.layout, time.time(), secure.url)


def ask_for_a_room(secure: Secure) -> None:
    async def ask() -> None:
        async with await enter(secure.url):
            pass

    asyncio.run(ask())


WHO = {
    "agent": ask_as_agent,
    "auditor": ask_as_auditor,
    "doctor": ask_as_doctor,
    "office": ask_as_office,
    "room": ask_for_a_room,
}


@pytest.mark.parametrize("ask", WHO.values(), ids=WHO)
def test_whom_the_system_trusts_is_trusted_and_nobody_else(
    secure: Secure,
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Secure], None],
) -> None:
    # OpenSSL's own way to name the system's list.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    ask(secure)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(LinkLost):
        ask(secure)
