"""The two ends of many sessions in one process, with as little work for each message as Python allows.

Frames are made before anything is measured; only their heads are read. What is sent and
received, and when, is all that is counted.
"""

import random  # noqa: TID251 - the seeded generator that gives every run the same schedule
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from session import rendezvous
from tests.relay.office import Holder

LARGE, SMALL = 16 * 1024, 512
LARGE_A_SECOND, SMALL_A_SECOND = 7, 10
"""One megabit a second: 7 large ones to the technician, and 10 small ones each way."""
BLOCK = 8
CONNECT_SECONDS = 20.0
_READ = bytearray(1024 * 1024)
_VIEW = memoryview(_READ)
_M = TypeVar("_M", bound=rendezvous.Rendezvous)


def frame(size: int) -> bytes:
    """Return a client's binary frame, masked."""
    payload = random.Random(size).randbytes(size)  # noqa: S311 - the same in every run
    return Frame(Opcode.BINARY, payload).serialize(mask=True)


@dataclass(eq=False)
class End:
    """One socket, and how far its incoming frames have been read."""

    socket: socket.socket
    sent: deque[float] = field(default_factory=deque)
    """When each message was sent that has yet to come to this end."""
    received: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _left: int = 0

    def take(self, masked: bool) -> int:
        """Read what is there; return how many messages are complete now."""
        size = self.socket.recv_into(_READ)
        if not size:
            raise RuntimeError("a socket was closed while it was measured")
        self.received += size
        place = done = 0
        mask = 4 if masked else 0
        while place < size:
            if not self._left:
                if self._head or size - place < 14:
                    self._head += _VIEW[place : place + 1]
                    place += 1
                    parsed = _head(self._head)
                    if parsed is None:
                        continue
                    self._left = parsed[1] + mask
                    self._head.clear()
                else:
                    length, payload = _head(_VIEW[place : place + 14]) or (0, 0)
                    place += length
                    self._left = payload + mask
            step = min(self._left, size - place)
            self._left -= step
            place += step
            done += not self._left
        return done


def _head(data: bytearray | memoryview) -> tuple[int, int] | None:
    """Return the lengths of a frame's head, without its mask, and of its payload."""
    if len(data) < 2:
        return None
    short = data[1] & 127
    length = 2 if short < 126 else 4 if short == 126 else 10
    if len(data) < length:
        return None
    return length, short if short < 126 else int.from_bytes(data[2:length], "big")


@dataclass(frozen=True)
class Pair:
    """One session; `masked` says that nobody takes the clients' masks off on the way."""

    person: End
    technician: End
    masked: bool

    def close(self) -> None:
        """Close both sockets."""
        self.person.socket.close()
        self.technician.socket.close()


class _Caller:
    """Speaks the rendezvous, then leaves the bare socket."""

    def __init__(self, port: int) -> None:
        self.socket = _connected(port)
        self._protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}{rendezvous.ROOM_PATH}"))
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def say(self, message: rendezvous.Rendezvous) -> None:
        self._protocol.send_text(rendezvous.encode(message).encode())
        self._flush()

    def hear(self, kind: type[_M]) -> _M:
        while True:
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    message = rendezvous.from_relay(bytes(event.data).decode())
                    if not isinstance(message, kind):
                        raise RuntimeError(f"{message!r} where {kind.__name__} was due")
                    return message
                if isinstance(event, Response) and self._protocol.handshake_exc is not None:
                    raise self._protocol.handshake_exc
            # One frame at a time, for what comes after it may not be ours to read.
            self._protocol.receive_data(self.socket.recv(1024))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self.socket.sendall(data)


def _connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def through_relay(port: int, count: int, technician: Holder) -> list[Pair]:
    """Return sessions through a relay."""
    pairs = []
    for _ in range(count):
        host, guest = _Caller(port), _Caller(port)
        host.say(technician.open_room(host.hear(rendezvous.Challenge).nonce))
        guest.hear(rendezvous.Challenge)
        guest.say(rendezvous.JoinRoom(host.hear(rendezvous.RoomOpened).room))
        guest.hear(rendezvous.Joined)
        host.hear(rendezvous.Joined)
        pairs.append(_pair(guest.socket, host.socket, masked=False))
    return pairs


def through_forwarder(port: int, count: int, listener: socket.socket) -> list[Pair]:
    """Return sessions through what connects every connection to the listener."""
    pairs = []
    for _ in range(count):
        first = _connected(port)
        second, _ = listener.accept()
        second.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pairs.append(_pair(first, second, masked=True))
    return pairs


