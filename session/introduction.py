"""Two strangers and five digits: PROTOCOL.md, section 2.

SPAKE2 lets two ends that share a short code agree on a long key; whoever
stands between them has one guess. Each end then confirms the key and names
one digest, of the session key or of the technician's certificate, and nothing
else. One object is one attempt: any failure is final, and the code is void.

Primitives: SPAKE2 over Ed25519's group (`spake2`), HKDF-SHA-256 (RFC 5869),
HMAC-SHA-256 (RFC 2104).
"""

import hashlib
import hmac
import secrets
import struct
from enum import StrEnum

import spake2
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from spake2.ed25519_basic import NotOnCurve

from session.codes import Code
from session.errors import IntroductionFailed

MESSAGE_LIMIT = 1024
_DIGEST = 32
_NONCE = 32


class Side(StrEnum):
    """Which end this is."""

    TECHNICIAN = "technician"
    PERSON = "person"

    @property
    def other(self) -> "Side":
        """The end at the other side."""
        return Side.PERSON if self is Side.TECHNICIAN else Side.TECHNICIAN


class _Exchange:
    """Opening, confirmation, and then perhaps a digest, for either kind of introduction."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._keys: dict[str, bytes] = {}
        self._transcript = b""
        self._failed = False

    def _fail(self, why: str) -> IntroductionFailed:
        self._failed = True
        self._keys = {}
        return IntroductionFailed(why)

    def _derive(self, key: bytes, label: bytes, parts: list[bytes]) -> None:
        framed = b"".join(struct.pack(">I", len(part)) + part for part in [label, *parts])
        self._transcript = hashlib.sha256(framed).digest()
        purposes = [f"confirm {side}" for side in Side] + [f"digest {side}" for side in Side] + ["resume"]
        self._keys = {purpose: _hkdf(key, self._transcript, purpose) for purpose in purposes}

    def _mac(self, purpose: str, data: bytes = b"") -> bytes:
        if self._failed or not self._keys:
            raise self._fail("out of order")
        return hmac.digest(self._keys[purpose], self._transcript + data, "sha256")

    def confirmation(self) -> bytes:
        """Return this end's proof of the key; the person sends it only after the technician's was right.

        Raises:
            IntroductionFailed: it is not this step's turn.
        """
        return self._mac(f"confirm {self._side}")

    def confirm(self, message: bytes) -> None:
        """Check the other end's proof.

        Raises:
            IntroductionFailed: it is wrong: the code, or somebody in the middle.
        """
        if not hmac.compare_digest(self._mac(f"confirm {self._side.other}"), message):
            raise self._fail("the confirmation is wrong")

    @property
    def resume_secret(self) -> bytes:
        """What a lost session is resumed with; 32 bytes, kept in memory only."""
        if self._failed or not self._keys:
            raise self._fail("out of order")
        return self._keys["resume"]


class Introduction(_Exchange):
    """One end of one introduction, by the code.

    Args:
        side: which end this is.
        code: what was drawn or typed.
    """

    def __init__(self, side: Side, code: Code) -> None:
        super().__init__(side)
        self._room = code.room.encode()
        names = [f"byleave {end} {code.room}".encode() for end in Side]
        kind = spake2.SPAKE2_A if side is Side.TECHNICIAN else spake2.SPAKE2_B
        self._pake = kind(code.secret.encode(), idA=names[0], idB=names[1])
        self._share = bytes(self._pake.start())

    def share(self) -> bytes:
        """Return this end's SPAKE2 share, the first message."""
        return self._share

    def take_share(self, message: bytes) -> None:
        """Take the other end's share.

        Raises:
            IntroductionFailed: it is none.
        """
        if self._failed or self._keys:
            raise self._fail("out of order")
        try:
            key = bytes(self._pake.finish(message))
        except (spake2.SPAKEError, NotOnCurve, ValueError, AssertionError, IndexError) as error:
            raise self._fail(f"not a share: {type(error).__name__}") from None
        shares = [self._share, message]
        if self._side is Side.PERSON:
            shares.reverse()
        self._derive(key, b"byleave-introduction-1", [self._room, *shares])

    def announce(self, digest: bytes) -> bytes:
        """Return the third message: the digest of this end's key or certificate, with its MAC."""
        return digest + self._mac(f"digest {self._side}", digest)

    def take_digest(self, message: bytes) -> bytes:
        """Return the digest that the other end announced (SHA-256, 32 bytes).

        Raises:
            IntroductionFailed: its MAC is wrong.
        """
        digest, mac = message[:_DIGEST], message[_DIGEST:]
        if not hmac.compare_digest(self._mac(f"digest {self._side.other}", digest), mac):
            raise self._fail("the announced digest is wrong")
        return digest


class Resumption(_Exchange):
    """One end of taking up a lost session, by the secret of the last introduction.

    Args:
        side: which end this is.
        secret: `resume_secret` of the last introduction or resumption.
    """

    def __init__(self, side: Side, secret: bytes) -> None:
        super().__init__(side)
        self._secret = secret
        self._nonce = secrets.token_bytes(_NONCE)
        self.name = resume_name(secret)

    def nonce(self) -> bytes:
        """Return this end's nonce, the first message."""
        return self._nonce

    def take_nonce(self, message: bytes) -> None:
        """Take the other end's nonce.

        Raises:
            IntroductionFailed: it is none, or our own sent back.
        """
        if self._failed or self._keys or len(message) != _NONCE or message == self._nonce:
            raise self._fail("not a nonce")
        nonces = [self._nonce, message]
        if self._side is Side.PERSON:
            nonces.reverse()
        self._derive(self._secret, b"byleave-resume-1", [self.name.encode(), *nonces])


def resume_name(secret: bytes) -> str:
    """Return the 128-bit name of the room where a lost session is taken up, in hexadecimal."""
    return _hkdf(secret, b"", "resume name")[:16].hex()


def _hkdf(key: bytes, salt: bytes, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=f"byleave {purpose}".encode())
    return derivation.derive(key)
