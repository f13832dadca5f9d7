"""Writing files of the organisation: private ones for the owner alone, none ever half.

A private file is created, never replaced: asyncssh's own writer would leave it
readable for everybody (mode 0644), and a lost key cannot be had back.
"""

import os
import secrets
from pathlib import Path

from session.errors import ConfigurationError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PUBLIC_FILE = 0o644


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, for the owner alone; existing ones stay as they are.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        if path.is_dir():
            return
        make_folder(path.parent)
        path.mkdir()
        path.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be made: {error.strerror}") from None


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read; an existing one is never touched.

    Raises:
        ConfigurationError: it exists, or cannot be written.
    """
    try:
        _create(path, data, PRIVATE_FILE)
    except FileExistsError:
        raise ConfigurationError(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def write_public(path: Path, data: bytes) -> None:
    """Write or replace a file that anybody may read; a reader sees the old one or the new one.

    Raises:
        ConfigurationError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _create(beside, data, PUBLIC_FILE)
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def read(path: Path) -> bytes:
    """Read a file of the organisation.

    Raises:
        ConfigurationError: it is not there, or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def _create(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
