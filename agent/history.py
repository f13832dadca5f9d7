"""The person's own record of sessions: one JSON line each, and nothing of what was seen or said."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from session.errors import RecorderFailed


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One session.

    Args:
        v: version of this format.
        sid: the session.
        began: when the request came, milliseconds since 1970.
        ended: when it was over, likewise.
        technician: name on the certificate.
        number: staff number on it.
        organisation: from the profile.
        reason: a word of PROTOCOL.md, section 7.
        granted: all that was ever granted.
        statements: how many statements were made.
        stored: whether the relay's log holds all of them.
        frames_recorded: how many coded pictures the recorder took.
        frames_sent: how many of them were sent.
        input_applied: how many inputs had an effect here.
    """

    v: int = 1
    sid: str
    began: int
    ended: int
    technician: str
    number: str
    organisation: str
    reason: str
    granted: tuple[str, ...] = ()
    statements: int = 0
    stored: bool = False
    frames_recorded: int = 0
    frames_sent: int = 0
    input_applied: int = 0


def append(path: Path, entry: Entry) -> None:
    """Add a session to the record.

    Raises:
        RecorderFailed: the file cannot be written.
    """
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
    except OSError as error:
        raise RecorderFailed(f"{path.name}: {error.strerror}") from error


def read(path: Path) -> list[Entry]:
    """Return all sessions, the oldest first; a line that was cut by a crash is left out."""
    entries = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            entries.append(msgspec.json.decode(line, type=Entry))
        except msgspec.DecodeError:
            continue
    return entries
