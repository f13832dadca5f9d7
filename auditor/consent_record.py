"""The consent record, as the auditor reads it: RECORDING.md, section 3."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from session.errors import EvidenceError
from session.messages import Capability
from session.statements import ConsentEvent, Digest, Whole, canonical


class ConsentRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """What the person was asked and answered, word for word."""

    v: Literal[1]
    sid: Digest
    event: ConsentEvent
    purpose: str
    ticket: str
    asked: tuple[Capability, ...]
    granted: tuple[Capability, ...]
    minutes: Annotated[int, Meta(ge=0)]
    text: tuple[str, ...]
    language: str
    certificate: str
    organisation: str
    notice: str
    device_key: str
    device_signature: str
    asked_ms: Whole
    answered_ms: Whole


def read_consent_record(plain: bytes) -> ConsentRecord:
    """Read a record.

    Raises:
        EvidenceError: it is malformed, or not in its canonical encoding.
    """
    try:
        record = msgspec.json.decode(plain, type=ConsentRecord)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise EvidenceError(f"not a consent record: {error}") from None
    if canonical(record) != plain:
        raise EvidenceError("the consent record is not in its canonical encoding")
    return record
