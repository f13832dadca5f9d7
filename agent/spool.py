"""What a session leaves on this computer until the relay has it: RECORDING.md, sections 1 and 5.

    STATE/sessions/SID/
        session_key  token            private, gone once the relay has the close
        receipts/SEQ.json             the relay's receipts
        keys/SID/…  sessions/SID/…    laid out as in a bundle

Durable means: written to a temporary file, fsync, rename, fsync of the folder.
"""

import contextlib
import os
import re
from pathlib import Path

from session.errors import RecorderFailed

_STATEMENT = re.compile(r"([0-9]{6})\.json")


def write_durably(path: Path, data: bytes) -> None:
    """Write a private file so that it survives a power cut, or leave no trace.

    Raises:
        RecorderFailed: the disk is full, or does not obey.
    """
    write_whole(path, data)
    make_names_durable(path.parent)


def make_names_durable(folder: Path) -> None:
    """Have the files that were written into a folder keep their names through a power cut.

    Raises:
        RecorderFailed: the disk does not obey.
    """
    try:
        _sync_folder(folder)
    except OSError as error:
        raise RecorderFailed(f"{folder.name}: {error.strerror}") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file; after a power cut all of it is there or nothing, until `make_names_durable`.

    Raises:
        RecorderFailed: the disk is full, or does not obey.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        _make_folder(path.parent)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise RecorderFailed(f"{path.name}: {error.strerror}") from error


def _make_folder(path: Path) -> None:
    """Make a private folder, and those above it, so that they survive as what is in them does."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Spool:
    """The folder of one session.

    Args:
        folder: `STATE/sessions/SID`.
        sid: the session.
    """

    def __init__(self, folder: Path, sid: str) -> None:
        self.folder = folder
        self.sid = sid
        self.session = folder / "sessions" / sid
        self.keys = folder / "keys" / sid

    def statements(self) -> list[int]:
        """Return the sequence numbers of the statements that are durable here, in order."""
        names = (_STATEMENT.fullmatch(path.name) for path in (self.session / "seg").glob("*.json"))
        return sorted(int(match[1]) for match in names if match)

    def statement(self, seq: int, suffix: str = "json") -> Path:
        """Return the path of a statement, or of what stands beside it (`json.sig`, `leaf`, …)."""
        return self.session / "seg" / f"{seq:06d}.{suffix}"

    def receipt(self, seq: int) -> Path:
        """Return the path of the relay's receipt for a statement."""
        return self.folder / "receipts" / f"{seq:06d}.json"

    def acknowledged(self) -> int:
        """Return how many statements the relay has, from the first without a gap."""
        count = 0
        while self.receipt(count).exists():
            count += 1
        return count
