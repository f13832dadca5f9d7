"""The trust files, read by the stock tools that a stranger would use."""

import subprocess
from pathlib import Path

import pytest

from session.keys import PublicKey
from session.profile import write_profile
from session.revocation import RevocationList, RevokedCertificates
from session.signatures import Namespace, sign
from session.trust import session_signers, trust_files
from tests.session.office import NOW, RECIPIENT, Office, ssh_keygen

OFFICE = Office()
PROFILE = OFFICE.profile()
DATA = write_profile(PROFILE)
SIGNATURE = sign(OFFICE.root, DATA, Namespace.PROFILE)
CERTIFICATE = OFFICE.certificate()
AUDITOR = OFFICE.certificate("auditor")
# ssh-keygen looks at its own clock unless told when.
TIME = "-Overify-time=20270115080000Z"  # NOW


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    for name, content in trust_files(PROFILE, DATA, SIGNATURE, PublicKey.of(OFFICE.root)).items():
        (tmp_path / name).write_bytes(content)
    issuing = PublicKey.of(OFFICE.issuing).blob
    revoked = RevokedCertificates(issuing, ((CERTIFICATE.serial, CERTIFICATE.serial),))
    (tmp_path / "krl").write_bytes(RevocationList(1, int(NOW), (revoked,)).encode())
    return tmp_path


def accepted(trust: Path, who: str, namespace: str, signature: bytes, *options: str) -> bool:
    (trust / "it.sig").write_bytes(signature)
    arguments = ["-Y", "verify", "-f", "allowed_signers", "-I", who, "-n", namespace, "-s", "it.sig"]
    return ssh_keygen(*arguments, TIME, *options, folder=trust, stdin=b"data").returncode == 0


def test_the_files_are_those_of_the_specification(trust: Path) -> None:
    section = (Path(__file__).parents[2] / "session" / "RECORDING.md").read_text().split("## 2.")[0]
    for name in trust_files(PROFILE, DATA, SIGNATURE, PublicKey.of(OFFICE.root)):
        assert f"`trust/{name}`" in section
    assert (trust / "auditors.txt").read_text() == f"{RECIPIENT}\n"
    assert (trust / "log.vkey").read_text() == f"{PROFILE.log_key}\n"


def test_ssh_keygen_accepts_a_technician_for_sessions_and_rooms(trust: Path) -> None:
    for namespace in Namespace:
        signature = sign(OFFICE.holder, b"data", namespace, certificate=CERTIFICATE.blob)
        expected = namespace in {Namespace.SESSION, Namespace.ROOM}
        assert accepted(trust, "technician:1001", namespace, signature) == expected


def test_ssh_keygen_accepts_an_auditor_for_signing_in_and_custody(trust: Path) -> None:
    for namespace in Namespace:
        signature = sign(OFFICE.holder, b"data", namespace, certificate=AUDITOR.blob)
        expected = namespace in {Namespace.CUSTODY, Namespace.SIGN_IN}
        assert accepted(trust, "auditor:1001", namespace, signature) == expected


def test_ssh_keygen_refuses_a_technician_who_says_another_number(trust: Path) -> None:
    signature = sign(OFFICE.holder, b"data", Namespace.SESSION, certificate=CERTIFICATE.blob)
    assert accepted(trust, "technician:1001", "session@byleave", signature)
    assert not accepted(trust, "technician:1002", "session@byleave", signature)
    assert not accepted(trust, "auditor:1001", "session@byleave", signature)


def test_ssh_keygen_refuses_a_revoked_certificate(trust: Path) -> None:
    signature = sign(OFFICE.holder, b"data", Namespace.SESSION, certificate=CERTIFICATE.blob)
    assert accepted(trust, "technician:1001", "session@byleave", signature)
    assert not accepted(trust, "technician:1001", "session@byleave", signature, "-r", "krl")


def test_ssh_keygen_accepts_root_and_status_for_their_one_purpose(trust: Path) -> None:
    for who, key, purpose in (("root", OFFICE.root, "profile"), ("status", OFFICE.status, "krl")):
        for namespace in Namespace:
            expected = namespace == f"{purpose}@byleave"
            assert accepted(trust, who, namespace, sign(key, b"data", namespace)) == expected


def test_ssh_keygen_accepts_the_profile(trust: Path) -> None:
    arguments = ["-Y", "verify", "-f", "allowed_signers", "-I", "root", "-n", "profile@byleave"]
    data = (trust / "profile.toml").read_bytes()
    checked = ssh_keygen(*arguments, "-s", "profile.toml.sig", folder=trust, stdin=data)
    assert checked.returncode == 0, checked.stderr


def test_ssh_keygen_accepts_a_session_s_key_for_statements_and_leaves(tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").write_text(session_signers(PublicKey.of(OFFICE.status)))
    for namespace in Namespace:
        expected = namespace in {Namespace.SEGMENT, Namespace.LEAF}
        signature = sign(OFFICE.status, b"data", namespace)
        assert accepted(tmp_path, "session", namespace, signature) == expected


def test_openssl_reads_the_log_s_key_and_checks_with_it(trust: Path) -> None:
    (trust / "data").write_bytes(b"data")
    log_key = OFFICE.root  # the office of the tests signs its log with the root
    (trust / "signature").write_bytes(log_key.sign(b"data", b"ssh-ed25519")[-64:])
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "log.pem", "-rawin"]
    command += ["-in", "data", "-sigfile", "signature"]
    checked = subprocess.run(command, cwd=trust, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
