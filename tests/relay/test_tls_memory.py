"""Rooms over TLS: what a connection costs, that none reads what was another's, and how each ends."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from websockets.frames import Close, Frame, Opcode

from session import rendezvous
from tests.relay.office import Holder, Office
from tests.relay.process import End, Ends, RelayProcess
from tests.relay.test_server import make_certificate

PAIRS = 30
SECONDS = 20.0


@pytest.fixture
def secure(office: Office) -> Iterator[RelayProcess]:
    certificate, key = make_certificate(office.relay, "first")
    limits = f"rooms_per_technician = {2 * PAIRS}\njoins = {{burst = {2 * PAIRS}, per_second = 1}}"
    (office.relay / "relay.toml").write_text(f"[limits]\n{limits}\n")
    with RelayProcess(office.relay, "--tls-cert", str(certificate), "--tls-key", str(key)) as relay:
        yield relay


def trusting(relay: RelayProcess) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=relay.folder / "tls.pem")
    context.check_hostname = False
    return context


async def pair(ends: Ends, technician: Holder, context: ssl.SSLContext) -> tuple[End, End]:
    first, second = await ends.enter(ssl=context), await ends.enter(ssl=context)
    await first.say(technician.open_room(first.nonce))
    opened = await first.hear()
    assert isinstance(opened, rendezvous.RoomOpened), opened
    await second.say(rendezvous.JoinRoom(opened.room))
    assert isinstance(await second.hear(), rendezvous.Joined)
    assert isinstance(await first.hear(), rendezvous.Joined)
    return first, second


async def exchange(pair: tuple[End, End], count: int) -> None:
    for size in range(1, count):
        data = os.urandom(size * 1000)
        await pair[size % 2].socket.send(data)
        assert await pair[1 - size % 2].socket.recv() == data


async def test_sessions_over_tls_read_nothing_of_one_another(office: Office, secure: RelayProcess) -> None:
    ends, technician, context = Ends(secure), office.holder(), trusting(secure)
    pairs = [await pair(ends, technician, context) for _ in range(5)]
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        for each in pairs:
            group.create_task(exchange(each, 40))
    await ends.close()


async def test_a_connection_with_tls_costs_no_buffer_of_its_own(office: Office, secure: RelayProcess) -> None:
    ends, technician, context = Ends(secure), office.holder(), trusting(secure)
    for _ in range(5):
        await pair(ends, technician, context)
    before = secure.memory
    for _ in range(PAIRS):
        await pair(ends, technician, context)
    # With one each it is 300 KiB.
    assert (secure.memory - before) / (2 * PAIRS) < 150 * 1024
    await ends.close()


def abort(end: End) -> None:
    end.socket.transport.abort()


def fin(end: End) -> None:
    end.socket.transport.get_extra_info("socket").shutdown(socket.SHUT_WR)


def close_tls(end: End) -> None:
    end.socket.transport.close()


@pytest.mark.parametrize("leave", [abort, fin, close_tls])
async def test_an_end_that_dies_is_told_to_the_other(
    office: Office, secure: RelayProcess, leave: Callable[[End], None]
) -> None:
    ends = Ends(secure)
    technician, person = await pair(ends, office.holder(), trusting(secure))
    for _ in range(20):
        await person.socket.send(b"x")
        assert await technician.socket.recv() == b"x"
    leave(person)
    assert await technician.refused() == "peer-left"
    assert "Traceback" not in secure.log.read_text()
    await ends.close()


async def test_what_follows_a_close_frame_stops_nothing(office: Office, secure: RelayProcess) -> None:
    ends = Ends(secure)
    technician, person = await pair(ends, office.holder(), trusting(secure))
    message = Frame(Opcode.BINARY, b"x" * 30_000).serialize(mask=True)
    after = Frame(Opcode.BINARY, b"y" * 60_000).serialize(mask=True) * 6
    person.socket.transport.write(message[:10_000])
    # What comes the other way later says that the relay has had these bytes.
    await technician.socket.send(b"tick")
    assert await person.socket.recv() == b"tick"
    good_bye = Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True)
    person.socket.transport.write(message[10_000:] + good_bye + after)
    assert await technician.socket.recv() == b"x" * 30_000
    assert await technician.refused() == "peer-left"
    assert "BufferError" not in secure.log.read_text()
    await ends.close()
