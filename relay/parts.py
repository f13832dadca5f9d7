"""Everything that one relay consists of, put together once."""

import asyncio
import fcntl
import logging
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from relay import durable
from relay.config import Config
from relay.index import TOKEN_SECONDS, Index
from relay.limits import Buckets, Daily
from relay.metrics import Metrics
from relay.room_socket import Doorkeeper, Lobby
from relay.rooms import Rooms
from relay.trust import Trust
from session.certificates import Certificate
from session.errors import ConfigurationError

_log = logging.getLogger("byleave.relay")


@dataclass(frozen=True)
class Parts:
    """The parts of one relay.

    Args:
        config: its settings.
        folder: where everything is kept.
        lock: descriptor of the file that keeps a second relay out.
        metrics: what is counted.
        trust: whom it believes.
        index: what must be found quickly.
        lobby: who is connected.
    """

    config: Config
    folder: Path
    lock: int
    metrics: Metrics
    trust: Trust
    index: Index
    lobby: Lobby

    @classmethod
    def open(cls, folder: Path, config: Config) -> Self:
        """Open a relay's folder.

        Raises:
            ConfigurationError: it is not a relay's folder, or another relay is at work in it.
            StorageFailed: the disk does not obey.
        """
        lock = take_lock(folder)
        metrics = Metrics()
        trust = Trust(folder / "trust", time.time)
        index = Index(folder / "index.sqlite")

        async def issue(certificate: Certificate) -> str:
            token = secrets.token_urlsafe(32)
            expires = time.time() + TOKEN_SECONDS
            await asyncio.to_thread(index.add_token, token, certificate.digest, expires)
            return token

        limits = config.limits
        door = Doorkeeper(
            admit=trust.admit_to_room,
            issue=issue,
            connections=Buckets(limits.connections.rate),
            joins=Buckets(limits.joins.rate),
            sessions=Daily(limits.sessions_per_day),
            sockets=limits.sockets,
        )
        machine = Rooms(secrets.randbelow, capacity=limits.rooms, per_technician=limits.rooms_per_technician)
        lobby = Lobby(machine, door, metrics, time.monotonic)
        return cls(config, folder, lock, metrics, trust, index, lobby)

    def close(self) -> None:
        """Close what is open, and let another relay in."""
        self.index.close()
        os.close(self.lock)


def take_lock(folder: Path) -> int:
    """Keep every other relay out of a folder for as long as this process lives.

    Raises:
        ConfigurationError: one is in it, or there is no such folder.
    """
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, durable.MODE)
    except OSError as error:
        raise ConfigurationError(f"{folder} is not a relay's folder: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise ConfigurationError(f"another relay is at work in {folder}") from None
    return descriptor
