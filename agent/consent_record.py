"""What was asked and answered, word for word: RECORDING.md, section 3."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from agent.actions import Record
from agent.journal import Place, wall_ms
from agent.recorder import Recorder
from agent.view import boot_time
from session.keys import PrivateKey
from session.messages import Request
from session.profile import Profile
from session.signatures import Namespace, sign
from session.statements import SealedObject, canonical


@dataclass(frozen=True)
class Circumstances:
    """What every consent record of a session says alike."""

    sid: str
    session_key: bytes
    device_key: PrivateKey
    certificate: str
    profile: Profile
    request: Request
    language: str


class ConsentRecords:
    """Writes the sealed consent records of one session, numbered from 0.

    Args:
        circumstances: what they say alike.
        recorder: seals and writes.
    """

    def __init__(self, circumstances: Circumstances, recorder: Recorder) -> None:
        self._same = circumstances
        self._recorder = recorder
        self._count = 0

    def write(self, place: Place, record: Record, text: Sequence[str]) -> tuple[SealedObject, str]:
        """Write one record; return it and its salted digest."""
        plain = self.plain(record, text)
        name = f"consent/{self._count:03d}.json.age"
        self._count += 1
        salted = hashlib.sha256(bytes.fromhex(place.salt) + plain).hexdigest()
        return self._recorder.seal(name, plain, "consent"), salted

    def plain(self, record: Record, text: Sequence[str]) -> bytes:
        """Return the record itself, canonical."""
        same = self._same
        now = wall_ms()
        return canonical(
            {
                "v": 1,
                "sid": same.sid,
                "event": record.event,
                "purpose": same.request.purpose,
                "ticket": same.request.ticket,
                "asked": sorted(record.asked),
                "granted": sorted(record.granted),
                "minutes": record.minutes,
                "text": list(text),
                "language": same.language,
                "certificate": same.certificate,
                "organisation": same.profile.name,
                "notice": same.profile.notice.version,
                "device_key": same.device_key.export_public_key().decode().strip(),
                "device_signature": sign(same.device_key, same.session_key, Namespace.DEVICE).decode(),
                "asked_ms": now - round((boot_time() - record.asked_at) * 1000),
                "answered_ms": now,
            }
        )
