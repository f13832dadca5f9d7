"""Which certificates count. Each refusal is one rule of PROTOCOL.md, section 3."""

import base64
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import keys, wire
from session.certificates import (
    BLOB_LIMIT,
    CERTIFICATE_ALGORITHM,
    LIFETIME_SECONDS,
    Certificate,
    admit,
    issue,
    read,
)
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.revocation import RevocationList, RevokedCertificates
from tests.session.office import NOW, Office, ssh_keygen

OFFICE = Office()
NOTHING_REVOKED = RevocationList(1, int(NOW))


def admitted(blob: bytes | str, at: float = NOW, krl: RevocationList = NOTHING_REVOKED) -> Certificate:
    return admit(blob, authorities=OFFICE.authorities, at=at, krl=krl)


def test_a_good_certificate_says_who_it_is() -> None:
    certificate = admitted(OFFICE.forge())
    assert (certificate.name, certificate.kind, certificate.number) == ("Maya Ortiz", "technician", "1001")
    assert (certificate.principal, certificate.serial) == ("technician:1001", 7)
    assert certificate.key == PublicKey.of(OFFICE.holder)
    assert certificate.authority == PublicKey.of(OFFICE.issuing)
    assert len(certificate.digest) == 64


def test_blob_and_text_are_the_same_certificate() -> None:
    certificate = OFFICE.certificate()
    assert admitted(certificate.text) == admitted(certificate.blob) == certificate
    assert admitted(f"{certificate.text} maya@desk\n") == certificate


def test_asyncssh_is_given_the_same_certificate() -> None:
    certificate = OFFICE.certificate()
    assert certificate.for_ssh.public_data == certificate.blob


WRONG = {
    "no-principal": ({"principals": ()}, "without a principal"),
    "two-principals": ({"principals": ("technician:1001", "technician:1002")}, "exactly one principal"),
    "the-same-principal-twice": ({"principals": ("technician:1001",) * 2}, "exactly one principal"),
    "principal-root": ({"principals": ("root",)}, "neither technician"),
    "principal-without-number": ({"principals": ("technician:",)}, "neither technician"),
    "principal-of-letters": ({"principals": ("technician:12a",)}, "neither technician"),
    "principal-of-other-digits": ({"principals": ("technician:١٢",)}, "neither technician"),
    "principal-with-line-break": ({"principals": ("technician:1\n",)}, "neither technician"),
    "principal-in-capitals": ({"principals": ("Technician:1",)}, "neither technician"),
    "auditor": ({"principals": ("auditor:1001",)}, "the role is technician"),
    "host-certificate": ({"role": 2}, "not a user certificate"),
    "no-serial": ({"serial": 0}, "no serial"),
    "longer-than-12-hours": ({"valid_before": int(NOW) - 60 + LIFETIME_SECONDS + 1}, "at most 43200 s"),
    "for-ever": ({"valid_before": 2**64 - 1}, "at most 43200 s"),
    "ends-before-it-begins": ({"valid_before": int(NOW) - 61}, "at most 43200 s"),
    "force-command": ({"critical": ((b"force-command", wire.string(b"sh")),)}, "no critical options"),
    "unknown-critical-option": ({"critical": ((b"be-kind@example.org", b""),)}, "no critical options"),
    "own-extension": ({"extensions": ((b"grant-all@example.org", b""),)}, "not OpenSSH's own"),
    "extension-with-a-value": ({"extensions": ((b"permit-pty", b"\x00\x00\x00\x00"),)}, "not OpenSSH's own"),
    "extension-twice": ({"extensions": ((b"permit-pty", b""), (b"permit-pty", b""))}, "not in order"),
    "extensions-out-of-order": (
        {"extensions": ((b"permit-user-rc", b""), (b"permit-pty", b""))},
        "not in order",
    ),
    "reserved-field": ({"reserved": b"x"}, "reserved field"),
    "bytes-behind": ({"tail": b"\x00"}, "bytes too many"),
    "ecdsa-certificate": ({"algorithm": "ecdsa-sha2-nistp256-cert-v01@openssh.com"}, "not an Ed25519"),
    "bare-key": ({"algorithm": "ssh-ed25519"}, "not an Ed25519"),
    "short-key": ({"raw_key": bytes(31)}, "not an Ed25519"),
    "empty-name": ({"key_id": b""}, "1 to 64 characters"),
    "blank-name": ({"key_id": b"  "}, "invisible"),
    "blank-before-the-name": ({"key_id": b" Maya"}, "invisible"),
    "name-of-65": ({"key_id": b"m" * 65}, "1 to 64 characters"),
    "name-with-line-break": ({"key_id": b"Maya\nBank"}, "invisible"),
    "name-with-escape": ({"key_id": b"\x1b[31mMaya"}, "invisible"),
    "name-with-right-to-left": ({"key_id": "Maya \u202eknaB".encode()}, "invisible"),
    "name-with-zero-width": ({"key_id": "Ma\u200bya".encode()}, "invisible"),
    "name-of-filler": ({"key_id": "\u3164".encode()}, "invisible"),
    "name-of-braille-blank": ({"key_id": "\u2800".encode()}, "invisible"),
    "name-with-no-break-blank": ({"key_id": "Maya\u00a0Ortiz".encode()}, "invisible"),
    "name-not-composed": ({"key_id": unicodedata.normalize("NFD", "José").encode()}, "invisible"),
    "name-not-utf-8": ({"key_id": b"Jos\xe9"}, "not UTF-8"),
}


