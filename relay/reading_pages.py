"""Where evidence is read: by auditors, and by who holds a session's key; PROTOCOL.md, section 1."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from relay import limits, names
from relay.evidence import Evidence
from relay.failures import Refusal
from relay.requests import address, bearer, decoded, json_response
from relay.sign_in import READER_SECONDS, Desk, Reader, SignIn

_SIGN_IN_LIMIT = 16 * 1024
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True)
class ReadingPages:
    """The pages that give evidence out.

    Args:
        evidence: what is kept.
        desk: who has signed in.
        strangers: how often one address may ask for a challenge.
        clock: seconds that only go forward.
    """

    evidence: Evidence
    desk: Desk
    strangers: limits.Buckets
    clock: Callable[[], float]

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route("/challenge", self.post_challenge, methods=["POST"]),
            Route("/sign-in", self.post_sign_in, methods=["POST"]),
            Route("/keys/{sid}/{name}", self.get_key, methods=["GET"]),
            Route("/sessions", self.get_sessions, methods=["GET"]),
            Route("/sessions/{sid}", self.get_session, methods=["GET"]),
            Route("/sessions/{sid}/{name:path}", self.get_file, methods=["GET"]),
        ]

    async def post_challenge(self, request: Request) -> Response:
        """Hand out a nonce to be signed."""
        self._slow_down(request)
        return json_response({"nonce": self.desk.challenge()})

    async def post_sign_in(self, request: Request) -> Response:
        """Hand out a token for a signed nonce."""
        self._slow_down(request)
        answer = await decoded(request, SignIn, _SIGN_IN_LIMIT)
        token = await asyncio.to_thread(self.desk.sign_in, answer)
        return json_response({"token": token, "seconds": READER_SECONDS})

    async def get_sessions(self, request: Request) -> Response:
        """List all sessions for an auditor."""
        if self.desk.reader(bearer(request)).certificate is None:
            raise Refusal("wrong-token", "the list is for auditors")
        found = await asyncio.to_thread(self.evidence.index.sessions)
        return json_response(
            [
                {
                    "sid": session.sid,
                    "opened_ms": session.opened_ms,
                    "closed_ms": session.closed_ms,
                    "reason": session.reason,
                    "technician": session.technician,
                    "number": session.number,
                    "statements": session.length,
                    "bytes": size,
                }
                for session, size in found
            ]
        )

    async def get_session(self, request: Request) -> Response:
        """List the files of one session."""
        sid, _ = self._may_read(request)
        found = await asyncio.to_thread(self.evidence.store.listing, sid)
        if not found:
            raise Refusal("not-found")
        return json_response([{"name": name, "size": size} for name, size in found])

    async def get_file(self, request: Request) -> Response:
        """Give out one file of a session."""
        sid, _ = self._may_read(request)
        name = names.checked_file(request.path_params["name"])
        return _file(self.evidence.store.session_path(sid, name))

    async def get_key(self, request: Request) -> Response:
        """Give out a wrapped identity: to an auditor only after a logged access, and after the end."""
        name = names.checked_key(request.path_params["name"])
        sid, reader = self._may_read(request)
        if reader.principal is not None:
            await asyncio.to_thread(self._check_access, sid, reader.principal)
        return _file(self.evidence.store.key_path(sid, name))

    def _check_access(self, sid: str, principal: str) -> None:
        session = self.evidence.index.session(sid)
        if session is None:
            raise Refusal("not-found")
        if not session.closed:
            raise Refusal("not-closed")
        if not self.evidence.has_accessed(sid, principal):
            raise Refusal("not-logged")

    def _may_read(self, request: Request) -> tuple[str, Reader]:
        sid = names.checked_sid(request.path_params["sid"])
        reader = self.desk.reader(bearer(request))
        if reader.certificate is None and reader.sid != sid:
            raise Refusal("wrong-token", "another session's holder")
        return sid, reader

    def _slow_down(self, request: Request) -> None:
        if not self.strangers.take(limits.network(address(request)), self.clock()):
            raise Refusal("too-many")


def _file(path: Path) -> Response:
    if not path.is_file():
        raise Refusal("not-found")
    return FileResponse(path, headers=_HEADERS, media_type="application/octet-stream")
