"""Taking evidence in: who may upload what, and what a statement must be to get a receipt.

The order is EVIDENCE's: objects durable, then the statement, then its leaf in
the log, then the index, then the receipt. The index follows the log: a crash
between any two of these is caught up with by `recover` or by the next batch.
Everything here blocks; `commit` and `recover` are for one thread at a time.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from relay import commit as commits
from relay import durable, names
from relay.commit import Commit
from relay.failures import Refusal, StorageFailed
from relay.index import CUSTODY, SESSION, Index, Place, Quota, Record, Session, Token
from relay.log import Log
from relay.store import Store
from relay.trust import Trust
from session import statements
from session.certificates import Certificate, read
from session.errors import EvidenceError, IdentityRefused
from session.plain import commands_a_terminal
from session.signatures import Namespace, open_container, verify
from session.statements import Access, Close, Consented, Open, Statement
from session.trust import session_signers

_log = logging.getLogger("byleave.relay.evidence")

_FOLDERS = {SESSION: "seg", CUSTODY: "custody"}
_CUSTODY_KINDS = frozenset({"access", "annotation", "rewrap", "erase"})
_BATCH = 1000
ACCESS_SECONDS = 24 * 3600
"""How long a logged access opens the keys."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A statement that is durable, and may or may not be in the log.

    Args:
        sid: its session.
        chain: `SESSION` or `CUSTODY`.
        data: its bytes.
        statement: what it says.
        entry: its entry for the log.
        technician: the countersignature's certificate, if there is a countersignature.
        size: bytes of the objects that came along with it and were not here yet.
    """

    sid: str
    chain: int
    data: bytes
    statement: Statement
    entry: bytes
    technician: Certificate | None = None
    size: int = 0

    @property
    def key(self) -> tuple[str, int, int]:
        """Which statement it is."""
        return self.sid, self.chain, self.statement.seq


class Evidence:
    """The evidence of one relay.

    Args:
        store: the files.
        index: the index.
        log: the log.
        trust: whom the relay believes.
        quota: what one session may use.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        index: Index,
        log: Log,
        trust: Trust,
        quota: Quota,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.index = index
        self.log = log
        self._trust = trust
        self._quota = quota
        self._clock = clock

    def begin_upload(self, token: str, sid: str, name: str, size: int) -> Path:
        """Check that a file may be uploaded, and count it towards the quota.

        Args:
            token: the upload token.
            sid: the session.
            name: the file's checked name; `main.age` and its like belong to `keys/`.
            size: in bytes.

        Returns:
            The path that it will have.

        Raises:
            Refusal: it may not.
            StorageFailed: there is no room.
        """
        self._use_token(token, sid)
        session = self.index.session(sid)
        if session is not None and session.closed:
            raise Refusal("closed")
        if session is None and names.is_object(name):
            raise Refusal("not-open")
        # Twice the reserve: when no more objects fit, statements still do.
        self.store.require_free(size, reserves=2)
        self.index.reserve(sid, size, self._quota)
        is_key = name != names.SIGNERS and not names.is_object(name)
        return self.store.key_path(sid, name) if is_key else self.store.session_path(sid, name)

    def end_upload(self, sid: str, size: int) -> None:
        """Take a file out of the quota again that was not kept."""
        self.index.give_back(sid, size)

    def used_up(self, token: str, stored: Stored) -> bool:
        """Tell whether a session has had its share with this statement, and must come to its end."""
        found = self.index.token(token)
        too_large = found is not None and found.size >= self._quota.size
        return too_large or stored.statement.seq + 1 >= self._quota.statements

    def prepare(self, token: str, sid: str, body: bytes) -> Stored:
        """Check a commit of a session and make its statement durable.

        A commit that is in the log already is prepared again only if it is the same.

        Args:
            token: the upload token.
            sid: the session.
            body: the request's body.

        Raises:
            Refusal: it does not count.
            StorageFailed: it is not durable.
        """
        commit = commits.decode(body)
        allowed = self._use_token(token, sid)
        session = self.index.session(sid)
        if self.index.place(sid, SESSION, commit.statement.seq) is not None:
            return self._again(commit, sid, session)
        statement = commits.check_follows(commit, sid, session)
        if statement.seq >= self._quota.most_statements:
            raise Refusal("quota", "too many statements")
        key = commits.session_key(statement, session)
        commits.check_signed(commit, key)
        certificate = allowed.certificate if session is None else session.certificate
        technician = commits.check_countersigned(commit, certificate)
        if isinstance(statement, Open) and technician is not None:
            self._check_open(statement, allowed, technician, session_signers(key))
        if commits.has_pictures(statement) and self.index.awaits_countersignature(sid):
            raise Refusal("not-signed", "pictures, but a consent is not countersigned")
        size = sum(
            self._take_in(token, sid, wanted.name, data) for wanted, data in commits.attached_objects(commit)
        )
        for wanted in commits.objects_of(statement):
            if not self.store.holds(sid, wanted):
                raise Refusal("no-object", wanted.name)
        self.store.require_free(len(body))
        self.store.write_statement(sid, f"seg/{statement.seq:06}", commit.parts)
        return Stored(sid, SESSION, commit.data, statement, commit.entry, technician, size)

    def _take_in(self, token: str, sid: str, name: str, data: bytes) -> int:
        """Take an object in that came along with its statement; return how many bytes are new."""
        path = self.begin_upload(token, sid, names.checked_upload(name), len(data))
        created = False
        try:
            upload = self.store.upload()
            try:
                upload.write(data)
                # What lies beside the statement is durable before it, by the same flush of their folder.
                beside = path.parent == self.store.session_path(sid, "seg")
                created = upload.settle(path, sync=not beside)
            finally:
                upload.discard()
        finally:
            if not created:
                self.end_upload(sid, len(data))
        return len(data) if created else 0

    def prepare_custody(self, principal: str, sid: str, body: bytes) -> Stored:
        """Check a custody statement of somebody who has signed in; otherwise as `prepare`.

        Args:
            principal: who has signed in, `auditor:2001`.
            sid: the session.
            body: the request's body.
        """
        commit = commits.decode(body)
        session = self.index.session(sid)
        if session is None:
            raise Refusal("not-found")
        if not session.closed:
            raise Refusal("not-closed")
        if commit.technician is not None or commit.attached or not isinstance(commit.statement, Access):
            raise Refusal("malformed", "custody takes access statements")
        if commands_a_terminal(commit.statement.by + commit.statement.reason):
            raise Refusal("malformed", "control characters in who opens the recording, or why")
        self._check_custodian(commit, commit.statement, principal)
        if self.index.place(sid, CUSTODY, commit.statement.seq) is None:
            self._check_custody_chain(commit, session)
            self.store.require_free(len(body))
        self.store.write_statement(sid, f"custody/{commit.statement.seq:06}", commit.parts)
        return Stored(sid, CUSTODY, commit.data, commit.statement, commit.entry)

    def has_accessed(self, sid: str, principal: str) -> bool:
        """Tell whether somebody has said lately, in the log, why they open a session."""
        since = round((self._clock() - ACCESS_SECONDS) * 1000)
        return self.index.has_accessed(sid, principal, since)

    def commit(self, batch: list[Stored]) -> list[Place]:
        """Append durable statements to the log and index them; return where each is.

        Args:
            batch: in the order of their chains. What is in the log already is not appended again.

        Raises:
            StorageFailed: nothing may be acknowledged.
        """
        self.catch_up()
        fresh: dict[tuple[str, int, int], Stored] = {}
        for stored in batch:
            if self.index.place(*stored.key) is None:
                fresh.setdefault(stored.key, stored)
        if fresh:
            start = self.log.append([stored.entry for stored in fresh.values()])
            self._record(list(fresh.values()), start)
        places = [self.index.place(*stored.key) for stored in batch]
        if any(place is None for place in places):
            raise StorageFailed("a statement is in the log but not in the index")
        return [place for place in places if place is not None]

    def catch_up(self) -> None:
        """Index the leaves that a crash has left in the log only.

        Raises:
            StorageFailed: the log is shorter than what was acknowledged.
        """
        indexed = self.index.leaves()
        if indexed > self.log.size:
            raise StorageFailed(f"the log has {self.log.size} leaves, but {indexed} were acknowledged")
        while indexed < self.log.size:
            end = min(indexed + _BATCH, self.log.size)
            found = [self._of_entry(entry) for entry in self.log.entries(indexed, end)]
            self._record(found, indexed)
            indexed = end

    def recover(self) -> None:
        """Bring index and log to where the store is: what is durable was checked before it was written.

        Raises:
            StorageFailed: log, store or index do not fit together.
        """
        self.catch_up()
        for head in self.index.heads():
            if not head.closed:
                durable.sweep(self.store.session_path(head.sid, "seg"))
            # One statement of a session is taken after the other, so there is one at most.
            stored = self._stored(head.sid, CUSTODY if head.closed else SESSION, head.length)
            if stored is not None:
                _log.warning("statement %d was stored but not logged; it is logged now", stored.statement.seq)
                self.commit([stored])

    def _use_token(self, token: str, sid: str) -> Token:
        found = self.index.token(token)
        if found is None or found.expires < self._clock():
            raise Refusal("no-token")
        if found.sid is None:
            self.index.bind(token, sid)
        elif found.sid != sid:
            raise Refusal("wrong-token", "the token is another session's")
        return found

    def _again(self, commit: Commit, sid: str, session: Session | None) -> Stored:
        """Return a statement that is in the log; it may be countersigned later."""
        if session is None or commit.statement.sid != sid:
            raise Refusal("malformed", "another session's statement")
        stem = f"seg/{commit.statement.seq:06}"
        if commit.technician is not None:
            if self.store.read(sid, f"{stem}.json.technician.sig") is None:
                commits.check_countersigned(commit, session.certificate)
                self.store.add_countersignature(sid, stem, commit.data, commit.technician.encode())
            self.index.note_countersigned(sid, commit.statement.seq)
        self.store.write_statement(sid, stem, commit.parts)
        return Stored(sid, SESSION, commit.data, commit.statement, commit.entry)

    def _check_open(self, statement: Open, allowed: Token, technician: Certificate, signers: str) -> None:
        if statement.certificate != allowed.certificate:
            raise Refusal("wrong-token", "the room was opened by another technician")
        try:
            self._trust.counting(technician.blob, "technician")
        except IdentityRefused as refused:
            raise Refusal("not-signed", str(refused)) from None
        if not self.store.has_keys(statement.sid):
            raise Refusal("no-keys")
        if self.store.read(statement.sid, names.SIGNERS) != signers.encode():
            raise Refusal("no-object", names.SIGNERS)

    def _check_custodian(self, commit: Commit, statement: Access, principal: str) -> None:
        try:
            signer = self._trust.verify_signed(commit.data, commit.signature, Namespace.CUSTODY, "auditor")
            leaf, signature = statements.check_entry(commit.entry, commit.data)
            # By the bare key: a certificate would put the auditor's name into the log for ever.
            verify(leaf, signature, Namespace.LEAF, key=signer.key)
        except (IdentityRefused, EvidenceError) as error:
            raise Refusal("not-signed", str(error)) from None
        if {signer.principal, statement.by} != {principal}:
            raise Refusal("not-signed", "the statement is somebody else's")

    def _check_custody_chain(self, commit: Commit, session: Session) -> None:
        chain = statements.Custody(session.sid, session.custody_head or session.head)
        chain.length = session.custody_length
        try:
            chain.follow(commit.data)
        except EvidenceError as error:
            raise Refusal("out-of-order", str(error)) from None

    def _record(self, found: list[Stored], start: int) -> None:
        """Index statements whose leaves stand in the log one after another from `start` on."""
        sessions: dict[str, Session | None] = {}
        records = []
        now = round(self._clock() * 1000)
        for offset, stored in enumerate(found):
            sid = stored.sid
            before = sessions[sid] if sid in sessions else self.index.session(sid)
            after = _after(before, stored)
            sessions[sid] = after
            statement = stored.statement
            records.append(
                Record(
                    session=after,
                    chain=stored.chain,
                    seq=statement.seq,
                    kind=statement.KIND,
                    custodian=getattr(statement, "by", None),
                    # What a new index finds in an old log is as old as it says, not of now.
                    at=min(now, statement.t0),
                    awaited=commits.grants(statement) and stored.technician is None,
                    place=Place(start + offset, self.log.size),
                )
            )
        self.index.record(records, start + len(found))

    def _of_entry(self, entry: bytes) -> Stored:
        leaf, _, _ = statements.parse_entry(entry)
        chain = CUSTODY if leaf.k in _CUSTODY_KINDS else SESSION
        stored = self._stored(leaf.s, chain, leaf.n)
        if stored is None or statements.digest(stored.data) != leaf.h:
            raise StorageFailed("the log has a leaf whose statement is not in the store")
        return stored

    def _stored(self, sid: str, chain: int, seq: int) -> Stored | None:
        stem = f"{_FOLDERS[chain]}/{seq:06}"
        data, entry = self.store.read(sid, f"{stem}.json"), self.store.read(sid, f"{stem}.leaf")
        if data is None or entry is None:
            return None
        statement = statements.parse(data)
        signature = self.store.read(sid, f"{stem}.json.technician.sig")
        technician = None
        if signature is not None:
            technician = read(open_container(signature, Namespace.SESSION).signer)
        return Stored(sid, chain, data, statement, entry, technician)


def _after(before: Session | None, stored: Stored) -> Session:
    """Return a session's state with one statement more."""
    statement, head = stored.statement, statements.digest(stored.data)
    if before is None:
        technician = stored.technician
        if not isinstance(statement, Open) or technician is None:
            raise StorageFailed("the log has statements of a session without its open statement")
        before = Session(
            sid=statement.sid,
            public_key=statement.public_key,
            certificate=statement.certificate,
            technician=technician.name,
            number=technician.number,
            opened_ms=statement.t0,
        )
    if stored.chain == CUSTODY:
        return before._replace(custody_length=statement.seq + 1, custody_head=head)
    after = before._replace(length=statement.seq + 1, head=head)
    match statement:
        case Consented(event="allowed"):
            return after._replace(allowed=True)
        case Close():
            return after._replace(closed_ms=statement.t0, reason=statement.reason)
        case _:
            return after
