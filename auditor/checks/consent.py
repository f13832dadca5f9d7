"""Consent: before the first segment, word for word what was signed, from this person's own machine.

Whether each answer follows from its question and from the answers before is `auditor.leave`'s affair.
"""

import hashlib

from auditor.case import Case
from auditor.checks.sealing import WITHOUT_KEYS
from auditor.consent_record import ConsentRecord, read_consent_record
from auditor.findings import Failure, Step
from auditor.leave import Leave
from session.certificates import read
from session.errors import EvidenceError, IdentityRefused
from session.keys import PublicKey
from session.sealing import unseal
from session.signatures import Namespace, verify
from session.statements import Consented, Segment

_GRANTING = frozenset({"allowed", "more-allowed", "renewed"})


def check_leave(case: Case, step: Step) -> None:
    """Check that nothing was recorded before the person had allowed it, and that no record is left out."""
    consents = [value for value in case.statements if isinstance(value, Consented)]
    first = next((value.seq for value in consents if value.event == "allowed"), None)
    for value in case.statements:
        if isinstance(value, Segment) and (first is None or value.seq < first):
            words = "this was recorded before the person had allowed anything"
            step.fail(Failure.CONSENT, words, case.path(f"seg/{value.seq:06d}.json"))
            break
    for number, value in enumerate(consents):
        if value.object.name != f"consent/{number:03d}.json.age":
            step.fail(Failure.CONSENT, f"record {number} is missing", case.path(value.object.name))


def check_records(case: Case, step: Step) -> None:
    """Open each consent record: it is what was signed, and this person's machine endorses the session."""
    if "consent" not in case.keys:
        step.skipped = (
            WITHOUT_KEYS if not case.identities else "the session's consent key could not be opened"
        )
        return
    device = ""
    leave = case.leave = Leave()
    for value in case.statements:
        if not isinstance(value, Consented):
            continue
        with step.expecting(Failure.CONSENT, case.path(value.object.name)):
            record = _open(case, value)
            _check(case, value, record)
            if device not in {"", record.device_key}:
                raise EvidenceError("it comes from another device than the one before")
            device = record.device_key
            leave.follow(value.t0, record)
            case.consents[value.seq] = record


def _open(case: Case, value: Consented) -> ConsentRecord:
    sealed = case.source.read(case.path(value.object.name))
    plain = unseal(sealed, case.keys["consent"])
    if hashlib.sha256(bytes.fromhex(value.salt) + plain).hexdigest() != value.plain:
        raise EvidenceError("the record is not the one that was signed")
    return read_consent_record(plain)


def _check(case: Case, value: Consented, record: ConsentRecord) -> None:
    if record.sid != case.sid or record.event != value.event:
        raise EvidenceError("the record is of another session or another answer")
    if case.open is None or read(record.certificate).digest != case.open.certificate:
        raise EvidenceError("the person was shown another technician than the one who signed")
    if case.key is None:
        raise EvidenceError("there is no session key that the device could endorse")
    try:
        device = PublicKey.from_text(record.device_key)
        verify(case.key.blob, record.device_signature, Namespace.DEVICE, key=device)
    except IdentityRefused as refused:
        raise EvidenceError(f"the device does not endorse this session: {refused}") from None
    if value.event in _GRANTING and not (record.text and record.granted):
        raise EvidenceError("the record says neither what was shown nor what was allowed")
