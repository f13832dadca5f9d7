"""The session's identities: there, and the ones that `open` promised."""

from auditor.case import Case
from auditor.findings import Failure, Step
from auditor.source import Missing, Withheld
from session import sealing
from session.errors import EvidenceError
from session.sealing import NAMES
from session.statements import Erase, IdentityName

IDENTITIES: tuple[IdentityName, ...] = ("main", "sensitive", "consent")
WITHOUT_KEYS = "needs an auditor's identity"

assert IDENTITIES == NAMES  # noqa: S101  - the same names with their type


def check_keys(case: Case, step: Step) -> None:
    """Open the wrapped identities and compare their public halves with those in `open`."""
    if case.open is None:
        step.skipped = "there is no open statement"
        return
    erased = any(isinstance(value, Erase) for value in case.custody_statements)
    for name in IDENTITIES:
        path = f"keys/{case.sid}/{name}.age"
        try:
            wrapped = case.source.read(path)
        except Withheld:
            step.note(f"{path} is withheld until somebody signs why it is opened")
            continue
        except Missing:
            if erased:
                step.note(f"{path} was erased; a custody statement says so")
            else:
                step.fail(Failure.KEYS, "it is missing, and no statement says that it was erased", path)
            continue
        if case.identities:
            _open(case, step, name, wrapped)
    if not case.identities:
        step.proves = f"the wrapped keys are there; opening them {WITHOUT_KEYS}"


def _open(case: Case, step: Step, name: IdentityName, wrapped: bytes) -> None:
    path = f"keys/{case.sid}/{name}.age"
    for identity in case.identities:
        try:
            found = sealing.unwrap(wrapped, identity)
        except EvidenceError:
            continue
        if case.open is not None and sealing.recipient_of(found) != getattr(case.open.recipients, name):
            step.fail(Failure.KEYS, "it holds another key than the one that open names", path)
            return
        case.keys[name] = found
        return
    step.fail(Failure.KEYS, "it cannot be opened with this auditor's identity", path)
