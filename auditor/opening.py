"""Opening a session, from wherever it is: with a reason, its check, and then its content."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditor.case import Case
from auditor.config import Config
from auditor.credentials import Ask, load_credentials, load_identity
from auditor.findings import Failure, Report
from auditor.online import RelaySource
from auditor.recording import Recording
from auditor.relay_client import RelayClient
from auditor.source import Bundle, Source, is_sid
from auditor.verify import Progress, examine
from session.errors import ConfigurationError, EvidenceError
from session.plain import display_name
from session.sealing import Identity

REASON_LIMIT = 500

_NEEDED = frozenset({Failure.ROOT, Failure.STATEMENT, Failure.CHAIN, Failure.OBJECT, Failure.UNREADABLE})
"""With one of these, what would be played is not what was recorded."""


@dataclass(frozen=True)
class Opened:
    """A session that has been checked and opened.

    Args:
        case: its evidence.
        report: its check.
        recording: its content.
    """

    case: Case
    report: Report
    recording: Recording


@contextmanager
def open_source(target: str, config: Config, ask: Ask) -> Iterator[Source]:
    """Open the evidence that a command names.

    Args:
        target: the folder of a bundle, or a session at the relay.
        config: relay and credentials.
        ask: asks for passphrases.

    Raises:
        ConfigurationError: it is neither, or what the relay needs is not named.
    """
    if not is_sid(target) or Path(target).is_dir():
        yield Bundle(Path(target))
        return
    with open_relay(config, ask) as source:
        yield source


@contextmanager
def open_relay(config: Config, ask: Ask) -> Iterator[RelaySource]:
    """Open the evidence of a relay; raises as `open_source`."""
    if not config.relay:
        raise ConfigurationError("name the relay with --relay, or pin the organisation: byleave audit adopt")
    if config.key is None or config.certificate is None:
        raise ConfigurationError("the relay shows evidence to auditors only: name --key and --certificate")
    credentials = load_credentials(config.key, config.certificate, ask)
    with ExitStack() as stack:
        client = stack.enter_context(RelayClient(config.relay, credentials))
        yield stack.enter_context(RelaySource(client))


def choose_session(source: Source, target: str, session: str | None) -> str:
    """Return the session that a command means.

    Args:
        source: where it is.
        target: what the command names: a bundle, or the session itself.
        session: what `--session` says, if it is given.

    Raises:
        ConfigurationError: the bundle holds several and none was chosen, or not the chosen one.
    """
    if is_sid(target):
        return target
    found = source.sessions()
    if session is not None:
        matching = [sid for sid in found if sid.startswith(session)]
        if len(matching) == 1:
            return matching[0]
        raise ConfigurationError(f"{len(matching)} sessions in {source.title} begin with {session}")
    if len(found) == 1:
        return found[0]
    raise ConfigurationError(f"{source.title} holds {len(found)} sessions: choose one with --session")


def choose_sessions(source: Source, target: str, session: str | None) -> list[str]:
    """Return all sessions that a command means: those of a bundle unless one is chosen; raises alike."""
    if session is None and not is_sid(target):
        return source.sessions()
    return [choose_session(source, target, session)]


def state_reason(source: Source, sid: str, reason: str) -> None:
    """Sign and log why a recording is opened, where somebody keeps a log of it.

    Raises:
        ConfigurationError: there is no reason.
        EvidenceError: the relay does not take it.
    """
    if not isinstance(source, RelaySource):
        return
    # What is signed is what will be shown; the relay takes no control characters.
    shown = display_name(reason, REASON_LIMIT + 1)
    if not 1 <= len(shown) <= REASON_LIMIT:
        raise ConfigurationError("say why you open this recording: --reason, up to 500 characters")
    source.open_for(sid, shown)


def identities_of(config: Config, ask: Ask) -> list[Identity]:
    """Return the auditor's age identities; none if none is named."""
    return [load_identity(config.identity, ask)] if config.identity else []


def open_session(
    source: Source,
    sid: str,
    config: Config,
    identities: list[Identity],
    progress: Progress | None = None,
    note: Callable[[Report], None] | None = None,
    keeping: bool = False,
) -> Opened:
    """Check a session and open its content.

    Args:
        source: where it is; the reason has been stated.
        sid: the session.
        config: whose root is pinned.
        identities: with which it is opened.
        progress: is told of each step of the check.
        note: is told the outcome before anything is opened.
        keeping: whether pictures are kept for a replay.

    Raises:
        ConfigurationError: there is no identity.
        EvidenceError: the evidence is such that what would be played is not what was recorded.
    """
    if not identities:
        raise ConfigurationError("to open the recording, name your age identity: --identity FILE")
    case = Case(source, sid, config.pin, identities, keeping=keeping)
    report = examine(case, progress)
    if note:
        note(report)
    broken = next((each for each in report.findings if each.failure in _NEEDED), None)
    if broken is not None:
        raise EvidenceError(f"{broken.where or broken.failure.word}: {broken.words}")
    if "main" not in case.keys:
        raise EvidenceError("the session's main key cannot be opened with this identity")
    return Opened(case, report, Recording(source, sid, case.statements, case.keys))
