"""Is this session being recorded? The console's own judgement, by the log and not by the agent's word.

EVIDENCE, *Fail closed*; PROTOCOL.md, section 7 (figures). Statements and times
come in, verdicts come out; who asks the log is `public_log`.

Laws of this file:
    1. A statement counts only if it is this session's, signed by the introduced key, next in its chain.
    2. It is recorded when the log was seen to hold its leaf, never because somebody says so.
    3. While the link is up, what is not recorded freezes the session after 10 s and ends it after 30 s.
    4. Nothing at all, when a segment is due, is not recorded either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from session.errors import EvidenceError, IdentityRefused, LimitExceeded
from session.keys import PublicKey
from session.ledger.hashing import leaf_hash
from session.messages import StatementLogged, StatementMade
from session.signatures import Namespace, dressed, verify
from session.statements import (
    SEGMENT_MS,
    Chain,
    Close,
    Consented,
    Open,
    SessionStatement,
    digest,
    entry,
    leaf_of,
    parse,
)

FREEZE_SECONDS = 10.0
END_SECONDS = 30.0
WAITING_MAXIMUM = 2000
"""Statements whose leaf was not found yet: the backlog of a lost link is far below."""

COUNTERSIGNED = (Open, Consented, Close)


class Verdict(StrEnum):
    """What the console thinks of the recording."""

    SAFE = "safe"
    FROZEN = "frozen"
    MISSING = "missing"


class LinkTime:
    """Seconds during which the link was up; the clocks of *fail closed* run on this.

    Args:
        clock: seconds of a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._before = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """The link is up."""
        if self._since is None:
            self._since = self._clock()

    def stop(self) -> None:
        """The link is lost."""
        self._before, self._since = self.read(), None

    def read(self) -> float:
        """Return the seconds until now."""
        return self._before + (0.0 if self._since is None else self._clock() - self._since)


@dataclass(frozen=True)
class Expected:
    """What the statements of this session must say.

    Args:
        session: SHA-256 of the session key's blob, as the introduction gave it.
        certificate: SHA-256 of the technician's certificate, in hexadecimal.
        profile: SHA-256 of the organisation's profile, in hexadecimal.
        policy: the profile's.
    """

    session: bytes
    certificate: str
    profile: str
    policy: str


@dataclass(frozen=True)
class Claim:
    """The agent says that the log holds this leaf at this place; ask the log."""

    seq: int
    index: int
    leaf: bytes


@dataclass
class _Waiting:
    leaf: bytes
    since: float
    index: int | None = None


