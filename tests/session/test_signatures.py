"""Signatures: exactly these bytes, exactly this key, exactly this purpose."""

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import wire
from session.errors import IdentityRefused
from session.keys import PublicKey
from session.signatures import LIMIT, Namespace, open_container, sign, verify
from tests.session.office import Office, ssh_keygen

OFFICE = Office()
KEY = PublicKey.of(OFFICE.status)
SPECIFICATION = Path(__file__).parents[2] / "session" / "PROTOCOL.md"


def blob_of(signature: bytes) -> bytes:
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def armored(blob: bytes) -> bytes:
    body = base64.b64encode(blob)
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"\n-----END SSH SIGNATURE-----\n"


def container(
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    signer: bytes = KEY.blob,
    namespace: bytes = b"krl@byleave",
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    tail: bytes = b"",
) -> bytes:
    good = blob_of(sign(OFFICE.status, b"data", Namespace.KRL))
    signature = good[-(4 + 83) :]
    fields = wire.string(signer) + wire.string(namespace) + wire.string(reserved) + wire.string(hash_name)
    return armored(magic + wire.uint32(version) + fields + signature + tail)


def test_a_signature_is_good_for_its_bytes_key_and_purpose() -> None:
    signature = sign(OFFICE.status, b"data", Namespace.KRL)
    verify(b"data", signature, Namespace.KRL, key=KEY)
    verify(b"data", signature.decode(), Namespace.KRL, key=KEY)
    verify(b"data", signature.rstrip(b"\n"), Namespace.KRL, key=KEY)
    assert container() == armored(blob_of(signature))


def test_other_bytes_are_refused() -> None:
    with pytest.raises(IdentityRefused, match="signature is wrong"):
        verify(b"dat", sign(OFFICE.status, b"data", Namespace.KRL), Namespace.KRL, key=KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="by another key"):
        verify(b"data", sign(OFFICE.root, b"data", Namespace.KRL), Namespace.KRL, key=KEY)


def test_a_signature_for_one_thing_does_not_count_for_another() -> None:
    for made in Namespace:
        for expected in Namespace:
            signature = sign(OFFICE.status, b"data", made)
            if made is expected:
                verify(b"data", signature, expected, key=KEY)
                continue
            with pytest.raises(IdentityRefused, match=f"not for {expected}"):
                verify(b"data", signature, expected, key=KEY)


def test_a_relabelled_signature_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="signature is wrong"):
        verify(b"data", container(namespace=b"leaf@byleave"), Namespace.LEAF, key=KEY)


def test_a_certificate_in_place_of_the_key_is_refused() -> None:
    certificate = OFFICE.certificate()
    signature = sign(OFFICE.holder, b"data", Namespace.KRL, certificate=certificate.blob)
    with pytest.raises(IdentityRefused, match="by another key"):
        verify(b"data", signature, Namespace.KRL, key=certificate.key)


MALFORMED = {
    "empty": b"",
    "no-armor": blob_of(sign(OFFICE.status, b"data", Namespace.KRL)),
    "wrong-magic": container(magic=b"SSHSIH"),
    "version-2": container(version=2),
    "reserved-field": container(reserved=b"x"),
    "sha256": container(hash_name=b"sha256"),
    "bytes-behind": container(tail=b"\x00"),
    "line-in-front": b"\n" + container(),
    "two-line-breaks-behind": container() + b"\n",
    "carriage-returns": container().replace(b"\n", b"\r\n"),
    "without-end": container().split(b"\n-----END")[0],
    "only-begin-and-end": b"-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----",
    "overlapping-armor": b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
    "blank-inside": container().replace(b"AAA", b"AA A", 1),
    "namespace-not-utf-8": container(namespace=b"\xff"),
    "too-long": b"-----BEGIN SSH SIGNATURE-----\n" + b"A" * LIMIT + b"\n-----END SSH SIGNATURE-----\n",
    "not-ascii": container() + b"\xe9",
    "pgp": container().replace(b"SSH", b"PGP"),
}


@pytest.mark.parametrize("signature", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(IdentityRefused):
        verify(b"data", signature, Namespace.KRL, key=KEY)


@given(st.binary(max_size=400))
def test_nothing_but_a_refusal_comes_out_of_any_bytes(blob: bytes) -> None:
    with pytest.raises(IdentityRefused):
        open_container(armored(blob), Namespace.KRL)
    with pytest.raises(IdentityRefused):
        open_container(blob, Namespace.KRL)


@given(st.data())
def test_a_signature_with_one_changed_byte_is_refused(data: st.DataObject) -> None:
    blob = bytearray(blob_of(sign(OFFICE.status, b"data", Namespace.KRL)))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IdentityRefused):
        verify(b"data", armored(bytes(blob)), Namespace.KRL, key=KEY)


@given(st.binary(max_size=200), st.sampled_from(Namespace))
def test_whatever_is_signed_is_verified(data: bytes, namespace: Namespace) -> None:
    verify(data, sign(OFFICE.status, data, namespace), namespace, key=KEY)


def test_stock_ssh_keygen_accepts_our_signature(tmp_path: Path) -> None:
    (tmp_path / "signers").write_text(f'status namespaces="krl@byleave" {KEY.text}\n')
    (tmp_path / "it.sig").write_bytes(sign(OFFICE.status, b"data", Namespace.KRL))
    arguments = ["-Y", "verify", "-f", "signers", "-I", "status", "-n", "krl@byleave", "-s", "it.sig"]
    assert ssh_keygen(*arguments, folder=tmp_path, stdin=b"data").returncode == 0
    assert ssh_keygen(*arguments, folder=tmp_path, stdin=b"dat").returncode != 0


def test_we_accept_a_signature_of_stock_ssh_keygen(tmp_path: Path) -> None:
    assert ssh_keygen("-q", "-t", "ed25519", "-N", "", "-f", "it", folder=tmp_path).returncode == 0
    key = PublicKey.from_text((tmp_path / "it.pub").read_text())
    arguments = ["-Y", "sign", "-q", "-f", "it", "-n", "custody@byleave"]
    signature = ssh_keygen(*arguments, folder=tmp_path, stdin=b"data").stdout
    verify(b"data", signature, Namespace.CUSTODY, key=key)
    sha256 = ssh_keygen(*arguments, "-O", "hashalg=sha256", folder=tmp_path, stdin=b"data").stdout
    with pytest.raises(IdentityRefused, match="another hash"):
        verify(b"data", sha256, Namespace.CUSTODY, key=key)


def test_the_namespaces_are_those_of_the_specification() -> None:
    section = SPECIFICATION.read_text().split("## 3. Identity")[1].split("## 4.")[0]
    assert re.findall(r"^\| `(\S+@byleave)` \|", section, re.MULTILINE) == [each.value for each in Namespace]