@pytest.mark.parametrize(("fields", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_certificate_of_the_wrong_form_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(IdentityRefused, match=reason):
        admitted(OFFICE.forge(**fields))


def test_all_of_openssh_s_own_extensions_are_let_pass() -> None:
    names = [b"no-touch-required", b"permit-X11-forwarding", b"permit-agent-forwarding"]
    names += [b"permit-port-forwarding", b"permit-pty", b"permit-user-rc"]
    assert admitted(OFFICE.forge(extensions=[(name, b"") for name in names])).number == "1001"
    assert admitted(OFFICE.forge(extensions=[])).number == "1001"


def test_a_name_may_have_64_characters_of_any_script() -> None:
    for name in ("م" * 64, "田中 太郎", "O’Neill-Müller", "m" * 64):
        assert admitted(OFFICE.forge(key_id=name.encode())).name == name


def test_a_certificate_from_another_issuing_key_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="another issuing key"):
        admitted(Office().forge())


def test_a_certificate_that_only_names_our_issuing_key_is_refused() -> None:
    blob = Office().forge(authority_blob=OFFICE.issuing.public_data)
    with pytest.raises(IdentityRefused, match="signature is wrong"):
        admitted(blob)


def test_a_certificate_does_not_count_before_its_time_nor_from_its_end_on() -> None:
    blob = OFFICE.forge(valid_after=1000, valid_before=2000)
    with pytest.raises(IdentityRefused, match="does not count yet"):
        admitted(blob, at=999.9)
    assert admitted(blob, at=1000)
    assert admitted(blob, at=1999.9)
    with pytest.raises(IdentityRefused, match="expired"):
        admitted(blob, at=2000)


def test_a_revoked_certificate_is_refused() -> None:
    issuing = PublicKey.of(OFFICE.issuing).blob
    krl = RevocationList(1, int(NOW), (RevokedCertificates(issuing, ((7, 7),)),))
    with pytest.raises(IdentityRefused, match="revoked"):
        admitted(OFFICE.forge(serial=7), krl=krl)
    assert admitted(OFFICE.forge(serial=8), krl=krl)


def test_no_list_is_said_explicitly() -> None:
    assert admit(OFFICE.forge(), authorities=OFFICE.authorities, at=NOW, krl=None)


def test_an_auditor_is_admitted_as_an_auditor_only() -> None:
    blob = OFFICE.forge(principals=("auditor:3",))
    found = admit(blob, authorities=OFFICE.authorities, at=NOW, krl=None, kind="auditor")
    assert found.principal == "auditor:3"
    with pytest.raises(IdentityRefused, match="the role is auditor"):
        admit(OFFICE.forge(), authorities=OFFICE.authorities, at=NOW, krl=None, kind="auditor")


@pytest.mark.parametrize(
    "text",
    [
        "",
        CERTIFICATE_ALGORITHM,
        f"{CERTIFICATE_ALGORITHM} ",
        f"{CERTIFICATE_ALGORITHM} ***",
        f"{CERTIFICATE_ALGORITHM} é",
        f"{CERTIFICATE_ALGORITHM} AAB=",
        f"{CERTIFICATE_ALGORITHM} {'A' * (2 * BLOB_LIMIT + 4)}",
        f"ssh-ed25519 {base64.b64encode(OFFICE.forge()).decode()}",
        f" {OFFICE.certificate().text}",
    ],
)
def test_a_text_that_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(IdentityRefused):
        read(text)


def test_a_certificate_has_a_limit() -> None:
    with pytest.raises(IdentityRefused, match="at most 4096 bytes"):
        read(bytes(BLOB_LIMIT + 1))


@given(st.binary(max_size=600))
def test_nothing_but_a_refusal_comes_out_of_any_bytes(blob: bytes) -> None:
    with pytest.raises(IdentityRefused):
        read(blob)


@given(st.data())
def test_a_certificate_with_one_changed_byte_is_refused(data: st.DataObject) -> None:
    blob = bytearray(OFFICE.forge())
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IdentityRefused):
        admitted(bytes(blob))


