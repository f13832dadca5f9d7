"""The WebSocket of a room: challenge, wish, and then forwarding; PROTOCOL.md, section 1.

One task serves each end. It hears the end's wish and brings two ends together;
what they say then passes below it, in `relay.wire`, and it only waits for what
ends that.
"""

import asyncio
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.websockets import WebSocket
from websockets.frames import CloseCode

from relay import limits, rooms
from relay.metrics import Metrics
from relay.rooms import Action, Dropped, Opened, Paired, Role, Rooms
from relay.wire import SEND_SECONDS, EndedError, GoneError, Wire
from session import rendezvous
from session.certificates import Certificate
from session.errors import LimitExceeded, OwnError, ProtocolViolation, RoomRefused

_log = logging.getLogger("byleave.relay.rooms")

ENTRY_SECONDS = 10.0
LAST_WORDS_SECONDS = 1.0
STOP_SECONDS = 0.5

Admit = Callable[[rendezvous.OpenRoom, str], Certificate]
"""Checks a technician's certificate and signature over the nonce; raises `RoomRefused`."""
Issue = Callable[[Certificate], Awaitable[str]]
"""Makes a durable upload token for a session with this technician; raises `OwnError`."""


@dataclass(eq=False)
class Seat:
    """One end that is connected."""

    end: int
    address: str
    wire: Wire
    certificate: Certificate | None = None


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
        seat = Seat(next(self._ends), address, Wire.of(socket))
        self._seats[seat.end] = seat
        self._nobody.clear()
        self._metrics.count("connections")
        _log.debug("= %d connected from %s", seat.end, limits.shown(address))
        try:
            await self._serve(seat)
        finally:
            del self._seats[seat.end]
            if not self._seats:
                self._nobody.set()
            await self._handle(rooms.Left(seat.end))
            _log.debug("= %d gone", seat.end)

    async def _serve(self, seat: Seat) -> None:
        nonce = secrets.token_hex(32)
        seat.wire.say(rendezvous.encode(rendezvous.Challenge(nonce)))
        try:
            await self._enter(seat, nonce)
            # What may be said from now on is forwarded, and not heard.
            await seat.wire.heard()
            await self._handle(rooms.Failed(seat.end, "protocol"))
        except EndedError:
            pass
        except RoomRefused as refused:
            await self._handle(rooms.Failed(seat.end, refused.reason))
        except TimeoutError:
            await self._handle(rooms.Failed(seat.end, "protocol"))
        except GoneError as gone:
            if gone.code == CloseCode.MESSAGE_TOO_BIG:
                await self._handle(rooms.Failed(seat.end, "too-large"))
            return
        await self._say_last(seat.wire)

    async def _say_last(self, wire: Wire) -> None:
        # What the other end said before it left is still delivered.
        seconds = SEND_SECONDS if wire.verdict == "peer-left" else LAST_WORDS_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await wire.close(rendezvous.encode(rendezvous.Refused(wire.verdict)))
        except TimeoutError:
            wire.transport.abort()
        except (OSError, RuntimeError):
            # Uvicorn says RuntimeError when it has closed the socket by itself.
            return

    async def _enter(self, seat: Seat, nonce: str) -> None:
        async with asyncio.timeout(ENTRY_SECONDS):
            first = await seat.wire.heard()
        now = self._clock()
        if not self._door.connections.take(limits.network(seat.address), now):
            raise RoomRefused("too-many")
        if len(self._seats) > self._door.sockets:
            raise RoomRefused("busy")
        wish = _decoded(first)
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

    def _count(self, messages: int, size: int) -> None:
        self._metrics.count("forwarded_messages", by=messages)
        self._metrics.count("forwarded_bytes", by=size)

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
        if technician.wire.verdict or person.wire.verdict:
            # One of them has left meanwhile, and the other is just being told.
            return
        technician.wire.tie(person.wire, self._count)
        self._metrics.count("pairs", "fresh" if pair.fresh else "resumed")
        self._say(pair.technician, rendezvous.Joined())
        self._say(pair.person, rendezvous.Joined(token))

    def _say(self, end: int, message: rendezvous.Rendezvous) -> None:
        seat = self._seats.get(end)
        if seat is not None:
            _log.debug("> %d %s", end, type(message).__name__)
            seat.wire.say(rendezvous.encode(message))

    def _drop(self, end: int, reason: str) -> None:
        self._metrics.count("drops", reason)
        seat = self._seats.get(end)
        if seat is not None:
            _log.info("> %d Refused: %s (%s)", end, reason, limits.shown(seat.address))
            seat.wire.end(reason)


def _decoded(wish: str | bytes) -> rendezvous.FromEnd:
    if isinstance(wish, bytes):
        raise RoomRefused("protocol")
    try:
        return rendezvous.from_end(wish)
    except LimitExceeded:
        raise RoomRefused("too-large") from None
    except ProtocolViolation:
        raise RoomRefused("protocol") from None
