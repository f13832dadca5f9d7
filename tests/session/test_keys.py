"""Ed25519 keys: one kind, one encoding."""

import base64
import hashlib
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import keys, wire
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from tests.session.office import ssh_keygen

KEY = keys.generate("a comment")
PUBLIC = PublicKey.of(KEY)


def test_a_public_key_is_the_same_from_blob_text_and_raw() -> None:
    assert (
        PublicKey(PUBLIC.blob) == PublicKey.from_text(PUBLIC.text) == PublicKey.from_raw(PUBLIC.raw) == PUBLIC
    )
    assert PublicKey.from_text(f"{PUBLIC.text} somebody@somewhere with a comment\n") == PUBLIC


def test_a_session_is_named_after_its_key() -> None:
    assert keys.session_id(PUBLIC) == PUBLIC.digest == hashlib.sha256(PUBLIC.blob).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519  AAAA",
        f"ssh-rsa {PUBLIC.text.split()[1]}",
        f"{PUBLIC.text}=",
        f"ssh-ed25519 {base64.b64encode(PUBLIC.blob + b'x').decode()}",
        f"ssh-ed25519 {base64.b64encode(PUBLIC.blob[:-1]).decode()}",
        f"no-pty {PUBLIC.text}",
        f"ssh-ed25519 {PUBLIC.text.split()[1]}é",
    ],
)
def test_a_text_that_is_no_ed25519_key_is_refused(text: str) -> None:
    with pytest.raises(IdentityRefused):
        PublicKey.from_text(text)


def test_base64_with_spare_bits_is_refused() -> None:
    assert keys.decode_base64("AA==", "it") == b"\x00"
    with pytest.raises(IdentityRefused, match="canonical"):
        keys.decode_base64("AB==", "it")


def test_another_kind_of_key_is_refused() -> None:
    ecdsa = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    with pytest.raises(IdentityRefused, match="not an Ed25519"):
        PublicKey.of(ecdsa)
    with pytest.raises(ConfigurationError, match="only Ed25519"):
        keys.load_private(ecdsa.export_private_key("openssh"))


def test_a_key_checks_its_own_signatures_only() -> None:
    signature = KEY.sign(b"data", b"ssh-ed25519")
    PUBLIC.verify(signature, b"data")
    for wrong in (b"other data", b"", b"data\x00"):
        with pytest.raises(IdentityRefused, match="signature is wrong"):
            PUBLIC.verify(signature, wrong)
    with pytest.raises(IdentityRefused, match="signature is wrong"):
        PublicKey.of(keys.generate()).verify(signature, b"data")


@pytest.mark.parametrize(
    "signature",
    [
        wire.string(b"ssh-rsa") + wire.string(bytes(64)),
        wire.string(b"ssh-ed25519") + wire.string(bytes(63)),
        wire.string(b"ssh-ed25519") + wire.string(bytes(64)) + b"x",
        b"",
    ],
)
def test_a_signature_of_another_form_is_refused(signature: bytes) -> None:
    with pytest.raises(IdentityRefused):
        PUBLIC.verify(signature, b"data")


@given(st.data())
def test_a_signature_with_one_changed_byte_is_refused(data: st.DataObject) -> None:
    signature = bytearray(KEY.sign(b"data", b"ssh-ed25519"))
    signature[data.draw(st.integers(0, len(signature) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IdentityRefused):
        PUBLIC.verify(bytes(signature), b"data")


def test_a_bare_private_key_comes_back() -> None:
    data = keys.export_private(KEY)
    assert not keys.is_encrypted(data)
    assert keys.load_private(data) == KEY
    assert keys.load_private(data, "a passphrase that nobody asked for") == KEY


def test_an_encrypted_private_key_needs_its_passphrase() -> None:
    data = keys.export_private(KEY, "open sesame")
    assert keys.is_encrypted(data)
    assert keys.load_private(data, "open sesame") == KEY
    with pytest.raises(ConfigurationError, match="needs its passphrase"):
        keys.load_private(data)
    with pytest.raises(ConfigurationError, match="passphrase is wrong"):
        keys.load_private(data, "open barley")


def test_stock_ssh_keygen_reads_our_private_key(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(keys.export_private(KEY, "open sesame"))
    (tmp_path / "it").chmod(0o600)
    shown = ssh_keygen("-y", "-P", "open sesame", "-f", "it", folder=tmp_path).stdout.decode()
    assert PublicKey.from_text(shown) == PUBLIC


def test_we_read_what_stock_ssh_keygen_makes(tmp_path: Path) -> None:
    for passphrase in ("", "open sesame"):
        name = f"key{len(passphrase)}"
        made = ssh_keygen("-q", "-t", "ed25519", "-N", passphrase, "-f", name, folder=tmp_path)
        assert made.returncode == 0, made.stderr
        key = keys.load_private((tmp_path / name).read_bytes(), passphrase or None)
        public_key = PublicKey.from_text((tmp_path / f"{name}.pub").read_text())
        assert PublicKey.of(key) == public_key
        assert public_key.fingerprint in ssh_keygen("-l", "-f", name, folder=tmp_path).stdout.decode()


def damaged() -> dict[str, bytes]:
    good = keys.export_private(KEY)
    begin, *body, end, _ = good.split(b"\n")
    inside = bytearray(base64.b64decode(b"".join(body)))
    inside[-70] ^= 1

    def armored(blob: bytes) -> bytes:
        return b"\n".join([begin, base64.b64encode(blob), end, b""])

    return {
        "empty": b"",
        "public": PUBLIC.text.encode(),
        "without-end": b"\n".join([begin, *body]),
        "too-long": begin + b"\n" + b"A" * keys.PRIVATE_LIMIT + b"\n" + end + b"\n",
        "no-base64": b"\n".join([begin, b"***", end, b""]),
        "not-openssh-inside": armored(b"openssh-key-v9\x00" + bytes(100)),
        "cut-short": armored(b"openssh-key-v1\x00"),
        "cut-inside": armored(bytes(inside[:60])),
    }


@pytest.mark.parametrize("data", damaged().values(), ids=damaged().keys())
def test_a_damaged_private_key_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        keys.load_private(data)
