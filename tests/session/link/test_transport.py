"""The stream on a WebSocket: every byte in order, a cap on what waits, and one good-bye."""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from session.errors import LimitExceeded, LinkLost
from session.link import transport as module
from session.link.socket import Socket, connected
from session.link.transport import (
    CHUNK,
    LEAST_PIECE,
    MOST_UNSENT,
    UNSENT,
    Transport,
    Tunnel,
    little_held,
)
from session.rendezvous import BINARY_LIMIT, LINK_CAP
from tests.agent.small_log import eventually
from tests.pair import address, sockets


@dataclass
class Stream(asyncio.Protocol):
    """Notes what a transport does with it."""

    made: list[asyncio.BaseTransport] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    lost: list[Exception | None] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made.append(transport)

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)
        self.changed.set()

    async def until(self, size: int = -1) -> None:
        """Wait until so many bytes are here, or (-1) until the connection is lost."""
        async with asyncio.timeout(10):
            while not (self.lost or 0 <= size <= len(self.data)):
                await self.changed.wait()
                self.changed.clear()


class Pausing(Stream):
    """Pauses its transport at everything that it hears."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        [transport] = self.made
        assert isinstance(transport, Transport)
        transport.pause_reading()


@asynccontextmanager
async def streams() -> AsyncIterator[tuple[Transport, Stream, Transport, Stream]]:
    """Two streams that face each other through a forwarder."""
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        here, there = Stream(), Stream()
        first, second = Transport(one, here, group), Transport(two, there, group)
        await first.start()
        await second.start()
        yield first, here, second, there
        first.abort()
        second.abort()


@asynccontextmanager
async def half() -> AsyncIterator[tuple[Transport, Stream, Socket]]:
    """A stream that faces a bare socket."""
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        here = Stream()
        transport = Transport(one, here, group)
        await transport.start()
        yield transport, here, two
        transport.abort()
        # An end that does not read would not hear a good-bye either.
        two.transport.abort()


async def test_every_byte_arrives_in_order_both_ways(dice: random.Random) -> None:
    sent = [b"", b""]
    async with streams() as (first, here, second, there):
        for _ in range(200):
            at = dice.randrange(2)
            data = dice.randbytes(dice.choice((0, 1, 7, 100, CHUNK - 1, CHUNK, CHUNK + 1, 150_000)))
            (first, second)[at].write(data)
            sent[at] += data
            if dice.random() < 0.3:
                await asyncio.sleep(0)
            # Below the cap, whatever the machine is doing besides.
            await (there, here)[at].until(max(0, len(sent[at]) - LINK_CAP // 2))
        await there.until(len(sent[0]))
        await here.until(len(sent[1]))
        assert (bytes(there.data), bytes(here.data)) == (sent[0], sent[1])
        assert here.made == [first]


async def test_large_writes_become_small_messages_and_small_ones_are_joined() -> None:
    async with half() as (transport, _, socket):
        transport.write(bytearray(CHUNK * 3 + 5))
        for _ in range(1000):
            transport.write(memoryview(b"small"))
        sizes, total = [], CHUNK * 3 + 5 + 5000
        while sum(sizes) < total:
            sizes.append(len(await asyncio.wait_for(socket.recv(), 5)))
        assert max(sizes) <= CHUNK < BINARY_LIMIT
        assert sum(sizes) == total
        assert len(sizes) < 10


@pytest.mark.parametrize(
    ("rate", "largest", "held"),
    [(None, CHUNK, MOST_UNSENT), (375_000.0, 3000, 6000), (37_500.0, LEAST_PIECE, UNSENT // 4)],
)
async def test_on_a_thin_line_messages_are_short_and_little_is_held_back(
    rate: float | None, largest: int, held: int
) -> None:
    async with half() as (transport, here, socket):
        transport.pace(rate)
        data = secrets.token_bytes(100_000)
        transport.write(data)
        came: list[bytes] = []
        while sum(map(len, came)) < len(data):
            came.append(await asyncio.wait_for(socket.recv(), 5))
        assert b"".join(came) == data
        assert max(map(len, came)) == largest
        assert not here.lost
        system = transport._socket.transport.get_extra_info("socket")
        [(level, option, _)] = little_held()
        assert system.getsockopt(level, option) == held


async def test_a_pace_that_hardly_changes_changes_nothing() -> None:
    async with half() as (transport, _, _):
        for rate, piece in ((375_000.0, 3000), (400_000.0, 3000), (600_000.0, 4800), (None, CHUNK)):
            transport.pace(rate)
            assert transport._piece == piece


async def test_a_paused_reader_gets_nothing_until_it_reads_again() -> None:
    async with streams() as (first, _, second, there):
        second.pause_reading()
        assert not second.is_reading()
        first.write(b"wait")
        first.write(b" for it")
        await asyncio.sleep(0.05)
        assert there.data == b""
        second.resume_reading()
        assert second.is_reading()
        await there.until(11)
        assert there.data == b"wait for it"


async def test_more_than_the_cap_ends_the_link_at_once() -> None:
    async with half() as (transport, here, _):
        for _ in range(LINK_CAP // CHUNK):
            transport.write(bytes(CHUNK))
        assert here.lost == []
        transport.write(b"one more")
        assert [type(error) for error in here.lost] == [LimitExceeded]
        assert transport.get_write_buffer_size() == 0
        assert transport.is_closing()
        transport.write(b"and nothing more")
        assert transport.get_write_buffer_size() == 0


async def test_an_end_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_SECONDS", 0.3)
    async with half() as (transport, here, _):
        while not here.lost:
            if transport.get_write_buffer_size() < LINK_CAP - 2 * CHUNK:
                transport.write(bytes(CHUNK))
            await asyncio.sleep(0.001)
        assert [type(error) for error in here.lost] == [LinkLost]


async def test_close_sends_what_waits_and_says_good_bye() -> None:
    async with half() as (transport, here, socket):
        transport.write(b"the last words")
        transport.close()
        transport.write(b"too late")
        assert [message async for message in socket] == [b"the last words"]
        await here.until()
        assert here.lost == [None]


async def test_abort_drops_what_waits_and_says_so_once() -> None:
    async with half() as (transport, here, socket):
        transport.write(b"never sent")
        transport.abort()
        transport.abort()
        assert [type(error) for error in here.lost] == [LinkLost]
        assert [message async for message in socket] == []


@pytest.mark.parametrize("how", ["closes", "breaks", "speaks"])
async def test_an_end_that_goes_is_a_lost_link(how: str) -> None:
    async with half() as (_, here, socket):
        if how == "closes":
            await socket.close()
        elif how == "breaks":
            socket.transport.abort()
        else:
            await socket.send('{"type":"refused","reason":"peer-left"}')
        await here.until()
        assert [type(error) for error in here.lost] == [LinkLost]


@pytest.mark.parametrize(("parts", "whole"), [([b"in ", b"parts"], b"in parts"), ([b"x"] * 1000, b"")])
async def test_a_message_may_come_in_parts_but_not_in_very_many(parts: list[bytes], whole: bytes) -> None:
    async def speak(socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await socket.recv()
            await socket.send(parts)
            await socket.wait_closed()

    async with serve(speak, "127.0.0.1", 0, compression=None) as server, asyncio.TaskGroup() as group:
        here = Stream()
        transport = Transport(await connected(address(server)), here, group)
        await transport.start()
        transport.write(b"begin")
        await here.until(len(whole) or -1)
        assert here.data == whole
        assert [type(error) for error in here.lost] == ([] if whole else [LinkLost])
        transport.abort()


async def test_what_came_before_the_stream_began_comes_first() -> None:
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        here = Stream()
        for word in (b"early ", b"and "):
            await two.send(word)
        await eventually(lambda: len(one.recv_messages.frames) == 2)
        transport = Transport(one, here, group)
        await transport.start()
        await two.send(b"late")
        await here.until(14)
        assert here.data == b"early and late"
        transport.abort()


async def test_a_message_that_breaks_off_before_the_stream_began_is_a_lost_link() -> None:
    async def half_a_message() -> AsyncIterator[bytes]:
        yield b"half"
        await begun.wait()
        ends[0].transport.abort()
        yield b"never"

    async def speak(socket: ServerConnection) -> None:
        ends.append(socket)
        with suppress(ConnectionClosed):
            await socket.send(half_a_message())

    begun, ends = asyncio.Event(), list[ServerConnection]()
    async with serve(speak, "127.0.0.1", 0, compression=None) as server, asyncio.TaskGroup() as group:
        socket = await connected(address(server))
        await eventually(lambda: len(socket.recv_messages.frames) == 1)
        here = Stream()
        starting = group.create_task(Transport(socket, here, group).start())
        begun.set()
        await starting
        assert [type(error) for error in here.lost] == [LinkLost]
        assert here.data == b""


async def test_a_reader_that_pauses_at_the_first_word_is_paused_however_much_came_before() -> None:
    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        for _ in range(30):
            await two.send(b"early")
        # The library has stopped reading, and would go on by itself.
        await eventually(lambda: one.recv_messages.paused)
        here = Pausing()
        transport = Transport(one, here, group)
        await transport.start()
        assert here.data == b"early"
        assert not one.transport.is_reading()
        transport.resume_reading()
        transport.resume_reading()
        assert one.transport.is_reading() is transport.is_reading()
        transport.abort()


async def test_a_paused_reader_still_hears_the_good_bye() -> None:
    async with half() as (transport, here, socket):
        transport.pause_reading()
        transport.close()
        assert [message async for message in socket] == []
        await here.until()
        await eventually(lambda: transport._socket.close_code is not None)
        assert transport._socket.close_code == 1000


async def test_what_comes_while_nobody_reads_is_bounded() -> None:
    async with half() as (transport, here, socket):
        transport.pause_reading()
        sent = 0
        with suppress(TimeoutError):
            while sent < 64 * LINK_CAP:
                async with asyncio.timeout(1):
                    await socket.send(bytes(CHUNK))
                sent += CHUNK
        assert sent < 64 * LINK_CAP
        assert sum(map(len, transport._unread)) <= 4 * BINARY_LIMIT
        assert here.data == b""


async def test_a_socket_that_is_closed_already_is_a_lost_link() -> None:
    async with sockets() as (one, _), asyncio.TaskGroup() as group:
        await one.close()
        here = Stream()
        await Transport(one, here, group).start()
        assert [type(error) for error in here.lost] == [LinkLost]


async def test_nothing_is_delivered_after_the_connection_is_lost() -> None:
    async with half() as (transport, here, socket):
        transport.pause_reading()
        await socket.send(b"late")
        await asyncio.sleep(0.02)
        transport.abort()
        await asyncio.sleep(0.02)
        assert here.data == b""


async def test_a_tunnel_is_the_one_connection() -> None:
    async with sockets() as (one, _), asyncio.TaskGroup() as group:
        tunnel = Tunnel(one, group)
        assert tunnel.transport is None
        transport, protocol = await tunnel.create_connection(Stream, "ignored", 22)
        assert tunnel.transport is transport
        assert transport.get_protocol() is protocol
        other = Stream()
        transport.set_protocol(other)
        assert transport.get_protocol() is other
        assert not transport.can_write_eof()
        transport.abort()
