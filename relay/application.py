"""The relay as one ASGI application."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from relay.parts import Parts
from session.rendezvous import ROOM_PATH

_log = logging.getLogger("byleave.relay")

TICK_SECONDS = 1.0


def application(parts: Parts) -> Starlette:
    """Return the application that serves everything but health.

    Args:
        parts: an opened relay; whoever opened it closes it.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            ticker = group.create_task(_tick(parts))
            yield
            ticker.cancel()

    return Starlette(routes=[WebSocketRoute(ROOM_PATH, parts.lobby.attend)], lifespan=lifespan)


async def _tick(parts: Parts) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await parts.lobby.tick()
