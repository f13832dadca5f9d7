"""The session's chain of signed statements, made one at a time: RECORDING.md, section 2.

The statement file is written last: it is the commit record of its objects,
signature and leaf. Everything here may block on the disk and is called from
worker threads; one lock keeps the order.
"""

import secrets
import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Literal, TypedDict

from agent.spool import Spool, make_names_durable, write_durably, write_whole
from session import statements
from session.keys import PrivateKey
from session.signatures import Namespace, sign
from session.statements import (
    Chain,
    Close,
    Consented,
    ConsentEvent,
    Idle,
    Open,
    Recipients,
    SealedObject,
    Segment,
    SessionStatement,
)

Write = Callable[[str, bytes, statements.IdentityName], SealedObject]


def wall_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Made:
    """A statement with its signature and its entry for the log."""

    seq: int
    kind: str
    statement: bytes
    signature: bytes
    leaf: bytes


@dataclass(frozen=True)
class Place:
    """Where the next statement stands; its objects are named and salted by this."""

    seq: int
    salt: str


class Fixed(TypedDict):
    """The fields that every statement has and that its place decides."""

    sid: str
    seq: int
    prev: str
    salt: str


class Journal:
    """Makes the statements of one session.

    Args:
        spool: where they are kept.
        key: the session key.
        made: is called with each statement, in order, in the thread that made it.
    """

    def __init__(self, spool: Spool, key: PrivateKey, made: Callable[[Made], None]) -> None:
        self._spool = spool
        self._key = key
        self._made = made
        self._chain = Chain()
        self._lock = threading.Lock()

    def resume(self) -> None:
        """Follow the statements that are durable already, after a crash."""
        for seq in self._spool.statements():
            self._chain.follow(self._spool.statement(seq).read_bytes())

    @property
    def closed(self) -> bool:
        """Tell whether the session has its `close`."""
        return self._chain.closed

    @property
    def allowed(self) -> bool:
        """Tell whether the person has allowed anything yet."""
        return self._chain.allowed

    def open(
        self,
        *,
        public_key: str,
        recipients: Recipients,
        certificate: str,
        profile: str,
        policy: Literal["strict", "spool"],
        agent: str,
    ) -> Made:
        """Make the first statement."""
        with self._lock:
            place, fixed = self._next()
            return self._commit(
                Open(
                    **fixed,
                    t0=wall_ms(),
                    public_key=public_key,
                    recipients=recipients,
                    certificate=certificate,
                    profile=profile,
                    policy=policy,
                    agent=agent,
                ),
                place,
            )

    def consent(self, event: ConsentEvent, make: Callable[[Place], tuple[SealedObject, str]]) -> Made:
        """Make a `consent` statement; `make` writes the record and returns it with its salted digest."""
        with self._lock:
            place, fixed = self._next()
            sealed, plain = make(place)
            return self._commit(
                Consented(**fixed, t0=wall_ms(), event=event, object=sealed, plain=plain), place
            )

    def segment(
        self, t0: int, t1: int, make: Callable[[Place], tuple[int | None, tuple[SealedObject, ...]]]
    ) -> Made:
        """Make a `segment` statement; `make` writes its objects and says where decoding must start."""
        with self._lock:
            place, fixed = self._next()
            start, objects = make(place)
            return self._commit(Segment(**fixed, t0=t0, t1=t1, start=start, objects=objects), place)

    def idle(self, t0: int, t1: int) -> Made:
        """Make an `idle` statement."""
        with self._lock:
            place, fixed = self._next()
            return self._commit(Idle(**fixed, t0=t0, t1=t1), place)

    def close(self, reason: str, *, gap: int = 0, checkpoint: str | None = None) -> Made:
        """Make the last statement."""
        with self._lock:
            place, fixed = self._next()
            return self._commit(
                Close(**fixed, t0=wall_ms(), reason=reason, gap=gap, checkpoint=checkpoint), place
            )

    def _next(self) -> tuple[Place, Fixed]:
        place = Place(self._chain.length, secrets.token_hex(16))
        return place, Fixed(sid=self._spool.sid, seq=place.seq, prev=self._chain.head, salt=place.salt)

    def _commit(self, statement: SessionStatement, place: Place) -> Made:
        data = statements.canonical(statement)
        # What breaks a law must not reach the disk, and what does not reach the disk is not in the chain.
        chain = copy(self._chain)
        chain.follow(data)
        signature = sign(self._key, data, Namespace.SEGMENT)
        raw = statements.leaf_of(data)
        leaf = statements.entry(raw, sign(self._key, raw, Namespace.LEAF))
        path = self._spool.statement(place.seq)
        write_whole(self._spool.statement(place.seq, "json.sig"), signature)
        write_whole(self._spool.statement(place.seq, "leaf"), leaf)
        # Of these, and of the segment's objects beside them; the commit record never comes before them.
        make_names_durable(path.parent)
        write_durably(path, data)
        self._chain = chain
        made = Made(place.seq, statement.KIND, data, signature, leaf)
        self._made(made)
        return made
