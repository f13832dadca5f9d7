"""The log: its checkpoint, the session's leaves in it, and that it holds no others."""

from auditor.case import Case, Held
from auditor.findings import Failure, Step
from auditor.log import PublishedLog
from auditor.proofs import Place
from session.errors import EvidenceError, IdentityRefused, LedgerError
from session.keys import PublicKey
from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from session.signatures import Namespace, verify
from session.statements import check_entry, parse_entry

SCAN_LIMIT = 100_000
"""Entries that are looked at after the start of a session that has no end, at most."""


def check_checkpoint(case: Case, step: Step) -> None:
    """Check the log's signature over its checkpoint, with the key that the profile names."""
    if case.profile is None:
        step.skipped = "there is no profile that names the log's key"
        return
    with step.expecting(Failure.CHECKPOINT, "log/checkpoint"):
        checkpoint = open_checkpoint(case.source.read("log/checkpoint"), case.profile.log_key)
        case.log = PublishedLog(case.source.read, checkpoint)
    if case.log is not None:
        for path in case.source.tiles():
            with step.expecting(Failure.CHECKPOINT, f"log/{path}"):
                case.log.check_tile(path)


def check_leaves(case: Case, step: Step) -> None:
    """Check that each statement's leaf is its own, and signed by the session's key."""
    if case.key is None:
        step.skipped = "there is no session key"
        return
    for held in case.held:
        where = held.path.removesuffix("json") + "leaf"
        if held.entry is None:
            step.fail(Failure.LEAF, "the leaf is missing", where)
            continue
        with step.expecting(Failure.LEAF, where):
            leaf, signature = check_entry(held.entry, held.data)
            verify(leaf, signature, Namespace.LEAF, key=case.key)


def check_inclusion(case: Case, step: Step) -> None:
    """Check the proof that the log holds each leaf, in the order of the statements."""
    if case.log is None:
        step.skipped = "there is no checkpoint to prove it against"
        return
    places = _places(case, step)
    last = -1
    for held in [*case.held, *case.custody]:
        place = places.get(held.path)
        if held.entry is None:
            continue
        if place is None:
            step.fail(Failure.INCLUSION, "there is no proof that the log holds it", held.path)
            continue
        with step.expecting(Failure.INCLUSION, held.path):
            _prove(case.log, held.entry, place)
            if place.index <= last:
                raise LedgerError("the log holds it before the statement that it follows")
            last = place.index


def check_completeness(case: Case, step: Step) -> None:
    """Check that the log's leaves of this session are exactly those of its statements."""
    if case.log is None or case.key is None:
        step.skipped = "there is no checkpoint, or no session key"
        return
    with step.expecting(Failure.COMPLETENESS, "log/proofs.json"):
        places = case.source.places(case.sid)
        own = {places[held.path].index: held for held in case.held if held.path in places}
        if not own:
            raise EvidenceError("nothing is said of where the log holds the session")
        first, last = min(own), max(own)
        if case.close is not None and last - first + 1 == len(own):
            step.note(f"the log holds the session at {first} to {last}, without a gap")
            return
        end = last + 1 if case.close is not None else min(case.log.size, first + SCAN_LIMIT)
        _scan(case, case.log, step, case.key, own, range(first, end))


def check_history(case: Case, step: Step) -> None:
    """Check that the checkpoint signed into `close` is part of the log's history."""
    if case.log is None or case.profile is None:
        step.skipped = "there is no checkpoint to compare with"
        return
    if case.close is None or case.close.checkpoint is None:
        step.skipped = "the session names no checkpoint"
        return
    with step.expecting(Failure.HISTORY, "log/checkpoint"):
        seen = open_checkpoint(case.close.checkpoint.encode(), case.profile.log_key)
        if seen.size > case.log.size:
            raise LedgerError(f"the session saw {seen.size} leaves, this checkpoint has {case.log.size}")
        if seen.size and case.log.root_at(seen.size) != seen.root:
            raise LedgerError(f"the session was shown another log of {seen.size} leaves")


def _places(case: Case, step: Step) -> dict[str, Place]:
    with step.expecting(Failure.INCLUSION, "log/proofs.json"):
        return case.source.places(case.sid)
    return {}


def _prove(log: PublishedLog, entry: bytes, place: Place) -> None:
    verify_inclusion(leaf_hash(entry), place.index, log.size, place.proof, log.checkpoint.root)


def _scan(
    case: Case, log: PublishedLog, step: Step, key: PublicKey, own: dict[int, Held], indices: range
) -> None:
    """Look at the log's entries one by one."""
    strangers = 0
    for index in indices:
        entry = log.entry(index)
        held = own.get(index)
        if held is not None:
            if entry != held.entry:
                raise LedgerError(f"the log's entry {index} is not the statement's leaf")
        elif _mentions(entry, case.sid):
            if not _is_signed(entry, key):
                strangers += 1
            elif entry not in {each.entry for each in case.held}:
                leaf = parse_entry(entry)[0]
                raise LedgerError(f"the log also holds a {leaf.k} statement {leaf.n} of this session")
    if strangers:
        step.note(f"{strangers} leaves name this session but are not signed by it; they are not its own")


def _mentions(entry: bytes, sid: str) -> bool:
    try:
        return parse_entry(entry)[0].s == sid
    except EvidenceError:
        return False


def _is_signed(entry: bytes, key: PublicKey) -> bool:
    _, leaf, signature = parse_entry(entry)
    try:
        verify(leaf, signature, Namespace.LEAF, key=key)
    except IdentityRefused:
        return False
    return True
