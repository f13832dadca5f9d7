"""Health and metrics, on a listener of their own that only this computer reaches."""

import asyncio
import time
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from relay.failures import StorageFailed
from relay.parts import Parts
from relay.requests import json_response
from session.revocation import FRESH_SECONDS

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_application(parts: Parts) -> Starlette:
    """Return the application of the health listener.

    Args:
        parts: the relay that is asked about.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        found = await asyncio.to_thread(readiness, parts)
        status = HTTPStatus.OK if all(found.values()) else HTTPStatus.SERVICE_UNAVAILABLE
        return json_response(found, status)

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(parts.metrics.text(parts.gauges()), media_type=_METRICS_TYPE)

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    )


def readiness(parts: Parts) -> dict[str, bool]:
    """Tell which of the things that a session needs are as they should be.

    Args:
        parts: the relay.

    Returns:
        `disk`: evidence can be stored; `log`: it can be logged; `krl`: agents
        will take the revocation list for fresh.
    """
    try:
        parts.evidence.store.require_free(parts.config.limits.file_bytes)
        disk = True
    except StorageFailed:
        disk = False
    krl_time = parts.trust.krl_time
    fresh = krl_time is not None and abs(time.time() - krl_time) <= FRESH_SECONDS
    return {"disk": disk, "log": parts.evidence.log.writable, "krl": fresh}
