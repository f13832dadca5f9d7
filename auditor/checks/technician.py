"""The technician's part: certificate and countersignatures."""

from collections.abc import Iterator

from auditor.case import Case, Held
from auditor.findings import Failure, Step
from session.certificates import Certificate, admit
from session.errors import IdentityRefused
from session.profile import Profile
from session.revocation import FRESH_SECONDS
from session.signatures import Namespace, open_container, verify_container
from session.statements import Close, Consented, Open, Segment

_GRANTING = frozenset({"allowed", "more-allowed", "renewed"})


def check_certificate(case: Case, step: Step) -> None:
    """Check that the certificate named in `open` counted: issuing key, time, revocation list."""
    opening = next((held for held in case.held if isinstance(held.value, Open)), None)
    if case.profile is None or opening is None or opening.technician is None or case.open is None:
        step.skipped = "profile, open statement or its countersignature is missing"
        return
    where = f"{opening.path}.technician.sig"
    try:
        container = open_container(opening.technician, Namespace.SESSION)
        at = case.open.t0 / 1000
        found = admit(container.signer, authorities=case.profile.authorities, at=at, krl=None)
    except IdentityRefused as error:
        step.fail(Failure.CERTIFICATE, str(error), where)
        return
    if found.digest != case.open.certificate:
        words = "it is made with another certificate than the one that open names"
        step.fail(Failure.COUNTERSIGNATURE, words, where)
        return
    case.certificate = found
    _check_revoked(case, step, found, at)


def check_countersignatures(case: Case, step: Step) -> None:
    """Check the technician's signatures on open, each consent and close."""
    if case.profile is None or case.open is None:
        step.skipped = "there is no profile that names the issuing keys, or no open statement"
        return
    signed = {held.seq for held in case.held if held.technician is not None}
    for held in _to_countersign(case):
        if held.technician is None:
            _judge_missing(case, step, held, signed)
            continue
        with step.expecting(Failure.COUNTERSIGNATURE, f"{held.path}.technician.sig"):
            _verify(held, case.open, case.profile)
    for held in case.held:
        if held.technician is not None and held not in list(_to_countersign(case)):
            step.note(f"{held.path} carries a countersignature that nobody asked for")


def _to_countersign(case: Case) -> Iterator[Held]:
    return (held for held in case.held if isinstance(held.value, Open | Consented | Close))


def _check_revoked(case: Case, step: Step, found: Certificate, at: float) -> None:
    """Look the certificate up in the list; one made long after the session can say only so much."""
    if case.krl is None:
        step.fail(Failure.CERTIFICATE, "no revocation list says whether it was revoked", "trust/krl")
    elif case.krl.revokes(found.key, found.authority, found.serial, found.name):
        if case.krl.generated - at <= FRESH_SECONDS:
            step.fail(Failure.CERTIFICATE, f"{found.name}'s certificate was revoked", "trust/krl")
        else:
            hours = (case.krl.generated - at) / 3600
            step.note(
                f"{found.name}'s certificate is revoked in a list made {hours:.1f} hours after the session "
                "began; the agent has signed that it counted then"
            )


def _verify(held: Held, opening: Open, profile: Profile) -> None:
    if held.technician is None or held.value is None:
        return
    container = open_container(held.technician, Namespace.SESSION)
    found = admit(container.signer, authorities=profile.authorities, at=held.value.t0 / 1000, krl=None)
    if found.digest != opening.certificate:
        raise IdentityRefused(f"it is {found.name}'s, with another certificate than the one that open names")
    verify_container(container, held.data, found.key)


def _judge_missing(case: Case, step: Step, held: Held, signed: set[int]) -> None:
    """Tell a signature that somebody took away from one that was never made.

    Without a countersigned `open` nothing happens at all. Later the technician may
    be gone: then nothing is signed any more, and nothing granted is used either.
    """
    value = held.value
    where = f"{held.path}.technician.sig"
    if isinstance(value, Open):
        step.fail(Failure.COUNTERSIGNATURE, "the technician has not countersigned the open statement", where)
    elif isinstance(value, Consented) and value.event in _GRANTING and _went_on(case, held.seq, signed):
        step.fail(Failure.COUNTERSIGNATURE, "the technician has not countersigned what was allowed", where)
    elif isinstance(value, Close):
        case.alone = True
        step.note("the agent closed the session alone: the technician has not countersigned the end")
    else:
        step.note(f"the technician has not countersigned statement {held.seq}")


def _went_on(case: Case, seq: int, signed: set[int]) -> bool:
    """Tell whether the technician signed or was shown anything after this statement."""
    pictures = (
        value.seq
        for value in case.statements
        if isinstance(value, Segment) and any(".screen-" in item.name for item in value.objects)
    )
    return any(other > seq for other in (*signed, *pictures))
