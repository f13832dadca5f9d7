"""Evidence as a relay keeps it, with the paths of a bundle; fetched once, into a folder that goes away."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from msgspec import Struct

from auditor.log import PublishedLog
from auditor.proofs import Place
from auditor.relay_client import Listed, RelayClient, decoded
from auditor.source import Missing, is_sid
from session import statements
from session.errors import EvidenceError, LedgerError
from session.ledger import open_checkpoint
from session.signatures import Namespace
from session.statements import Access, Close

_LEAF = ".leaf"
_TRIES = 3


class _Name(Struct, frozen=True):
    name: str
    size: int


class RelaySource:
    """A relay's evidence; see `auditor.source.Source`.

    Args:
        client: the relay, with an auditor's credentials.
        clock: seconds since 1970.
    """

    def __init__(self, client: RelayClient, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._folder = TemporaryDirectory(prefix="byleave-audit-")
        self._names: dict[str, dict[str, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    @property
    def title(self) -> str:
        """The relay's address."""
        return self._client.url

    def listed(self) -> list[Listed]:
        """Return what the relay says of its sessions, newest first."""
        return self._client.sessions()

    def sessions(self) -> list[str]:
        """Return the sessions that the relay keeps."""
        return [each.sid for each in self.listed() if is_sid(each.sid)]

    def names(self, sid: str) -> dict[str, int]:
        """Return the files of a session, with their sizes."""
        if sid not in self._names:
            try:
                found = decoded(self._client.get(f"/sessions/{sid}"), list[_Name])
            except Missing:
                return {}
            self._names[sid] = {each.name: each.size for each in found}
        return self._names[sid]

    def read(self, name: str) -> bytes:
        """Return one file; see `Source.read`. `Withheld` means that an `access` has to come first."""
        return self._fetched(name).read_bytes()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file; see `Source.digest`."""
        with self._fetched(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def tiles(self) -> list[str]:
        """Return nothing: what of the log is asked for is checked when it is read."""
        return []

    def places(self, sid: str) -> dict[str, Place]:
        """Find a session's leaves in the log, newest first; see `Source.places`."""
        vkey = self.read("trust/log.vkey").decode("ascii", "replace").strip()
        log = PublishedLog(self.read, open_checkpoint(self.read("log/checkpoint"), vkey))
        wanted = {
            self.read(f"sessions/{sid}/{name}"): f"sessions/{sid}/{name.removesuffix(_LEAF)}.json"
            for name in self.names(sid)
            if name.endswith(_LEAF)
        }
        found: dict[str, Place] = {}
        for index in range(log.size - 1, -1, -1):
            if not wanted:
                break
            path = wanted.pop(log.entry(index), None)
            if path is not None:
                found[path] = Place(index, log.proof(index))
        return found

    def open_for(self, sid: str, reason: str) -> None:
        """Sign and log that and why a recording is opened; from then on the keys are to be had.

        Raises:
            EvidenceError: the session is not closed, or the relay does not take the statement.
            IdentityRefused: the auditor is not admitted.
        """
        for attempt in range(_TRIES):
            try:
                self._client.post(f"/sessions/{sid}/custody", self._access(sid, reason))
                break
            except EvidenceError:
                # Somebody else may have opened it in the same moment.
                if attempt + 1 == _TRIES or not self._has_grown(sid):
                    raise
        self._forget(sid)

    def _access(self, sid: str, reason: str) -> dict[str, str | None]:
        credentials = self._client.credentials
        if credentials is None:
            raise EvidenceError("nobody has signed in who could say why")
        custody = self._statements(sid, "custody/")
        last = self.read((custody or self._statements(sid, "seg/"))[-1])
        if not custody and not isinstance(statements.parse(last), Close):
            raise EvidenceError("the session is not over yet, so it cannot be opened")
        data = statements.canonical(
            Access(
                sid=sid,
                seq=len(custody),
                prev=statements.digest(last),
                salt=secrets.token_hex(16),
                t0=round(self._clock() * 1000),
                by=credentials.certificate.principal,
                reason=reason,
            )
        )
        leaf = statements.leaf_of(data)
        entry = statements.entry(leaf, credentials.sign_leaf(leaf))
        return {
            "statement": base64.b64encode(data).decode(),
            "signature": credentials.sign(data, Namespace.CUSTODY).decode(),
            "technician": None,
            "leaf": base64.b64encode(entry).decode(),
        }

    def _statements(self, sid: str, folder: str) -> list[str]:
        names = sorted(name for name in self.names(sid) if name.startswith(folder) and name.endswith(".json"))
        return [f"sessions/{sid}/{name}" for name in names]

    def _has_grown(self, sid: str) -> bool:
        before = self.names(sid)
        self._forget(sid)
        return self.names(sid) != before

    def _forget(self, sid: str) -> None:
        """Ask anew for what changes: the session's files, and the log's state."""
        self._names.pop(sid, None)
        (Path(self._folder.name) / "log" / "checkpoint").unlink(missing_ok=True)

    def _fetched(self, name: str) -> Path:
        path = Path(self._folder.name) / name
        if ".." in path.parts:
            raise LedgerError(f"{name} is no path of a bundle")
        if not path.is_file():
            content = self._client.get(f"/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return path