def direct(count: int, listener: socket.socket) -> list[Pair]:
    """Return sessions with nothing between their ends."""
    return through_forwarder(listener.getsockname()[1], count, listener)


def _pair(person: socket.socket, technician: socket.socket, *, masked: bool) -> Pair:
    person.setblocking(False)
    technician.setblocking(False)
    return Pair(End(person), End(technician), masked)


def blast(pairs: Sequence[Pair], seconds: float, size: int = LARGE) -> float:
    """Send messages from every person as fast as they go; return the received gigabits."""
    block = memoryview(frame(size) * BLOCK)
    poll = select.epoll()
    ready: dict[int, Callable[[], object]] = {}
    for pair in pairs:
        _flood(pair, block, poll, ready)
        poll.register(pair.technician.socket, select.EPOLLIN)
        ready[pair.technician.socket.fileno()] = partial(pair.technician.take, pair.masked)
    before = sum(pair.technician.received for pair in pairs)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for number, _ in poll.poll(0.1):
            ready[number]()
    poll.close()
    return (sum(pair.technician.received for pair in pairs) - before) * 8 / 1e9


def _flood(pair: Pair, block: memoryview, poll: select.epoll, ready: dict[int, Callable[[], object]]) -> None:
    place = 0

    def send() -> None:
        nonlocal place
        place = (place + pair.person.socket.send(block[place:])) % len(block)

    poll.register(pair.person.socket, select.EPOLLOUT)
    ready[pair.person.socket.fileno()] = send


def talk(pairs: Sequence[Pair], seconds: float, flood: Pair | None = None) -> list[float]:
    """Send what one megabit a second is in every session; return each message's seconds under way, sorted.

    Args:
        pairs: the sessions.
        seconds: how long.
        flood: one more session, which sends as fast as it can and is not listened to in the result.
    """
    delays: list[float] = []
    poll = select.epoll()
    ready: dict[int, Callable[[], object]] = {}
    for end, masked in _ends(pairs):
        poll.register(end.socket, select.EPOLLIN)
        ready[end.socket.fileno()] = partial(_note, end, masked, delays)
    if flood is not None:
        _flood(flood, memoryview(frame(LARGE) * BLOCK), poll, ready)
        poll.register(flood.technician.socket, select.EPOLLIN)
        ready[flood.technician.socket.fileno()] = partial(flood.technician.take, flood.masked)
    due = deque(_schedule(pairs, seconds))
    began = time.perf_counter()
    while due or any(end.sent for end, _ in _ends(pairs)):
        if time.perf_counter() - began > 2 * seconds + 10:
            raise RuntimeError("messages were lost, or this machine is much too slow")
        _send_due(due, began)
        pause = due[0][0] + began - time.perf_counter() if due else 0.1
        for number, _ in poll.poll(max(0.0, pause)):
            ready[number]()
    poll.close()
    return sorted(delays)


def _ends(pairs: Sequence[Pair]) -> Iterator[tuple[End, bool]]:
    for pair in pairs:
        yield pair.person, pair.masked
        yield pair.technician, pair.masked


def _send_due(due: deque[tuple[float, End, End, bytes]], began: float) -> None:
    while due and due[0][0] <= time.perf_counter() - began:
        _, source, sink, data = due.popleft()
        sink.sent.append(time.perf_counter())
        if source.socket.send(data) != len(data):
            raise RuntimeError("a session of one megabit a second was held up")


def _note(end: End, masked: bool, delays: list[float]) -> None:
    for _ in range(end.take(masked)):
        delays.append(time.perf_counter() - end.sent.popleft())


def _schedule(pairs: Sequence[Pair], seconds: float) -> list[tuple[float, End, End, bytes]]:
    chance = random.Random(1)  # noqa: S311 - the same in every run
    large, small = frame(LARGE), frame(SMALL)
    due = []
    for pair in pairs:
        down, up = (pair.person, pair.technician), (pair.technician, pair.person)
        for (source, sink), data, rate in (
            (down, large, LARGE_A_SECOND),
            (down, small, SMALL_A_SECOND),
            (up, small, SMALL_A_SECOND),
        ):
            phase = chance.random()
            due += [((step + phase) / rate, source, sink, data) for step in range(int(seconds * rate))]
    return sorted(due, key=lambda each: each[0])
