"""Files that survive a power cut: temporary file, fsync, rename, fsync of the folder.

EVIDENCE's word "durable" is defined here and nowhere else. A file that has not
reached its name may be lost; a file under its name is whole.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

MODE = 0o600
FOLDER_MODE = 0o700
_TEMPORARY = ".tmp-"


def sync_folder(folder: Path) -> None:
    """Make names that were made or changed in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def write_temporary(folder: Path, data: bytes) -> Path:
    """Write a file that has no name of its own yet, and fsync it.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    path = folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def replace(path: Path, data: bytes, mode: int = MODE) -> None:
    """Write a file, in the place of an older one if there is one, durably.

    Args:
        path: its name; the folder exists.
        data: its content.
        mode: who may read it.

    Raises:
        OSError: it could not be written; the older one stays.
    """
    replace_all({path: data}, mode)


def replace_all(files: Mapping[Path, bytes], mode: int = MODE) -> None:
    """Write several files, as `replace`; after a crash any part of them may be there."""
    folders = set()
    for path, data in files.items():
        temporary = write_temporary(path.parent, data)
        temporary.chmod(mode)
        temporary.replace(path)
        folders.add(path.parent)
    for folder in folders:
        sync_folder(folder)


def settle(temporary: Path, path: Path, *, sync: bool = True) -> None:
    """Give a written and fsynced temporary file its name, unless the name is taken.

    Args:
        temporary: the file.
        path: its name.
        sync: whether the name is durable; otherwise only with `sync_folder`.

    Raises:
        FileExistsError: something has this name; it stays as it is.
        OSError: the disk does not obey.
    """
    # A rename would take the place of what is there; a link never does.
    path.hardlink_to(temporary)
    temporary.unlink()
    if sync:
        sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the temporary files that a crash has left in a folder."""
    for path in folder.glob(f"{_TEMPORARY}*"):
        path.unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Tell whether a path is that of a file that has no name of its own yet."""
    return path.name.startswith(_TEMPORARY)
