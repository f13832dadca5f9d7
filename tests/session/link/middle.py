"""Whoever stands in the middle: small relays, honest and evil."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from session import rendezvous
from session.codes import Code
from session.introduction import Introduction, Side
from session.link.socket import Socket, connected
from tests.pair import address

NONCE = "ab" * 32
ROOM = "4821"

Pass = Callable[[str, bytes], list[bytes]]
"""What is sent on instead of a message, by the end that it comes from."""

Play = Callable[[str, ServerConnection], Awaitable[None]]
"""What a relay does with an end that has joined: `technician` or `person`."""


@dataclass
class Meeting:
    """A relay with one room.

    Attributes:
        change: what becomes of each binary message.
        play: what the relay does with an end instead of forwarding; None forwards.
        forwarded: how many binary messages have come.
    """

    change: Pass = lambda end, message: [message]
    play: Play | None = None
    forwarded: int = 0
    ends: dict[str, ServerConnection] = field(default_factory=dict)
    both: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, socket: ServerConnection) -> None:
        """Serve one end: challenge, room, and whatever follows."""
        await socket.send(rendezvous.encode(rendezvous.Challenge(NONCE)))
        message = rendezvous.from_end(str(await socket.recv()))
        end = "technician" if isinstance(message, rendezvous.OpenRoom) else "person"
        self.ends[end] = socket
        if end == "technician":
            await socket.send(rendezvous.encode(rendezvous.RoomOpened(ROOM, 600)))
        if len(self.ends) == 2:
            self.both.set()
        await self.both.wait()
        await socket.send(rendezvous.encode(rendezvous.Joined("token" if end == "person" else "")))
        with suppress(ConnectionClosed):
            await (self.play or self.forward)(end, socket)

    async def forward(self, end: str, socket: ServerConnection) -> None:
        """Forward until one end is gone; then tell the other."""
        (other,) = (each for name, each in self.ends.items() if name != end)
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    self.forwarded += 1
                    for each in self.change(end, message):
                        await other.send(each)
        finally:
            with suppress(ConnectionClosed):
                await other.send(rendezvous.encode(rendezvous.Refused("peer-left")))
            await other.close()


@dataclass
class Guesser:
    """A relay that plays the other end to both, with a guess of its own.

    Attributes:
        guess: the code that it tries.
        right: at which ends the guess was right.
    """

    guess: Code
    right: list[str] = field(default_factory=list)

    async def play(self, end: str, socket: ServerConnection) -> None:
        """Introduce itself as the other end."""
        side = Side(end).other
        introduction = Introduction(side, self.guess)
        await socket.send(introduction.share())
        introduction.take_share(bytes(await socket.recv()))  # type: ignore[arg-type]  # binary
        await socket.send(introduction.confirmation())
        answer = await socket.recv()
        if isinstance(answer, bytes) and len(answer) == 32 and end == "person":
            self.right.append(end)
        elif isinstance(answer, bytes):
            # The technician proves itself first, so this shows whether the guess was right.
            introduction.confirm(answer)
            self.right.append(end)
        await socket.close()


@asynccontextmanager
async def relay(meeting: Meeting) -> AsyncIterator[str]:
    """Run a relay with one room; yields its HTTP address."""
    async with serve(meeting.serve, "127.0.0.1", 0, compression=None) as server:
        yield address(server).replace("ws://", "http://")


@asynccontextmanager
async def crossing(change: Pass) -> AsyncIterator[tuple[Socket, Socket]]:
    """The person's and the technician's socket, with somebody between them who changes what crosses."""
    meeting = Meeting(change)
    names = iter(("person", "technician"))
    here = asyncio.Event()

    async def handle(socket: ServerConnection) -> None:
        end = next(names)
        meeting.ends[end] = socket
        here.set()
        if len(meeting.ends) == 2:
            meeting.both.set()
        await meeting.both.wait()
        with suppress(ConnectionClosed):
            await meeting.forward(end, socket)

    async with (
        serve(handle, "127.0.0.1", 0, compression=None) as server,
        await connected(address(server)) as one,
    ):
        await here.wait()
        async with await connected(address(server)) as two:
            await meeting.both.wait()
            yield one, two


class Rewriter:
    """Rewrites the lists of algorithms that each end offers (KEXINIT; RFC 4253, sections 4.2, 6 and 7.1).

    Args:
        lists: place of a list (0 key exchange, 1 host key, 2 and 3 ciphers, 4 and 5 MACs,
            6 and 7 compression) → what it becomes.
        ends: whose offers are rewritten.
    """

    def __init__(self, lists: dict[int, str], ends: tuple[str, ...]) -> None:
        self._lists = lists
        self._ends = ends
        self._begun: dict[str, bytes] = {}
        self.offered: dict[str, list[str]] = {}
        """What each end really offered."""

    def through(self, end: str, message: bytes) -> list[bytes]:
        """Pass a message on, with the lists of the first packet rewritten."""
        if end in self.offered:
            return [message]
        stream = self._begun.get(end, b"") + message
        passed = b""
        if stream.startswith(b"SSH-") and b"\n" in stream:
            # Each end waits for the other's version before it offers anything.
            line, newline, stream = stream.partition(b"\n")
            passed = line + newline
        size = 4 + int.from_bytes(stream[:4], "big")
        if 4 < size <= len(stream):
            passed += self._rewritten(end, stream[:size]) + stream[size:]
            stream = b""
        self._begun[end] = stream
        return [passed] if passed else []

    def _rewritten(self, end: str, packet: bytes) -> bytes:
        payload = packet[5 : len(packet) - packet[4]]
        head, tail = payload[:17], payload[17:]
        lists = []
        for _ in range(10):
            size = int.from_bytes(tail[:4], "big")
            lists.append(tail[4 : 4 + size].decode())
            tail = tail[4 + size :]
        self.offered[end] = list(lists)
        if end in self._ends:
            for place, become in self._lists.items():
                lists[place] = become
        named = b"".join(len(each).to_bytes(4, "big") + each.encode() for each in lists)
        payload = head + named + tail
        padding = 8 - (5 + len(payload)) % 8 + 8
        return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)
