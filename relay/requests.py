"""What every HTTP request has in common: bodies, tokens, addresses, refusals."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from relay import limits
from relay.failures import REFUSALS, Refusal, StorageFailed
from relay.metrics import Metrics

_log = logging.getLogger("byleave.relay.http")
_T = TypeVar("_T")

CHUNK_SECONDS = 30.0
_DRAIN_BYTES = 1024 * 1024
_DRAIN_SECONDS = 2.0
_BEARER = "Bearer "


def json_response(value: object, status: int = HTTPStatus.OK) -> Response:
    """Return a value as JSON that nobody keeps."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def bearer(request: Request) -> str:
    """Return the request's token.

    Raises:
        Refusal: it has none.
    """
    header = request.headers.get("authorization", "")
    if not header.startswith(_BEARER) or not header.isascii():
        raise Refusal("no-token")
    return header.removeprefix(_BEARER)


def address(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else ""


def content_length(request: Request, limit: int) -> int:
    """Return how long the body will be.

    Raises:
        Refusal: it does not say, or is longer than the limit.
    """
    text = request.headers.get("content-length", "")
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise Refusal("malformed", "the length of the body is missing")
    if int(text) > limit:
        raise Refusal("too-large", f"{text} bytes")
    return int(text)


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes.

    Raises:
        Refusal: nothing has come for too long.
    """
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(CHUNK_SECONDS):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Refusal("too-slow") from None
        if chunk is None:
            return
        yield chunk


async def body(request: Request, limit: int) -> bytes:
    """Return a small body.

    Raises:
        Refusal: it is longer than the limit, or does not come.
    """
    content_length(request, limit)
    return b"".join([chunk async for chunk in chunks(request)])


async def decoded(request: Request, kind: type[_T], limit: int) -> _T:
    """Return a JSON body.

    Raises:
        Refusal: it is not of this kind, or too long.
    """
    data = await body(request, limit)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # Its text may quote the request.
        raise Refusal("malformed", type(error).__name__) from None


class PlainPaths:
    """Refuses paths with anything but visible ASCII, before any route is matched.

    Starlette's routes end in `$`, which also matches before a line break, so a
    page would be given another name than the one that was asked for.

    Args:
        served: the application behind.
    """

    def __init__(self, served: ASGIApp) -> None:
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        path = scope.get("path", "")
        if path.isascii() and path.isprintable():
            await self._served(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            status, sentence = REFUSALS["not-found"]
            answer = json_response({"error": "not-found", "sentence": sentence}, status)
            await answer(scope, receive, send)


class Refuser:
    """Turns what a page raises into the protocol's answer.

    Args:
        metrics: where refusals are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def refusal(self, request: Request, error: Exception) -> Response:
        """Answer a `Refusal`."""
        assert isinstance(error, Refusal)  # noqa: S101 - Starlette's handlers are untyped
        return await self._answer(request, error.word, str(error))

    async def storage(self, request: Request, error: Exception) -> Response:
        """Answer when the disk does not obey."""
        _log.error("%s", error)
        return await self._answer(request, "storage", type(error).__name__)

    async def standard(self, request: Request, error: Exception) -> Response:
        """Answer what Starlette itself refuses."""
        wrong_method = isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        return await self._answer(request, "not-allowed" if wrong_method else "not-found", "")

    async def gone(self, request: Request, error: Exception) -> Response:
        """Answer nobody: the client has gone while it was sending."""
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    async def own_fault(self, request: Request, error: Exception) -> Response:
        """Answer what nobody foresaw."""
        return await self._answer(request, "own-fault", type(error).__name__)

    async def _answer(self, request: Request, word: str, detail: str) -> Response:
        self._metrics.count("refusals", word)
        where = limits.shown(address(request))
        _log.info("> %s %s %s (%s)", request.method, word, detail, where)
        await _drain(request)
        status, sentence = REFUSALS[word]
        return json_response({"error": word, "sentence": sentence}, status)

    @property
    def handlers(self) -> dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
        """Which answer belongs to which exception."""
        return {
            Refusal: self.refusal,
            StorageFailed: self.storage,
            HTTPException: self.standard,
            ClientDisconnect: self.gone,
            Exception: self.own_fault,
        }


async def _drain(request: Request) -> None:
    """Read a little of what is still coming, so that the refusal is not lost in a reset connection."""
    left = _DRAIN_BYTES
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return
    except (TimeoutError, RuntimeError, ClientDisconnect):
        # RuntimeError: the body has been read already.
        return