@given(st.integers(0, 400))
def test_a_certificate_that_is_cut_is_refused(length: int) -> None:
    blob = OFFICE.forge()
    with pytest.raises(IdentityRefused):
        admitted(blob[: min(length, len(blob) - 1)])


def test_issuing_needs_a_name_and_a_number_that_can_be_admitted() -> None:
    holder = PublicKey.of(OFFICE.holder)
    for name, number in (("", "1"), ("Maya\u202e", "1"), ("Maya", "1a"), ("Maya", ""), ("Maya", "1" * 13)):
        with pytest.raises(ConfigurationError):
            issue(holder, authority=OFFICE.issuing, name=name, kind="technician", number=number, at=NOW)


def test_an_issued_certificate_counts_at_once_and_for_less_than_12_hours() -> None:
    certificate = OFFICE.certificate()
    assert admitted(certificate.blob, at=NOW) == certificate
    with pytest.raises(IdentityRefused, match="expired"):
        admitted(certificate.blob, at=NOW + LIFETIME_SECONDS)


def test_a_decomposed_name_is_composed_when_it_is_issued() -> None:
    holder = PublicKey.of(OFFICE.holder)
    name = unicodedata.normalize("NFD", "José")
    made = issue(holder, authority=OFFICE.issuing, name=name, kind="technician", number="1", at=NOW)
    assert made.name == "José"


def test_serial_numbers_are_drawn_anew() -> None:
    assert len({OFFICE.certificate().serial for _ in range(20)}) == 20


def test_stock_ssh_keygen_reads_what_we_issue(tmp_path: Path) -> None:
    certificate = OFFICE.certificate()
    (tmp_path / "it-cert.pub").write_text(certificate.text + "\n")
    shown = ssh_keygen("-L", "-f", "it-cert.pub", folder=tmp_path).stdout.decode()
    assert 'Key ID: "Maya Ortiz"' in shown
    assert f"Serial: {certificate.serial}" in shown
    assert "technician:1001" in shown
    assert "Critical Options: (none)" in shown
    assert shown.split("Extensions:")[1].split() == ["permit-pty"]
    assert PublicKey.of(OFFICE.issuing).fingerprint in shown


def test_we_read_what_stock_ssh_keygen_issues(tmp_path: Path) -> None:
    (tmp_path / "issuing").write_bytes(keys.export_private(OFFICE.issuing))
    (tmp_path / "issuing").chmod(0o600)
    (tmp_path / "it.pub").write_text(PublicKey.of(OFFICE.holder).text + "\n")
    arguments = ["-s", "issuing", "-I", "Maya Ortiz", "-n", "technician:1001", "-z", "42", "-V", "-5m:+8h"]
    made = ssh_keygen(*arguments, "it.pub", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    certificate = read((tmp_path / "it-cert.pub").read_text())
    assert (certificate.name, certificate.number, certificate.serial) == ("Maya Ortiz", "1001", 42)
    assert admitted(certificate.blob, at=certificate.valid_after)


def test_we_refuse_stock_certificates_of_the_wrong_kind(tmp_path: Path) -> None:
    (tmp_path / "issuing").write_bytes(keys.export_private(OFFICE.issuing))
    (tmp_path / "issuing").chmod(0o600)
    (tmp_path / "it.pub").write_text(PublicKey.of(OFFICE.holder).text + "\n")
    right = {"-n": "technician:1001", "-z": "42", "-V": "-5m:+8h", "-O": "clear"}
    for change in ({"-n": ""}, {"-z": "0"}, {"-V": "-5m:+1w"}, {"-O": "force-command=sh"}):
        wanted = {**right, **change}
        arguments = [word for option, value in wanted.items() if value for word in (option, value)]
        made = ssh_keygen("-s", "issuing", "-I", "Maya", *arguments, "it.pub", folder=tmp_path)
        assert made.returncode == 0, made.stderr
        with pytest.raises(IdentityRefused):
            read((tmp_path / "it-cert.pub").read_text())
