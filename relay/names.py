"""Which names exist below `sessions/SID/` and `keys/SID/`: RECORDING.md, section 1.

Everything that becomes a path on the relay's disk went through `fullmatch`
here first; there is no other check, so there is none to forget.
"""

import re

from relay.failures import Refusal

SIGNERS = "allowed_signers"
IDENTITIES = ("main", "sensitive", "consent")

_SID = re.compile(r"[0-9a-f]{64}")
_SEQ = r"[0-9]{6}"
_MONITOR, _EPOCH, _STREAM = r"[0-9]{1,2}", r"[0-9]{1,6}", r"[0-9]{1,10}"
_OBJECT = re.compile(
    rf"seg/{_SEQ}\.screen-{_MONITOR}-{_EPOCH}\.jsonl\.age"
    rf"|seg/{_SEQ}\.images-{_MONITOR}-{_EPOCH}\.(?:png|webp|vp8|jpeg)\.age"
    rf"|init/video-{_MONITOR}-{_EPOCH}-{_STREAM}\.mp4\.age"
    rf"|seg/{_SEQ}\.video-{_MONITOR}-{_EPOCH}-{_STREAM}\.m4s\.age"
    rf"|seg/{_SEQ}\.(?:events|sensitive|index)\.jsonl\.age"
    rf"|seg/{_SEQ}\.terminal-{_MONITOR}\.cast\.age"
    r"|consent/[0-9]{3}\.json\.age"
)
_STATEMENT = re.compile(
    rf"seg/{_SEQ}\.(?:json|json\.sig|json\.technician\.sig|leaf)|custody/{_SEQ}\.(?:json|json\.sig|leaf)"
)


def checked_sid(text: str) -> str:
    """Return a session's id.

    Raises:
        Refusal: it is none.
    """
    if not _SID.fullmatch(text):
        raise Refusal("not-found", "no session id")
    return text


def is_object(name: str) -> bool:
    """Tell whether a sealed object may have this name."""
    return _OBJECT.fullmatch(name) is not None


def checked_upload(name: str) -> str:
    """Return a name that may be uploaded: an object's, or `allowed_signers`.

    Raises:
        Refusal: it may not.
    """
    if name != SIGNERS and not is_object(name):
        raise Refusal("not-found", "no object name")
    return name


def checked_file(name: str) -> str:
    """Return a name that may be read.

    Raises:
        Refusal: it may not.
    """
    if name != SIGNERS and not is_object(name) and not _STATEMENT.fullmatch(name):
        raise Refusal("not-found", "no file name")
    return name


def checked_key(name: str) -> str:
    """Return the name of a wrapped identity, `main.age`.

    Raises:
        Refusal: it is none.
    """
    if name not in {f"{identity}.age" for identity in IDENTITIES}:
        raise Refusal("not-found", "no key name")
    return name
