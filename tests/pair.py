"""Two ends that face each other: through a forwarder on loopback, without any of our programs."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncssh
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from session.link.socket import Socket, connected


@asynccontextmanager
async def sockets() -> AsyncIterator[tuple[Socket, Socket]]:
    """Two WebSockets whose binary messages reach each other."""
    ends: list[ServerConnection] = []
    both = asyncio.Event()

    async def forward(socket: ServerConnection) -> None:
        ends.append(socket)
        if len(ends) == 2:
            both.set()
        await both.wait()
        other = ends[1 - ends.index(socket)]
        with suppress(ConnectionClosed):
            async for message in socket:
                await other.send(message)
        await other.close()

    async with (
        serve(forward, "127.0.0.1", 0, compression=None, close_timeout=1) as server,
        await connected(address(server), close_timeout=1) as one,
        await connected(address(server), close_timeout=1) as two,
    ):
        await both.wait()
        yield one, two


def address(server: object) -> str:
    port = next(iter(server.sockets)).getsockname()[1]  # type: ignore[attr-defined]  # asyncio.Server
    return f"ws://127.0.0.1:{port}"


@dataclass
class Keys:
    """A small organisation: an issuing key, a technician with a certificate, a session key."""

    issuing: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    technician: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    session: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))

    def certificate(self, **changes: object) -> asyncssh.SSHCertificate:
        """The technician's certificate, or a bad one."""
        now = int(time.time())
        settings: dict[str, object] = {
            "key_id": "Maya Ortiz",
            "serial": 7,
            "principals": ["technician:1001"],
            "valid_after": now - 60,
            "valid_before": now + 3600,
        }
        return self.issuing.generate_user_certificate(self.technician, **{**settings, **changes})  # type: ignore[arg-type]  # settings by name

    @property
    def authorities(self) -> list[str]:
        return [self.issuing.export_public_key().decode().strip()]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
