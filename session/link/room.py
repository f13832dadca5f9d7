"""Entering a room at the relay, and introducing the two ends: PROTOCOL.md, sections 1 and 2."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from session import rendezvous
from session.errors import IntroductionFailed, LinkLost, ProtocolViolation, RoomRefused
from session.introduction import MESSAGE_LIMIT, Introduction, Resumption, Side
from session.link.socket import Socket, connected
from session.link.transport import UNSENT, hold_little

_log = logging.getLogger("byleave.room")
_M = TypeVar("_M", bound=rendezvous.Rendezvous)

CONNECT_SECONDS = 10.0
STEP_SECONDS = 20.0

Sign = Callable[[bytes, str], bytes]
"""Signs bytes for a namespace; returns an armored SSHSIG."""


def room_url(relay: str) -> str:
    """Return the WebSocket address of the rooms of a relay's HTTP address."""
    parts = urlsplit(relay)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + rendezvous.ROOM_PATH, "", ""))


class Room:
    """A WebSocket to the relay, before SSH runs on it.

    Use it as an asynchronous context manager: it closes the socket unless
    `hand_over` has given it away.
    """

    def __init__(self, socket: Socket, nonce: str) -> None:
        self._socket = socket
        self._nonce = nonce
        self._kept = True

    async def __aenter__(self) -> "Room":
        """Return the room itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket if it is still ours."""
        if self._kept:
            await self._socket.close()

    async def open(self, certificate: str, sign: Sign, resume: str | None = None) -> str:
        """Open a room as a technician; return its four digits (`""` when resuming)."""
        signature = sign(rendezvous.signed_bytes(self._nonce, resume), "room@byleave").decode()
        await self._say(rendezvous.OpenRoom(certificate, signature, resume))
        return (await self._hear(rendezvous.RoomOpened, STEP_SECONDS)).room

    async def peer(self, seconds: float) -> None:
        """Wait until the other end has joined."""
        await self._hear(rendezvous.Joined, seconds)

    async def join(self, room: str) -> str:
        """Join a technician's room as the person; return the token for uploads."""
        await self._say(rendezvous.JoinRoom(room))
        return (await self._hear(rendezvous.Joined, STEP_SECONDS)).token

    async def rejoin(self, name: str, seconds: float) -> None:
        """Wait for the technician in a room that both ends know by name."""
        await self._say(rendezvous.ResumeRoom(name))
        await self._hear(rendezvous.Joined, seconds)

    async def introduce(self, side: Side, introduction: Introduction, digest: bytes) -> bytes:
        """Run the introduction; return the digest that the other end announces.

        Raises:
            IntroductionFailed: the code is void from now on.
        """
        await self._send(introduction.share())
        introduction.take_share(await self._take())
        await self._confirm(side, introduction)
        await self._send(introduction.announce(digest))
        return introduction.take_digest(await self._take())

    async def reintroduce(self, side: Side, resumption: Resumption) -> None:
        """Run the short introduction of a lost session; raises as `introduce`."""
        if side is Side.TECHNICIAN:
            await self._send(resumption.nonce())
            resumption.take_nonce(await self._take())
        else:
            resumption.take_nonce(await self._take())
            await self._send(resumption.nonce())
        await self._confirm(side, resumption)

    async def _confirm(self, side: Side, exchange: Introduction | Resumption) -> None:
        if side is Side.TECHNICIAN:
            await self._send(exchange.confirmation())
            exchange.confirm(await self._take())
        else:
            # The person proves nothing to an end that has not proved itself: one guess, not two.
            exchange.confirm(await self._take())
            await self._send(exchange.confirmation())

    def hand_over(self) -> Socket:
        """Give the socket away; from now on the receiver closes it."""
        self._kept = False
        return self._socket

    async def _say(self, message: rendezvous.Rendezvous) -> None:
        _log.debug("> %s", type(message).__name__)
        try:
            await self._socket.send(rendezvous.encode(message))
        except ConnectionClosed as error:
            raise LinkLost("the relay closed the connection") from error

    async def _hear(self, kind: type[_M], seconds: float) -> _M:
        data = await self._receive(seconds)
        if not isinstance(data, str):
            raise ProtocolViolation("bytes before both ends were in the room")
        message = rendezvous.from_relay(data)
        _log.debug("< %s", type(message).__name__)
        if isinstance(message, rendezvous.Refused):
            raise RoomRefused(message.reason)
        if not isinstance(message, kind):
            raise ProtocolViolation(f"{type(message).__name__} where {kind.__name__} was due")
        return message

    async def _send(self, data: bytes) -> None:
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            raise LinkLost("the other side left during the introduction") from error

    async def _take(self) -> bytes:
        data = await self._receive(STEP_SECONDS)
        if isinstance(data, str):
            message = rendezvous.from_relay(data)
            reason = message.reason if isinstance(message, rendezvous.Refused) else "protocol"
            raise IntroductionFailed(f"the room ended during the introduction: {reason}")
        if len(data) > MESSAGE_LIMIT:
            raise IntroductionFailed("an introduction message is too long")
        return data

    async def _receive(self, seconds: float) -> str | bytes:
        try:
            # Not `wait_for`, which in Python 3.11 can lose a cancellation that comes with an answer.
            async with asyncio.timeout(seconds):
                return await self._socket.recv()
        except ConnectionClosed as error:
            raise LinkLost("the relay closed the connection") from error
        except TimeoutError:
            raise LinkLost("nobody answered in time") from None


async def enter(relay: str, tls: ssl.SSLContext | None = None) -> Room:
    """Connect to a relay and take its challenge.

    Args:
        relay: the relay's HTTP address.
        tls: for `https`; the system's trust when absent.

    Raises:
        LinkLost: the relay cannot be reached.
        ProtocolViolation: what answers is no relay.
    """
    url = room_url(relay)
    try:
        socket = await connected(
            url,
            ssl=(tls or ssl.create_default_context()) if url.startswith("wss") else None,
            max_size=rendezvous.BINARY_LIMIT,
            max_queue=16,
            # What has been given to the socket cannot be overtaken any more.
            write_limit=UNSENT,
            open_timeout=CONNECT_SECONDS,
            close_timeout=2,
            # SSH's own keepalive crosses the whole way; a ping only reaches the relay.
            ping_interval=None,
            proxy=None,
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ConnectionClosed) as error:
        raise LinkLost(f"the relay cannot be reached: {type(error).__name__}") from error
    hold_little(socket)
    room = Room(socket, "")
    try:
        room._nonce = (await room._hear(rendezvous.Challenge, CONNECT_SECONDS)).nonce
    except BaseException:
        await socket.close()
        raise
    return room
