"""One session's link from end to end: person, relay and technician, each in a process of its own.

Pictures of two sizes go as fast as the link takes them, so what is counted is the
link alone: messages, SSH, WebSocket, and the relay between. The floor is the cipher
on pieces of the size that SSH makes, once for each side; another cipher is beside it.
"""

import asyncio
import multiprocessing
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeAlias

import asyncssh
import psutil
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from benchmarks.clock import milliseconds
from session import codec, messages
from session.certificates import read
from session.link import ssh
from session.link.channel import Subsystem
from session.link.room import enter
from session.link.transport import Tunnel
from session.messages import Frame, Message
from session.picture import Coding, Tile
from session.signatures import Namespace
from tests.pair import Keys, sha256
from tests.relay.office import Holder, Office
from tests.relay.process import RelayProcess

SIZES = (16 * 1024, 256 * 1024)
TOTAL = 96 * 1024 * 1024
WARM = 4 * 1024 * 1024
AHEAD = 1024 * 1024
"""Bytes that are under way at a time."""
JOIN_SECONDS = 60.0
MEGABYTE = 1e6

Figures: TypeAlias = dict[str, float]


class Counted:
    """Waits until the technician has acknowledged."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.screen: Subsystem[messages.ScreenIn] = _subsystem(
            messages.ACKNOWLEDGEMENT_LIMIT, codec.screen_in, self._hear, self.opened.set
        )
        self._acknowledged = 0
        self._changed = asyncio.Event()
        self._sent = 0

    async def show(self, tile: Tile, total: int) -> None:
        """Send so many bytes of pictures, and wait until all have come."""
        size = len(tile.data)
        for _ in range(total // size):
            self._sent += 1
            self.screen.send(Frame(0, 0, self._sent, False, 1920, 1080, 0, (), (tile,)))
            await self._wait((self._sent - self._acknowledged) * size > AHEAD)
        while self._acknowledged < self._sent:
            await self._wait(True)

    async def _wait(self, full: bool) -> None:
        if full:
            self._changed.clear()
            async with asyncio.timeout(JOIN_SECONDS):
                await self._changed.wait()

    def _hear(self, message: Message) -> None:
        assert isinstance(message, messages.FrameAck)
        self._acknowledged = message.number
        self._changed.set()


def measure() -> Figures:
    """Return speeds of the link, and what a megabyte costs where."""
    results = ciphers()
    with TemporaryDirectory(prefix="byleave-bench-") as folder:
        office = Office(Path(folder) / "office")
        people = People.of(office.holder(), Keys())
        with RelayProcess(office.relay) as relay:
            for size in SIZES:
                results |= link(relay, people, size)
    floor = 2 * results[f"cipher {ssh.CIPHERS[0]}, ms/MB"]
    for size in SIZES:
        both = sum(results[f"{size // 1024} KiB, {side}, ms/MB"] for side in ("person", "technician"))
        results[f"{size // 1024} KiB, both ends, x floor"] = both / floor
    return results


def ciphers() -> Figures:
    """Return the time of a megabyte in pieces of one packet."""
    piece = secrets.token_bytes(ssh.PACKET)
    rounds = int(MEGABYTE) // len(piece)

    def aes() -> None:
        for _ in range(rounds):
            AESGCM(key).encrypt(nonce, piece, None)

    def chacha() -> None:
        for _ in range(rounds):
            ChaCha20Poly1305(key).encrypt(nonce, piece, None)

    key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    return {
        f"cipher {ssh.CIPHERS[0]}, ms/MB": milliseconds(aes),
        "cipher chacha20-poly1305, ms/MB": milliseconds(chacha),
    }


@dataclass(frozen=True)
class People:
    """Everybody's keys, in a form that another process can be given."""

    holder: bytes
    holder_certificate: str
    issuing: bytes
    technician: bytes
    session: bytes
    certificate: bytes

    @classmethod
    def of(cls, holder: Holder, keys: Keys) -> Self:
        """Return the keys of a technician whom the relay knows, and of both ends of SSH."""
        private = (holder.key, keys.issuing, keys.technician, keys.session)
        exported = [key.export_private_key() for key in private]
        certificate = keys.certificate().export_certificate()
        return cls(exported[0], holder.certificate.text, *exported[1:], certificate)

    @property
    def keys(self) -> Keys:
        """The keys of SSH."""
        return Keys(*map(asyncssh.import_private_key, (self.issuing, self.technician, self.session)))

    @property
    def the_certificate(self) -> asyncssh.SSHCertificate:
        """The certificate that the technician shows in SSH."""
        return asyncssh.import_certificate(self.certificate)


