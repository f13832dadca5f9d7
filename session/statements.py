"""The signed statements of a session, and their leaves: RECORDING.md, section 2.

A statement is canonical JSON: one value has one encoding, so that what is
signed and hashed cannot be written in two ways. Signing itself is the callers'
affair (`session.signatures`); here are bytes, chains and their laws.

Laws of a session's chain:
    1. `open` is first and only first, `close` is last and only last.
    2. Each statement names the digest of the one before.
    3. A `segment` comes only after a `consent` whose event is `allowed`.
    4. Custody starts anew after `close`, tied to its digest.
"""

import hashlib
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from session.errors import EvidenceError

STATEMENT_LIMIT = 32 * 1024
LEAF_LIMIT = 16 * 1024
ATTACHED_LIMIT = 32 * 1024
"""Bytes of objects that may come along with the statement that names them, in one request."""
VERSION = 1
SEGMENT_MS = 5000
OBJECTS_LIMIT = 32
"""Of one segment."""

STATEMENT_NAMESPACE = "segment@byleave"
LEAF_NAMESPACE = "leaf@byleave"
COUNTERSIGNATURE_NAMESPACE = "session@byleave"
CUSTODY_NAMESPACE = "custody@byleave"
DEVICE_NAMESPACE = "device@byleave"

Digest: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Previous: TypeAlias = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]
Salt: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Whole: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Line: TypeAlias = Annotated[str, Meta(max_length=500)]
IdentityName: TypeAlias = Literal["main", "sensitive", "consent"]
ObjectName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(init/video-[0-9]{1,2}-[0-9]{1,6}-[0-9]{1,10}\.mp4"
        r"|seg/[0-9]{6}\.video-[0-9]{1,2}-[0-9]{1,6}-[0-9]{1,10}\.m4s"
        r"|seg/[0-9]{6}\.screen-[0-9]{1,2}-[0-9]{1,6}\.jsonl"
        r"|seg/[0-9]{6}\.images-[0-9]{1,2}-[0-9]{1,6}\.(png|webp|vp8|jpeg)"
        r"|seg/[0-9]{6}\.(events|sensitive|index)\.jsonl|seg/[0-9]{6}\.terminal-[0-9]{1,2}\.cast"
        r"|consent/[0-9]{3}\.json)\.age\Z"
    ),
]
ConsentEvent: TypeAlias = Literal[
    "allowed",
    "refused",
    "timed-out",
    "withdrawn",
    "more-allowed",
    "more-refused",
    "more-timed-out",
    "more-withdrawn",
    "renewed",
    "revoked",
]


class SealedObject(Struct, frozen=True, forbid_unknown_fields=True):
    """One sealed file: its path below the session's folder, its size in bytes, its SHA-256."""

    key: IdentityName
    name: ObjectName
    sha256: Digest
    size: Whole


class Recipients(Struct, frozen=True, forbid_unknown_fields=True):
    """The public halves of the session's three age identities."""

    main: Line
    sensitive: Line
    consent: Line


