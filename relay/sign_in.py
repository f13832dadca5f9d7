"""Who may read evidence: auditors by certificate, holders by their session's key.

A challenge is answered once, within 60 s. What was signed in lives in memory
only; a restart asks again.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct

from relay import names
from relay.failures import Refusal
from relay.index import Index
from relay.trust import Trust
from session.certificates import Certificate
from session.errors import IdentityRefused
from session.keys import PublicKey
from session.signatures import Namespace, verify

CHALLENGE_SECONDS = 60
READER_SECONDS = 900
_CHALLENGES = 10_000
_READERS = 10_000


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to a challenge: by an auditor with a certificate, or by the holder of a session's key."""

    nonce: str
    signature: str
    certificate: str | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who has signed in.

    Args:
        expires: seconds on the desk's clock.
        certificate: an auditor's.
        sid: a holder's session.
    """

    expires: float
    certificate: Certificate | None
    sid: str | None

    @property
    def principal(self) -> str | None:
        """`auditor:2001`, or None for a holder."""
        return None if self.certificate is None else self.certificate.principal


def signed_bytes(nonce: str) -> bytes:
    """Return what is signed to sign in."""
    return f"byleave-sign-in-1 {nonce}".encode()


class Desk:
    """Hands out challenges and readers' tokens.

    Args:
        trust: whom the relay believes.
        index: knows the sessions' keys; asked in the caller's thread.
        clock: seconds that only go forward.
    """

    def __init__(self, trust: Trust, index: Index, clock: Callable[[], float]) -> None:
        self._trust = trust
        self._index = index
        self._clock = clock
        self._challenges: dict[str, float] = {}
        self._readers: dict[bytes, Reader] = {}

    def challenge(self) -> str:
        """Return a new nonce.

        Raises:
            Refusal: too many are open.
        """
        now = self._clock()
        if len(self._challenges) >= _CHALLENGES:
            self._challenges = {nonce: end for nonce, end in self._challenges.items() if end > now}
        if len(self._challenges) >= _CHALLENGES:
            raise Refusal("too-many")
        nonce = secrets.token_hex(32)
        self._challenges[nonce] = now + CHALLENGE_SECONDS
        return nonce

    def sign_in(self, answer: SignIn) -> str:
        """Return a token for reading.

        Raises:
            Refusal: the answer is not good, or nobody asked.
        """
        now = self._clock()
        if self._challenges.pop(answer.nonce, 0.0) <= now:
            raise Refusal("not-signed", "no such challenge")
        reader = self._checked(answer, now + READER_SECONDS)
        if len(self._readers) >= _READERS:
            self._readers = {token: each for token, each in self._readers.items() if each.expires > now}
        if len(self._readers) >= _READERS:
            raise Refusal("too-many")
        token = secrets.token_urlsafe(32)
        self._readers[_hash(token)] = reader
        return token

    def reader(self, token: str) -> Reader:
        """Return who has this token.

        Raises:
            Refusal: nobody, or nobody any more.
        """
        found = self._readers.get(_hash(token))
        if found is None or found.expires <= self._clock():
            raise Refusal("no-token")
        if found.certificate is not None:
            try:
                # Revoked or expired since.
                self._trust.counting(found.certificate.blob, "auditor")
            except IdentityRefused as refused:
                raise Refusal("not-signed", str(refused)) from None
        return found

    def _checked(self, answer: SignIn, expires: float) -> Reader:
        signed = signed_bytes(answer.nonce)
        try:
            if answer.certificate is not None and answer.sid is None:
                found = self._trust.admit(
                    answer.certificate, answer.signature, signed, Namespace.SIGN_IN, "auditor"
                )
                return Reader(expires, found, None)
            if answer.sid is not None and answer.certificate is None:
                session = self._index.session(names.checked_sid(answer.sid))
                if session is None:
                    raise Refusal("not-found")
                key = PublicKey.from_text(session.public_key)
                verify(signed, answer.signature, Namespace.SIGN_IN, key=key)
                return Reader(expires, None, session.sid)
        except IdentityRefused as refused:
            raise Refusal("not-signed", str(refused)) from None
        raise Refusal("malformed", "either a certificate or a session")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
