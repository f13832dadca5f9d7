"""What was issued and what was revoked: two files, one JSON object a line, only ever added to."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from byleave.organisation import files
from session.certificates import Certificate, Kind
from session.errors import ConfigurationError

_Line = TypeVar("_Line", bound=Struct)


class Issued(Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate that was issued.

    Args:
        kind: what its holder may be.
        number: the staff number.
        name: the name in it.
        serial: its serial number.
        key: the holder's public key, OpenSSH text.
        authority: the issuing key, OpenSSH text.
        valid_before: when it expires, in seconds since 1970.
    """

    kind: Kind
    number: str
    name: str
    serial: int
    key: str
    authority: str
    valid_before: int

    @classmethod
    def of(cls, certificate: Certificate) -> "Issued":
        """Return the line that keeps a certificate."""
        return cls(
            certificate.kind,
            certificate.number,
            certificate.name,
            certificate.serial,
            certificate.key.text,
            certificate.authority.text,
            certificate.valid_before,
        )


class Revoked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that no longer counts: a certificate by its serial, or a key with all of them.

    Args:
        at: when it was revoked, in seconds since 1970.
        reason: the words of who revoked it.
        authority: the issuing key of the serial, OpenSSH text; or empty.
        serial: the serial number; 0 when it is a key.
        key: the holder's public key, OpenSSH text; or empty.
    """

    at: int
    reason: str
    authority: str = ""
    serial: int = 0
    key: str = ""


def issued(path: Path) -> list[Issued]:
    """Return the register, oldest first; raises as `_lines`."""
    return _lines(path, Issued)


def revoked(path: Path) -> list[Revoked]:
    """Return what was revoked, oldest first; raises as `_lines`."""
    return _lines(path, Revoked)


def add(path: Path, line: Struct) -> None:
    """Add a line, durably.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, files.PRIVATE_FILE)
        with os.fdopen(descriptor, "ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def _lines(path: Path, kind: type[_Line]) -> list[_Line]:
    """Read a file; one that is not there yet has no lines.

    Raises:
        ConfigurationError: it cannot be read, or a line is damaged. Guessing
            what it said could bring a revoked certificate back.
    """
    if not path.exists():
        return []
    try:
        return [msgspec.json.decode(line, type=kind) for line in files.read(path).splitlines()]
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{path} is damaged: {error}") from None
