"""Evidence and the live picture on one thin line: the evidence yields, and neither starves."""

import asyncio
import contextlib
import secrets
import statistics
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from agent.flow import Flow
from agent.spool import write_durably
from agent.upload import Uploader
from relay.server import Server, listen, uvicorn_config
from session.link.transport import little_held
from tests.agent.recording import Recording, begin
from tests.agent.small_log import SmallLog, eventually
from tests.shaped import Shaped

RATE = 375_000.0
WAY_SECONDS = 0.050
EVIDENCE = 300_000
"""Bytes of a segment of a busy screen; as fast as it goes, they would take the line for 0.8 s."""

FRAME_SECONDS = 1 / 60
HEAD = struct.Struct(">II")


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A session with little said and much to bring."""
    made = begin(tmp_path)
    for name in ("main", "sensitive", "consent"):
        write_durably(made.spool.keys / f"{name}.age", name.encode())
    write_durably(made.spool.session / "allowed_signers", secrets.token_bytes(EVIDENCE))
    made.allow()
    made.journal.close("left")
    return made


class Picture:
    """A live picture as the line sees it: frames that are acknowledged when they are there."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.took: list[tuple[float, float]] = []
        self.sent: dict[int, float] = {}
        self.size = 0

    async def show(self, port: int) -> None:
        """Send as much as the flow lets leave, until it is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(reader))
                while True:
                    if self.flow.wait(0):
                        self._send(writer)
                        await asyncio.sleep(FRAME_SECONDS)
                    await asyncio.sleep(0.002)

    def _send(self, writer: asyncio.StreamWriter) -> None:
        number, size = len(self.sent) + 1, self.flow.budget().bytes
        self.sent[number] = time.monotonic()
        self.flow.sent(number, size)
        writer.write(HEAD.pack(number, size) + bytes(size))
        self.size += size

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        while True:
            (number,) = struct.unpack(">I", await reader.readexactly(4))
            now = time.monotonic()
            took = now - self.sent[number]
            if not self.took:
                # In a session a ping has told before.
                self.flow.round_trip(2 * WAY_SECONDS)
            self.took.append((now, took))
            self.flow.acknowledge(number)


async def acknowledge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), contextlib.closing(writer):
        while True:
            number, size = HEAD.unpack(await reader.readexactly(HEAD.size))
            await reader.readexactly(size)
            writer.write(struct.pack(">I", number))


@asynccontextmanager
async def thin_line(log: SmallLog) -> AsyncIterator[tuple[str, int]]:
    """One thin line to a relay's pages, and to who acknowledges pictures."""
    listener = listen("127.0.0.1:0")
    server = Server(uvicorn_config(log.application()))
    pictures = await asyncio.start_server(acknowledge, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as group, pictures:
        group.create_task(server.serve(sockets=[listener]))
        await server.ready.wait()
        targets = (listener.getsockname()[1], pictures.sockets[0].getsockname()[1])
        with Shaped(*targets, rate=RATE, delay=WAY_SECONDS) as line:
            yield f"http://127.0.0.1:{line.ports[0]}", line.ports[1]
        server.should_exit = True


async def bring(url: str, log: SmallLog, recording: Recording, picture: Picture, needed: float) -> float:
    """Upload beside the picture; return how many seconds the long object took."""
    transport = httpx.AsyncHTTPTransport(socket_options=little_held())
    async with httpx.AsyncClient(transport=transport, base_url=url) as client, asyncio.timeout(20):
        uploader = Uploader(
            recording.spool,
            client,
            "the token",
            log.log_key,
            lambda seq, receipt: None,
            lambda seq: True,
            lambda: picture.flow.spare(needed),
        )
        begun = time.monotonic()
        await uploader.run()
        return time.monotonic() - begun


async def beside(recording: Recording, needed: float) -> tuple[float, float, Picture]:
    """Show and upload; return how long that took, and the part of the line that the picture had meanwhile."""
    log, picture = SmallLog(), Picture()
    async with thin_line(log) as (url, port), asyncio.TaskGroup() as group:
        showing = group.create_task(picture.show(port))
        await eventually(lambda: picture.size > RATE)
        before, begun = picture.size, time.monotonic()
        seconds = await bring(url, log, recording, picture, needed)
        share = (picture.size - before) / (time.monotonic() - begun) / RATE
        picture.took = [each for each in picture.took if each[0] > begun]
        showing.cancel()
    return seconds, share, picture


async def test_evidence_yields_to_the_picture_and_gets_there(recording: Recording) -> None:
    seconds, share, picture = await beside(recording, 0.3 * RATE)
    took = [each for _, each in picture.took]
    # Alone a frame that keeps to its budget is there after the round trip and 50 ms.
    assert statistics.median(took) < 2 * WAY_SECONDS + 0.100
    assert statistics.quantiles(took, n=10)[-1] < 2 * WAY_SECONDS + 0.200
    assert share > 0.4
    # Less than a third of the line, and not nothing either.
    assert EVIDENCE / RATE / 0.45 < seconds < 10.0


async def test_evidence_that_is_almost_too_late_takes_the_line(recording: Recording) -> None:
    seconds, share, _ = await beside(recording, RATE)
    assert seconds < EVIDENCE / RATE / 0.33
    assert share > 0.07
