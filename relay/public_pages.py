"""What anybody may read: the log and the organisation's public files; PROTOCOL.md, section 1."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay import limits
from relay.failures import Refusal
from relay.log import Log
from relay.requests import address, decoded, json_response
from relay.trust import Revocations, Trust
from session import revocation

_KRL_LIMIT = 2 * revocation.LIMIT
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class PublicPages:
    """The pages for everybody.

    Args:
        log: the transparency log.
        trust: the organisation's public files.
        readers: how often one address may read.
        strangers: how often one address may offer a revocation list.
        clock: seconds that only go forward.
    """

    log: Log
    trust: Trust
    readers: limits.Buckets
    strangers: limits.Buckets
    clock: Callable[[], float]

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route("/log/checkpoint", self.get_checkpoint, methods=["GET"]),
            Route("/log/inclusion", self.get_inclusion, methods=["GET"]),
            Route("/log/consistency", self.get_consistency, methods=["GET"]),
            Route("/log/{path:path}", self.get_tile, methods=["GET"]),
            Route("/trust/krl", self.put_krl, methods=["PUT"]),
            Route("/trust/{name}", self.get_trust, methods=["GET"]),
        ]

    async def get_checkpoint(self, request: Request) -> Response:
        """Give out the last checkpoint."""
        self._slow_down(request, self.readers)
        return _bytes(self.log.note, "text/plain; charset=utf-8")

    async def get_inclusion(self, request: Request) -> Response:
        """Prove that a leaf is in the log, as it is now or was; and if wanted that it only grew."""
        self._slow_down(request, self.readers)
        size = _number(request, "size") if "size" in request.query_params else self.log.size
        receipt = self.log.receipt(_number(request, "index"), size)
        if "old" not in request.query_params:
            return json_response(receipt)
        proof = self.log.consistency(_number(request, "old"), size)
        return json_response({**msgspec.structs.asdict(receipt), "consistency": proof})

    async def get_consistency(self, request: Request) -> Response:
        """Prove that the log only grew."""
        self._slow_down(request, self.readers)
        return json_response(
            {"proof": self.log.consistency(_number(request, "old"), _number(request, "new"))}
        )

    async def get_tile(self, request: Request) -> Response:
        """Give out a tile."""
        self._slow_down(request, self.readers)
        content, complete = await asyncio.to_thread(self.log.tile, request.path_params["path"])
        return _bytes(content, "application/octet-stream", _FOR_EVER if complete else "no-cache")

    async def get_trust(self, request: Request) -> Response:
        """Give out one of the organisation's public files."""
        self._slow_down(request, self.readers)
        content = await asyncio.to_thread(self.trust.page, request.path_params["name"])
        return _bytes(content, "application/octet-stream")

    async def put_krl(self, request: Request) -> Response:
        """Take a newer revocation list."""
        self._slow_down(request, self.strangers)
        offered = await decoded(request, Revocations, _KRL_LIMIT)
        await asyncio.to_thread(self.trust.take_krl, offered)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _slow_down(self, request: Request, buckets: limits.Buckets) -> None:
        if not buckets.take(limits.network(address(request)), self.clock()):
            raise Refusal("too-many")


def _bytes(content: bytes, kind: str, cache: str = "no-cache") -> Response:
    headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
    return Response(content, headers=headers, media_type=kind)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise Refusal("malformed", f"{name} is no number")
    return int(text)
