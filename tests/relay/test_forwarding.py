"""Forwarding under pressure: bounded memory, named ends, nobody hidden by anybody."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from session import rendezvous
from tests.relay.office import Office
from tests.relay.process import End, Ends, RelayProcess

MEGABYTE = 1024 * 1024
BLOCK = b"\xa5" * rendezvous.BINARY_LIMIT


@pytest_asyncio.fixture
async def both(office: Office, ends: Ends) -> AsyncIterator[tuple[End, End]]:
    technician, person, _ = await ends.pair(office.holder())
    yield technician, person


async def blast(end: End, size: int) -> int:
    """Send until so many bytes are gone, or nothing moves any more; return how many were taken."""
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        while sent < size:
            async with asyncio.timeout(2):
                await end.socket.send(BLOCK)
            sent += len(BLOCK)
    return sent


async def test_a_stalled_receiver_slows_the_sender_and_fills_nothing(
    both: tuple[End, End], relay: RelayProcess
) -> None:
    technician, _ = both
    before = relay.memory
    sent = await blast(technician, 200 * MEGABYTE)
    # What is under way sits in the kernel's buffers of four sockets, mostly.
    assert sent < 60 * MEGABYTE
    assert relay.memory - before < rendezvous.LINK_CAP


async def narrow_end(ends: Ends, address: str) -> End:
    """Return an end for which little fits into the kernel's buffers."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect((host, int(port)))
    narrow.setblocking(False)
    return await ends.enter(sock=narrow)


async def ask_without_reading(end: End, size: int) -> None:
    """Send so many bytes of pings, read no answer, and see the relay take them all."""
    transport = end.socket.transport
    transport.pause_reading()
    pings = Frame(Opcode.PING, bytes(125)).serialize(mask=True) * 500
    for _ in range(size // len(pings)):
        transport.write(pings)
    deadline = time.monotonic() + 20
    while transport.get_write_buffer_size():
        assert time.monotonic() < deadline, "the relay does not take them"
        await asyncio.sleep(0.02)


async def joined_when_full(office: Office, ends: Ends, address: str) -> tuple[End, End]:
    """Have somebody join whose partner reads nothing any more; return the partner, and who has joined."""
    full, holder = await narrow_end(ends, address), office.holder()
    await full.say(holder.open_room(full.nonce))
    opened = await full.hear()
    assert isinstance(opened, rendezvous.RoomOpened)
    await ask_without_reading(full, 8 * MEGABYTE)
    other = await ends.join(opened.room)
    assert isinstance(await other.hear(), rendezvous.Joined)
    return full, other


async def test_who_was_full_before_the_room_was_joined_fills_nothing_either(
    office: Office, ends: Ends, relay: RelayProcess
) -> None:
    _, flooder = await joined_when_full(office, ends, relay.url)
    before = relay.memory
    assert await blast(flooder, 200 * MEGABYTE) < 60 * MEGABYTE
    assert relay.memory - before < rendezvous.LINK_CAP


async def test_memory_stays_flat_while_much_is_forwarded(both: tuple[End, End], relay: RelayProcess) -> None:
    technician, person = both
    size, highest, before = 150 * MEGABYTE, 0, 0
    async with asyncio.TaskGroup() as group:
        group.create_task(blast(technician, size))
        received = 0
        while received < size:
            data = await person.socket.recv()
            assert len(data) == len(BLOCK)
            received += len(data)
            if received == 20 * MEGABYTE:
                before = relay.memory
            highest = max(highest, relay.memory) if before else 0
    assert highest - before < rendezvous.LINK_CAP


async def test_many_small_messages_fill_nothing_either(both: tuple[End, End], relay: RelayProcess) -> None:
    technician, _ = both
    before = relay.memory
    # Frames by hand: a million messages of one byte in few packets.
    frames = b"\x82\x81\x00\x00\x00\x00x" * 100_000
    transport = technician.socket.transport
    for _ in range(10):
        transport.write(frames)
    deadline = time.monotonic() + 3
    highest = 0
    while time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        highest = max(highest, relay.memory - before)
    assert highest < 2 * rendezvous.LINK_CAP


async def test_text_after_the_room_is_joined_ends_both(both: tuple[End, End]) -> None:
    technician, person = both
    await person.socket.send("text")
    assert await person.refused() == "protocol"
    assert await technician.refused() == "protocol"


async def test_a_message_beyond_the_limit_ends_both(both: tuple[End, End]) -> None:
    technician, person = both
    await person.socket.send(BLOCK + b"x")
    assert await technician.refused() == "too-large"
    await person.socket.wait_closed()
    assert person.socket.close_code == 1009


async def test_an_abrupt_end_is_told_to_the_other(both: tuple[End, End]) -> None:
    technician, person = both
    person.socket.transport.abort()
    assert await technician.refused() == "peer-left"


async def test_what_was_said_before_leaving_still_arrives(both: tuple[End, End]) -> None:
    technician, person = both
    for number in range(20):
        await person.socket.send(bytes([number]) * 1000)
    await person.socket.close()
    received = [await technician.socket.recv() for _ in range(20)]
    assert received == [bytes([number]) * 1000 for number in range(20)]
    assert await technician.refused() == "peer-left"


async def test_bytes_before_the_room_is_joined_are_refused(office: Office, ends: Ends) -> None:
    technician, _ = await ends.open_room(office.holder())
    await technician.socket.send(b"too early")
    assert await technician.refused() == "protocol"
