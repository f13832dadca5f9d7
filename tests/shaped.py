"""A thin line on loopback: a rate, a delay, and a queue that pushes back, shared by all its connections."""

import asyncio
import contextlib
import socket
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

QUEUE_SECONDS = 0.1
"""What the bottleneck holds at most."""

SEGMENT = 1448


class Shaped:
    """Forwards TCP connections to ports on loopback; use it as a context manager.

    Its loop runs in a thread of its own, so that the line does not wait for the test.

    Args:
        targets: the ports.
        rate: bytes a second, each way, for all together.
        delay: seconds, each way.

    Attributes:
        ports: where to connect to, for each target.
    """

    def __init__(self, *targets: int, rate: float, delay: float) -> None:
        self._rate, self._delay = rate, delay
        self._free = {"out": 0.0, "back": 0.0}
        self._listeners = [(self._listen(), target) for target in targets]
        self.ports: list[int] = [listener.getsockname()[1] for listener, _ in self._listeners]
        self._loop = asyncio.new_event_loop()
        self._main: asyncio.Task[None]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._main = self._loop.create_task(self._serve())
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(10)
        self._loop.close()
        for listener, _ in self._listeners:
            listener.close()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)

    def _small(self) -> socket.socket:
        made = socket.socket()
        # The queue is ours, not the system's.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, max(8192, int(self._rate * 0.01)))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        return made

    def _listen(self) -> socket.socket:
        made = self._small()
        made.bind(("127.0.0.1", 0))
        made.listen(16)
        made.setblocking(False)
        return made

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            for listener, target in self._listeners:
                group.create_task(self._accept(listener, target, group))

    async def _accept(self, listener: socket.socket, target: int, group: asyncio.TaskGroup) -> None:
        while True:
            near, _ = await self._loop.sock_accept(listener)
            group.create_task(self._connect(near, target))

    async def _connect(self, near: socket.socket, target: int) -> None:
        with near, self._small() as far:
            for end in (near, far):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):
                await self._loop.sock_connect(far, ("127.0.0.1", target))
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._carry(near, far, "out"))
                    group.create_task(self._carry(far, near, "back"))

    async def _carry(self, source: socket.socket, target: socket.socket, way: str) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        news = asyncio.Event()
        with contextlib.suppress(OSError):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._deliver(target, waiting, news))
                while data := await self._taken(source):
                    now = time.monotonic()
                    self._free[way] = max(now, self._free[way]) + len(data) / self._rate
                    waiting.append((self._free[way] + self._delay, data))
                    news.set()
                    await asyncio.sleep(self._free[way] - now - QUEUE_SECONDS)
                waiting.append((0.0, b""))
                news.set()

    async def _taken(self, source: socket.socket) -> bytes:
        try:
            return await self._loop.sock_recv(source, max(SEGMENT, int(self._rate * 0.004)))
        except OSError:
            return b""

    async def _deliver(
        self, target: socket.socket, waiting: deque[tuple[float, bytes]], news: asyncio.Event
    ) -> None:
        while True:
            while not waiting:
                news.clear()
                await news.wait()
            due, data = waiting.popleft()
            if not data:
                with contextlib.suppress(OSError):
                    target.shutdown(socket.SHUT_WR)
                return
            await asyncio.sleep(due - time.monotonic())
            with contextlib.suppress(OSError):
                await self._loop.sock_sendall(target, data)
