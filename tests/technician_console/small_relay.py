"""A relay for the console's tests: rooms, a log in memory, and lies on demand; on loopback, in this process.

It checks nobody's certificate: that is the real relay's affair and tested there.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from session import rendezvous
from session.ledger import Checkpoint, Tree, sign_checkpoint
from technician_console.organisation import Organisation
from tests.technician_console.company import LOG_NAME, Company

NONCE = "5a" * 32

TURNS = 3
"""Of the event loop, to accept a connection, make its transport and tell its protocol."""


class SmallRelay:
    """Use it as an asynchronous context manager.

    Attributes:
        tree: the log.
        lie: changes the receipt of an inclusion before it is sent.
        silent: whether the log does not answer.
        refusing: why rooms are refused; empty if they are not.
        alter: changes what is forwarded.
        asked: every page that was asked for.
    """

    def __init__(self, company: Company, organisation: Organisation) -> None:
        self.company = company
        self.organisation = organisation
        self.tree = Tree()
        self.lie: Callable[[dict[str, object]], None] = lambda receipt: None
        self.silent = False
        self.refusing = ""
        self.alter: Callable[[bytes], bytes] = lambda data: data
        self.url = ""
        self.port = 0
        self.asked: list[str] = []
        self._waiting: dict[str, tuple[ServerConnection, asyncio.Event]] = {}
        self._sockets: set[ServerConnection] = set()
        self._pairs: dict[ServerConnection, ServerConnection] = {}
        self._server: Server | None = None

    async def __aenter__(self) -> "SmallRelay":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await serve(
            self._attend,
            "127.0.0.1",
            self.port,
            compression=None,
            process_request=self._page,
            ping_interval=None,
            close_timeout=0.2,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        # Whoever stands at the door is let in first: 3.11 loses a socket that comes in after the close.
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.drop()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            # What was aborted is closed in the loop's next turn.
            await asyncio.sleep(0)

    def drop(self) -> None:
        """Cut every link, without a good-bye."""
        for socket in self._sockets:
            socket.transport.abort()
        self._waiting.clear()

    # rooms

    async def _attend(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        try:
            await self._greet(socket)
        finally:
            self._sockets.discard(socket)
            await socket.close()

    async def _greet(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await self._say(socket, rendezvous.Challenge(NONCE))
            wish = rendezvous.from_end(str(await socket.recv()))
            if self.refusing:
                await self._say(socket, rendezvous.Refused(self.refusing))
                return
            await self._enter(socket, wish)

    async def _enter(self, socket: ServerConnection, wish: rendezvous.FromEnd) -> None:
        match wish:
            case rendezvous.OpenRoom():
                await self._say(socket, rendezvous.RoomOpened("" if wish.resume else "4821", 600))
                await self._seat(socket, wish.resume or "4821")
            case rendezvous.JoinRoom():
                if wish.room not in self._waiting:
                    await self._say(socket, rendezvous.Refused("no-room"))
                    return
                await self._seat(socket, wish.room)
            case rendezvous.ResumeRoom():
                await self._seat(socket, wish.name)

    async def _seat(self, socket: ServerConnection, room: str) -> None:
        if room in self._waiting:
            other, paired = self._waiting.pop(room)
            self._pairs[socket], self._pairs[other] = other, socket
            await self._say(other, rendezvous.Joined())
            await self._say(socket, rendezvous.Joined("token"))
            paired.set()
        else:
            paired = asyncio.Event()
            self._waiting[room] = socket, paired
            async with asyncio.TaskGroup() as group:
                either = {group.create_task(socket.wait_closed()), group.create_task(paired.wait())}
                _, left = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                for task in left:
                    task.cancel()
            if not paired.is_set():
                self._waiting.pop(room, None)
        await self._forward(socket)

    async def _forward(self, socket: ServerConnection) -> None:
        other = self._pairs.get(socket)
        if other is None:
            return
        try:
            async for message in socket:
                assert isinstance(message, bytes)
                await other.send(self.alter(message))
        except ConnectionClosed:
            pass
        finally:
            self._pairs.pop(socket, None)
            with suppress(ConnectionClosed):
                await self._say(other, rendezvous.Refused("peer-left"))
                await other.close()

    async def _say(self, socket: ServerConnection, message: rendezvous.Rendezvous) -> None:
        await socket.send(rendezvous.encode(message))

    # pages

    def append(self, entry: bytes) -> int:
        return self.tree.append(entry)

    def note(self, size: int | None = None) -> bytes:
        size = self.tree.size if size is None else size
        return sign_checkpoint(Checkpoint(LOG_NAME, size, self.tree.root(size)), LOG_NAME, self.company.log)

    def _page(self, socket: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        if parts.path == rendezvous.ROOM_PATH:
            return None
        self.asked.append(parts.path)
        query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
        body = None if self.silent and parts.path.startswith("/log/") else self._body(parts.path, query)
        status, phrase = (200, "OK") if body is not None else (503, "Service Unavailable")
        headers = Headers({"Content-Length": str(len(body or b"")), "Connection": "close"})
        return Response(status, phrase, headers, body or b"")

    def _body(self, path: str, query: dict[str, int]) -> bytes | None:
        match path:
            case "/log/checkpoint":
                return self.note()
            case "/log/inclusion":
                size = query.get("size", self.tree.size)
                old = query.get("old")
                known = query["index"] < size and (old is None or old <= size)
                return self._receipt(query["index"], size, old) if known else None
            case "/log/consistency":
                proof = self.tree.consistency_proof(query["old"], query["new"])
                return json.dumps({"proof": [each.hex() for each in proof]}).encode()
            case "/trust/profile.toml":
                return self.organisation.data
            case "/trust/profile.toml.sig":
                return self.organisation.signature
            case _:
                return None

    def _receipt(self, index: int, size: int, old: int | None) -> bytes:
        proof = [each.hex() for each in self.tree.inclusion_proof(index, size)]
        receipt: dict[str, object] = {
            "index": index,
            "size": size,
            "proof": proof,
            "checkpoint": self.note(size).decode(),
        }
        if old is not None:
            receipt["consistency"] = [each.hex() for each in self.tree.consistency_proof(old, size)]
        self.lie(receipt)
        return json.dumps(receipt).encode()
