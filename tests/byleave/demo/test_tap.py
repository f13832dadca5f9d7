import asyncio
import contextlib
import random  # noqa: TID251 - the seeded generator that a run can be had again with
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from byleave.demo.canaries import search
from byleave.demo.faults import Fault, Faults
from byleave.demo.heard import HeardError, unmasked
from byleave.demo.tap import Tap
from tests.desktop import until


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.send_bytes(b"<" + await websocket.receive_bytes() + b">")


async def upload(request: Request) -> Response:
    return Response(str(len(await request.body())))


@pytest.fixture(scope="module")
def relay() -> Iterator[int]:
    application = Starlette(
        routes=[WebSocketRoute("/echo", echo), Route("/upload", upload, methods=["POST"])]
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(application, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=2)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: server.started)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def tap(relay: int, tmp_path: Path) -> Iterator[Tap]:
    with Tap(relay, tmp_path / "tap") as running:
        yield running


def heard(folder: Path) -> dict[str, bytes]:
    return dict(unmasked(folder))


@contextlib.asynccontextmanager
async def talking(port: int) -> AsyncIterator:
    async with asyncio.timeout(20), connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as websocket:
        yield websocket


async def test_a_websocket_passes_and_is_heard_without_its_mask(tap: Tap, tmp_path: Path) -> None:
    async with talking(tap.port) as websocket:
        for message in (b"canary one", b"x" * 100_000, b"split can", b"ary two"):
            await websocket.send(message)
            assert await websocket.recv() == b"<" + message + b">"
        assert websocket.protocol.extensions == []
        await websocket.ping(b"ping-canary")
    sounds = heard(tmp_path / "tap")
    assert sounds["0001.up messages"] == b"canary one" + b"x" * 100_000 + b"split canary two"
    assert sounds["0001.down messages"].startswith(b"<canary one><xxx")
    assert b"ping-canary" in sounds["0001.up control"]
    assert sounds["0001.up"].startswith(b"GET /echo HTTP/1.1\r\n")
    assert b"xtensions" not in sounds["0001.up"]
    assert search({"canary": b"canary t"}, sounds.items()) == {"canary": 1}
    assert b"canary" not in sounds["0001.up"]


async def test_a_fragmented_message_is_joined(tap: Tap, tmp_path: Path) -> None:
    async with talking(tap.port) as websocket:
        await websocket.send(iter([b"in ", b"three ", b"pieces"]))
        assert await websocket.recv() == b"<in three pieces>"
    assert heard(tmp_path / "tap")["0001.up messages"] == b"in three pieces"


async def test_bodies_are_heard_without_their_chunks(tap: Tap, tmp_path: Path) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a can"
        yield b"ary in parts"

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{tap.port}") as client:
        assert (await client.post("/upload", content=b"the first")).text == "9"
        assert (await client.post("/upload", content=parts())).text == "17"
        assert (await client.post("/upload", content=b"the last")).text == "8"
    sounds = heard(tmp_path / "tap")
    assert tap.connections == 1
    assert sounds["0001.up bodies"] == b"the firsta canary in partsthe last"
    assert sounds["0001.down bodies"] == b"9178"


def test_a_compressed_body_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0001.up").write_bytes(
        b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    )
    with pytest.raises(HeardError, match="gzip"):
        heard(tmp_path)


def test_a_late_websocket_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0001.up").write_bytes(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
    with pytest.raises(HeardError, match="WebSocket"):
        heard(tmp_path)


async def test_a_frozen_tap_lets_nothing_through_until_it_thaws(tap: Tap) -> None:
    async with talking(tap.port) as websocket:
        await websocket.send(b"before")
        await websocket.recv()
        tap.freeze()
        await websocket.send(b"while")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(websocket.recv(), 0.1)
        tap.thaw()
        assert await websocket.recv() == b"<while>"


async def test_a_cut_ends_connections_and_takes_new_ones(tap: Tap) -> None:
    async with talking(tap.port) as websocket:
        await websocket.send(b"before")
        await websocket.recv()
        tap.cut()
        with pytest.raises(ConnectionClosed):
            await websocket.recv()
    async with talking(tap.port) as websocket:
        await websocket.send(b"after")
        assert await websocket.recv() == b"<after>"


async def test_a_closed_tap_refuses_until_it_is_open(tap: Tap) -> None:
    tap.close()
    with pytest.raises((OSError, WebSocketException)):
        async with talking(tap.port):
            raise AssertionError
    tap.open()
    async with talking(tap.port) as websocket:
        await websocket.send(b"after")
        assert await websocket.recv() == b"<after>"


async def test_a_relay_that_is_gone_is_a_lost_connection(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = listener.getsockname()[1]
    with Tap(nowhere, tmp_path) as tap, pytest.raises(httpx.TransportError):
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{tap.port}/")


async def test_a_full_stream_waits_instead_of_filling_memory(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Tap(listener.getsockname()[1], tmp_path) as tap:
        with socket.create_connection(("127.0.0.1", tap.port)) as client:
            client.settimeout(0.3)
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            relay, _ = listener.accept()
            sent = 0
            with relay, contextlib.suppress(TimeoutError):
                while sent < 200_000_000:
                    sent += client.send(bytes(65536))
    assert sent < 50_000_000


async def test_the_tap_ends_with_connections_open(relay: int, tmp_path: Path) -> None:
    with Tap(relay, tmp_path) as tap:
        websocket = await connect(f"ws://127.0.0.1:{tap.port}/echo")
        tap.freeze()
        await websocket.send(b"never")
    with pytest.raises(ConnectionClosed):
        await websocket.recv()


@pytest.mark.parametrize("fault", [Fault.ALTER, Fault.DROP, Fault.REPLAY, Fault.REORDER])
async def test_an_evil_relay_spoils_messages_and_not_the_connection(
    relay: int, tmp_path: Path, fault: Fault
) -> None:
    faults = Faults(random.Random(5), [fault])
    with Tap(relay, tmp_path, faults=faults) as tap:
        async with talking(tap.port) as websocket:
            await websocket.send(b"first")
            assert await websocket.recv() == b"<first>"
            faults.arm()
            await websocket.send(b"second")
            await websocket.send(b"third")
            await websocket.send(b"end")
            got = []
            while b"<end>" not in got:
                got.append(await websocket.recv())
    assert faults.made == [fault]
    match fault:
        case Fault.ALTER:
            assert got != [b"<second>", b"<third>", b"<end>"]
            assert len(got) == 3
        case Fault.DROP:
            assert got == [b"<third>", b"<end>"]
        case Fault.REPLAY:
            assert got == [b"<second>", b"<first>", b"<third>", b"<end>"]
        case Fault.REORDER:
            assert got == [b"<third>", b"<second>", b"<end>"]


async def test_much_passes_unspoiled_while_the_hands_rest(relay: int, tmp_path: Path) -> None:
    with Tap(relay, tmp_path, faults=Faults(random.Random(5))) as tap:
        async with talking(tap.port) as websocket:
            for size in (0, 1, 125, 126, 65535, 65536, 1_000_000):
                await websocket.send(bytes(size))
                assert await websocket.recv() == b"<" + bytes(size) + b">"
