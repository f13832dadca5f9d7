"""The technician's own record of sessions: one JSON line each, and nothing of what was seen or said."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from session.errors import ConfigurationError
from technician_console.state_folder import HISTORY, StateFolder


class Quantiles(Struct, frozen=True, forbid_unknown_fields=True):
    """Half of the measurements are below `p50`, all but one in twenty below `p95`; milliseconds."""

    p50: float | None = None
    p95: float | None = None


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One session, or one attempt.

    Args:
        v: version of this format.
        started: when the room was wanted, milliseconds since 1970.
        ended: when it was over, milliseconds since 1970.
        reason: a word of PROTOCOL.md, section 7, or the code of an error.
        sid: the session; empty if there was no introduction.
        technician: number of the certificate that was used.
        granted: all that was ever granted.
        statements: how many statements were countersigned or checked.
        logged: how many of them this console found in the log by itself.
        frames_decoded: how many frames were decoded.
        frames_shown: how many pictures were painted.
        input_sent: how many messages of input were sent.
        reconnects: how often a lost link came back.
        round_trip_ms: of pings on the control channel.
        capture_to_paint_ms: from capture to paint, as the two clocks say.
        kex: the key exchange.
        cipher: the cipher.
    """

    v: Annotated[int, Meta(ge=1, le=1)] = 1
    started: int
    ended: int
    reason: str
    sid: str = ""
    technician: str = ""
    granted: tuple[str, ...] = ()
    statements: int = 0
    logged: int = 0
    frames_decoded: int = 0
    frames_shown: int = 0
    input_sent: int = 0
    reconnects: int = 0
    round_trip_ms: Quantiles = Quantiles()
    capture_to_paint_ms: Quantiles = Quantiles()
    kex: str = ""
    cipher: str = ""


def append(folder: StateFolder, entry: Entry) -> None:
    """Add a session; raises as `StateFolder.append`."""
    folder.append(HISTORY, msgspec.json.encode(entry))


def entries(folder: StateFolder) -> list[Entry]:
    """Return all sessions, oldest first.

    Raises:
        ConfigurationError: a line is not one of ours.
    """
    decoder = msgspec.json.Decoder(Entry)
    found = []
    for number, line in enumerate((folder.read(HISTORY) or b"").splitlines(), 1):
        try:
            found.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise ConfigurationError(f"{folder.path / HISTORY}, line {number}: {error}") from None
    return found
