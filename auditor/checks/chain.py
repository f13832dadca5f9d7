"""The session's own chain: form, signatures, order, end."""

from itertools import pairwise

from auditor.case import Case, Held
from auditor.findings import Failure, Step
from session.errors import EvidenceError
from session.keys import PublicKey, session_id
from session.signatures import Namespace, verify
from session.statements import Chain, Idle, Segment
from session.trust import session_signers

SILENCE_MS = 10_000
"""More than this between two statements of a recording is worth a note; 5 s is the rule."""


def check_signatures(case: Case, step: Step) -> None:
    """Check each statement's form and signature, and that the session is named after its key."""
    opening = case.path("seg/000000.json")
    if case.key is None:
        fault = next((held.fault for held in case.held if held.path == opening), "it is missing")
        step.fail(Failure.STATEMENT, fault or "it is no open statement with the session's key", opening)
        return
    if session_id(case.key) != case.sid:
        step.fail(Failure.STATEMENT, "the session is not named after this key", opening)
    for held in case.held:
        _check_statement(case, step, held, case.key)
    signers = case.path("allowed_signers")
    if case.find(signers) != session_signers(case.key).encode():
        step.fail(Failure.STATEMENT, "it does not name exactly the session's key", signers)


def check_chain(case: Case, step: Step) -> None:
    """Follow the statements from the first to the last; the first break is the one that counts."""
    chain = Chain()
    for held in case.held:
        if isinstance(held.value, Segment) and not chain.allowed:
            step.fail(Failure.CONSENT, "this was recorded before the person had allowed anything", held.path)
            return
        try:
            if held.seq != chain.length:
                raise EvidenceError(f"statement {chain.length} is missing")
            chain.follow(held.data)
        except EvidenceError as error:
            step.fail(Failure.CHAIN, str(error), held.path)
            return


def check_close(case: Case, step: Step) -> None:
    """Check that the session has its end."""
    if case.close is None:
        step.fail(Failure.UNFINISHED, "there is no close statement", case.path("seg"))
    elif case.close.reason == "recovered":
        seconds = case.close.gap / 1000
        step.note(f"the agent broke off and closed the session later: {seconds:.1f} s are not recorded")
    elif case.close.gap:
        step.note(f"{case.close.gap / 1000:.1f} s before the end are not recorded")
    spans = [value for value in case.statements if isinstance(value, Segment | Idle)]
    for before, after in pairwise(spans):
        if after.t0 - before.t1 > SILENCE_MS:
            seconds = (after.t0 - before.t1) / 1000
            step.note(f"{seconds:.1f} s between statements {before.seq} and {after.seq} are not recorded")


def _check_statement(case: Case, step: Step, held: Held, key: PublicKey) -> None:
    if held.value is None:
        step.fail(Failure.STATEMENT, held.fault, held.path)
    elif held.value.sid != case.sid:
        step.fail(Failure.STATEMENT, "it is another session's statement", held.path)
    if held.signature is None:
        step.fail(Failure.STATEMENT, "the signature is missing", f"{held.path}.sig")
        return
    with step.expecting(Failure.STATEMENT, held.path):
        verify(held.data, held.signature, Namespace.SEGMENT, key=key)
