"""What a check can find, and what it found: the vocabulary of `byleave audit verify`.

Each failure has its own words and its own exit code; docs/reference/exit-codes.md
shows this table. When there are several, the first in the order of the steps is
the exit code, for the steps go from what everything rests on to what rests on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from session.errors import PeerError

SUCCESS = 0


class Failure(Enum):
    """Every way in which evidence can be wrong: its exit code, and what it means."""

    UNPINNED = 20, "nobody has said which root key is the organisation's"
    ROOT = 21, "the evidence is under another root key than the one that is pinned"
    PROFILE = 22, "the organisation's profile or a file made from it is not what the root signed"
    REVOCATIONS = 23, "the revocation list is not good, or says nothing about the time of the session"
    CHECKPOINT = 24, "the log did not sign its checkpoint, or a tile contradicts it"
    STATEMENT = 25, "a statement is missing, malformed or not what the session key signed"
    CHAIN = 26, "the statements do not follow each other as they must"
    CERTIFICATE = 27, "the technician's certificate did not count when it was used"
    COUNTERSIGNATURE = 28, "a countersignature of the technician is missing, or by somebody else"
    LEAF = 29, "a leaf is not the statement's, or not signed by the session key"
    INCLUSION = 30, "a statement is not in the log"
    COMPLETENESS = (
        31,
        "the log holds statements of this session that are not here, or cannot be looked through",
    )
    HISTORY = 32, "a checkpoint that was signed into the session is not part of the log's history"
    OBJECT = 33, "a sealed file is missing or was changed"
    KEYS = 34, "the wrapped keys are missing or are not the session's"
    CONSENT = 35, "something was recorded without consent, or a consent record is not what was signed"
    CONTENT = 36, "the sealed content cannot be read, or shows something that was not allowed"
    UNFINISHED = 37, "the session has no close: it is still running, or its end was cut off"
    CUSTODY = 38, "the record of who opened the recording is broken"
    UNREADABLE = 39, "there is no evidence of this session here"

    @property
    def code(self) -> int:
        """The exit code."""
        return self.value[0]

    @property
    def meaning(self) -> str:
        """The sentence of the table."""
        return self.value[1]

    @property
    def word(self) -> str:
        """The name in `--json`."""
        return self.name.lower()


class Verdict(StrEnum):
    """The outcome of all steps together."""

    VERIFIED = "verified"
    CLOSED_ALONE = "closed-alone"
    RECOVERED = "recovered"
    UNPINNED = "unpinned"
    FAILED = "failed"


class Status(StrEnum):
    """The outcome of one step."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        failure: which kind.
        words: what is wrong here.
        where: the file, as a path in the bundle, or empty.
    """

    failure: Failure
    words: str
    where: str = ""


@dataclass
class Step:
    """One step of the check.

    Args:
        name: a word or two.
        proves: one line: what is known when it passes.
        findings: what is wrong.
        notes: what an auditor should know although nothing is wrong.
        skipped: why it was not done, or empty.
    """

    name: str
    proves: str
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def status(self) -> Status:
        """How it ended."""
        if self.findings:
            return Status.FAILED
        return Status.SKIPPED if self.skipped else Status.PASSED

    def fail(self, failure: Failure, words: str, where: str = "") -> None:
        """Say that something is wrong."""
        self.findings.append(Finding(failure, words, where))

    def note(self, words: str) -> None:
        """Say something that an auditor should know."""
        self.notes.append(words)

    @contextmanager
    def expecting(self, failure: Failure, where: str = "") -> Iterator[None]:
        """Count a refusal inside the block as this failure."""
        try:
            yield
        except PeerError as error:
            self.fail(failure, str(error), where)


@dataclass(frozen=True)
class Facts:
    """What the evidence says of a session; nothing here is more than the steps say it is.

    Args:
        technician: name and principal from the certificate, or empty.
        organisation: from the profile, or empty.
        opened_ms: when it was opened, milliseconds since 1970.
        closed_ms: when it was closed, or None.
        reason: why it ended, or empty.
        gap_ms: milliseconds at the end that are not recorded.
        statements: how many there are.
        segments: how many of them are segments.
        size: bytes of all sealed objects.
    """

    technician: str = ""
    organisation: str = ""
    opened_ms: int | None = None
    closed_ms: int | None = None
    reason: str = ""
    gap_ms: int = 0
    statements: int = 0
    segments: int = 0
    size: int = 0

    @property
    def duration_s(self) -> float:
        """Seconds from open to close."""
        if self.opened_ms is None or self.closed_ms is None:
            return 0.0
        return (self.closed_ms - self.opened_ms) / 1000


@dataclass(frozen=True)
class Report:
    """All steps of one session's check, in order.

    Args:
        sid: the session.
        steps: what was done.
        facts: what the evidence says.
        alone: the technician did not countersign the end.
    """

    sid: str
    steps: tuple[Step, ...]
    facts: Facts
    alone: bool = False

    @property
    def findings(self) -> list[Finding]:
        """Everything that is wrong, in the order of the steps."""
        return [finding for step in self.steps for finding in step.findings]

    @property
    def verdict(self) -> Verdict:
        """The outcome; a session with a gap, or closed by the agent alone, has its own."""
        failures = {finding.failure for finding in self.findings}
        if failures - {Failure.UNPINNED}:
            return Verdict.FAILED
        if failures:
            return Verdict.UNPINNED
        if self.facts.reason == "recovered":
            return Verdict.RECOVERED
        return Verdict.CLOSED_ALONE if self.alone else Verdict.VERIFIED

    @property
    def exit_code(self) -> int:
        """0, or the code of the first failure; that the root is not pinned counts last."""
        failures = [finding.failure for finding in self.findings]
        serious = [failure for failure in failures if failure is not Failure.UNPINNED]
        return next((failure.code for failure in serious + failures), SUCCESS)
