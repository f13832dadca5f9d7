"""What passes between two ends at the level of frames, written by hand where a client library would not."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.frames import Frame, Opcode

from relay import wire
from session import rendezvous
from tests.relay.inside import InsideRelay, relay_inside
from tests.relay.office import Office
from tests.relay.process import End, Ends, RelayProcess

MEGABYTE = 1024 * 1024
SECONDS = 20.0


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """Return a client's frame."""
    return Frame(opcode, data, fin).serialize(mask=True)


@pytest_asyncio.fixture
async def both(office: Office, ends: Ends) -> AsyncIterator[tuple[End, End]]:
    technician, person, _ = await ends.pair(office.holder())
    yield technician, person


@pytest_asyncio.fixture
async def inside(office: Office) -> AsyncIterator[InsideRelay]:
    async with relay_inside(office) as relay:
        yield relay


async def hear(end: End) -> str | bytes:
    async with asyncio.timeout(SECONDS):
        return await end.socket.recv()


async def test_messages_arrive_whole_wherever_their_bytes_are_cut(both: tuple[End, End]) -> None:
    technician, person = both
    messages = [os.urandom(size) for size in (0, 1, 125, 126, 1000, 65_535, 65_536, rendezvous.BINARY_LIMIT)]
    stream = b"".join(frame(Opcode.BINARY, message) for message in messages)
    steps = [1, 1, 2, 3, 5, 6, 7, 130, 131, 4096, 65_536, 100_000]
    while stream:
        step = steps.pop(0) if steps else len(stream)
        person.socket.transport.write(stream[:step])
        stream = stream[step:]
        # What comes the other way later says that the relay has had these bytes.
        await technician.socket.send(b"tick")
        assert await hear(person) == b"tick"
    assert [await hear(technician) for _ in messages] == messages


async def test_a_message_in_parts_arrives_as_one_and_in_order(both: tuple[End, End]) -> None:
    technician, person = both
    person.socket.transport.write(
        frame(Opcode.BINARY, b"before")
        + frame(Opcode.BINARY, b"in ", fin=False)
        + frame(Opcode.PING, b"between")
        + frame(Opcode.CONT, b"", fin=False)
        + frame(Opcode.CONT, b"parts")
        + frame(Opcode.BINARY, b"after")
    )
    assert [await hear(technician) for _ in range(3)] == [b"before", b"in parts", b"after"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (Frame(Opcode.BINARY, b"not masked").serialize(mask=False), 1002),
        (b"\xc2\x80\x00\x00\x00\x00", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (frame(Opcode.BINARY, b"", fin=False) + frame(Opcode.BINARY, b"another"), 1002),
        (b"\x82\xff" + (rendezvous.BINARY_LIMIT + 1).to_bytes(8, "big") + bytes(4), 1009),
    ],
)
async def test_what_is_no_message_ends_both(both: tuple[End, End], bad: bytes, code: int) -> None:
    technician, person = both
    person.socket.transport.write(frame(Opcode.BINARY, b"good") + bad + frame(Opcode.BINARY, b"too late"))
    assert await hear(technician) == b"good"
    assert await technician.refused() == ("too-large" if code == 1009 else "peer-left")
    async with asyncio.timeout(SECONDS):
        await person.socket.wait_closed()
    assert person.socket.close_code == code


async def test_a_message_of_very_many_parts_is_refused(both: tuple[End, End]) -> None:
    technician, person = both
    part = frame(Opcode.CONT, b"", fin=False)
    person.socket.transport.write(frame(Opcode.BINARY, b"x", fin=False) + part * 10_000)
    assert await technician.refused() == "too-large"


async def test_who_pings_and_never_reads_fills_nothing(both: tuple[End, End], relay: RelayProcess) -> None:
    technician, person = both
    person.socket.transport.pause_reading()
    before = highest = relay.memory
    pings = frame(Opcode.PING, bytes(125)) * 1000
    transport = person.socket.transport
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        if transport.get_write_buffer_size() < MEGABYTE:
            transport.write(pings)
        await asyncio.sleep(0)
        highest = max(highest, relay.memory)
    assert highest - before < rendezvous.LINK_CAP
    transport.abort()
    assert await technician.refused() == "peer-left"


async def test_one_end_says_only_so_much_in_its_turn(
    office: Office, inside: InsideRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []
    count = inside.parts.metrics.count

    def noted(name: str, label: str = "", by: int = 1) -> None:
        if name == "forwarded_messages":
            turns.append(by)
        count(name, label, by)

    monkeypatch.setattr(inside.parts.metrics, "count", noted)
    ends = Ends(inside)
    technician, person, _ = await ends.pair(office.holder())
    person.socket.transport.write(frame(Opcode.BINARY, b"x") * 5000)
    for _ in range(5000):
        assert await hear(technician) == b"x"
    assert max(turns) <= wire.TURN
    await ends.close()


async def test_a_session_that_floods_leaves_the_others_their_turns(
    office: Office, inside: InsideRelay
) -> None:
    ends = Ends(inside)
    loud, sink, _ = await ends.pair(office.holder())
    quiet, other, _ = await ends.pair(office.holder(number="1002"))
    metrics = inside.parts.metrics
    async with asyncio.TaskGroup() as group:
        flood = [group.create_task(send_on(loud)), group.create_task(receive_on(sink))]
        for _ in range(20):
            before = metrics.value("forwarded_bytes")
            await quiet.socket.send(b"hello")
            assert await hear(other) == b"hello"
            # Not by the clock, which others stop: by what was forwarded of the flood meanwhile.
            assert metrics.value("forwarded_bytes") - before < 4 * MEGABYTE
        assert metrics.value("forwarded_bytes") > MEGABYTE // 2, "nothing was flooded"
        for task in flood:
            task.cancel()
    await ends.close()


async def send_on(end: End) -> Any:
    while True:
        await end.socket.send(bytes(16 * 1024))


async def receive_on(end: End) -> Any:
    while True:
        await end.socket.recv()
