"""Where evidence comes from: the files of RECORDING.md, section 1, by their paths.

A bundle is such a folder; a relay serves the same paths over HTTP. Whoever
checks sees no difference.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from auditor.proofs import Place, read_proofs
from session.errors import ConfigurationError, EvidenceError

FILE_LIMIT = 64 * 1024 * 1024
CHUNK = 1024 * 1024

_SID = re.compile(r"[0-9a-f]{64}")


class Missing(EvidenceError):
    """A file that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing")
        self.name = name


class Withheld(Missing):
    """A file that is there, but that the relay does not hand out yet."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name)
        self.args = (f"{name} is withheld: {why}",)


class Source(Protocol):
    """The evidence of one organisation, or a part of it."""

    @property
    def title(self) -> str:
        """What it is called in a report."""
        ...

    def sessions(self) -> list[str]:
        """Return the sessions that it holds."""
        ...

    def names(self, sid: str) -> dict[str, int]:
        """Return the files of a session, as paths below `sessions/SID`, with their sizes in bytes."""
        ...

    def read(self, name: str) -> bytes:
        """Return one file.

        Args:
            name: its path in the bundle.

        Raises:
            Missing: there is no such file.
            EvidenceError: it is larger than any such file may be.
            LinkLost: the relay cannot be reached.
        """
        ...

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file in hexadecimal; raises as `read`."""
        ...

    def tiles(self) -> list[str]:
        """Return the paths of the log's tiles that are kept here, all of which must be the log's own."""
        ...

    def places(self, sid: str) -> dict[str, Place]:
        """Return where the log holds the leaves of a session's statements, by the statement's path.

        What is said here is a claim; the proofs have to be checked.
        """
        ...


def is_sid(text: str) -> bool:
    """Tell whether a text can be the name of a session."""
    return _SID.fullmatch(text) is not None


class Bundle:
    """A bundle in a folder; nothing outside of the folder is ever read.

    Args:
        folder: the bundle.

    Raises:
        ConfigurationError: there is no such folder, or it holds no session.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "sessions").is_dir():
            raise ConfigurationError(f"{folder} is not a bundle: it has no folder `sessions`")

    @property
    def title(self) -> str:
        """The folder."""
        return str(self._folder)

    def sessions(self) -> list[str]:
        """Return the sessions in it."""
        return sorted(path.name for path in (self._folder / "sessions").iterdir() if is_sid(path.name))

    def names(self, sid: str) -> dict[str, int]:
        """Return the files of a session, with their sizes."""
        top = self._folder / "sessions" / sid
        return {str(path.relative_to(top)): path.stat().st_size for path in _files(top)}

    def read(self, name: str) -> bytes:
        """Return one file; see `Source.read`."""
        path = self._path(name)
        if path.stat().st_size > FILE_LIMIT:
            raise EvidenceError(f"{name} has more than {FILE_LIMIT} bytes")
        return path.read_bytes()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file; see `Source.digest`."""
        with self._path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def tiles(self) -> list[str]:
        """Return all tiles in it; see `Source.tiles`."""
        top = self._folder / "log" / "tile"
        return [str(path.relative_to(self._folder / "log")) for path in _files(top)]

    def places(self, sid: str) -> dict[str, Place]:
        """Return what `log/proofs.json` says; see `Source.places`."""
        return read_proofs(self.read("log/proofs.json"))

    def _path(self, name: str) -> Path:
        path = self._folder / name
        # A link could lead to a file that is not evidence at all.
        if ".." in path.parts or not path.is_file() or path.is_symlink():
            raise Missing(name)
        return path


def _files(top: Path) -> Iterator[Path]:
    for path in sorted(top.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
