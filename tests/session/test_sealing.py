"""Sealed for its readers: what is sealed opens with `age -d`, and with nothing else."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session import sealing
from session.errors import ConfigurationError, EvidenceError
from session.sealing import Identity, Recipient

IDENTITY, RECIPIENT = sealing.new_identity()
OTHER, _ = sealing.new_identity()
SEALED = sealing.seal(b"what was said", [RECIPIENT])


def age(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the stock tool."""
    command = ["age", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=30, check=False)


@settings(max_examples=30)
@given(data=st.binary(max_size=100_000))
def test_what_is_sealed_is_opened_by_its_reader(data: bytes) -> None:
    sealed = sealing.seal(data, [RECIPIENT])
    assert sealing.unseal(sealed, IDENTITY) == data
    assert data not in sealed or len(data) < 8


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 200_000])
def test_what_is_sealed_opens_with_age(tmp_path: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    (tmp_path / "identity").write_text(f"{IDENTITY}\n")
    opened = age("-d", "-i", tmp_path / "identity", stdin=sealing.seal(data, [RECIPIENT]))
    assert (opened.returncode, opened.stdout) == (0, data)


def test_what_age_seals_is_opened(tmp_path: Path) -> None:
    assert sealing.unseal(age("-r", RECIPIENT, stdin=b"by age").stdout, IDENTITY) == b"by age"


def test_an_identity_of_age_keygen_is_read(tmp_path: Path) -> None:
    subprocess.run(["age-keygen", "-o", tmp_path / "key"], check=True, capture_output=True, timeout=30)
    text = (tmp_path / "key").read_text()
    identity = sealing.identity_from_text(text)
    assert f"# public key: {sealing.recipient_of(identity)}" in text


def test_another_identity_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError):
        sealing.unseal(SEALED, OTHER)
    (tmp_path / "identity").write_text(f"{OTHER}\n")
    assert age("-d", "-i", tmp_path / "identity", stdin=SEALED).returncode != 0


def test_each_of_several_readers_opens_alone() -> None:
    other, recipient = sealing.new_identity()
    sealed = sealing.seal(b"for both", [RECIPIENT, recipient])
    assert sealing.unseal(sealed, IDENTITY) == sealing.unseal(sealed, other) == b"for both"


@given(place=st.integers(0, len(SEALED) - 1), flip=st.integers(1, 255))
def test_one_changed_byte_and_nothing_opens(place: int, flip: int) -> None:
    changed = SEALED[:place] + bytes([SEALED[place] ^ flip]) + SEALED[place + 1 :]
    with pytest.raises(EvidenceError):
        sealing.unseal(changed, IDENTITY)


@given(end=st.integers(0, len(SEALED) - 1))
def test_what_is_cut_short_does_not_open(end: int) -> None:
    with pytest.raises(EvidenceError):
        sealing.unseal(SEALED[:end], IDENTITY)


@pytest.mark.parametrize(
    "recipients", [[], [Recipient("")], [Recipient("age1no")], [RECIPIENT, Recipient(IDENTITY)]]
)
def test_nothing_is_sealed_to_nobody(recipients: list[Recipient]) -> None:
    with pytest.raises(ConfigurationError):
        sealing.seal(b"data", recipients)
    with pytest.raises(ConfigurationError):
        sealing.seal_in_pieces([b"data"], recipients, lambda: None)


@settings(max_examples=30)
@given(parts=st.lists(st.binary(max_size=70_000), max_size=6))
def test_parts_are_sealed_as_one(parts: list[bytes]) -> None:
    sealed = sealing.seal_in_pieces(iter(parts), [RECIPIENT], lambda: None)
    assert sealing.unseal(sealed, IDENTITY) == b"".join(parts)


def test_while_much_is_sealed_others_have_their_turn() -> None:
    pauses: list[None] = []
    sealed = sealing.seal_in_pieces([bytes(10 * sealing.PIECE)], [RECIPIENT], lambda: pauses.append(None))
    assert 9 <= len(pauses) <= 11
    assert sealing.unseal(sealed, IDENTITY) == bytes(10 * sealing.PIECE)


def test_a_part_that_fails_is_not_sealed() -> None:
    def parts() -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("no second one")

    with pytest.raises(RuntimeError, match="no second one"):
        sealing.seal_in_pieces(parts(), [RECIPIENT], lambda: None)


def test_a_session_identity_is_wrapped_to_its_readers_and_forgotten() -> None:
    made = sealing.new_session_identity([RECIPIENT])
    sealed = sealing.seal(b"a segment", [made.recipient])
    identity = sealing.unwrap(made.wrapped, IDENTITY)
    assert sealing.recipient_of(identity) == made.recipient
    assert sealing.unseal(sealed, identity) == b"a segment"
    for stranger in (OTHER, identity):
        with pytest.raises(EvidenceError):
            sealing.unwrap(made.wrapped, stranger)
    assert identity not in repr(made)


def test_what_is_wrapped_must_be_one_identity() -> None:
    for inner in (b"", b"nothing", f"{IDENTITY}\n{OTHER}\n".encode(), b"AGE-SECRET-KEY-1BROKEN", b"\xff\xfe"):
        with pytest.raises(EvidenceError):
            sealing.unwrap(sealing.seal(inner, [RECIPIENT]), IDENTITY)


def test_an_identity_that_is_none_opens_nothing() -> None:
    with pytest.raises(EvidenceError):
        sealing.unseal(SEALED, Identity("AGE-SECRET-KEY-1BROKEN"))
    with pytest.raises(EvidenceError):
        sealing.recipient_of(Identity(""))


def test_a_passphrase_seals_as_age_does() -> None:
    sealed = sealing.seal_with_passphrase(b"data", "correct horse")
    assert sealed.startswith(b"age-encryption.org/v1\n-> scrypt ")
    with pytest.raises(EvidenceError):
        sealing.unseal(sealed, IDENTITY)