def link(relay: RelayProcess, people: People, size: int) -> Figures:
    """Run one session; return its speed and what it cost."""
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(2)]
    technician = spawn.Process(target=_technician, args=(pipes[0][1], relay.url, people))
    person = spawn.Process(target=_person, args=(pipes[1][1], relay.url, people, size))
    technician.start()
    person.start()
    try:
        pipes[1][0].send(_answer(pipes[0][0]))
        _answer(pipes[1][0])
        measured = [psutil.Process(number) for number in (person.pid, relay.process.pid, technician.pid)]
        before = [_cpu(process) for process in measured]
        pipes[1][0].send("go")
        seconds = _answer(pipes[1][0])
        used = [_cpu(process) - begun for process, begun in zip(measured, before, strict=True)]
    finally:
        for process in (technician, person):
            process.kill()
            process.join()
    name, megabytes = f"{size // 1024} KiB", TOTAL / MEGABYTE
    results = {f"{name}, Mbit/s": megabytes * 8 / seconds}
    for side, cpu in zip(("person", "relay", "technician"), used, strict=True):
        results[f"{name}, {side}, ms/MB"] = cpu / megabytes * 1000
    return results


def _answer(pipe: Connection) -> Any:
    if not pipe.poll(JOIN_SECONDS):
        raise RuntimeError("an end does not answer")
    return pipe.recv()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _technician(pipe: Connection, relay: str, people: People) -> None:
    asyncio.run(_watch(pipe, relay, people))


def _person(pipe: Connection, relay: str, people: People, size: int) -> None:
    asyncio.run(_show(pipe, relay, people, size))


async def _watch(pipe: Connection, relay: str, people: People) -> None:
    holder = Holder(asyncssh.import_private_key(people.holder), read(people.holder_certificate))
    room = await enter(relay)
    pipe.send(await room.open(holder.certificate.text, lambda data, name: _signed(holder, data, name)))
    await room.peer(JOIN_SECONDS)
    async with asyncio.TaskGroup() as group:
        client = await ssh.connect(
            Tunnel(room.hand_over(), group),
            digest=sha256(people.keys.session.public_data),
            key=people.keys.technician,
            certificate=people.the_certificate,
        )
        screen = _subsystem(
            messages.SCREEN_LIMIT,
            codec.screen_out,
            lambda message: screen.send(messages.FrameAck(message.number)),
        )
        await ssh.open_subsystem(client, messages.SCREEN_SUBSYSTEM, screen)


def _signed(holder: Holder, data: bytes, name: str) -> bytes:
    return holder.sign(data, Namespace(name)).encode()


async def _show(pipe: Connection, relay: str, people: People, size: int) -> None:
    counted = Counted()
    room = await enter(relay)
    await room.join(pipe.recv())
    async with asyncio.TaskGroup() as group:
        await ssh.serve(
            Tunnel(room.hand_over(), group),
            host_key=people.keys.session,
            digest=sha256(people.the_certificate.public_data),
            authorities=people.keys.authorities,
            admit=lambda blob: None,
            subsystems={messages.SCREEN_SUBSYSTEM: lambda: counted.screen},
        )
        await counted.opened.wait()
        tile = Tile(0, 0, 64, 64, Coding.JPEG, secrets.token_bytes(size))
        await counted.show(tile, WARM)
        pipe.send("ready")
        pipe.recv()
        began = time.perf_counter()
        await counted.show(tile, TOTAL)
        pipe.send(time.perf_counter() - began)


def _subsystem(
    limit: int,
    decode: Callable[[bytes], Any],
    receive: Callable[[Any], object],
    opened: Callable[[], None] = lambda: None,
) -> Subsystem[Any]:
    return Subsystem("bench", limit, decode, receive, opened, lambda fault: None)
