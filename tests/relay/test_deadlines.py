"""Deadlines of rooms, with shorter ones: who is silent, who does not read, who has died unseen."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from relay import room_socket, server, wire
from relay.failures import StorageFailed
from session import rendezvous
from tests.relay.inside import InsideRelay, relay_inside
from tests.relay.office import Office
from tests.relay.process import End, Ends
from tests.relay.test_forwarding import joined_when_full

BLOCK = b"\xa5" * rendezvous.BINARY_LIMIT
SECONDS = 20.0


@pytest_asyncio.fixture
async def inside(office: Office) -> AsyncIterator[InsideRelay]:
    async with relay_inside(office) as relay:
        yield relay


@pytest_asyncio.fixture
async def ends(inside: InsideRelay) -> AsyncIterator[Ends]:
    made = Ends(inside)
    yield made
    await made.close()


async def fill(end: End) -> None:
    """Send until nothing moves any more."""
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        while True:
            async with asyncio.timeout(0.3):
                await end.socket.send(BLOCK)


async def empty(inside: InsideRelay) -> bool:
    """Tell whether everybody goes, in good time."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if not inside.parts.lobby.gauges()["sockets"]:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_who_says_nothing_is_refused(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_socket, "ENTRY_SECONDS", 0.2)
    end = await ends.enter()
    async with asyncio.timeout(SECONDS):
        assert await end.refused() == "protocol"


@pytest.mark.parametrize("half_a_head", [b"", b"GET /log/checkpoint HTTP/1.1\r\nhost: "])
async def test_who_connects_and_asks_nothing_is_closed(
    inside: InsideRelay, monkeypatch: pytest.MonkeyPatch, half_a_head: bytes
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    port = int(inside.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(half_a_head)
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(SECONDS):
            assert await reader.read() == b""
    writer.close()
    with contextlib.suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_a_relay_where_nothing_happens_looks_at_the_clock_once_a_second(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[float, int]] = []
    enough = asyncio.Event()
    look = server.Server.on_tick

    async def noted(self: server.Server, counter: int) -> bool:
        looks.append((time.monotonic(), counter))
        if len(looks) == 4:
            enough.set()
        return await look(self, counter)

    monkeypatch.setattr(server.Server, "on_tick", noted)
    async with relay_inside(office), asyncio.timeout(SECONDS):
        await enough.wait()
    assert [counter for _, counter in looks[:4]] == [0, 10, 20, 30]
    # The first second is as long as is left of it.
    assert looks[3][0] - looks[1][0] > 1.5


async def test_who_does_not_read_is_too_slow_for_both(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SEND_SECONDS", 1.0)
    technician, _, _ = await ends.pair(office.holder())
    await fill(technician)
    async with asyncio.timeout(SECONDS):
        assert await technician.refused() == "too-slow"
    assert await empty(inside)
    assert inside.parts.metrics.value("drops", "too-slow") == 2


async def test_a_sender_that_died_behind_a_stalled_receiver_is_noticed(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SEND_SECONDS", 1.0)
    technician, _, _ = await ends.pair(office.holder())
    await fill(technician)
    technician.socket.transport.abort()
    assert await empty(inside)


async def test_who_was_full_before_the_room_was_joined_is_too_slow(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SEND_SECONDS", 1.0)
    _, other = await joined_when_full(office, ends, inside.url)
    assert await other.refused() == "too-slow"
    assert await empty(inside)


async def test_who_reads_slowly_but_reads_is_not_dropped(
    office: Office, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SEND_SECONDS", 1.0)
    technician, person, _ = await ends.pair(office.holder())
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(send(technician, 60))
        for _ in range(60):
            await asyncio.sleep(0.05)
            assert await person.socket.recv() == BLOCK
    assert sending.done()


async def send(end: End, count: int) -> None:
    for _ in range(count):
        await end.socket.send(BLOCK)


async def test_without_a_durable_token_nobody_is_joined(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(token: str, certificate: str, expires: float) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(inside.parts.evidence.index, "add_token", fail)
    technician, room = await ends.open_room(office.holder())
    person = await ends.join(room)
    assert await person.refused() == "busy"
    assert await technician.refused() == "busy"


async def test_who_leaves_while_the_token_is_made_is_not_joined(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    technician, room = await ends.open_room(office.holder())
    add = inside.parts.evidence.index.add_token
    loop = asyncio.get_running_loop()

    def leave_first(token: str, certificate: str, expires: float) -> None:
        loop.call_soon_threadsafe(technician.socket.transport.abort)
        deadline = time.monotonic() + SECONDS
        while inside.parts.lobby.gauges()["rooms_paired"] and time.monotonic() < deadline:
            time.sleep(0.01)
        add(token, certificate, expires)

    monkeypatch.setattr(inside.parts.evidence.index, "add_token", leave_first)
    person = await ends.join(room)
    assert await person.refused() == "peer-left"


async def test_a_room_that_nobody_joins_expires(
    office: Office, inside: InsideRelay, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    technician, _ = await ends.open_room(office.holder())
    monkeypatch.setattr(inside.parts.lobby, "_clock", lambda: time.monotonic() + 600)
    async with asyncio.timeout(SECONDS):
        assert await technician.refused() == "expired"


async def test_a_relay_that_stops_says_so(office: Office, inside: InsideRelay, ends: Ends) -> None:
    technician, person, _ = await ends.pair(office.holder())
    waiting, _ = await ends.open_room(office.holder(number="1002"))
    await inside.parts.lobby.stop()
    assert [await end.refused() for end in (technician, person, waiting)] == ["closing"] * 3
