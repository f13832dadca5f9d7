"""Signed notes and checkpoints: published ones open, and each fault has its own refusal."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from session.errors import LedgerError
from session.ledger import (
    EMPTY_ROOT,
    Checkpoint,
    Tree,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
)
from session.ledger.note import MAX_NOTE
from tests.session.ledger.vectors import FOLDER, KEYS, case, files

PETER = VerifierKey.parse(KEYS["PeterNeumann"]["vkey"])
LOG = "log.example/byleave"
LOG_KEY = KEYS[LOG]["vkey"]
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS[LOG]["seed"]))
ROOT = bytes.fromhex(case(FOLDER / "tree" / "eight-leaves.json")["roots"][8])
GOOD_NOTE = (FOLDER / "note" / "accepted" / "go-one-signature.note").read_bytes()
GOOD_CHECKPOINT = (FOLDER / "checkpoint" / "accepted" / "eight-leaves.note").read_bytes()

NOTE_FAULTS = {
    "another-key": "is not signed by PeterNeumann",
    "another-key-id": "is not signed by PeterNeumann",
    "another-name": "is not signed by PeterNeumann",
    "another-text": "signature by PeterNeumann is wrong",
    "base64-broken-line": "is no signature",
    "base64-of-urls": "canonical base64",
    "base64-spare-bits": "canonical base64",
    "base64-without-padding": "canonical base64",
    "empty-line-at-end": "a text, an empty line, and signatures",
    "empty-line-between-signatures": "a text, an empty line, and signatures",
    "hyphen-for-dash": "is no signature",
    "line-breaks-of-windows": "control characters",
    "no-empty-line": "a text, an empty line, and signatures",
    "no-last-line-break": "a text, an empty line, and signatures",
    "no-name": "is no signature",
    "no-signature": "a text, an empty line, and signatures",
    "not-utf8": "UTF-8",
    "nul-in-text": "control characters",
    "one-of-two-wrong": "signature by PeterNeumann is wrong",
    "only-key-id": "signature in a note is empty",
    "plus-in-name": "key name",
    "short-signature": "signature by PeterNeumann is wrong",
    "tab-in-text": "control characters",
    "text-after-signature": "is no signature",
    "too-many-signatures": "at most 32 signatures",
    "two-spaces": "is no signature",
    "unicode-space-in-name": "key name",
    "utf8-of-a-surrogate": "UTF-8",
    "wrong-signature": "signature by PeterNeumann is wrong",
}
CHECKPOINT_FAULTS = {
    "another-origin": "about another log",
    "digits-of-another-script": "plain number",
    "empty-log-with-root": "empty log has another root",
    "empty-root-line": "canonical base64",
    "extension-line": "exactly three lines",
    "leading-zero": "plain number",
    "long-root": "a root has 32 bytes",
    "negative-size": "plain number",
    "no-origin": "origin is one line",
    "no-root": "exactly three lines",
    "no-size": "plain number",
    "plus-sign": "plain number",
    "root-not-ascii": "canonical base64",
    "root-not-base64": "canonical base64",
    "root-spare-bits": "canonical base64",
    "short-root": "a root has 32 bytes",
    "size-of-twenty-digits": "plain number",
    "size-over-63-bits": "a log cannot have",
    "size-with-underscore": "plain number",
    "space-before-size": "plain number",
}
KEY_FAULTS = {
    "base64-spare-bits": "canonical base64",
    "empty-key": "canonical base64",
    "hash-of-another-name": "hash does not belong",
    "line-break-at-end": "canonical base64",
    "long-key": "has 32 bytes",
    "no-name": "key name",
    "short-key": "has 32 bytes",
    "space-in-name": "key name",
    "two-fields": "name\\+hash\\+key",
    "unknown-algorithm-with-right-hash": "not an Ed25519 key",
    "upper-case-hash": "hash does not belong",
    "wrong-length-with-right-hash": "canonical base64",
}


@pytest.mark.parametrize("path", files("note/accepted/*.note"))
def test_a_published_note_opens(path: Path) -> None:
    note = path.read_bytes()
    name = "example.com/foo" if path.stem.startswith("c2sp") else "PeterNeumann"
    text = open_note(note, VerifierKey.parse(KEYS[name]["vkey"]))
    assert note.startswith(text + "\n— ".encode())


def test_the_second_signature_of_a_note_opens_it_too() -> None:
    note = (FOLDER / "note" / "accepted" / "go-two-signatures.note").read_bytes()
    assert open_note(note, VerifierKey.parse(KEYS["EnochRoot"]["vkey"])) == open_note(note, PETER)


def test_a_note_is_signed_as_go_signs_it() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS["PeterNeumann"]["seed"]))
    assert sign_note(open_note(GOOD_NOTE, PETER), "PeterNeumann", key) == GOOD_NOTE


@pytest.mark.parametrize("path", files("note/refused/*.note"))
def test_a_note_with_a_fault_is_refused(path: Path) -> None:
    with pytest.raises(LedgerError, match=NOTE_FAULTS[path.stem]):
        open_note(path.read_bytes(), PETER)


def test_a_note_has_a_limit() -> None:
    signature = GOOD_NOTE.split(b"\n\n")[1]
    filler = b"a" * (MAX_NOTE - len(signature) - 2) + b"\n"
    with pytest.raises(LedgerError, match="signature by PeterNeumann is wrong"):
        open_note(filler + b"\n" + signature, PETER)
    with pytest.raises(LedgerError, match="at most 131072 bytes"):
        open_note(b"a" + filler + b"\n" + signature, PETER)


@pytest.mark.parametrize("size", [0, 1, 8, 2**63 - 1])
def test_a_checkpoint_survives_signing_and_opening(size: int) -> None:
    checkpoint = Checkpoint(LOG, size, ROOT if size else EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(checkpoint, LOG, SIGNING_KEY), LOG_KEY) == checkpoint


def test_the_checkpoint_vectors_open() -> None:
    expected = {
        "eight-leaves": Checkpoint(LOG, 8, ROOT),
        "empty-log": Checkpoint(LOG, 0, Tree().root()),
        "largest-size": Checkpoint(LOG, 2**63 - 1, ROOT),
        "with-a-witness": Checkpoint(LOG, 8, ROOT),
    }
    for name, checkpoint in expected.items():
        note = (FOLDER / "checkpoint" / "accepted" / f"{name}.note").read_bytes()
        assert open_checkpoint(note, LOG_KEY) == checkpoint


def test_a_checkpoint_of_a_real_log_opens() -> None:
    note = (FOLDER / "checkpoint" / "accepted" / "go-sumdb.note").read_bytes()
    key = KEYS["sum.golang.org"]["vkey"]
    checkpoint = open_checkpoint(note, key, origin="go.sum database tree")
    assert checkpoint.size == 30_055_305
    with pytest.raises(LedgerError, match="about another log"):
        open_checkpoint(note, key)


@pytest.mark.parametrize("path", files("checkpoint/refused/*.note"))
def test_a_signed_checkpoint_with_a_fault_is_refused(path: Path) -> None:
    assert open_note(path.read_bytes(), VerifierKey.parse(LOG_KEY))
    with pytest.raises(LedgerError, match=CHECKPOINT_FAULTS[path.stem]):
        open_checkpoint(path.read_bytes(), LOG_KEY)


def test_a_checkpoint_without_last_line_break_is_refused() -> None:
    with pytest.raises(LedgerError, match="exactly three lines"):
        Checkpoint.parse(Checkpoint(LOG, 8, ROOT).format()[:-1])


@given(st.integers(0, len(GOOD_CHECKPOINT) - 1), st.integers(1, 255))
def test_no_byte_of_a_checkpoint_can_be_changed(place: int, mask: int) -> None:
    changed = bytearray(GOOD_CHECKPOINT)
    changed[place] ^= mask
    with pytest.raises(LedgerError):
        open_checkpoint(bytes(changed), LOG_KEY)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_note_are_refused(noise: bytes) -> None:
    with pytest.raises(LedgerError):
        open_checkpoint(noise, LOG_KEY)


@given(st.text(max_size=60))
def test_an_origin_is_signed_or_refused_but_never_read_back_as_another(origin: str) -> None:
    try:
        note = sign_checkpoint(Checkpoint(origin, 8, ROOT), LOG, SIGNING_KEY)
    except LedgerError:
        return
    assert open_checkpoint(note, LOG_KEY, origin=origin) == Checkpoint(origin, 8, ROOT)


@pytest.mark.parametrize("origin", ["", "two\nlines", "tab\t", "\ud800"])
def test_an_origin_that_is_not_one_line_of_text_is_refused(origin: str) -> None:
    with pytest.raises(LedgerError, match="origin is one line"):
        Checkpoint(origin, 8, ROOT)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(LedgerError, match="a log cannot have"):
        Checkpoint(LOG, -1, ROOT)


@pytest.mark.parametrize(
    ("text", "fault"),
    [(b"", "line break"), (b"no end", "line break"), (b"\x1b\n", "control"), (b"\xff\n", "UTF-8")],
)
def test_a_text_that_may_not_stand_in_a_note_is_not_signed(text: bytes, fault: str) -> None:
    with pytest.raises(LedgerError, match=fault):
        sign_note(text, LOG, SIGNING_KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\ud800"])
def test_a_name_that_may_not_stand_in_a_note_does_not_sign(name: str) -> None:
    with pytest.raises(LedgerError, match="key name"):
        sign_note(b"text\n", name, SIGNING_KEY)


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_verifier_key_is_written_as_it_was_read(name: str) -> None:
    key = VerifierKey.parse(KEYS[name]["vkey"])
    assert (key.name, str(key)) == (name, KEYS[name]["vkey"])


@pytest.mark.parametrize("name", sorted(name for name in KEYS if "seed" in KEYS[name]))
def test_a_verifier_key_follows_from_name_and_signing_key(name: str) -> None:
    signing_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS[name]["seed"]))
    assert str(VerifierKey.of(name, signing_key)) == KEYS[name]["vkey"]


@pytest.mark.parametrize("path", files("vkey/refused/*.vkey"))
def test_a_verifier_key_with_a_fault_is_refused(path: Path) -> None:
    with pytest.raises(LedgerError, match=KEY_FAULTS[path.stem]):
        VerifierKey.parse(path.read_bytes().decode())


def test_each_part_of_a_verifier_key_is_needed_as_it_is() -> None:
    key = KEYS["PeterNeumann"]["vkey"]
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            if key[start:end] != key:
                with pytest.raises(LedgerError):
                    VerifierKey.parse(key[start:end])


def openssl_accepts(folder: Path, text: bytes, signature: bytes, public: bytes) -> bool:
    """Check with stock tools: the DER prefix is RFC 8410's for an Ed25519 public key."""
    (folder / "public.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
    (folder / "text").write_bytes(text)
    (folder / "signature").write_bytes(signature)
    command = (
        "openssl pkeyutl -verify -pubin -keyform DER -inkey public.der -rawin -in text -sigfile signature"
    )
    finished = subprocess.run(command.split(), cwd=folder, capture_output=True, timeout=30, check=False)
    return finished.returncode == 0


def test_openssl_accepts_the_signature_of_a_checkpoint(tmp_path: Path) -> None:
    note = sign_checkpoint(Checkpoint(LOG, 8, ROOT), LOG, SIGNING_KEY)
    (tmp_path / "checkpoint").write_bytes(note)
    cut = "tail -n 1 checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c +5"
    signature = subprocess.run(
        ["sh", "-c", cut], cwd=tmp_path, capture_output=True, timeout=30, check=True
    ).stdout
    text = note[: note.rindex(b"\n\n") + 1]
    public = VerifierKey.parse(LOG_KEY).public
    assert openssl_accepts(tmp_path, text, signature, public)
    assert not openssl_accepts(tmp_path, text.replace(b"\n8\n", b"\n9\n"), signature, public)
