"""The revocation list: ours is read by OpenSSH, OpenSSH's is read by us, and nothing else is read."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import wire
from session.errors import ClockWrong, IdentityRefused
from session.keys import PublicKey
from session.revocation import (
    FRESH_SECONDS,
    LIMIT,
    RevocationList,
    RevokedCertificates,
    open_revocation_list,
)
from session.signatures import Namespace, sign
from tests.session.office import NOW, Office, forge, ssh_keygen

OFFICE = Office()
ISSUING = PublicKey.of(OFFICE.issuing)
HOLDER = PublicKey.of(OFFICE.holder)
STATUS = PublicKey.of(OFFICE.status)

SERIALS = st.integers(1, 2**64 - 1)
SECTIONS = st.builds(
    RevokedCertificates,
    st.sampled_from([b"", ISSUING.blob]),
    st.lists(st.tuples(SERIALS, SERIALS), max_size=4).map(tuple),
    st.lists(st.tuples(SERIALS, st.integers(0, 2**200)), max_size=3).map(tuple),
    st.frozensets(st.text(st.characters(codec="utf-8"), max_size=10), max_size=3),
)
LISTS = st.builds(
    RevocationList,
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.lists(SECTIONS, max_size=3).map(tuple),
    st.frozensets(st.binary(max_size=40), max_size=3),
    st.frozensets(st.binary(min_size=20, max_size=20), max_size=3),
    st.frozensets(st.binary(min_size=32, max_size=32), max_size=3),
    st.text(st.characters(codec="utf-8"), max_size=20),
)


def revokes(krl: RevocationList, serial: int = 7, name: str = "Maya Ortiz") -> bool:
    return krl.revokes(HOLDER, ISSUING, serial, name)


def of_serials(*serials: tuple[int, int], authority: bytes = ISSUING.blob) -> RevocationList:
    return RevocationList(1, int(NOW), (RevokedCertificates(authority, serials),))


def header(*, magic: bytes = b"SSHKRL\n\x00", form: int = 1, flags: int = 0, reserved: bytes = b"") -> bytes:
    numbers = wire.uint64(1) + wire.uint64(int(NOW)) + wire.uint64(flags)
    return magic + wire.uint32(form) + numbers + wire.string(reserved) + wire.string(b"")


def section(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + wire.string(body)


def certificates(*parts: bytes, reserved: bytes = b"") -> bytes:
    return header() + section(1, wire.string(ISSUING.blob) + wire.string(reserved) + b"".join(parts))


def test_an_empty_list_revokes_nobody() -> None:
    assert not revokes(RevocationList(1, int(NOW)))
    assert RevocationList.decode(header()) == RevocationList(1, int(NOW))


def test_a_serial_number_is_revoked_for_its_issuing_key_only() -> None:
    assert revokes(of_serials((7, 7)))
    assert not revokes(of_serials((8, 8)))
    assert not revokes(of_serials((7, 7), authority=STATUS.blob))
    assert revokes(of_serials((7, 7), authority=b""))


def test_a_range_holds_both_its_ends() -> None:
    krl = of_serials((5, 9))
    assert [serial for serial in range(1, 12) if revokes(krl, serial)] == [5, 6, 7, 8, 9]


def test_a_bitmap_counts_from_its_offset() -> None:
    krl = RevocationList(1, 1, (RevokedCertificates(ISSUING.blob, (), ((100, 0b1011),)),))
    assert [serial for serial in range(1, 200) if revokes(krl, serial)] == [100, 101, 103]
    assert not revokes(krl, 2**64 - 1)


def test_a_name_is_revoked() -> None:
    krl = RevocationList(1, 1, (RevokedCertificates(ISSUING.blob, names=frozenset({"Maya Ortiz"})),))
    assert revokes(krl)
    assert not revokes(krl, name="Maya")


@pytest.mark.parametrize("key", [HOLDER, ISSUING], ids=["holder", "issuing"])
def test_a_key_and_its_digests_are_revoked(key: PublicKey) -> None:
    assert revokes(RevocationList(1, 1, keys=frozenset({key.blob})))
    assert revokes(RevocationList(1, 1, sha256=frozenset({hashlib.sha256(key.blob).digest()})))
    sha1 = hashlib.sha1(key.blob, usedforsecurity=False).digest()
    assert revokes(RevocationList(1, 1, sha1=frozenset({sha1})))
    assert not revokes(RevocationList(1, 1, keys=frozenset({STATUS.blob})))


@given(LISTS)
def test_what_is_written_is_read(krl: RevocationList) -> None:
    assert RevocationList.decode(krl.encode()) == krl


MALFORMED = {
    "empty": b"",
    "too-long": bytes(LIMIT + 1),
    "wrong-magic": header(magic=b"SSHKRL\r\n"),
    "format-2": header(form=2),
    "flags": header(flags=1),
    "reserved-field": header(reserved=b"x"),
    "cut-in-the-header": header()[:-1],
    "unknown-section": header() + section(9, b""),
    "signature-section": header() + section(4, b""),
    "extension-section": header() + section(255, b""),
    "section-cut-short": header() + section(2, wire.string(b"x"))[:-1],
    "sha1-of-wrong-length": header() + section(3, wire.string(bytes(19))),
    "sha256-of-wrong-length": header() + section(5, wire.string(bytes(20))),
    "reserved-in-section": certificates(reserved=b"x"),
    "unknown-part": certificates(section(0x24, b"")),
    "extension-part": certificates(section(0x39, b"")),
    "serial-cut-short": certificates(section(0x20, bytes(7))),
    "range-too-long": certificates(section(0x21, bytes(17))),
    "bitmap-negative": certificates(section(0x22, bytes(8) + wire.string(b"\x80"))),
    "bitmap-with-spare-zero": certificates(section(0x22, bytes(8) + wire.string(b"\x00\x01"))),
    "bitmap-that-is-zero-twice": certificates(section(0x22, bytes(8) + wire.string(b"\x00"))),
    "name-not-utf-8": certificates(section(0x23, wire.string(b"\xff"))),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_list_is_refused(data: bytes) -> None:
    with pytest.raises(IdentityRefused):
        RevocationList.decode(data)


@given(st.binary(max_size=300))
def test_nothing_but_a_refusal_comes_out_of_any_bytes(data: bytes) -> None:
    for blob in (data, header() + b"\x01" + data):
        try:
            RevocationList.decode(blob)
        except IdentityRefused:
            continue
        assert blob.startswith(header())


def test_the_status_key_alone_signs_lists() -> None:
    data = of_serials((7, 7)).encode()
    signature = sign(OFFICE.status, data, Namespace.KRL)
    assert revokes(open_revocation_list(data, signature, status_key=STATUS))
    with pytest.raises(IdentityRefused):
        open_revocation_list(RevocationList(1, 1).encode(), signature, status_key=STATUS)
    with pytest.raises(IdentityRefused):
        open_revocation_list(data, sign(OFFICE.issuing, data, Namespace.KRL), status_key=STATUS)
    with pytest.raises(IdentityRefused):
        open_revocation_list(data, sign(OFFICE.status, data, Namespace.ROOM), status_key=STATUS)


def test_a_list_is_good_for_15_minutes() -> None:
    krl = RevocationList(1, int(NOW))
    for at in (NOW, NOW + FRESH_SECONDS, NOW - FRESH_SECONDS):
        krl.check_fresh(at)
    with pytest.raises(IdentityRefused, match="too old"):
        krl.check_fresh(NOW + FRESH_SECONDS + 1)


def test_a_list_from_the_future_means_that_our_clock_is_behind() -> None:
    with pytest.raises(ClockWrong, match="later than this computer's clock"):
        RevocationList(1, int(NOW)).check_fresh(NOW - FRESH_SECONDS - 1)


def test_the_relay_s_time_only_chooses_the_words_of_the_refusal() -> None:
    krl = RevocationList(1, int(NOW))
    late = NOW + FRESH_SECONDS + 1
    with pytest.raises(ClockWrong, match="ahead"):
        krl.check_fresh(late, relay_time=NOW + 5)
    with pytest.raises(IdentityRefused, match="too old"):
        krl.check_fresh(late, relay_time=late)


def office_files(folder: Path) -> None:
    (folder / "issuing.pub").write_text(ISSUING.text + "\n")
    (folder / "status.pub").write_text(STATUS.text + "\n")
    for serial in (6, 7, 300):
        blob = forge(OFFICE.issuing, HOLDER, serial=serial)
        text = "ssh-ed25519-cert-v01@openssh.com " + base64.b64encode(blob).decode()
        (folder / f"it{serial}-cert.pub").write_text(text + "\n")


def test_stock_ssh_keygen_reads_our_list(tmp_path: Path) -> None:
    office_files(tmp_path)
    section_of_ours = RevokedCertificates(ISSUING.blob, ((7, 7), (200, 250)), ((298, 0b101),))
    krl = RevocationList(3, int(NOW), (section_of_ours,), frozenset({STATUS.blob}), comment="a comment")
    (tmp_path / "krl").write_bytes(krl.encode())
    names = ("it6-cert.pub", "it7-cert.pub", "it300-cert.pub", "status.pub", "issuing.pub")
    asked = {name: ssh_keygen("-Q", "-f", "krl", name, folder=tmp_path) for name in names}
    assert {name for name, answer in asked.items() if b"REVOKED" in answer.stdout} == {
        "it7-cert.pub",
        "it300-cert.pub",
        "status.pub",
    }
    listed = ssh_keygen("-Q", "-l", "-f", "krl", folder=tmp_path).stdout.decode()
    assert "KRL version 3" in listed
    assert "serial: 7" in listed
    assert "serial: 200-250" in listed
    assert ISSUING.fingerprint in listed


SPECIFICATIONS: dict[str, tuple[str, Callable[[int], bool]]] = {
    "one": ("serial: 7\n", lambda serial: serial == 7),
    "list": ("serial: 7\nserial: 100000\n", lambda serial: serial in {7, 100000}),
    "range": ("serial: 5-900\n", lambda serial: 5 <= serial <= 900),
    "bitmap": (
        "".join(f"serial: {serial}\n" for serial in range(5, 400, 2)),
        lambda serial: serial in range(5, 400, 2),
    ),
    "name": ("id: Maya Ortiz\n", lambda serial: True),
}


@pytest.mark.parametrize(("text", "revoked"), SPECIFICATIONS.values(), ids=SPECIFICATIONS.keys())
def test_we_read_the_list_that_stock_ssh_keygen_makes(
    tmp_path: Path, text: str, revoked: Callable[[int], bool]
) -> None:
    office_files(tmp_path)
    (tmp_path / "specification").write_text(text)
    made = ssh_keygen("-k", "-s", "issuing.pub", "-f", "krl", "-z", "9", "specification", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    krl = RevocationList.decode((tmp_path / "krl").read_bytes())
    assert krl.version == 9
    for serial in (*range(1, 1000), 100000, 2**64 - 1):
        assert revokes(krl, serial) == revoked(serial)
    for serial in (6, 7, 300):
        by_them = ssh_keygen("-Q", "-f", "krl", f"it{serial}-cert.pub", folder=tmp_path)
        assert (b"REVOKED" in by_them.stdout) == revoked(serial)


@pytest.mark.parametrize("word", ["key", "sha1", "sha256"])
def test_we_read_revoked_keys_of_stock_ssh_keygen(tmp_path: Path, word: str) -> None:
    (tmp_path / "specification").write_text(f"{word}: {HOLDER.text}\n")
    assert ssh_keygen("-k", "-f", "krl", "specification", folder=tmp_path).returncode == 0
    krl = RevocationList.decode((tmp_path / "krl").read_bytes())
    assert revokes(krl)
    assert krl.revokes_key(HOLDER)
    assert not krl.revokes_key(STATUS)
