"""The relay's process: start, signals, TLS, health, and what its log does not say."""

import asyncio
import contextlib
import datetime
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.exceptions import ConnectionClosed

from session import rendezvous
from tests.relay.office import Office
from tests.relay.process import Ends, RelayProcess
from tests.relay.recording import Recording, Uploader, sign_in

BLOCK = b"\xa5" * rendezvous.BINARY_LIMIT


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a self-signed certificate for loopback and its key."""
    key = generate_private_key(SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.pem", folder / "tls.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def shown_name(url: str) -> str:
    """Return the name in the certificate that a server shows."""
    host, port = url.removeprefix("https://").split(":")
    found = x509.load_pem_x509_certificate(ssl.get_server_certificate((host, int(port))).encode())
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def wait_for(path: Path, words: str) -> None:
    deadline = time.monotonic() + 20
    while words not in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert words in path.read_text()


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "byleave", "relay", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_help_has_an_example() -> None:
    found = run("--help")
    assert found.returncode == 0
    assert "Example: byleave relay" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "0.0.0.0:0"], "loopback"),
        (["--health", "192.0.2.1:0"], "loopback"),
        (["--listen", "nonsense"], "ADDRESS:PORT"),
        (["--tls-cert", "a.pem"], "belong together"),
        (["--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.key"], "cannot be used"),
        (["--listen", "[2001:db8::1]:0", "--tls-cert", "TLS", "--tls-key", "KEY"], "cannot listen"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(office: Office, arguments: list[str], words: str) -> None:
    certificate, key = make_certificate(office.relay, "relay")
    given = [{"TLS": str(certificate), "KEY": str(key)}.get(each, each) for each in arguments]
    found = run(str(office.relay), *given)
    assert found.returncode == 3
    assert words in found.stderr


def test_an_unknown_setting_is_refused(office: Office) -> None:
    (office.relay / "relay.toml").write_text("colour = 1\n")
    found = run(str(office.relay))
    assert found.returncode == 3
    assert "colour" in found.stderr


@pytest.mark.parametrize("missing", ["log.key", "root.pub", "trust/profile.toml", "trust/profile.toml.sig"])
def test_a_folder_that_is_not_a_relays_is_refused(office: Office, missing: str) -> None:
    (office.relay / missing).unlink()
    assert run(str(office.relay)).returncode == 3


def test_a_log_key_that_the_profile_does_not_name_is_refused(office: Office) -> None:
    other = Office(office.layout.folder.parent / "other")
    (office.relay / "log.key").write_bytes((other.relay / "log.key").read_bytes())
    found = run(str(office.relay))
    assert (found.returncode, "profile names" in found.stderr) == (3, True)


def test_a_profile_that_the_root_did_not_sign_is_refused(office: Office) -> None:
    path = office.layout.trust / "profile.toml"
    path.write_text(path.read_text().replace("Example Support", "Another Support"))
    assert run(str(office.relay)).returncode == 3


async def test_sigterm_ends_it_in_time_though_a_pair_is_stalled(
    office: Office, relay: RelayProcess, ends: Ends
) -> None:
    technician, _, _ = await ends.pair(office.holder())
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        while True:
            async with asyncio.timeout(0.5):
                await technician.socket.send(BLOCK)
    seconds = await asyncio.to_thread(relay.stop)
    assert relay.process.returncode == 0
    assert seconds < 3


async def test_sigterm_tells_everybody(office: Office, relay: RelayProcess, ends: Ends) -> None:
    technician, person, _ = await ends.pair(office.holder())
    relay.process.send_signal(signal.SIGTERM)
    assert [await end.refused() for end in (technician, person)] == ["closing", "closing"]
    assert await asyncio.to_thread(relay.process.wait, 20) == 0


@pytest.fixture
def secure(office: Office) -> Iterator[RelayProcess]:
    certificate, key = make_certificate(office.relay, "first")
    arguments = ["--tls-cert", str(certificate), "--tls-key", str(key), "--verbose"]
    with RelayProcess(office.relay, *arguments) as relay:
        yield relay


def test_tls_is_read_again_on_sighup(secure: RelayProcess) -> None:
    assert secure.url.startswith("https://")
    assert shown_name(secure.url) == "first"
    make_certificate(secure.folder, "second")
    assert shown_name(secure.url) == "first"
    secure.process.send_signal(signal.SIGHUP)
    wait_for(secure.log, "read again")
    assert shown_name(secure.url) == "second"
    (secure.folder / "tls.key").write_text("damaged")
    secure.process.send_signal(signal.SIGHUP)
    wait_for(secure.log, "nothing was changed")
    assert shown_name(secure.url) == "second"


async def test_a_session_runs_over_tls(office: Office, secure: RelayProcess) -> None:
    context = ssl.create_default_context(cafile=secure.folder / "tls.pem")
    context.check_hostname = False
    ends = Ends(secure)
    end = await ends.enter(ssl=context)
    await end.say(rendezvous.JoinRoom("0000"))
    assert await end.refused() == "no-room"
    await ends.close()


async def test_health_and_metrics_have_a_listener_of_their_own(office: Office) -> None:
    with RelayProcess(office.relay, "--health", "127.0.0.1:0") as relay:
        assert relay.process.stdout is not None
        health = relay.process.stdout.readline().split()[-1]
        ends = Ends(relay)
        technician, _ = await ends.open_room(office.holder())
        await (await ends.join("99999"[:4])).refused()
        async with httpx.AsyncClient(base_url=health, trust_env=False) as client:
            assert (await client.get("/healthz")).text == "ok\n"
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()) == (200, {"disk": True, "log": True, "krl": True})
            text = (await client.get("/metrics")).text
            assert 'byleave_drops_total{reason="no-room"} 1' in text
            assert "byleave_rooms_waiting 1" in text
            assert (await client.get("/log/checkpoint")).status_code == 404
        async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
            for path in ("/healthz", "/readyz", "/metrics"):
                assert (await client.get(path)).status_code == 404
        await technician.socket.close()
        await ends.close()


async def test_a_relay_whose_revocation_list_is_old_is_not_ready(office: Office) -> None:
    office.publish(time.time() - 3600)
    with RelayProcess(office.relay, "--health", "127.0.0.1:0") as relay:
        assert relay.process.stdout is not None
        health = relay.process.stdout.readline().split()[-1]
        async with httpx.AsyncClient(base_url=health, trust_env=False) as client:
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["krl"]) == (503, False)


async def test_the_log_names_nobody_and_quotes_nothing(
    office: Office, relay: RelayProcess, ends: Ends
) -> None:
    technician = office.holder()
    first, second, token = await ends.pair(technician)
    await first.socket.send(b"canary-payload")
    assert await second.socket.recv() == b"canary-payload"
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
        agent = Uploader(client, token, Recording(technician))
        await agent.begin()
        await agent.allow()
        await agent.segment()
        await agent.close()
        reader = await sign_in(client, office.holder("auditor", "2001"))
        await client.post("/sign-in", json={"nonce": "canary-nonce", "signature": "canary-signature"})
        await client.post("/sign-in", content=b'{"nonce": "canary-body"')
        await client.put(f"/keys/{agent.recording.sid}/main.age", headers={"authorization": "Bearer canary"})
        await client.get("/trust/canary-path")
    odd = await ends.enter()
    await odd.socket.send('{"type":"canary-text"}')
    await odd.refused()
    await ends.close()
    relay.stop()
    said = relay.log.read_text()
    assert "Refused: protocol (127.0.0.0/24)" in said
    assert not re.findall(r"canary[\w-]*", said)
    certificate = technician.certificate.text.split()[1]
    secrets = [token, reader["authorization"].split()[1], first.nonce, second.nonce, certificate, "127.0.0.1"]
    assert [each for each in secrets if each in said] == []
    assert "Traceback" not in said
