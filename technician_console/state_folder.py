"""The console's state folder: private, and never half a file."""

import os
import secrets
from pathlib import Path

from session.errors import ConfigurationError

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600

SETTINGS = "settings.toml"
ORGANISATION = "organisation.byleave"
HISTORY = "history.jsonl"
LOG = "console.log"


class StateFolder:
    """What the console remembers from one time to the next.

    Args:
        path: the folder; made, for its owner alone, if it is not there.

    Raises:
        ConfigurationError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            path.chmod(_PRIVATE_FOLDER)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be made: {error.strerror}") from None

    def read(self, name: str) -> bytes | None:
        """Return a file of the folder, None if it is not there.

        Raises:
            ConfigurationError: it is there and cannot be read.
        """
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{self.path / name} cannot be read: {error.strerror}") from None

    def write(self, name: str, data: bytes) -> None:
        """Write or replace a file; whoever reads it sees the old one or the new one.

        Raises:
            ConfigurationError: it cannot be written.
        """
        beside = self.path / f".{name}.{secrets.token_hex(8)}"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            beside.replace(self.path / name)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise ConfigurationError(f"{self.path / name} cannot be written: {error.strerror}") from None

    def append(self, name: str, line: bytes) -> None:
        """Add one line to a file.

        Raises:
            ConfigurationError: it cannot be written.
        """
        try:
            descriptor = os.open(self.path / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise ConfigurationError(f"{self.path / name} cannot be written: {error.strerror}") from None
