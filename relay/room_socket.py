"""The WebSocket of a room: challenge, wish, and then forwarding; PROTOCOL.md, section 1.

Each end has a reader and a writer. A reader puts what its end says into the
other end's outbox and waits while that is full, so a slow end slows the other
down instead of filling the relay. A writer has a deadline of its own for each
message: while nothing is read from an end because the other has stopped
listening, its death and its pongs go unseen.
"""

import asyncio
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from relay import limits, rooms
from relay.metrics import Metrics
from relay.outbox import Outbox, OutboxClosedError
from relay.rooms import Action, Dropped, Opened, Paired, Role, Rooms
from session import rendezvous
from session.certificates import Certificate
from session.errors import LimitExceeded, OwnError, ProtocolViolation, RoomRefused

_log = logging.getLogger("byleave.relay.rooms")

ENTRY_SECONDS = 10.0
SEND_SECONDS = 30.0
LAST_WORDS_SECONDS = 1.0
STOP_SECONDS = 0.5
_TOO_BIG = 1009

Admit = Callable[[rendezvous.OpenRoom, str], Certificate]
"""Checks a technician's certificate and signature over the nonce; raises `RoomRefused`."""
Issue = Callable[[Certificate], Awaitable[str]]
"""Makes a durable upload token for a session with this technician; raises `OwnError`."""


@dataclass(eq=False)
class Seat:
    """One end that is connected."""

    end: int
    address: str
    certificate: Certificate | None = None
    peer: "Seat | None" = None
    outbox: Outbox = field(default_factory=Outbox)


@dataclass(frozen=True)
class Doorkeeper:
    """Who may come in, and how often."""

    admit: Admit
    issue: Issue
    connections: limits.Buckets
    joins: limits.Buckets
    sessions: limits.Daily
    sockets: int