class Base(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """The fields of every statement; times are milliseconds since 1970."""

    KIND: ClassVar[str] = ""

    v: Literal[1] = 1
    sid: Digest
    seq: Annotated[int, Meta(ge=0, le=999999)]
    prev: Previous
    salt: Salt
    t0: Whole


class Open(Base, frozen=True, tag="open", kw_only=True):
    """An authenticated request has arrived; nothing has been shown or seen."""

    KIND = "open"
    public_key: Line
    recipients: Recipients
    certificate: Digest
    profile: Digest
    policy: Literal["strict", "spool"]
    agent: Line


class Consented(Base, frozen=True, tag="consent", kw_only=True):
    """What the person was asked and answered; `plain` is SHA-256(salt ‖ plain record)."""

    KIND = "consent"
    event: ConsentEvent
    object: SealedObject
    plain: Digest


class Segment(Base, frozen=True, tag="segment", kw_only=True):
    """Up to five seconds; decoding of the pictures must start at statement `start`."""

    KIND = "segment"
    t1: Whole
    start: Annotated[int, Meta(ge=0, le=999999)] | None
    objects: Annotated[tuple[SealedObject, ...], Meta(min_length=1, max_length=OBJECTS_LIMIT)]


class Idle(Base, frozen=True, tag="idle", kw_only=True):
    """Nothing happened until `t1`."""

    KIND = "idle"
    t1: Whole


class Close(Base, frozen=True, tag="close", kw_only=True):
    """The session is over; `gap` milliseconds before this are not recorded."""

    KIND = "close"
    reason: Annotated[str, Meta(pattern=r"^[a-z-]{1,32}\Z")]
    gap: Whole = 0
    checkpoint: Annotated[str, Meta(max_length=4000)] | None = None


class Access(Base, frozen=True, tag="access", kw_only=True):
    """Somebody opened the recording, and why."""

    KIND = "access"
    by: Line
    reason: Line


class Annotation(Base, frozen=True, tag="annotation", kw_only=True):
    """A signed note beside the recording."""

    KIND = "annotation"
    by: Line
    object: SealedObject


class Rewrap(Base, frozen=True, tag="rewrap", kw_only=True):
    """The identities were wrapped to further recipients."""

    KIND = "rewrap"
    by: Line
    recipients: Annotated[tuple[Line, ...], Meta(max_length=100)]


class Erase(Base, frozen=True, tag="erase", kw_only=True):
    """The wrapped identities were deleted."""

    KIND = "erase"
    by: Line
    reason: Line


SessionStatement: TypeAlias = Open | Consented | Segment | Idle | Close
CustodyStatement: TypeAlias = Access | Annotation | Rewrap | Erase
Statement: TypeAlias = SessionStatement | CustodyStatement


class Leaf(Struct, frozen=True, forbid_unknown_fields=True):
    """What the log says of a statement; it names nobody."""

    h: Digest
    k: Annotated[str, Meta(pattern=r"^[a-z]{1,16}\Z")]
    n: Annotated[int, Meta(ge=0, le=999999)]
    s: Digest
    v: Literal[1] = 1


_STATEMENT: msgspec.json.Decoder[Statement] = msgspec.json.Decoder(Statement)
_LEAF = msgspec.json.Decoder(Leaf)
_CANONICAL = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """Return the one encoding of a value made of maps, lists, strings, integers and null."""
    return _CANONICAL.encode(value)


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def parse(data: bytes) -> Statement:
    """Read a statement.

    Raises:
        EvidenceError: it is no statement, or not in its canonical encoding.
    """
    if len(data) > STATEMENT_LIMIT:
        raise EvidenceError(f"a statement of {len(data)} bytes")
    try:
        statement = _STATEMENT.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise EvidenceError(f"not a statement: {error}") from None
    if canonical(statement) != data:
        raise EvidenceError("a statement is not in its canonical encoding")
    return statement


def leaf_of(statement: bytes) -> bytes:
    """Return the leaf of a statement, to be signed with `LEAF_NAMESPACE`."""
    parsed = parse(statement)
    return canonical(Leaf(h=digest(statement), k=parsed.KIND, n=parsed.seq, s=parsed.sid))


def entry(leaf: bytes, signature: bytes) -> bytes:
    """Return the log's entry: the leaf, a newline, its armored signature."""
    return leaf + b"\n" + signature


def parse_entry(data: bytes) -> tuple[Leaf, bytes, bytes]:
    """Return the leaf, its bytes and its signature.

    Raises:
        EvidenceError: it is not an entry.
    """
    if len(data) > LEAF_LIMIT:
        raise EvidenceError(f"an entry of {len(data)} bytes")
    raw, newline, signature = data.partition(b"\n")
    try:
        leaf = _LEAF.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise EvidenceError(f"not a leaf: {error}") from None
    if not newline or canonical(leaf) != raw:
        raise EvidenceError("a leaf is not in its canonical encoding")
    return leaf, raw, signature


def check_entry(data: bytes, statement: bytes) -> tuple[bytes, bytes]:
    """Check that an entry is this statement's; return the leaf and its signature.

    Raises:
        EvidenceError: it is another statement's entry.
    """
    _, raw, signature = parse_entry(data)
    if raw != leaf_of(statement):
        raise EvidenceError("the leaf is not this statement's")
    return raw, signature


class Chain:
    """Follows the statements of one session, in order, and refuses what breaks a law.

    Attributes:
        sid: the session, from the first statement on.
        head: digest of the last statement.
        length: how many statements there are.
        allowed: whether a `consent` with `allowed` has been seen.
        closed: whether `close` has been seen.
    """

    def __init__(self) -> None:
        self.sid = ""
        self.head = ""
        self.length = 0
        self.allowed = False
        self.closed = False

    def follow(self, data: bytes) -> SessionStatement:
        """Take the next statement.

        Raises:
            EvidenceError: it does not follow.
        """
        statement = parse(data)
        if not isinstance(statement, Open | Consented | Segment | Idle | Close):
            raise EvidenceError(f"a statement of custody among the session's: {statement.KIND}")
        self._check_place(statement)
        if isinstance(statement, Segment) and not self.allowed:
            raise EvidenceError("a segment was recorded before the person allowed anything")
        self.sid, self.head, self.length = statement.sid, digest(data), self.length + 1
        if isinstance(statement, Consented) and statement.event == "allowed":
            self.allowed = True
        self.closed = isinstance(statement, Close)
        return statement

    def _check_place(self, statement: SessionStatement) -> None:
        if self.closed:
            raise EvidenceError("a statement after close")
        if isinstance(statement, Open) != (self.length == 0):
            raise EvidenceError("open must be the first statement, and only the first")
        if statement.seq != self.length:
            raise EvidenceError(f"statement {statement.seq} where {self.length} was due")
        if statement.prev != self.head:
            raise EvidenceError(f"statement {statement.seq} does not follow the one before")
        if self.length and statement.sid != self.sid:
            raise EvidenceError(f"statement {statement.seq} is another session's")


class Custody:
    """Follows the custody statements after a session's `close`.

    Args:
        sid: the session.
        close: digest of its `close` statement.
    """

    def __init__(self, sid: str, close: str) -> None:
        self.sid = sid
        self.head = close
        self.length = 0

    def follow(self, data: bytes) -> CustodyStatement:
        """Take the next custody statement.

        Raises:
            EvidenceError: it does not follow.
        """
        statement = parse(data)
        if isinstance(statement, Open | Consented | Segment | Idle | Close):
            raise EvidenceError(f"a statement of the session after its close: {statement.KIND}")
        place = (statement.sid, statement.seq, statement.prev)
        if place != (self.sid, self.length, self.head):
            raise EvidenceError(f"custody statement {statement.seq} does not follow the one before")
        self.head, self.length = digest(data), self.length + 1
        return statement
