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

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relay import durable
from relay.config import Config, Limits
from relay.evidence import Evidence
from relay.index import TOKEN_SECONDS, Index, Quota
from relay.limits import Buckets, Daily
from relay.log import Log
from relay.metrics import Metrics
from relay.room_socket import Doorkeeper, Lobby
from relay.rooms import Rooms
from relay.store import Store
from relay.trust import Trust
from session.certificates import Certificate
from session.errors import ConfigurationError
from session.keys import PublicKey, load_private
from session.ledger import VerifierKey

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
        evidence: what it keeps.
        lobby: who is connected.
    """

    config: Config
    folder: Path
    lock: int
    metrics: Metrics
    trust: Trust
    evidence: Evidence
    lobby: Lobby

    @classmethod
    def open(cls, folder: Path, config: Config) -> Self:
        """Open a relay's folder, and repair what a crash has left undone.

        Raises:
            ConfigurationError: it is not a relay's folder, or another relay is at work in it.
            StorageFailed: the disk does not obey, or the log is damaged.
        """
        lock = take_lock(folder)
        try:
            metrics = Metrics()
            trust = Trust(folder / "trust", time.time)
            evidence = open_evidence(folder, config.limits, trust)
            lobby = _open_lobby(config.limits, trust, evidence.index, metrics)
        except BaseException:
            os.close(lock)
            raise
        return cls(config, folder, lock, metrics, trust, evidence, lobby)

    def gauges(self) -> dict[str, float]:
        """Return the present values of the metrics' gauges."""
        krl_time = self.trust.krl_time
        age = -1.0 if krl_time is None else time.time() - krl_time
        return {**self.lobby.gauges(), "log_size": self.evidence.log.size, "krl_age_seconds": age}

    def close(self) -> None:
        """Close what is open, and let another relay in."""
        self.evidence.index.close()
        os.close(self.lock)


def open_evidence(folder: Path, limits: Limits, trust: Trust) -> Evidence:
    """Return a relay's evidence, repaired after a crash; raises as `Parts.open`."""
    store = Store(folder, limits.free_bytes)
    log = Log(folder / "log", log_key(folder, trust.profile.log_key), trust.profile.log_key)
    index = Index(folder / "index.sqlite")
    quota = Quota(
        size=limits.session_bytes,
        statements=limits.session_statements,
        # What was recorded before the agent heard of it: at most half a minute.
        reserve=limits.file_bytes,
    )
    evidence = Evidence(store, index, log, trust, quota)
    try:
        evidence.recover()
    except BaseException:
        index.close()
        raise
    return evidence


def _open_lobby(limits: Limits, trust: Trust, index: Index, metrics: Metrics) -> Lobby:
    async def issue(certificate: Certificate) -> str:
        token = secrets.token_urlsafe(32)
        expires = time.time() + TOKEN_SECONDS
        await asyncio.to_thread(index.add_token, token, certificate.digest, expires)
        return token

    door = Doorkeeper(
        admit=trust.admit_to_room,
        issue=issue,
        connections=Buckets(limits.connections.rate),
        joins=Buckets(limits.joins.rate),
        sessions=Daily(limits.sessions_per_day),
        sockets=limits.sockets,
    )
    machine = Rooms(secrets.randbelow, capacity=limits.rooms, per_technician=limits.rooms_per_technician)
    return Lobby(machine, door, metrics, time.monotonic)


def log_key(folder: Path, verifier: str) -> Ed25519PrivateKey:
    """Return the log's signing key.

    Args:
        folder: the relay's folder, with `log.key`.
        verifier: the verifier key that the profile names.

    Raises:
        ConfigurationError: the key cannot be read, or is not the profile's.
    """
    try:
        private = load_private((folder / "log.key").read_bytes())
    except OSError as error:
        raise ConfigurationError(f"log.key cannot be read: {error.strerror}") from None
    key = private.pyca_key
    if (
        not isinstance(key, Ed25519PrivateKey)
        or VerifierKey.parse(verifier).public != PublicKey.of(private).raw
    ):
        raise ConfigurationError("log.key is not the log's key that the profile names")
    return key


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
