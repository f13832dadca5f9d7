"""The floor under a relay: bytes from one socket to another, not looked at. `PORT` is where they go."""

import asyncio
import socket
import sys

READ = 256 * 1024


class Half(asyncio.BufferedProtocol):
    """One socket of two."""

    def __init__(self) -> None:
        self._buffer = bytearray(READ)
        self._view = memoryview(self._buffer)
        self.transport: asyncio.Transport
        self.other: Half | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was read."""
        if self.other is not None:
            self.other.transport.write(self._view[:nbytes])

    def pause_writing(self) -> None:
        """Read no more for a socket that is full."""
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other one as well."""
        if self.other is not None:
            self.other.transport.close()


async def forward(port: int) -> None:
    """Connect every connection to a port of this machine."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)
        while True:
            accepted, _ = await loop.sock_accept(listener)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _, there = await loop.create_connection(Half, "127.0.0.1", port)
            _, here = await loop.connect_accepted_socket(Half, accepted)
            here.other, there.other = there, here


if __name__ == "__main__":
    asyncio.run(forward(int(sys.argv[1])))
