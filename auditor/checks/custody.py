"""After the close: who opened, noted, wrapped anew or erased."""

from auditor.case import Case, Held
from auditor.findings import Failure, Step
from session.errors import EvidenceError, PeerError
from session.identity import verify_certified
from session.profile import Profile
from session.revocation import FRESH_SECONDS, RevocationList
from session.signatures import Namespace, verify
from session.statements import Custody, CustodyStatement, check_entry, digest, parse_entry

SCAN_LIMIT = 10_000
"""Entries that are looked at after a session's close, at most."""
KINDS = frozenset({"access", "annotation", "rewrap", "erase"})


def check_custody(case: Case, step: Step) -> None:
    """Follow the custody chain; each statement is signed by the auditor who did it."""
    _look_for_others(case, step)
    if not case.custody:
        step.note("nobody has opened it yet, as far as is known here")
        return
    closing = next((held for held in case.held if held.value is case.close), None)
    if case.close is None or closing is None or case.profile is None:
        step.fail(
            Failure.CUSTODY, "there is no close, or no profile, to check it against", case.custody[0].path
        )
        return
    chain = Custody(case.sid, digest(closing.data))
    for held in case.custody:
        try:
            value = chain.follow(held.data)
            _check(held, value, case.profile, case.krl, step)
        except PeerError as error:
            step.fail(Failure.CUSTODY, str(error), held.path)
            return
        step.note(f"{value.KIND} by {value.by}" + (f": {value.reason}" if hasattr(value, "reason") else ""))


def _check(
    held: Held, value: CustodyStatement, profile: Profile, krl: RevocationList | None, step: Step
) -> None:
    if held.signature is None or held.entry is None:
        raise EvidenceError("signature or leaf is missing")
    at = value.t0 / 1000
    # A list made long after says nothing about then; one from before the act does.
    then = krl if krl is not None and krl.generated - at <= FRESH_SECONDS else None
    custodian = verify_certified(
        held.data,
        held.signature,
        Namespace.CUSTODY,
        authorities=profile.authorities,
        at=at,
        krl=then,
        kind="auditor",
    )
    if custodian.principal not in value.by.split():
        raise EvidenceError(f"it speaks of {value.by}, but {custodian.principal} signed it")
    leaf, signature = check_entry(held.entry, held.data)
    # By the bare key: what stands in the log for ever names nobody.
    verify(leaf, signature, Namespace.LEAF, key=custodian.key)


def _look_for_others(case: Case, step: Step) -> None:
    """Note leaves of custody that the log holds and the evidence does not.

    Whether an auditor made them, nobody can tell without their statements.
    """
    own = {held.entry for held in case.custody}
    count = 0
    try:
        places = case.source.places(case.sid)
        closed = max((places[held.path].index for held in case.held if held.path in places), default=None)
        if case.log is None or closed is None:
            return
        for index in range(closed + 1, min(case.log.size, closed + 1 + SCAN_LIMIT)):
            entry = case.log.entry(index)
            count += entry not in own and _is_custody_of(entry, case.sid)
    except EvidenceError:
        # A bundle need not hold the entries behind its own; the log itself has been judged before.
        return
    finally:
        if count:
            step.note(
                f"the log names this session in {count} leaves after its close whose statements are not here"
            )


def _is_custody_of(entry: bytes, sid: str) -> bool:
    try:
        leaf = parse_entry(entry)[0]
    except EvidenceError:
        return False
    return leaf.s == sid and leaf.k in KINDS
