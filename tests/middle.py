"""A relay that stands in the middle: to each end it plays the other one, with a code that it guesses."""

import asyncio
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from session import rendezvous
from session.codes import Code
from session.errors import IntroductionFailed
from session.introduction import Introduction, Side

ROOM = "4821"
PATIENCE = 0.5


class Middle:
    """Use it as an asynchronous context manager.

    Args:
        trust: the public files, which it serves as they are.
        port: where.
        guess: the five digits that it takes for the secret.

    Attributes:
        joins: how often somebody has tried to join.
        right: the ends that its guess was right for.
        heard: what each end said after its share.
    """

    def __init__(self, trust: Path, port: int, guess: str) -> None:
        self._trust, self._port, self._guess = trust, port, guess
        self._server: Server | None = None
        self._technician: ServerConnection | None = None
        self._over = asyncio.Event()
        self.joins = 0
        self.right: set[Side] = set()
        self.heard: dict[Side, list[bytes]] = {side: [] for side in Side}

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._attend, "127.0.0.1", self._port, compression=None, process_request=self._page
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _page(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path == rendezvous.ROOM_PATH:
            return None
        body = (self._trust / request.path.removeprefix("/trust/")).read_bytes()
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
        return Response(200, "OK", headers, body)

    async def _attend(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await self._say(socket, rendezvous.Challenge("5a" * 32))
            match rendezvous.from_end(str(await socket.recv())):
                case rendezvous.OpenRoom():
                    self._technician = socket
                    await self._say(socket, rendezvous.RoomOpened(ROOM, 600))
                    await self._over.wait()
                case _:
                    self.joins += 1
                    await self._introduce_both(socket)

    async def _introduce_both(self, person: ServerConnection) -> None:
        technician = self._technician
        assert technician is not None
        await self._say(technician, rendezvous.Joined())
        await self._say(person, rendezvous.Joined("token"))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._introduce(technician, Side.TECHNICIAN))
            group.create_task(self._introduce(person, Side.PERSON))

    async def _introduce(self, socket: ServerConnection, end: Side) -> None:
        """Introduce itself to one end as the other one."""
        mine = Introduction(end.other, Code(ROOM, self._guess))
        with suppress(ConnectionClosed, TimeoutError):
            await socket.send(mine.share())
            mine.take_share(await self._bytes(socket))
            if end is Side.PERSON:
                await socket.send(mine.confirmation())
            proof = await self._bytes(socket)
            self.heard[end].append(proof)
            try:
                mine.confirm(proof)
                self.right.add(end)
            except IntroductionFailed:
                await socket.send(bytes(32))
            await socket.wait_closed()

    @staticmethod
    async def _bytes(socket: ServerConnection) -> bytes:
        async with asyncio.timeout(PATIENCE):
            data = await socket.recv()
        assert isinstance(data, bytes)
        return data

    @staticmethod
    async def _say(socket: ServerConnection, message: rendezvous.Rendezvous) -> None:
        await socket.send(rendezvous.encode(message))
