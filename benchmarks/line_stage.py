"""From one end of a session to the other: SSH between two real ends, through a relay in a process of its own.

The floor is the same bytes through two plain TCP connections and whoever hands them on.
"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.agent_stages import Sent
from benchmarks.sheet import Sheet
from session import codec, messages
from session.codec import encode
from session.framing import pack
from session.link import ssh
from session.link.channel import Subsystem
from session.link.room import enter
from session.link.transport import Tunnel
from session.messages import Message
from session.signatures import Namespace
from tests.pair import Keys, sha256
from tests.relay.office import Office
from tests.relay.process import RelayProcess

READ = 256 * 1024
STAGE = "SSH and relay"
PATIENCE = 20.0


def hop(folder: Path, sheets: Sequence[tuple[Sheet, Sequence[Sent]]]) -> None:
    """Send the frames of each scene over a line, one after the other, and write down how long each takes."""
    office = Office(folder / "office")
    with RelayProcess(office.relay) as relay:
        asyncio.run(_through(office, relay.url, sheets))
    with Plain() as plain:
        for sheet, sent in sheets:
            for each in sent:
                data = pack(encode(each.frame))
                took = plain.carry(data)
                if each.counts:
                    sheet.add_floor(STAGE, took)


async def _through(office: Office, url: str, sheets: Sequence[tuple[Sheet, Sequence[Sent]]]) -> None:
    came = asyncio.Event()
    async with _line(office, url, lambda message: came.set()) as screen:
        for sheet, sent in sheets:
            for each in sent:
                came.clear()
                began = time.perf_counter()
                assert screen.send(each.frame)
                async with asyncio.timeout(PATIENCE):
                    await came.wait()
                if each.counts:
                    sheet.add(STAGE, time.perf_counter() - began)


def _subsystem(
    limit: int, decode: Callable[[bytes], Message], receive: Callable[[Message], None]
) -> Subsystem[Message]:
    return Subsystem("benchmark", limit, decode, receive, lambda: None, lambda fault: None)


@asynccontextmanager
async def _line(
    office: Office, url: str, receive: Callable[[Message], None]
) -> AsyncIterator[Subsystem[Message]]:
    """Bring two ends together; what is sent on the screen's subsystem is received by the other one."""
    keys, holder = Keys(), office.holder()
    certificate = keys.certificate()
    rooms = [await enter(url) for _ in range(2)]
    number = await rooms[0].open(
        holder.certificate.text, lambda data, name: holder.sign(data, Namespace(name)).encode()
    )
    await rooms[1].join(number)
    await rooms[0].peer(PATIENCE)
    person = _subsystem(messages.ACKNOWLEDGEMENT_LIMIT, codec.screen_in, lambda message: None)
    async with asyncio.TaskGroup() as group:
        ends = [Tunnel(room.hand_over(), group) for room in rooms]
        serving = group.create_task(
            ssh.serve(
                ends[1],
                host_key=keys.session,
                digest=sha256(certificate.public_data),
                authorities=keys.authorities,
                admit=lambda blob: None,
                subsystems={messages.SCREEN_SUBSYSTEM: lambda: person},
            )
        )
        client = await ssh.connect(
            ends[0], digest=sha256(keys.session.public_data), key=keys.technician, certificate=certificate
        )
        await serving
        technician = _subsystem(messages.SCREEN_LIMIT, codec.screen_out, receive)
        await ssh.open_subsystem(client, messages.SCREEN_SUBSYSTEM, technician)
        yield person
        for end in ends:
            assert end.transport is not None
            end.transport.abort()


class Plain:
    """Two TCP connections on loopback and a thread that hands on whatever comes."""

    def __init__(self) -> None:
        self._from, middle_in = _connected()
        middle_out, self._to = _connected()
        self._middle = (middle_in, middle_out)
        self._buffer = bytearray(READ)
        self._thread = threading.Thread(target=self._hand_on, daemon=True)

    def __enter__(self) -> "Plain":
        """Begin to hand on."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Close the connections."""
        self._from.close()
        self._thread.join(PATIENCE)
        for end in (*self._middle, self._to):
            end.close()

    def carry(self, data: bytes) -> float:
        """Return how many seconds it takes until all of it is at the other end."""
        began = time.perf_counter()
        sending = threading.Thread(target=self._from.sendall, args=(data,))
        sending.start()
        left = len(data)
        while left:
            left -= self._to.recv_into(self._buffer)
        took = time.perf_counter() - began
        sending.join()
        return took

    def _hand_on(self) -> None:
        source, target = self._middle
        buffer = memoryview(bytearray(READ))
        while count := source.recv_into(buffer):
            target.sendall(buffer[:count])


def _connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    for end in (one, other):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one, other
