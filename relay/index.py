"""The relay's index: what must be found quickly, in SQLite.

Sessions and statements are a copy of what the log and the store hold, and are
caught up from them after a crash; only tokens and quotas live here alone. A
token itself is never stored, only its SHA-256. Everything here blocks: callers
on the event loop use a thread.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from relay.failures import Refusal, StorageFailed

TOKEN_SECONDS = 7 * 24 * 3600

SESSION, CUSTODY = 0, 1
"""The two chains of statements."""

_FILES_PER_STATEMENT = 4

_STATEMENTS_RESERVE = 100
"""Statements beyond the quota, so that a session that used it up can still be closed."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (
    hash BLOB PRIMARY KEY, certificate TEXT NOT NULL, expires REAL NOT NULL,
    sid TEXT UNIQUE, bytes INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    sid TEXT PRIMARY KEY, public_key TEXT NOT NULL, certificate TEXT NOT NULL,
    technician TEXT NOT NULL, number TEXT NOT NULL,
    opened_ms INTEGER NOT NULL, closed_ms INTEGER, reason TEXT,
    allowed INTEGER NOT NULL DEFAULT 0, length INTEGER NOT NULL DEFAULT 0, head TEXT NOT NULL DEFAULT '',
    custody_length INTEGER NOT NULL DEFAULT 0, custody_head TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS statements (
    sid TEXT NOT NULL, chain INTEGER NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, custodian TEXT,
    at INTEGER NOT NULL, awaited INTEGER NOT NULL, leaf INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (sid, chain, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), leaves INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO progress VALUES (1, 0);
"""


@dataclass(frozen=True, slots=True)
class Token:
    """A right to upload.

    Args:
        certificate: digest of the technician's certificate that opened the room.
        expires: seconds since 1970.
        sid: the session it is bound to, or None before its first use.
        size: bytes taken in with it.
    """

    certificate: str
    expires: float
    sid: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What one session may use, and beyond it what it needs to come to its end.

    Args:
        size: bytes.
        statements: of the session's own chain.
        reserve: bytes beyond `size`.
    """

    size: int
    statements: int
    reserve: int

    @property
    def most_bytes(self) -> int:
        """So many are never passed."""
        return self.size + self.reserve

    @property
    def most_statements(self) -> int:
        """Likewise."""
        return self.statements + _STATEMENTS_RESERVE

    @property
    def most_files(self) -> int:
        """Likewise."""
        return _FILES_PER_STATEMENT * self.most_statements


class Session(NamedTuple):
    """What the index knows of a session, as the row of its table; times in milliseconds since 1970."""

    sid: str
    public_key: str
    certificate: str
    technician: str
    number: str
    opened_ms: int
    closed_ms: int | None = None
    reason: str | None = None
    allowed: bool = False
    length: int = 0
    head: str = ""
    custody_length: int = 0
    custody_head: str = ""

    @property
    def closed(self) -> bool:
        """Whether `close` is in the log."""
        return self.closed_ms is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log holds a statement's leaf, and the size of the checkpoint in its receipt."""

    leaf: int
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """Where a session goes on: in the custody chain once it is closed.

    Args:
        sid: the session.
        closed: whether `close` is in the log.
        length: how many statements of its present chain are.
    """

    sid: str
    closed: bool
    length: int


@dataclass(frozen=True, slots=True)
class Record:
    """A statement whose leaf is in the log.

    Args:
        session: the session as it is with this statement.
        chain: `SESSION` or `CUSTODY`.
        seq: its place in the chain.
        kind: its type.
        custodian: who made it, in the custody chain.
        at: when it was made, by its own word, but not after it was logged; milliseconds since 1970.
        awaited: whether it grants something and is not countersigned.
        place: where the log holds it.
    """

    session: Session
    chain: int
    seq: int
    kind: str
    custodian: str | None
    at: int
    awaited: bool
    place: Place


class Index:
    """The SQLite file of one relay.

    Args:
        path: the file; `:memory:` is refused by WAL and so by us.

    Raises:
        StorageFailed: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StorageFailed(f"the index cannot be opened: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def add_token(self, token: str, certificate: str, expires: float) -> None:
        """Keep a new token, and forget those that have expired.

        Args:
            token: the token.
            certificate: digest of the technician's certificate.
            expires: seconds since 1970.
        """
        # A token that was given must survive a power cut like the evidence it is for.
        with self._writing() as database:
            database.execute(
                "DELETE FROM tokens WHERE expires < ? AND sid IS NULL", (expires - TOKEN_SECONDS,)
            )
            database.execute(
                "INSERT INTO tokens (hash, certificate, expires) VALUES (?, ?, ?)",
                (_hash(token), certificate, expires),
            )

    def token(self, token: str) -> Token | None:
        """Return what a token allows, if there is such a token."""
        row = self._one("SELECT certificate, expires, sid, bytes FROM tokens WHERE hash = ?", (_hash(token),))
        return None if row is None else Token(*row)

    def bind(self, token: str, sid: str) -> None:
        """Bind a token to the first session that it is used for.

        Raises:
            Refusal: it is another session's, or this session has another token.
        """
        try:
            with self._writing() as database:
                database.execute(
                    "UPDATE tokens SET sid = ? WHERE hash = ? AND sid IS NULL", (sid, _hash(token))
                )
        except sqlite3.IntegrityError:
            raise Refusal("wrong-token", "the session has a token already") from None
        found = self.token(token)
        if found is None or found.sid != sid:
            raise Refusal("wrong-token", "the token is another session's")

    def reserve(self, sid: str, size: int, quota: Quota) -> None:
        """Count a file towards a session's quota.

        Args:
            sid: the session.
            size: of the file, in bytes.
            quota: what the session may use.

        Raises:
            Refusal: it would be more than that.
        """
        # A power cut may cost the count of the last files, and nobody the files.
        with self._writing(durably=False) as database:
            changed = database.execute(
                "UPDATE tokens SET bytes = bytes + ?, files = files + 1"
                " WHERE sid = ? AND bytes + ? <= ? AND files < ?",
                (size, sid, size, quota.most_bytes, quota.most_files),
            )
            if changed.rowcount != 1:
                raise Refusal("quota", f"{size} bytes more")

    def give_back(self, sid: str, size: int) -> None:
        """Take a file out of the count again that was not kept."""
        with self._writing(durably=False) as database:
            database.execute(
                "UPDATE tokens SET bytes = bytes - ?, files = files - 1 WHERE sid = ?", (size, sid)
            )

    def session(self, sid: str) -> Session | None:
        """Return a session."""
        row = self._one("SELECT * FROM sessions WHERE sid = ?", (sid,))
        return None if row is None else Session._make(row)

    def sessions(self) -> list[tuple[Session, int]]:
        """Return every session with the bytes of its evidence, newest first."""
        rows = self._all(
            "SELECT sessions.*, coalesce(tokens.bytes, 0) FROM sessions LEFT JOIN tokens USING (sid)"
            " ORDER BY opened_ms DESC, sid"
        )
        return [(Session._make(row[:-1]), row[-1]) for row in rows]

    def heads(self) -> list[Head]:
        """Return where the next statement of each session would be, whether it has begun or not."""
        rows = self._all(
            "SELECT sid, closed_ms IS NOT NULL, iif(closed_ms IS NULL, length, custody_length) FROM sessions"
            " UNION SELECT sid, 0, 0 FROM tokens"
            " WHERE sid IS NOT NULL AND sid NOT IN (SELECT sid FROM sessions)"
        )
        return [Head(*row) for row in rows]

    def note_countersigned(self, sid: str, seq: int) -> None:
        """Note that a statement is countersigned now that was not when it was logged."""
        with self._writing() as database:
            database.execute(
                "UPDATE statements SET awaited = 0 WHERE sid = ? AND chain = ? AND seq = ?",
                (sid, SESSION, seq),
            )

    def awaits_countersignature(self, sid: str) -> bool:
        """Tell whether a granting consent of a session is not countersigned."""
        return self._one("SELECT 1 FROM statements WHERE sid = ? AND awaited", (sid,)) is not None

    def place(self, sid: str, chain: int, seq: int) -> Place | None:
        """Return where the log holds a statement, if it does."""
        row = self._one(
            "SELECT leaf, size FROM statements WHERE sid = ? AND chain = ? AND seq = ?", (sid, chain, seq)
        )
        return None if row is None else Place(*row)

    def has_accessed(self, sid: str, custodian: str, since: int) -> bool:
        """Tell whether somebody's `access` to a session, not older than that, is in the log.

        Args:
            sid: the session.
            custodian: whose, `auditor:2001`.
            since: milliseconds since 1970.
        """
        row = self._one(
            "SELECT 1 FROM statements WHERE sid = ? AND chain = ? AND type = 'access' AND custodian = ?"
            " AND at > ?",
            (sid, CUSTODY, custodian, since),
        )
        return row is not None

    def leaves(self) -> int:
        """Return how many of the log's leaves are indexed."""
        row = self._one("SELECT leaves FROM progress", ())
        return int(row[0]) if row else 0

    def record(self, records: list[Record], leaves: int) -> None:
        """Index statements whose leaves are in the log, all or none.

        Args:
            records: in the order of the log.
            leaves: how many leaves of the log are indexed with these.
        """
        # It all stands in the log, which is durable, and after a power cut it is indexed from there.
        with self._writing(durably=False) as database:
            for record in records:
                session, place = record.session, record.place
                database.execute(
                    "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    session,
                )
                database.execute(
                    "INSERT OR IGNORE INTO statements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        session.sid,
                        record.chain,
                        record.seq,
                        record.kind,
                        record.custodian,
                        record.at,
                        record.awaited,
                        place.leaf,
                        place.size,
                    ),
                )
            database.execute("UPDATE progress SET leaves = ?", (leaves,))

    @contextmanager
    def _writing(self, *, durably: bool = True) -> Iterator[sqlite3.Connection]:
        """Write, all or nothing; what was written before is durable with it, if it is."""
        with self._lock:
            try:
                self._database.execute(f"PRAGMA synchronous={'FULL' if durably else 'NORMAL'}")
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except BaseException as error:
                # If this fails as well, there was no transaction to roll back.
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                    raise StorageFailed(f"the index does not obey: {error}") from error
                raise

    def _one(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        rows = self._all(query, values)
        return rows[0] if rows else None

    def _all(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._database.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise StorageFailed(f"the index does not obey: {error}") from error


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
