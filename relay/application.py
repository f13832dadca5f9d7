"""The relay as one ASGI application."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute

from relay.limits import Buckets
from relay.parts import Parts
from relay.public_pages import PublicPages
from relay.reading_pages import ReadingPages
from relay.requests import PlainPaths, Refuser
from relay.seconds import Seconds
from relay.sign_in import Desk
from relay.upload_pages import UploadPages
from relay.writer import Writer
from session.errors import ConfigurationError
from session.rendezvous import ROOM_PATH

_log = logging.getLogger("byleave.relay")


def application(parts: Parts) -> Starlette:
    """Return the application that serves everything but health.

    Args:
        parts: an opened relay; whoever opened it closes it.
    """
    writer = Writer(parts.evidence.commit)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(writer.run()), group.create_task(_tick(parts))]
            yield
            for task in tasks:
                task.cancel()

    return Starlette(
        routes=_routes(parts, writer),
        lifespan=lifespan,
        exception_handlers=Refuser(parts.metrics).handlers,
        middleware=[Middleware(PlainPaths)],
    )


def _routes(parts: Parts, writer: Writer) -> list[BaseRoute]:
    limits, clock = parts.config.limits, time.monotonic
    desk = Desk(parts.trust, parts.evidence.index, clock)
    strangers, readers = Buckets(limits.sign_ins.rate), Buckets(limits.reads.rate)
    uploads = UploadPages(parts.evidence, writer, desk, strangers, parts.metrics, clock, limits.file_bytes)
    reading = ReadingPages(parts.evidence, desk, strangers, clock)
    public = PublicPages(parts.evidence.log, parts.trust, readers, strangers, clock)
    return [
        WebSocketRoute(ROOM_PATH, parts.lobby.attend),
        *uploads.routes(),
        *reading.routes(),
        *public.routes(),
    ]


async def _tick(parts: Parts) -> None:
    seconds = Seconds()
    while True:
        await seconds.next()
        await parts.lobby.tick()
        try:
            # Mostly nothing has changed, and to see that takes less than to wake a thread.
            if parts.trust.changed():
                await asyncio.to_thread(parts.trust.refresh)
        except (OSError, ConfigurationError) as error:
            _log.error("the trust folder is not good: %s", error)
