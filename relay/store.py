"""Sealed evidence on disk, as RECORDING.md lays it out; written once, durably.

    incoming/             uploads that are not whole yet; swept at the start
    keys/SID/             wrapped identities
    sessions/SID/         objects, statements, custody

Names come from `relay.names` only. Everything here blocks.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from relay import durable, names
from relay.failures import Refusal, StorageFailed
from session.statements import SealedObject

_BLOCK = 1024 * 1024
_STATEMENT = ".json"


class Upload:
    """A file that is arriving.

    Args:
        folder: where it stays until it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / secrets.token_hex(16)
        self._hash = hashlib.sha256()
        self._file: IO[bytes] = _opened(self._path)

    def write(self, data: bytes) -> None:
        """Add some bytes.

        Raises:
            StorageFailed: the disk does not take them.
        """
        self._hash.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise StorageFailed(f"an upload cannot be written: {error}") from error

    def settle(self, path: Path, *, sync: bool = True) -> bool:
        """Give the file its name; return False if the same bytes were there already.

        Args:
            path: its name.
            sync: whether it is durable by then; otherwise with the statement that is written beside it.

        Raises:
            Refusal: other bytes have this name.
            StorageFailed: the disk does not obey.
        """
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
            durable.make_folder(path.parent)
            durable.settle(self._path, path, sync=sync)
        except FileExistsError:
            if _digest(path) != self._hash.hexdigest():
                raise Refusal("differs", path.name) from None
            return False
        except OSError as error:
            raise StorageFailed(f"an upload cannot be kept: {error}") from error
        finally:
            self.discard()
        return True

    def discard(self) -> None:
        """Forget what has arrived."""
        # Closing may want to write what did not fit before.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


class Store:
    """The evidence of one relay.

    Args:
        folder: the relay's folder.
        free_bytes: what must stay free on its disk.

    Raises:
        StorageFailed: the folder cannot be written.
    """

    def __init__(self, folder: Path, free_bytes: int) -> None:
        self._folder = folder
        self._free_bytes = free_bytes
        self._incoming = folder / "incoming"
        try:
            for name in ("incoming", "keys", "sessions"):
                durable.make_folder(folder / name)
            for path in self._incoming.iterdir():
                path.unlink()
        except OSError as error:
            raise StorageFailed(f"the store cannot be used: {error}") from error

    def session_path(self, sid: str, name: str) -> Path:
        """Return the path of a file of a session; the name has been checked."""
        return self._folder / "sessions" / sid / name

    def key_path(self, sid: str, name: str) -> Path:
        """Return the path of a wrapped identity; the name has been checked."""
        return self._folder / "keys" / sid / name

    def require_free(self, size: int, reserves: int = 1) -> None:
        """Refuse to begin what would fill the disk.

        Args:
            size: bytes that are to come.
            reserves: how many times `free_bytes` must stay free.

        Raises:
            StorageFailed: so many bytes more would leave too little.
        """
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            raise StorageFailed(f"the disk cannot be asked: {error}") from error
        if found.f_bavail * found.f_frsize < size + reserves * self._free_bytes:
            raise StorageFailed("the disk is nearly full")

    def upload(self) -> Upload:
        """Begin to take a file in; raises `StorageFailed`."""
        return Upload(self._incoming)

    def has_keys(self, sid: str) -> bool:
        """Tell whether the three wrapped identities are here."""
        return all(self.key_path(sid, f"{identity}.age").is_file() for identity in names.IDENTITIES)

    def holds(self, sid: str, wanted: SealedObject) -> bool:
        """Tell whether an object is here exactly as a statement says."""
        if not names.is_object(wanted.name):
            return False
        path = self.session_path(sid, wanted.name)
        try:
            return path.stat().st_size == wanted.size and _digest(path) == wanted.sha256
        except FileNotFoundError:
            return False

    def read(self, sid: str, name: str) -> bytes | None:
        """Return a small file of a session, or None if it is not here."""
        try:
            return self.session_path(sid, name).read_bytes()
        except FileNotFoundError:
            return None

    def listing(self, sid: str) -> list[tuple[str, int]]:
        """Return the names of a session's files, with their sizes in bytes."""
        top = self.session_path(sid, "")
        found = []
        for folder in (top, *(top / name for name in ("init", "seg", "consent", "custody"))):
            with suppress(FileNotFoundError):
                found += [
                    (str(path.relative_to(top)), path.stat().st_size)
                    for path in folder.iterdir()
                    if path.is_file() and not durable.is_temporary(path)
                ]
        return sorted(found)

    def write_statement(self, sid: str, stem: str, parts: Mapping[str, bytes]) -> None:
        """Write a statement and what belongs to it; the statement itself comes last.

        Args:
            sid: the session.
            stem: `seg/000004` or `custody/000000`.
            parts: ending → content; `.json` is the statement.

        Raises:
            Refusal: another statement has this place.
            StorageFailed: the disk does not obey; nothing of it counts.
        """
        stored = self.read(sid, stem + _STATEMENT)
        paths = {ending: self.session_path(sid, stem + ending) for ending in parts}
        companions = {paths[ending]: data for ending, data in parts.items() if ending != _STATEMENT}
        try:
            if stored is None:
                durable.make_folder(paths[_STATEMENT].parent)
                durable.replace_all(companions)
                durable.replace(paths[_STATEMENT], parts[_STATEMENT])
            elif any(self.read(sid, stem + ending) != content for ending, content in parts.items()):
                raise Refusal("differs", stem)
            else:
                # It may have been the fsync that failed the last time.
                durable.sync_folder(paths[_STATEMENT].parent)
        except OSError as error:
            if not paths[_STATEMENT].exists():
                for path in companions:
                    path.unlink(missing_ok=True)
            raise StorageFailed(f"a statement cannot be kept: {error}") from error

    def add_countersignature(self, sid: str, stem: str, data: bytes, signature: bytes) -> None:
        """Add the countersignature that a statement still lacks; raises as `write_statement`."""
        if self.read(sid, stem + _STATEMENT) != data:
            raise Refusal("differs", stem)
        try:
            durable.replace(self.session_path(sid, f"{stem}.json.technician.sig"), signature)
        except OSError as error:
            raise StorageFailed(f"a countersignature cannot be kept: {error}") from error


def _opened(path: Path) -> IO[bytes]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, durable.MODE)
    except OSError as error:
        raise StorageFailed(f"an upload cannot be begun: {error}") from error
    return os.fdopen(descriptor, "wb")


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