class Witness:
    """Follows the statements of one session.

    Args:
        expected: what they must say.
        time: seconds during which the link was up.

    Attributes:
        chain: what was made so far.
        logged: how many statements were found in the log.
    """

    def __init__(self, expected: Expected, time: LinkTime) -> None:
        self.chain = Chain()
        self.logged = 0
        self._expected = expected
        self._time = time
        self._key: PublicKey | None = None
        self._digests: list[str] = []
        self._waiting: dict[int, _Waiting] = {}
        self._places: dict[int, int] = {}
        self._indices: set[int] = set()
        self._last: float | None = None
        self._watching = False

    def made(self, message: StatementMade) -> SessionStatement:
        """Take a statement; one that is known already changes nothing.

        Raises:
            EvidenceError: it is not what the next statement of this session must be.
            LimitExceeded: too many are not in the log.
        """
        data = message.statement
        statement = parse(data)
        if statement.seq < len(self._digests) and self._digests[statement.seq] == digest(data):
            # After a lost link an agent says again what it does not know to have arrived.
            return self._again(statement)
        if isinstance(statement, Open) and self._key is None:
            self._key = self._opened(statement)
        if self._key is None:
            raise EvidenceError("the first statement is not open")
        kept = self._checked_entry(message, self._key)
        followed = self.chain.follow(data)
        if (message.seq, message.kind) != (followed.seq, followed.KIND):
            raise EvidenceError("a statement is not what its message says")
        if len(self._waiting) >= WAITING_MAXIMUM:
            raise LimitExceeded(f"{WAITING_MAXIMUM} statements wait for the log already")
        self._digests.append(digest(data))
        self._last = self._time.read()
        self._waiting[followed.seq] = _Waiting(leaf_hash(kept), self._last)
        return followed

    def _again(self, statement: object) -> SessionStatement:
        if isinstance(statement, SessionStatement):
            return statement
        raise EvidenceError("a statement of custody among the session's")

    def _opened(self, statement: Open) -> PublicKey:
        """Check what `open` says, and return the session key."""
        try:
            key = PublicKey.from_text(statement.public_key)
        except IdentityRefused as error:
            raise EvidenceError(f"open names no session key: {error}") from None
        said = (statement.sid, key.digest, statement.certificate, statement.profile, statement.policy)
        session = self._expected.session.hex()
        wanted = (session, session, self._expected.certificate, self._expected.profile, self._expected.policy)
        names = ("session", "session key", "certificate", "profile", "policy")
        for name, one, other in zip(names, said, wanted, strict=True):
            if one != other:
                raise EvidenceError(f"open names another {name}")
        return key

    def _checked_entry(self, message: StatementMade, key: PublicKey) -> bytes:
        """Check both signatures; return the entry that the log must hold."""
        leaf, signature = leaf_of(message.statement), dressed(message.leaf, Namespace.LEAF, key)
        try:
            own = dressed(message.signature, Namespace.SEGMENT, key)
            verify(message.statement, own, Namespace.SEGMENT, key=key)
            verify(leaf, signature, Namespace.LEAF, key=key)
        except IdentityRefused as error:
            raise EvidenceError(f"statement {message.seq}: {error}") from None
        return entry(leaf, signature)

    def claimed(self, message: StatementLogged) -> Claim | None:
        """Take what the agent says of the log; None if it is known already.

        Raises:
            EvidenceError: there is no such statement, or two places are claimed for one.
        """
        waiting = self._waiting.get(message.seq)
        place = self._places.get(message.seq)
        if place is not None and place != message.index:
            raise EvidenceError(f"statement {message.seq} is said to be at two places of the log")
        if waiting is None or waiting.index is not None:
            if place is None:
                raise EvidenceError(f"statement {message.seq} is in the log, but was never made")
            return None
        if message.index in self._indices:
            raise EvidenceError(f"two statements are said to be at {message.index} of the log")
        waiting.index = self._places[message.seq] = message.index
        self._indices.add(message.index)
        return Claim(message.seq, message.index, waiting.leaf)

    def found(self, claim: Claim) -> None:
        """The log was seen to hold this leaf."""
        if self._waiting.pop(claim.seq, None) is not None:
            self.logged += 1

    def watch(self) -> None:
        """From now on something must be recorded every five seconds: the person has allowed something."""
        if not self._watching:
            self._watching = True
            self._last = self._time.read()

    @property
    def opened(self) -> bool:
        """Whether the log holds `open`."""
        return bool(self._digests) and 0 not in self._waiting

    @property
    def complete(self) -> bool:
        """Whether the session is closed and the log holds all of it."""
        return self.chain.closed and not self._waiting

    @property
    def searching(self) -> bool:
        """Whether the log is being asked for a statement."""
        return any(waiting.index is not None for waiting in self._waiting.values())

    @property
    def age(self) -> float:
        """For how many seconds something has not been recorded that should be."""
        now = self._time.read()
        since = [waiting.since for waiting in self._waiting.values()]
        if self._watching and self._last is not None and not self.chain.closed:
            since.append(self._last + SEGMENT_MS / 1000)
        return max([0.0, *(now - each for each in since)])

    @property
    def verdict(self) -> Verdict:
        """Whether the session may go on."""
        age = self.age
        if age >= END_SECONDS:
            return Verdict.MISSING
        if age >= FREEZE_SECONDS or not self.opened or not self.chain.allowed:
            return Verdict.FROZEN
        return Verdict.SAFE
