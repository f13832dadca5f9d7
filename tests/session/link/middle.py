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
