"""A stream for SSH on the binary messages of a WebSocket: PROTOCOL.md, section 4.

asyncssh ignores `pause_writing`, so the only bound on what waits to be sent is
the receiver's channel windows; the cap here is for an end that cheats.
"""

import asyncio
import contextlib
import logging
import socket as sockets
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed

from session.errors import LimitExceeded, LinkLost
from session.link.socket import Socket
from session.rendezvous import LINK_CAP

_log = logging.getLogger("byleave.link")

CHUNK = 64 * 1024
SEND_SECONDS = 30.0

PIECE_SECONDS = 0.008
"""The relay has a message before it sends it on, so on a thin line each one costs its own length twice."""

LEAST_PIECE = 1400
UNSENT = 16 * 1024
"""Bytes that the system may hold back for us beside those under way; by itself it takes megabytes."""

MOST_UNSENT = 256 * 1024


def little_held(size: int = UNSENT) -> list[tuple[int, int, int]]:
    """Return the socket options by which the system holds back at most so many bytes."""
    option = getattr(sockets, "TCP_NOTSENT_LOWAT", None)
    return [] if option is None else [(sockets.IPPROTO_TCP, option, size)]


def hold_little(socket: Socket, size: int = UNSENT) -> None:
    """Set these options, where the system has them."""
    transport: asyncio.Transport = socket.transport
    raw = transport.get_extra_info("socket")
    for level, option, value in little_held(size):
        with contextlib.suppress(OSError):
            raw.setsockopt(level, option, value)