class Lobby:
    """Everybody who is connected; carries out what `Rooms` decides.

    Args:
        machine: the rooms.
        door: who may come in.
        metrics: where drops are counted.
        clock: seconds that only go forward.
    """

    def __init__(
        self, machine: Rooms, door: Doorkeeper, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self._machine = machine
        self._door = door
        self._metrics = metrics
        self._clock = clock
        self._seats: dict[int, Seat] = {}
        self._ends = itertools.count(1)
        self._nobody = asyncio.Event()
        self._nobody.set()

    def gauges(self) -> dict[str, float]:
        """Return the present numbers for the metrics."""
        count = self._machine.count()
        return {
            "rooms_waiting": count["waiting"],
            "rooms_paired": count["paired"],
            "sockets": len(self._seats),
        }

    async def tick(self) -> None:
        """Let rooms expire."""
        await self._handle(rooms.Ticked())

    async def stop(self) -> None:
        """Tell everybody that the relay is closing, and wait a moment until they know."""
        await self._handle(rooms.Stopping())
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._nobody.wait()

    async def attend(self, socket: WebSocket) -> None:
        """Serve one end until it is gone."""
        await socket.accept()
        address = socket.client.host if socket.client else ""
        seat = Seat(next(self._ends), address)
        self._seats[seat.end] = seat
        self._nobody.clear()
        self._metrics.count("connections")
        _log.debug("= %d connected from %s", seat.end, limits.shown(address))
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(seat, socket))
                reader = group.create_task(self._read(seat, socket, writer))
                # Last words are said, or cannot be: there is nothing to listen to any more.
                writer.add_done_callback(lambda _: reader.cancel())
        finally:
            del self._seats[seat.end]
            if not self._seats:
                self._nobody.set()
            await self._handle(rooms.Left(seat.end))
            _log.debug("= %d gone", seat.end)

    async def _read(self, seat: Seat, socket: WebSocket, writer: asyncio.Task[None]) -> None:
        nonce = secrets.token_hex(32)
        seat.outbox.say(rendezvous.encode(rendezvous.Challenge(nonce)))
        try:
            async with asyncio.timeout(ENTRY_SECONDS):
                first = await socket.receive()
            await self._enter(seat, _text(first), nonce)
            while True:
                await self._forward(seat, _binary(await socket.receive()))
        except RoomRefused as refused:
            await self._handle(rooms.Failed(seat.end, refused.reason))
        except TimeoutError:
            await self._handle(rooms.Failed(seat.end, "protocol"))
        except OutboxClosedError:
            # The pair is over; the writer is just saying why.
            return
        except WebSocketDisconnect as gone:
            if gone.code == _TOO_BIG:
                await self._handle(rooms.Failed(seat.end, "too-large"))
            writer.cancel()

    async def _enter(self, seat: Seat, text: str, nonce: str) -> None:
        now = self._clock()
        if not self._door.connections.take(limits.network(seat.address), now):
            raise RoomRefused("too-many")
        if len(self._seats) > self._door.sockets:
            raise RoomRefused("busy")
        wish = _decoded(text)
        _log.debug("< %d %s", seat.end, type(wish).__name__)
        match wish:
            case rendezvous.OpenRoom():
                event = self._wish_of_technician(seat, wish, nonce, now)
            case rendezvous.JoinRoom(room):
                self._count_attempt(seat, now)
                event = rooms.JoinWanted(seat.end, room)
            case rendezvous.ResumeRoom(name):
                self._count_attempt(seat, now)
                event = rooms.ResumeWanted(seat.end, Role.PERSON, name)
        await self._handle(event)

    def _wish_of_technician(
        self, seat: Seat, wish: rendezvous.OpenRoom, nonce: str, now: float
    ) -> rooms.Event:
        seat.certificate = self._door.admit(wish, nonce)
        if wish.resume is not None:
            return rooms.ResumeWanted(seat.end, Role.TECHNICIAN, wish.resume)
        if not self._door.sessions.take(seat.certificate.principal, now):
            raise RoomRefused("too-many")
        return rooms.OpenWanted(seat.end, seat.certificate.principal)

    def _count_attempt(self, seat: Seat, now: float) -> None:
        if not self._door.joins.take(limits.network(seat.address), now):
            raise RoomRefused("too-many")

    async def _forward(self, seat: Seat, data: bytes) -> None:
        if seat.peer is None:
            raise RoomRefused("protocol")
        if len(data) > rendezvous.BINARY_LIMIT:
            raise RoomRefused("too-large")
        await seat.peer.outbox.put(data)
        self._metrics.count("forwarded_bytes", by=len(data))
        self._metrics.count("forwarded_messages")

    async def _write(self, seat: Seat, socket: WebSocket) -> None:
        try:
            while (message := await seat.outbox.take()) is not None:
                async with asyncio.timeout(SEND_SECONDS):
                    await _send(socket, message)
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await socket.close()
        except TimeoutError:
            await self._handle(rooms.Failed(seat.end, "too-slow"))
        except (WebSocketDisconnect, RuntimeError):
            # Uvicorn says RuntimeError when it has closed the socket by itself
            # and the reader has not been told yet.
            return

    async def _handle(self, event: rooms.Event) -> None:
        for action in self._machine.handle(event, self._clock()):
            await self._carry_out(action)

    async def _carry_out(self, action: Action) -> None:
        match action:
            case Opened(end, room, seconds):
                self._metrics.count("rooms_opened", by=1 if room else 0)
                self._say(end, rendezvous.RoomOpened(room, seconds))
            case Paired():
                await self._pair(action)
            case Dropped(end, reason):
                self._drop(end, reason)

    async def _pair(self, pair: Paired) -> None:
        technician, person = self._seats.get(pair.technician), self._seats.get(pair.person)
        if technician is None or person is None or technician.certificate is None:
            await self._handle(rooms.Failed(pair.person, "peer-left"))
            return
        try:
            # A resumed session goes on with the token that it has.
            token = await self._door.issue(technician.certificate) if pair.fresh else ""
        except OwnError:
            _log.exception("no token could be kept")
            await self._handle(rooms.Failed(pair.person, "busy"))
            return
        technician.peer, person.peer = person, technician
        self._metrics.count("pairs", "fresh" if pair.fresh else "resumed")
        self._say(pair.technician, rendezvous.Joined())
        self._say(pair.person, rendezvous.Joined(token))

    def _say(self, end: int, message: rendezvous.Rendezvous) -> None:
        seat = self._seats.get(end)
        if seat is not None:
            _log.debug("> %d %s", end, type(message).__name__)
            seat.outbox.say(rendezvous.encode(message))

    def _drop(self, end: int, reason: str) -> None:
        self._metrics.count("drops", reason)
        seat = self._seats.get(end)
        if seat is not None:
            _log.info("> %d Refused: %s (%s)", end, reason, limits.shown(seat.address))
            # What the other end said before it left is still delivered.
            last = rendezvous.encode(rendezvous.Refused(reason))
            seat.outbox.finish(last, now=reason != "peer-left")


def _text(message: Message) -> str:
    _check_connected(message)
    text = message.get("text")
    if not isinstance(text, str):
        raise RoomRefused("protocol")
    return text


def _binary(message: Message) -> bytes:
    _check_connected(message)
    data = message.get("bytes")
    if not isinstance(data, bytes):
        raise RoomRefused("protocol")
    return data


def _check_connected(message: Message) -> None:
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])


def _decoded(text: str) -> rendezvous.FromEnd:
    try:
        return rendezvous.from_end(text)
    except LimitExceeded:
        raise RoomRefused("too-large") from None
    except ProtocolViolation:
        raise RoomRefused("protocol") from None


async def _send(socket: WebSocket, message: str | bytes) -> None:
    if isinstance(message, str):
        await socket.send_text(message)
    else:
        await socket.send_bytes(message)
