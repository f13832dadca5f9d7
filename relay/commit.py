"""What a commit must be before it counts: PROTOCOL.md, section 1, and RECORDING.md, section 2.

Pure checks; whoever calls has read the session's state, and stores the result.
"""

import base64
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from relay.failures import Refusal
from relay.index import Session
from session import statements
from session.certificates import Certificate, read
from session.errors import EvidenceError, IdentityRefused
from session.keys import PublicKey
from session.signatures import Namespace, open_container, verify, verify_container
from session.statements import Close, Consented, Open, SealedObject, Segment, SessionStatement, Statement

BODY_LIMIT = 128 * 1024 + statements.ATTACHED_LIMIT

_COUNTERSIGNED = (Open, Consented, Close)
_GRANTING = frozenset({"allowed", "more-allowed", "renewed"})
_OF_THE_SCREEN = ("screen-", "images-", "video-")


class _Body(Struct, frozen=True, forbid_unknown_fields=True):
    statement: Annotated[str, Meta(max_length=2 * statements.STATEMENT_LIMIT)]
    signature: Annotated[str, Meta(max_length=8192)]
    technician: Annotated[str, Meta(max_length=8192)] | None
    leaf: Annotated[str, Meta(max_length=2 * statements.LEAF_LIMIT)]


@dataclass(frozen=True, slots=True)
class Commit:
    """A statement with its signatures and its entry for the log; nothing in it is checked.

    Args:
        data: the statement's bytes.
        statement: what it says.
        signature: armored.
        technician: the countersignature, armored, or None.
        entry: the log's entry.
        attached: all of the statement's objects, one after the other; empty if they were brought before.
    """

    data: bytes
    statement: Statement
    signature: str
    technician: str | None
    entry: bytes
    attached: bytes = b""

    @property
    def parts(self) -> dict[str, bytes]:
        """What is stored of it: ending → content."""
        parts = {".json": self.data, ".json.sig": self.signature.encode(), ".leaf": self.entry}
        if self.technician is not None:
            parts[".json.technician.sig"] = self.technician.encode()
        return parts


def decode(body: bytes) -> Commit:
    """Read the body of a commit.

    Raises:
        Refusal: it is malformed.
    """
    try:
        # JSON without a line break, and behind one the objects as they are.
        head, _, attached = body.partition(b"\n")
        found = msgspec.json.decode(head, type=_Body)
        data = base64.b64decode(found.statement, validate=True)
        entry = base64.b64decode(found.leaf, validate=True)
        return Commit(data, statements.parse(data), found.signature, found.technician, entry, attached)
    except (ValueError, RecursionError, EvidenceError) as error:
        # Its text may quote the request.
        raise Refusal("malformed", type(error).__name__) from None


def check_follows(commit: Commit, sid: str, session: Session | None) -> SessionStatement:
    """Check that a statement is the next one of its session.

    Args:
        commit: the commit.
        sid: the session that the request is about.
        session: its state; None before `open`.

    Raises:
        Refusal: it is not.
    """
    if commit.statement.sid != sid:
        raise Refusal("malformed", "another session's statement")
    if session is not None and session.closed:
        raise Refusal("closed")
    chain = statements.Chain()
    if session is not None:
        chain.sid, chain.head, chain.length = session.sid, session.head, session.length
        chain.allowed = bool(session.allowed)
    try:
        return chain.follow(commit.data)
    except EvidenceError as error:
        raise Refusal("out-of-order", str(error)) from None


def session_key(statement: SessionStatement, session: Session | None) -> PublicKey:
    """Return the key that signs a session's statements.

    Raises:
        Refusal: the `open` statement's key is not the one that the session is named after.
    """
    try:
        if session is not None:
            return PublicKey.from_text(session.public_key)
        key = PublicKey.from_text(statement.public_key if isinstance(statement, Open) else "")
    except IdentityRefused as refused:
        raise Refusal("not-signed", str(refused)) from None
    if key.digest != statement.sid or (isinstance(statement, Open) and key.text != statement.public_key):
        raise Refusal("not-signed", "the session is not named after this key")
    return key


def check_signed(commit: Commit, key: PublicKey) -> None:
    """Check the session key's signatures over a statement and over its leaf.

    Raises:
        Refusal: one is not good, or the leaf is another statement's.
    """
    try:
        verify(commit.data, commit.signature, Namespace.SEGMENT, key=key)
        leaf, signature = statements.check_entry(commit.entry, commit.data)
        verify(leaf, signature, Namespace.LEAF, key=key)
    except (IdentityRefused, EvidenceError) as error:
        raise Refusal("not-signed", str(error)) from None


def check_countersigned(commit: Commit, certificate: str) -> Certificate | None:
    """Check the technician's countersignature; only `open` cannot do without.

    A technician who has gone signs nothing more, and the session must still be
    closed; nothing is recorded as shown on the strength of it, see `has_pictures`.
    Whether the certificate counts was decided when the session was opened; what
    is asked here is whether exactly this technician signed exactly this.

    Args:
        commit: the commit.
        certificate: digest of the session's certificate.

    Returns:
        The technician's certificate, if there is a countersignature.

    Raises:
        Refusal: it is missing, not good, or has no place here.
    """
    if commit.technician is None:
        if isinstance(commit.statement, Open):
            raise Refusal("not-signed", "the technician's countersignature is missing")
        return None
    if not isinstance(commit.statement, _COUNTERSIGNED):
        raise Refusal("malformed", "this statement is not countersigned")
    try:
        container = open_container(commit.technician, Namespace.SESSION)
        found = read(container.signer)
        verify_container(container, commit.data, found.key)
    except IdentityRefused as refused:
        raise Refusal("not-signed", str(refused)) from None
    if found.digest != certificate:
        raise Refusal("not-signed", "the countersignature is another technician's")
    return found


def grants(statement: Statement) -> bool:
    """Tell whether a statement says that the person allowed something."""
    return isinstance(statement, Consented) and statement.event in _GRANTING


def has_pictures(statement: SessionStatement) -> bool:
    """Tell whether a statement names something of the screen: pictures, or images or a video of them."""
    names = (wanted.name for wanted in objects_of(statement))
    return any(kind in name for name in names for kind in _OF_THE_SCREEN)


def objects_of(statement: SessionStatement) -> tuple[SealedObject, ...]:
    """Return the objects that a statement names."""
    if isinstance(statement, Consented):
        return (statement.object,)
    return statement.objects if isinstance(statement, Segment) else ()


def attached_objects(commit: Commit) -> list[tuple[SealedObject, bytes]]:
    """Return the objects that came along with their statement.

    Raises:
        Refusal: they are not those that it names, or too long.
    """
    if not commit.attached:
        return []
    objects = objects_of(commit.statement) if isinstance(commit.statement, SessionStatement) else ()
    if len({each.name for each in objects}) != len(objects):
        raise Refusal("malformed", "an object comes along twice")
    if sum(each.size for each in objects) != len(commit.attached):
        raise Refusal("malformed", "what is attached is not what the statement names")
    if len(commit.attached) > statements.ATTACHED_LIMIT:
        raise Refusal("too-large", f"{len(commit.attached)} bytes attached")
    found: list[tuple[SealedObject, bytes]] = []
    place = 0
    for each in objects:
        content = commit.attached[place : place + each.size]
        if statements.digest(content) != each.sha256:
            raise Refusal("malformed", f"{each.name} is not what the statement names")
        found.append((each, content))
        place += each.size
    return found
