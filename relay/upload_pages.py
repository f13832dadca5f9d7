"""Where agents bring evidence, and auditors their access: PROTOCOL.md, section 1."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay import commit, limits, names
from relay.evidence import Evidence, Stored
from relay.failures import Refusal
from relay.metrics import Metrics
from relay.requests import address, bearer, body, chunks, content_length, json_response
from relay.sign_in import Desk
from relay.writer import Writer

KEY_LIMIT = 64 * 1024
SIGNERS_LIMIT = 16 * 1024
_BLOCK = 256 * 1024

NOTICE = "Byleave-Notice"
"""Header of an answer that takes something, and says which refusal comes next."""


@dataclass(frozen=True)
class UploadPages:
    """The pages that take something in.

    Args:
        evidence: what is checked and kept.
        writer: the log's one writer.
        desk: who has signed in.
        strangers: how often one address may come with a token that nobody gave it.
        metrics: what is counted.
        clock: seconds that only go forward.
        file_limit: bytes of one sealed file.
    """

    evidence: Evidence
    writer: Writer
    desk: Desk
    strangers: limits.Buckets
    metrics: Metrics
    clock: Callable[[], float]
    file_limit: int

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route("/keys/{sid}/{name}", self.put_key, methods=["PUT"]),
            Route("/sessions/{sid}/statements", self.post_statement, methods=["POST"]),
            Route("/sessions/{sid}/custody", self.post_custody, methods=["POST"]),
            Route("/sessions/{sid}/{name:path}", self.put_object, methods=["PUT"]),
        ]

    async def put_key(self, request: Request) -> Response:
        """Take a wrapped identity in."""
        name = names.checked_key(request.path_params["name"])
        return await self._take(request, name, KEY_LIMIT)

    async def put_object(self, request: Request) -> Response:
        """Take a sealed object, or the session's allowed signers, in."""
        name = names.checked_upload(request.path_params["name"])
        return await self._take(request, name, SIGNERS_LIMIT if name == names.SIGNERS else self.file_limit)

    async def post_statement(self, request: Request) -> Response:
        """Take a statement of a session; answer with its receipt."""
        sid, token = names.checked_sid(request.path_params["sid"]), bearer(request)
        await self._check_stranger(request)
        data = await body(request, commit.BODY_LIMIT)
        async with self.writer.turn(sid):
            stored, response = await self._log(asyncio.to_thread(self.evidence.prepare, token, sid, data))
        self.metrics.count("stored_bytes", by=stored.size)
        if await asyncio.to_thread(self.evidence.used_up, token, stored):
            response.headers[NOTICE] = "quota"
        return response

    async def post_custody(self, request: Request) -> Response:
        """Take an auditor's statement about a session; answer with its receipt."""
        sid = names.checked_sid(request.path_params["sid"])
        principal = self.desk.reader(bearer(request)).principal
        if principal is None:
            raise Refusal("wrong-token", "custody is the auditors'")
        data = await body(request, commit.BODY_LIMIT)
        async with self.writer.turn(sid):
            preparing = asyncio.to_thread(self.evidence.prepare_custody, principal, sid, data)
            _, response = await self._log(preparing)
        return response

    async def _log(self, preparing: Awaitable[Stored]) -> tuple[Stored, Response]:
        stored = await preparing
        place = await self.writer.append(stored)
        self.metrics.count("statements", stored.statement.KIND)
        return stored, json_response(self.evidence.log.receipt(place.leaf, place.size))

    async def _take(self, request: Request, name: str, limit: int) -> Response:
        sid, token = names.checked_sid(request.path_params["sid"]), bearer(request)
        await self._check_stranger(request)
        size = content_length(request, limit)
        path = await asyncio.to_thread(self.evidence.begin_upload, token, sid, name, size)
        created = False
        try:
            upload = self.evidence.store.upload()
            try:
                async for block in _blocks(request):
                    await asyncio.to_thread(upload.write, block)
                created = await asyncio.to_thread(upload.settle, path)
            finally:
                upload.discard()
        finally:
            if not created:
                await asyncio.to_thread(self.evidence.end_upload, sid, size)
        self.metrics.count("stored_bytes", by=size if created else 0)
        return Response(status_code=HTTPStatus.CREATED if created else HTTPStatus.OK)

    async def _check_stranger(self, request: Request) -> None:
        """Slow down who tries tokens; what a known one allows is for `Evidence` to say."""
        if await asyncio.to_thread(self.evidence.index.token, bearer(request)) is not None:
            return
        if not self.strangers.take(limits.network(address(request)), self.clock()):
            raise Refusal("too-many")
        raise Refusal("no-token")


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces that are worth a thread each."""
    waiting: list[bytes] = []
    async for chunk in chunks(request):
        waiting.append(chunk)
        if sum(map(len, waiting)) >= _BLOCK:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting)
