"""A relay as its own process, over real sockets."""

import asyncio
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from websockets.asyncio.client import ClientConnection, connect

from session import rendezvous
from tests.relay.office import Holder

READY_SECONDS = 30.0
STOP_SECONDS = 20.0
HEAR_SECONDS = 20.0


class RelayProcess:
    """Starts `byleave relay` on a free port and ends it at the end of the `with` block."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.folder = folder
        self._command = [sys.executable, "-m", "byleave", "relay", str(folder)]
        self._command += ["--listen", f"127.0.0.1:{port}", *arguments]
        self.log = folder.parent / "relay.log"
        self.process: subprocess.Popen[str]
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else ""
        assert line.startswith("Byleave relay ready on "), self.log.read_text()
        self.url = line.split()[-1]

    def stop(self) -> float:
        """Send SIGTERM and return how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_SECONDS)
        return time.monotonic() - began

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def restart(self) -> None:
        self.kill()
        self.start()

    @property
    def memory(self) -> int:
        """Bytes that the process has in memory of its own."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def room_url(self) -> str:
        return self.url.replace("http", "ws", 1) + rendezvous.ROOM_PATH


class End:
    """One end's WebSocket, speaking the rendezvous by hand."""

    def __init__(self, socket: ClientConnection, nonce: str) -> None:
        self.socket = socket
        self.nonce = nonce

    async def say(self, message: rendezvous.Rendezvous) -> None:
        await self.socket.send(rendezvous.encode(message))

    async def hear(self) -> rendezvous.FromRelay:
        async with asyncio.timeout(HEAR_SECONDS):
            data = await self.socket.recv()
        assert isinstance(data, str), "a binary message instead of the relay's own"
        return rendezvous.from_relay(data)

    async def refused(self) -> str:
        """Return why the relay refuses, and see it close in order."""
        message = await self.hear()
        assert isinstance(message, rendezvous.Refused), message
        async with asyncio.timeout(HEAR_SECONDS):
            await self.socket.wait_closed()
        assert self.socket.close_code == 1000
        return message.reason


class Ends:
    """Makes ends of one relay, and closes them all."""

    def __init__(self, relay: RelayProcess) -> None:
        self.relay = relay
        self._made: list[End] = []

    async def enter(self, **options: Any) -> End:
        socket = await connect(
            self.relay.room_url, compression=None, max_queue=1, ping_interval=None, proxy=None, **options
        )
        end = End(socket, "")
        self._made.append(end)
        challenge = await end.hear()
        assert isinstance(challenge, rendezvous.Challenge)
        end.nonce = challenge.nonce
        return end

    async def open_room(self, technician: Holder) -> tuple[End, str]:
        end = await self.enter()
        await end.say(technician.open_room(end.nonce))
        opened = await end.hear()
        assert isinstance(opened, rendezvous.RoomOpened), opened
        return end, opened.room

    async def join(self, room: str) -> End:
        end = await self.enter()
        await end.say(rendezvous.JoinRoom(room))
        return end

    async def pair(self, technician: Holder) -> tuple[End, End, str]:
        """Return both ends of a room, and the person's token."""
        first, room = await self.open_room(technician)
        second = await self.join(room)
        joined = await second.hear()
        assert isinstance(joined, rendezvous.Joined), joined
        assert await first.hear() == rendezvous.Joined()
        return first, second, joined.token

    async def close(self) -> None:
        for end in self._made:
            end.socket.transport.abort()
            await end.socket.wait_closed()