class Transport(asyncio.Transport):
    """An `asyncio.Transport` that sends and receives binary WebSocket messages.

    Args:
        socket: an open WebSocket, with both ends in the room.
        protocol: what receives the stream.
        group: owner of the task that closes the socket; it ends with it and never raises.
    """

    def __init__(self, socket: Socket, protocol: asyncio.Protocol, group: asyncio.TaskGroup) -> None:
        super().__init__()
        self._socket = socket
        self._protocol: asyncio.BaseProtocol = protocol
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._piece = CHUNK
        self._paced = False
        self._flushing = False
        self._patience: asyncio.TimerHandle | None = None
        self._reading = True
        self._unread: deque[bytes] = deque()
        self._closing = False
        self._lost = False
        self._over = asyncio.Event()
        protocol.connection_made(self)
        group.create_task(self._close_at_the_end())

    async def start(self) -> None:
        """Take what has come already, and whatever comes."""
        await self._socket.straight_to(self._take, self._flush, self._gone)
        if not self._reading:
            # The library reads on once its own queue is empty.
            transport: asyncio.Transport = self._socket.transport
            transport.pause_reading()

    def _soon_flush(self) -> None:
        # What is written in one go leaves as one message.
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what waits, as far as there is room."""
        self._flushing = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        while self._waiting and not self._socket.full:
            if not self._socket.put(self._next()):
                self._end(LinkLost("sending: the link is closed"))
                return
        if self._waiting:
            self._patience = self._loop.call_later(SEND_SECONDS, self._give_up)
        elif self._closing:
            self._end(None)

    def _give_up(self) -> None:
        self._end(LinkLost("sending: nobody takes it"))

    def _next(self) -> bytes:
        """Take what waits, joined or cut to one piece."""
        first = self._waiting.popleft()
        if len(first) > self._piece:
            first, rest = first[: self._piece], first[self._piece :]
            self._waiting.appendleft(rest)
        taken = [first]
        size = len(first)
        while self._waiting and size + len(self._waiting[0]) <= self._piece:
            taken.append(self._waiting.popleft())
            size += len(taken[-1])
        self._size -= size
        return b"".join(taken) if len(taken) > 1 else first

    def pace(self, rate: float | None) -> None:
        """Suit the messages to the line.

        Args:
            rate: what the line carries in bytes a second, None if it is fast.
        """
        piece = CHUNK if rate is None else max(LEAST_PIECE, min(CHUNK, int(rate * PIECE_SECONDS)))
        # An estimate is never the same twice, and a fifth more or less is no reason for a system call.
        if self._paced and (piece == self._piece or (piece < CHUNK and 0.8 <= piece / self._piece <= 1.25)):
            return
        self._paced, self._piece = True, piece
        unsent = MOST_UNSENT if piece == CHUNK else max(UNSENT // 4, min(MOST_UNSENT, 2 * piece))
        hold_little(self._socket, unsent)

    def _take(self, message: str | bytes) -> None:
        if self._lost:
            return
        if isinstance(message, str):
            # After `joined` the relay says one thing only: that this is over.
            self._end(LinkLost("the relay ended the room"))
        elif self._reading:
            self._deliver(message)
        else:
            self._unread.append(message)

    def _deliver(self, data: bytes) -> None:
        if isinstance(self._protocol, asyncio.Protocol):
            self._protocol.data_received(data)

    def _gone(self) -> None:
        self._end(LinkLost("the link was closed"))

    async def _close_at_the_end(self) -> None:
        try:
            await self._over.wait()
        finally:
            await self._close_socket()

    async def _close_socket(self) -> None:
        transport: asyncio.Transport = self._socket.transport
        # The other end's good-bye is heard by whoever reads.
        transport.resume_reading()
        try:
            async with asyncio.timeout(2.0):
                await self._socket.close()
        except (ConnectionClosed, OSError, TimeoutError):
            _log.debug("= link closed without a good-bye")
        finally:
            # Whoever says no good-bye, or is not waited for, keeps no socket of ours open.
            transport.abort()

    def _end(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._closing = True
            self._drop()
            self._over.set()
            self._protocol.connection_lost(error)

    def _drop(self) -> None:
        """Forget what was not sent, and what was not read."""
        self._waiting.clear()
        self._size = 0
        self._unread.clear()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Queue bytes to be sent; past the cap the link is aborted."""
        if self._lost or self._closing:
            return
        # The relay's limit is on one message, and its receiver must not wait for a whole picture.
        if isinstance(data, bytes) and len(data) <= CHUNK:
            self._waiting.append(data)
        else:
            view = memoryview(data)
            self._waiting.extend(bytes(view[start : start + CHUNK]) for start in range(0, len(view), CHUNK))
        self._size += len(data)
        if self._size > LINK_CAP:
            self._end(LimitExceeded(f"{self._size} bytes wait to be sent"))
            self.abort()
        elif self._patience is None:
            self._soon_flush()

    def close(self) -> None:
        """Send what waits, then close."""
        self._closing = True
        self._soon_flush()

    def abort(self) -> None:
        """Close at once; what waits is dropped."""
        self._end(LinkLost("aborted"))
        transport: asyncio.Transport = self._socket.transport
        transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the transport is closing or closed."""
        return self._closing

    def pause_reading(self) -> None:
        """Stop taking messages from the socket."""
        self._reading = False
        transport: asyncio.Transport = self._socket.transport
        transport.pause_reading()

    def resume_reading(self) -> None:
        """Take messages again."""
        self._reading = True
        while self._unread and self._reading:
            self._deliver(self._unread.popleft())
        if self._reading:
            transport: asyncio.Transport = self._socket.transport
            transport.resume_reading()

    def is_reading(self) -> bool:
        """Tell whether messages are taken."""
        return self._reading

    def can_write_eof(self) -> bool:
        """A WebSocket cannot be closed one way."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return self._size

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change what receives the stream."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return what receives the stream."""
        return self._protocol


class Tunnel:
    """What asyncssh takes as `tunnel=`: it makes exactly one connection, on a given WebSocket.

    Args:
        socket: an open WebSocket, with both ends in the room.
        group: owner of the transport's task.
    """

    def __init__(self, socket: Socket, group: asyncio.TaskGroup) -> None:
        self._socket = socket
        self._group = group
        self.transport: Transport | None = None

    async def create_connection(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[Transport, asyncio.Protocol]:
        """Connect a new protocol object to the WebSocket; host and port mean nothing here."""
        del host, port
        protocol = factory()
        self.transport = Transport(self._socket, protocol, self._group)
        await self.transport.start()
        return self.transport, protocol
