"""A wire tap in front of the relay: it keeps every byte, and can become an evil relay.

Programs are told the tap's address instead of the relay's. Each connection
leaves two files: `0001.up` has what reached the relay, `0001.down` what it sent.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, BinaryIO, Self

from byleave.demo.faults import Faults
from byleave.demo.frames import FrameError, Splitter

CHUNK = 65536
LONGEST_HEAD = 65536
END_OF_HEAD = b"\r\n\r\n"
COMPRESSION = re.compile(rb"(?im)^sec-websocket-extensions:[^\r\n]*\r\n")
WEBSOCKET = re.compile(rb"(?im)^upgrade:[ \t]*websocket[ \t]*\r\n")


class Direction:
    """One direction of one connection, without any I/O.

    The first head passes without the offer of compression, so that what is
    kept can be searched. Only messages of a WebSocket are spoiled: there the
    relay's own hands are, not in TCP.

    Args:
        name: the file's name, and the stream's for the faults.
        faults: who spoils messages, if anybody does.
    """

    def __init__(self, name: str, faults: Faults | None) -> None:
        self.name = name
        self._faults = faults
        self._head: bytes | None = b""
        self._splitter: Splitter | None = None

    def passes(self, data: bytes) -> bytes:
        """Return what goes on when these bytes came."""
        if self._head is None:
            return self._spoiled(data)
        self._head += data
        if END_OF_HEAD not in self._head and len(self._head) < LONGEST_HEAD:
            return b""
        head, end, rest = self._head.partition(END_OF_HEAD)
        self._head = None
        head = COMPRESSION.sub(b"", head + end)
        if self._faults and WEBSOCKET.search(head):
            self._splitter = Splitter()
        return head + (self._spoiled(rest) if rest else b"")

    def rest(self) -> bytes:
        """Return what was kept back when the sender ended within the first head."""
        rest, self._head = self._head or b"", None
        return rest

    def _spoiled(self, data: bytes) -> bytes:
        if self._splitter is None or self._faults is None:
            return data
        sent = bytearray()
        for frame in self._splitter.feed(data):
            if frame.is_control:
                sent += frame.encode()
                continue
            for payload in self._faults.through(self.name, frame.payload):
                sent += frame.with_payload(payload).encode()
        return bytes(sent)


class Tap:
    """A TCP proxy on loopback in a thread of its own, from entering the context to leaving it.

    Args:
        relay: the relay's TCP port.
        folder: for the files; made if missing.
        port: the tap's own port, 0 for a free one.
        faults: who spoils the messages of WebSockets, if anybody does.
    """

    def __init__(self, relay: int, folder: Path, *, port: int = 0, faults: Faults | None = None) -> None:
        self.port = port
        self.connections = 0
        """How many connections there have been."""
        self._relay, self._folder, self._faults = relay, folder, faults
        self._writers: set[asyncio.StreamWriter] = set()
        self._started: Future[None] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="tap")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def freeze(self) -> None:
        """Forward nothing any more, in either direction, with all connections open."""
        self._do(self._flowing.clear)

    def thaw(self) -> None:
        """Go on forwarding, with everything that waited."""
        self._do(self._flowing.set)

    def cut(self) -> None:
        """Reset every connection; new ones are taken."""
        self._do(self._abort)

    def close(self) -> None:
        """Reset every connection and refuse new ones until `open`."""
        self._do(self._refusing.set)
        self.cut()

    def open(self) -> None:
        """Take new connections again."""
        self._do(self._refusing.clear)

    def _do(self, act: Callable[[], None]) -> None:
        async def done() -> None:
            act()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._flowing, self._ended, self._refusing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._flowing.set()
        try:
            listener = socket.create_server(("127.0.0.1", self.port))
            # Accepted connections inherit it; asyncio sets it only where the protocol is named.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.port = listener.getsockname()[1]
            async with asyncio.TaskGroup() as connections:

                def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    connections.create_task(self._connection(reader, writer))

                server = await asyncio.start_server(accept, sock=listener)
                self._started.set_result(None)
                await self._ended.wait()
                server.close()
                self._flowing.set()
                self._abort()
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _connection(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self._refusing.is_set():
            to_client.transport.abort()
            return
        self.connections += 1
        name = f"{self.connections:04}"
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._kept(to_client))
            try:
                relay, to_relay = await asyncio.open_connection("127.0.0.1", self._relay)
            except OSError:
                to_client.transport.abort()
                return
            await stack.enter_async_context(self._kept(to_relay))
            up = stack.enter_context((self._folder / f"{name}.up").open("wb", buffering=0))
            down = stack.enter_context((self._folder / f"{name}.down").open("wb", buffering=0))
            await self._both(
                self._pump(client, to_relay, Direction(f"{name}.up", self._faults), up),
                self._pump(relay, to_client, Direction(f"{name}.down", self._faults), down),
            )

    @contextlib.asynccontextmanager
    async def _kept(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        if self._ended.is_set():
            writer.transport.abort()
        try:
            yield
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._writers.discard(writer)

    async def _both(self, first: Coroutine[Any, Any, None], second: Coroutine[Any, Any, None]) -> None:
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(first)
            pumps.create_task(second)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction, file: BinaryIO
    ) -> None:
        """Forward until the sender ends; a lost connection takes the other side with it."""
        try:
            while data := await reader.read(CHUNK):
                await self._flowing.wait()
                await self._forward(direction.passes(data), writer, file)
            await self._forward(direction.rest(), writer, file)
            if writer.can_write_eof():
                writer.write_eof()
        except (OSError, FrameError):
            writer.transport.abort()

    async def _forward(self, data: bytes, writer: asyncio.StreamWriter, file: BinaryIO) -> None:
        if data:
            file.write(data)
            writer.write(data)
            await writer.drain()
