"""Every way to fail, as one tree.

    ByleaveError
    ├── PeerError                 the other end's fault, or that of whoever stands between
    │   ├── ProtocolViolation       it said something that is not allowed here
    │   ├── LimitExceeded           it sent more than was agreed
    │   ├── IntroductionFailed      the code was wrong, or somebody stood in the middle
    │   ├── IdentityRefused         key, certificate, profile or revocation list is not good
    │   ├── RoomRefused             the relay refuses the room, and says why
    │   ├── LinkLost                the connection broke
    │   └── EvidenceError           recording or log is not what was signed
    │       └── LedgerError           a proof, a tile or a checkpoint is false
    └── OwnError                  our own fault, or this machine's
        ├── ConfigurationError      a setting, a file or an argument is wrong
        ├── RecorderFailed          what happens here cannot be recorded
        │   └── RecordingFull         the session has used up its share at the relay
        ├── EffectFailed            screen, pointer or keyboard does not obey
        └── ClockWrong              this computer's clock is off

Each class has a wire code (`code`) and a sentence that a person understands
(`sentence`); the text given to the constructor is for the log.
"""

from typing import ClassVar


class ByleaveError(Exception):
    """Root of the tree; never raised itself."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something went wrong."


class PeerError(ByleaveError):
    """The other end, or somebody in between, is at fault."""

    code = "peer"
    sentence = "The other side did something that Byleave does not allow."


class ProtocolViolation(PeerError):
    """A message, event or byte that is not allowed here."""

    code = "violation"
    sentence = "The other program broke the rules of the session, so the session was ended."


class LimitExceeded(PeerError):
    """More, larger or faster than agreed."""

    code = "limit"
    sentence = "The other program sent more than is allowed, so the session was ended."


class IntroductionFailed(PeerError):
    """The two ends do not share the code; it is void from now on."""

    code = "introduction-failed"
    sentence = "The code did not match, so it is no longer valid. Ask for a new code."


class IdentityRefused(PeerError):
    """A key, certificate, signature, profile or revocation list is not acceptable."""

    code = "identity-refused"
    sentence = "The technician's identity could not be confirmed, so nothing was started."


class RoomRefused(PeerError):
    """The relay refuses the room; `reason` is one of `rendezvous.REASONS`."""

    code = "room-refused"
    sentence = "The connection was refused."

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LinkLost(PeerError):
    """The connection broke or went silent."""

    code = "link-lost"
    sentence = "The connection was lost."


class EvidenceError(PeerError):
    """A statement, object or recording is not what was signed."""

    code = "evidence"
    sentence = "The recording could not be confirmed."


class LedgerError(EvidenceError):
    """A proof, tile, entry or checkpoint of the log is false."""

    code = "ledger"
    sentence = "The public log of sessions could not be confirmed."


class OwnError(ByleaveError):
    """This program or this machine is at fault."""

    code = "own"
    sentence = "Byleave has a problem on this computer."


class ConfigurationError(OwnError):
    """A setting, a file or an argument is wrong."""

    code = "configuration"
    sentence = "A setting of Byleave is wrong."


class RecorderFailed(OwnError):
    """What happens here cannot be recorded, so it must not happen."""

    code = "recorder-failed"
    sentence = "The session could not be recorded any more, so it was ended."


class RecordingFull(RecorderFailed):
    """The relay keeps no more of this session than it has, and it must come to its end."""

    code = "recording-full"
    sentence = "The recording can hold no more, so the session was ended."


class EffectFailed(OwnError):
    """Screen, pointer or keyboard does not obey."""

    code = "effect-failed"
    sentence = "Byleave cannot reach the screen or the keyboard of this computer."


class ClockWrong(OwnError):
    """This computer's clock differs too much from a signed time."""

    code = "clock-wrong"
    sentence = "The clock of this computer is wrong. Set the date and time, then try again."
