"""A relay inside the test's own event loop, so that its deadlines can be shortened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from relay.application import application
from relay.config import Config
from relay.parts import Parts
from relay.server import Server, listen, uvicorn_config
from session import rendezvous
from tests.relay.office import Office


@dataclass(frozen=True)
class InsideRelay:
    """Where the relay is reached, and what it consists of."""

    url: str
    parts: Parts

    @property
    def room_url(self) -> str:
        return self.url.replace("http", "ws", 1) + rendezvous.ROOM_PATH


@asynccontextmanager
async def relay_inside(
    office: Office, config: Config | None = None, port: int = 0
) -> AsyncIterator[InsideRelay]:
    parts = Parts.open(office.relay, config or Config())
    listener = listen(f"127.0.0.1:{port}")
    server = Server(uvicorn_config(application(parts)))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]))
            await server.ready.wait()
            try:
                yield InsideRelay(f"http://127.0.0.1:{listener.getsockname()[1]}", parts)
            finally:
                server.stop()
    finally:
        listener.close()
        parts.close()
