"""Speaking with a relay as an auditor: PROTOCOL.md, section 1, *Evidence and public pages*."""

import logging
import ssl
import time
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from msgspec import Struct

from auditor.credentials import Credentials
from auditor.source import FILE_LIMIT, Missing, Withheld
from session.errors import EvidenceError, IdentityRefused, LinkLost
from session.signatures import Namespace

_log = logging.getLogger("byleave.audit")

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
"""How long a relay may ask to wait."""
PAUSE_SECONDS = 0.5

_WITHHELD = frozenset({"not-logged", "not-closed"})
_WAIT = frozenset({"too-many", "closing"})


class Listed(Struct, frozen=True):
    """A session in the relay's list; times in milliseconds since 1970."""

    sid: str
    opened_ms: int
    closed_ms: int | None
    reason: str | None
    technician: str
    number: str
    statements: int
    bytes: int


class _Answer(Struct, frozen=True):
    """The relay's refusal."""

    error: str = ""
    sentence: str = ""


class RelayClient:
    """A relay, seen by an auditor who has signed in, or by anybody.

    Args:
        url: its address.
        credentials: who signs in; None reads what everybody may read.
    """

    def __init__(self, url: str, credentials: Credentials | None) -> None:
        self.url = url
        self.credentials = credentials
        # httpx would bring its own list of authorities; every other program uses the system's.
        system = ssl.create_default_context()
        self._client = httpx.Client(base_url=url, verify=system, timeout=TIMEOUT_SECONDS, trust_env=False)
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str) -> bytes:
        """Return a page.

        Raises:
            Missing: there is none.
            Withheld: it is there, but not to be had yet.
            IdentityRefused: the auditor is not admitted.
            LinkLost: the relay cannot be reached.
        """
        return self._ask("GET", path)

    def post(self, path: str, body: object) -> bytes:
        """Send JSON and return the answer; raises as `get`."""
        return self._ask("POST", path, body)

    def sessions(self) -> list[Listed]:
        """Return the sessions that the relay keeps; raises as `get`."""
        found: list[Listed] = decoded(self.get("/sessions"), list[Listed])
        return found

    def _ask(self, method: str, path: str, body: object | None = None) -> bytes:
        private = path.startswith(("/sessions", "/keys"))
        if private and not self._token:
            self._sign_in()
        response = self._send(method, path, body)
        if response.status_code == HTTPStatus.UNAUTHORIZED and private:
            self._sign_in()
            response = self._send(method, path, body)
        if response.is_success:
            return _content(response, path)
        raise _refusal(response, path)

    def _sign_in(self) -> None:
        if self.credentials is None:
            raise IdentityRefused("the relay shows evidence to auditors only: name --key and --certificate")
        nonce = decoded(self._done("/challenge", {}), dict[str, str]).get("nonce", "")
        signed = f"byleave-sign-in-1 {nonce}".encode()
        answer = {
            "nonce": nonce,
            "certificate": self.credentials.certificate.text,
            "signature": self.credentials.sign(signed, Namespace.SIGN_IN).decode(),
        }
        self._token = str(decoded(self._done("/sign-in", answer), dict[str, Any]).get("token", ""))
        _log.info("= signed in as %s", self.credentials.certificate.principal)

    def _done(self, path: str, body: object) -> bytes:
        response = self._send("POST", path, body)
        if not response.is_success:
            raise _refusal(response, path)
        return _content(response, path)

    def _send(self, method: str, path: str, body: object | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self._client.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                raise LinkLost(f"{self.url} cannot be reached: {type(error).__name__}") from None
            _log.debug("> %s %s: %d", method, path, response.status_code)
            if response.is_success or _answer(response).error not in _WAIT or time.monotonic() > deadline:
                return response
            time.sleep(PAUSE_SECONDS)


def decoded(data: bytes, kind: type[Any]) -> Any:
    """Read an answer of the relay's.

    Raises:
        EvidenceError: it is not what the protocol says.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise EvidenceError(f"the relay's answer is malformed: {error}") from None


def _content(response: httpx.Response, path: str) -> bytes:
    if len(response.content) > FILE_LIMIT:
        raise EvidenceError(f"{path} has more than {FILE_LIMIT} bytes")
    return response.content


def _answer(response: httpx.Response) -> _Answer:
    try:
        return msgspec.json.decode(response.content, type=_Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Answer()


def _refusal(response: httpx.Response, path: str) -> EvidenceError | IdentityRefused | LinkLost:
    answer = _answer(response)
    if answer.error in _WITHHELD:
        return Withheld(path.lstrip("/"), answer.sentence)
    if response.status_code == HTTPStatus.NOT_FOUND:
        return Missing(path.lstrip("/"))
    words = f"the relay refuses {path}: {answer.sentence or response.status_code}"
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return IdentityRefused(words)
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return LinkLost(words)
    return EvidenceError(words)
