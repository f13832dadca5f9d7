"""The relay's process: sockets, signals, TLS, and an orderly end."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from weakref import WeakKeyDictionary

import click
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from relay.application import application
from relay.config import Config, address
from relay.health import health_application
from relay.parts import Parts
from relay.seconds import Seconds
from relay.wire import Wire
from session.errors import ConfigurationError
from session.rendezvous import BINARY_LIMIT

_log = logging.getLogger("byleave.relay")

GRACE_SECONDS = 2
PING_SECONDS = 20.0
SILENT_SECONDS = 60
"""A connection whose other computer does not acknowledge anything for so long is dead."""
HEAD_SECONDS = 10
"""So long may the head of a connection's first request take."""
REQUEST_HEAD_LIMIT = 32 * 1024
_TICKS = 10
UNSENT = 256 * 1024
"""Bytes that the system may hold back for one connection beside those under way."""


class Server(uvicorn.Server):
    """Uvicorn, but signals are the relay's own affair, and it says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._seconds = Seconds()
        # Uvicorn's own deadline begins after a connection's first request.
        self._silent: WeakKeyDictionary[H11Protocol, int] = WeakKeyDictionary()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, then say so."""
        await super().startup(sockets)
        self.ready.set()

    def stop(self) -> None:
        """Have it end, now."""
        self.should_exit = True
        self._seconds.end()

    async def main_loop(self) -> None:
        """Run until `stop`; look once a second at what uvicorn looks at ten times."""
        # A relay where nothing happens shall leave the computer asleep.
        tenths = 0
        while not await self.on_tick(tenths):
            tenths += _TICKS
            await self._seconds.next()

    async def on_tick(self, counter: int) -> bool:
        """Close who has connected and not asked anything in time; `counter` is in tenths of a second."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol) and connection.cycle is None:
                since = self._silent.setdefault(connection, counter)
                if counter - since >= HEAD_SECONDS * _TICKS:
                    connection.transport.abort()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting connections and end those that there are."""
        for connection in list(self.server_state.connections):
            # Who has not read the last words by now will not, and closing would wait for it.
            if isinstance(connection, Wire) and connection.transport.get_write_buffer_size():
                connection.transport.abort()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signal handlers as they are."""
        yield


def serve(folder: Path, config: Config) -> None:
    """Run a relay until SIGTERM or SIGINT.

    Args:
        folder: the relay's folder.
        config: its settings.

    Raises:
        ConfigurationError: settings, folder or address cannot be used.
    """
    # Two sockets for each session, and files beside them; the usual 1024 are soon used up.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    parts = Parts.open(folder, config)
    try:
        asyncio.run(_serve(parts))
    finally:
        parts.close()


async def _serve(parts: Parts) -> None:
    config = parts.config
    servers = [(Server(uvicorn_config(application(parts), config)), listen(config.listen), "")]
    if config.health:
        servers.append((Server(uvicorn_config(health_application(parts))), listen(config.health), " health"))
    main = servers[0][0]
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, _reload, parts, main)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(server.serve(sockets=[listener])) for server, listener, _ in servers]
        for server, listener, word in servers:
            await server.ready.wait()
            click.echo(f"Byleave relay{word} ready on {_address(listener, server)}")
        stopped = group.create_task(stopping.wait())
        await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        # People are told before uvicorn takes their connections away.
        await parts.lobby.stop()
        for server, _, _ in servers:
            server.stop()


def listen(text: str) -> socket.socket:
    """Return a listening socket.

    Args:
        text: ADDRESS:PORT.

    Raises:
        ConfigurationError: the address cannot be used.
    """
    host, port = address(text)
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit it. Uvicorn's own deadline for pongs is
        # off: while an end is not read from because the other one is slow, its
        # pong would wait behind its data, and a living end would be dropped.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_SECONDS * 1000)
        # asyncio does so only for sockets that name their protocol. Without it every
        # answer of two parts waits 40 ms for the other end's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # On a thin line the system would hold seconds of a picture for whoever is slow.
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with contextlib.suppress(OSError):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        listener.bind((str(host), port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"cannot listen on {text}: {error.strerror}") from None
    listener.setblocking(False)
    return listener


def tls_context(config: Config) -> ssl.SSLContext:
    """Return the TLS context of a relay.

    Raises:
        ConfigurationError: certificate or key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key)
    except OSError as error:
        raise ConfigurationError(f"the TLS certificate or its key cannot be used: {error}") from None
    return context


def uvicorn_config(served: Starlette, config: Config | None = None) -> uvicorn.Config:
    """Return how uvicorn serves an application.

    Args:
        served: the application.
        config: the relay's settings, for TLS; None for plain HTTP.

    Raises:
        ConfigurationError: the TLS certificate or its key cannot be used.
    """
    made = uvicorn.Config(
        served,
        ws=Wire,
        ws_max_size=BINARY_LIMIT,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=None,
        http="h11",
        loop="asyncio",
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=REQUEST_HEAD_LIMIT,
        # Uvicorn's own lines hold whole addresses and paths.
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    made.load()
    if config is not None and config.tls_cert:
        made.ssl = tls_context(config)
    return made


def _reload(parts: Parts, server: uvicorn.Server) -> None:
    config = parts.config
    try:
        parts.trust.reload()
        if config.tls_cert and server.config.ssl is not None:
            tls_context(config)  # is it good? The one in use cannot be taken back.
            server.config.ssl.load_cert_chain(config.tls_cert, config.tls_key)
        _log.info("settings were read again")
    except (ConfigurationError, OSError) as error:
        _log.error("nothing was changed: %s", error)


def _address(listener: socket.socket, server: uvicorn.Server) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if server.config.ssl else 'http'}://{shown}:{port}"
