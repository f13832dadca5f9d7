"""`byleave audit verify`: every check of EVIDENCE.md, in order, as a report.

The order goes from what everything rests on (the root) to what rests on it (what
happened in the session, who opened it since).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.case import Case, Pin
from auditor.checks import chain, consent, content, custody, ledger, objects, sealing, technician, trust
from auditor.findings import Facts, Failure, Report, Step
from auditor.source import Source
from session.sealing import Identity
from session.statements import Segment

Check = Callable[[Case, Step], None]
Progress = Callable[[str, int, int], None]
"""Is told the name of the step that begins, its number from 1, and how many there are."""


@dataclass(frozen=True)
class Planned:
    """A step before it is done."""

    name: str
    proves: str
    check: Check


STEPS = (
    Planned("root", "the evidence stands under the organisation's root key", trust.check_root),
    Planned("profile", "keys, relay and auditors are what the root signed", trust.check_profile),
    Planned("revocations", "the status key signed who no longer counted", trust.check_revocations),
    Planned("checkpoint", "the log signed the state in which it is quoted here", ledger.check_checkpoint),
    Planned("statements", "the session's own key signed every statement", chain.check_signatures),
    Planned("chain", "no statement is missing, added, swapped or taken twice", chain.check_chain),
    Planned("certificate", "the technician was certified at that time", technician.check_certificate),
    Planned(
        "countersignatures",
        "the technician signed open, consent and end",
        technician.check_countersignatures,
    ),
    Planned("leaves", "each leaf is its statement's and signed by the session", ledger.check_leaves),
    Planned("inclusion", "the log holds every statement, in this order", ledger.check_inclusion),
    Planned("completeness", "the log holds no other statements of this session", ledger.check_completeness),
    Planned("history", "both ends were shown the same log that is quoted here", ledger.check_history),
    Planned("objects", "every sealed file is there and unchanged", objects.check_objects),
    Planned("keys", "the wrapped keys are the ones that the session was sealed to", sealing.check_keys),
    Planned("leave", "nothing was recorded before the person allowed it", consent.check_leave),
    Planned("consent", "the person read these words and answered, on one machine", consent.check_records),
    Planned("content", "everything can be read, and nothing exceeds the consent", content.check_content),
    Planned("close", "the session has an end, and nothing is cut off", chain.check_close),
    Planned("custody", "everybody who opened the recording since has signed for it", custody.check_custody),
)


def verify(
    source: Source,
    sid: str,
    *,
    pin: Pin | None = None,
    identities: Sequence[Identity] = (),
    progress: Progress | None = None,
) -> Report:
    """Check one session's evidence.

    Args:
        source: where it is.
        sid: the session.
        pin: the root that is trusted, or None.
        identities: with which the wrapped keys are opened; without one, what is sealed is not looked at.
        progress: is told of each step.

    Raises:
        LinkLost: a relay cannot be reached; nothing is said about the evidence then.
    """
    return examine(Case(source, sid, pin, identities), progress)


def examine(case: Case, progress: Progress | None = None) -> Report:
    """Do all steps on a case, which afterwards holds what was found to be good; raises as `verify`."""
    if not case.names:
        step = Step("evidence", "there is evidence of this session")
        step.fail(Failure.UNREADABLE, "there is nothing of this session", case.path(""))
        return Report(case.sid, (step,), Facts())
    done = []
    for number, planned in enumerate(STEPS, 1):
        if progress:
            progress(planned.name, number, len(STEPS))
        step = Step(planned.name, planned.proves)
        planned.check(case, step)
        done.append(step)
    return Report(case.sid, tuple(done), facts_of(case), case.alone)


def facts_of(case: Case) -> Facts:
    """Return what the evidence says of the session."""
    return Facts(
        technician=f"{case.certificate.name} ({case.certificate.principal})" if case.certificate else "",
        organisation=case.profile.name if case.profile else "",
        opened_ms=case.open.t0 if case.open else None,
        closed_ms=case.close.t0 if case.close else None,
        reason=case.close.reason if case.close else "",
        gap_ms=case.close.gap if case.close else 0,
        statements=len(case.held),
        segments=sum(isinstance(value, Segment) for value in case.statements),
        size=sum(item.size for _, item in case.objects),
    )
