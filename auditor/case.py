"""One session's evidence, gathered: what the steps of a check look at.

Nothing here judges. A file that is missing or malformed is None; the step whose
affair it is says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from auditor.consent_record import ConsentRecord
from auditor.leave import Leave
from auditor.log import PublishedLog
from auditor.shelf import Shelf
from auditor.source import Missing, Source
from session.certificates import Certificate
from session.errors import EvidenceError, PeerError
from session.keys import PublicKey
from session.profile import Profile
from session.revocation import RevocationList
from session.sealing import Identity
from session.statements import (
    Close,
    Consented,
    CustodyStatement,
    IdentityName,
    Open,
    SealedObject,
    Segment,
    SessionStatement,
    Statement,
    parse,
)

_STATEMENT = re.compile(r"(seg|custody)/(\d{6})\.json")


@dataclass(frozen=True)
class Held:
    """A statement as it lies in the evidence.

    Args:
        seq: the number in its file's name.
        path: its path in the bundle.
        data: its bytes.
        value: what it says; None if it is no statement.
        fault: why it is none, or empty.
        signature: the session key's or the custodian's signature, if it is there.
        technician: the technician's signature, if it is there.
        entry: its entry in the log, if it is there.
    """

    seq: int
    path: str
    data: bytes
    value: Statement | None
    fault: str
    signature: bytes | None
    technician: bytes | None
    entry: bytes | None


@dataclass(frozen=True)
class Pin:
    """Which root key the auditor trusts: its fingerprint, `SHA256:…`."""

    fingerprint: str


@dataclass
class Case:
    """A session's evidence, and what the steps have found to be good so far.

    Args:
        source: where it is.
        sid: the session.
        pin: the root that is trusted, or None.
        identities: the auditor's age identities, with which the wrapped keys can be opened; none is fine.
        root: the root's key, once the profile's signature by it was checked.
        profile: the profile, likewise.
        krl: the revocation list, once checked.
        log: the published log, once the checkpoint's signature was checked.
        certificate: the technician's certificate, once `open`'s countersignature was checked.
        keys: the session's identities, once opened.
        consents: the consent records by the number of their statement, once opened and checked.
        leave: what the person had allowed when, once the consent records could be opened.
        alone: whether the technician has not countersigned the end.
        keeping: whether pictures are kept for a replay when they are checked.
        shelves: these, by monitor.
    """

    source: Source
    sid: str
    pin: Pin | None = None
    identities: Sequence[Identity] = ()
    root: PublicKey | None = None
    profile: Profile | None = None
    krl: RevocationList | None = None
    log: PublishedLog | None = None
    certificate: Certificate | None = None
    keys: dict[IdentityName, Identity] = field(default_factory=dict)
    consents: dict[int, ConsentRecord] = field(default_factory=dict)
    leave: Leave | None = None
    alone: bool = False
    keeping: bool = False
    shelves: dict[int, Shelf] = field(default_factory=dict)

    @cached_property
    def names(self) -> Mapping[str, int]:
        """The session's files and their sizes."""
        return self.source.names(self.sid)

    @cached_property
    def held(self) -> list[Held]:
        """The session's statements, in the order of their names."""
        return self._gather("seg")

    @cached_property
    def custody(self) -> list[Held]:
        """The custody statements, in the order of their names."""
        return self._gather("custody")

    @cached_property
    def statements(self) -> list[SessionStatement]:
        """The session's statements that are well-formed."""
        return [held.value for held in self.held if isinstance(held.value, SessionStatement)]

    @cached_property
    def custody_statements(self) -> list[CustodyStatement]:
        """The custody statements that are well-formed."""
        return [held.value for held in self.custody if isinstance(held.value, CustodyStatement)]

    @cached_property
    def open(self) -> Open | None:
        """The session's `open`."""
        return next((value for value in self.statements if isinstance(value, Open)), None)

    @cached_property
    def close(self) -> Close | None:
        """The session's `close`."""
        return next((value for value in self.statements if isinstance(value, Close)), None)

    @cached_property
    def key(self) -> PublicKey | None:
        """The session's public key, as `open` names it."""
        try:
            return PublicKey.from_text(self.open.public_key) if self.open else None
        except PeerError:
            return None

    @cached_property
    def objects(self) -> list[tuple[SessionStatement, SealedObject]]:
        """Every sealed object that a statement names, with its statement."""
        found: list[tuple[SessionStatement, SealedObject]] = []
        for value in self.statements:
            if isinstance(value, Segment):
                found += [(value, item) for item in value.objects]
            elif isinstance(value, Consented):
                found.append((value, value.object))
        return found

    def path(self, name: str) -> str:
        """Return a file's path in the bundle from its path below the session's folder."""
        return f"sessions/{self.sid}/{name}"

    def find(self, path: str) -> bytes | None:
        """Return a file, or None."""
        try:
            return self.source.read(path)
        except Missing:
            return None

    def _gather(self, folder: str) -> list[Held]:
        found = []
        for name in sorted(self.names):
            match = _STATEMENT.fullmatch(name)
            if match and match[1] == folder:
                found.append(self._hold(int(match[2]), self.path(name)))
        return found

    def _hold(self, seq: int, path: str) -> Held:
        data = self.source.read(path)
        value, fault = None, ""
        try:
            value = parse(data)
        except EvidenceError as error:
            fault = str(error)
        stem = path.removesuffix(".json")
        present = {self.path(name) for name in self.names}
        beside = [f"{path}.sig", f"{path}.technician.sig", f"{stem}.leaf"]
        signature, technician, entry = (self.find(name) if name in present else None for name in beside)
        return Held(seq, path, data, value, fault, signature, technician, entry)
