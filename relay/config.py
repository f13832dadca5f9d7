"""The relay's settings: one frozen value, read once from DIR/relay.toml and the command line."""

import ipaddress
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from relay.limits import Rate
from session.errors import ConfigurationError

FILE = "relay.toml"
DEFAULT_LISTEN = "127.0.0.1:8470"

Count: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1_000_000)]


class Allowance(Struct, frozen=True, forbid_unknown_fields=True):
    """So many at once, and so many a second from then on."""

    burst: Positive
    per_second: Positive

    @property
    def rate(self) -> Rate:
        """The same, for `relay.limits`."""
        return Rate(self.burst, self.per_second)


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What strangers, technicians and sessions may use.

    Args:
        rooms: open or joined at a time.
        sockets: WebSockets at a time.
        rooms_per_technician: of these, one technician's.
        sessions_per_day: rooms that one technician opens in a day.
        connections: WebSockets of one address.
        joins: attempts of one address to join a room, right or wrong.
        sign_ins: challenges, sign-ins and unknown tokens of one address.
        reads: pages of the log and of the trust folder for one address.
        session_bytes: sealed evidence of one session, which ends when it is used up.
        session_statements: statements of one session, likewise.
        file_bytes: one sealed file.
        free_bytes: what must stay free on the disk.
    """

    rooms: Count = 1000
    sockets: Count = 4000
    rooms_per_technician: Count = 5
    sessions_per_day: Count = 300
    connections: Allowance = Allowance(120, 2)
    joins: Allowance = Allowance(30, 0.2)
    sign_ins: Allowance = Allowance(60, 1)
    reads: Allowance = Allowance(2000, 100)
    session_bytes: Annotated[int, Meta(ge=1)] = 8 * 1024**3
    session_statements: Count = 20_000
    file_bytes: Annotated[int, Meta(ge=1)] = 64 * 1024**2
    free_bytes: Annotated[int, Meta(ge=0)] = 1024**2


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set.

    Args:
        listen: ADDRESS:PORT; anything but loopback needs TLS. Port 0 takes a free one.
        health: ADDRESS:PORT on loopback for health and metrics, or empty for none.
        tls_cert: certificate chain, PEM.
        tls_key: its private key, PEM.
        limits: what others may use.
    """

    listen: str = DEFAULT_LISTEN
    health: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    limits: Limits = Limits()


def load(folder: Path, overrides: dict[str, str]) -> Config:
    """Return the settings of a relay's folder.

    Args:
        folder: the relay's folder.
        overrides: what the command line says; these go first.

    Raises:
        ConfigurationError: a key is unknown, or a value cannot be.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{FILE} cannot be read: {error}") from None
    try:
        config = msgspec.toml.decode(text, type=Config)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{FILE}: {error}") from None
    return checked(msgspec.structs.replace(config, **overrides))


def checked(config: Config) -> Config:
    """Return the settings if they can be used together.

    Raises:
        ConfigurationError: they cannot.
    """
    host, _ = address(config.listen)
    if bool(config.tls_cert) != bool(config.tls_key):
        raise ConfigurationError("tls_cert and tls_key belong together")
    if not config.tls_cert and not host.is_loopback:
        raise ConfigurationError("without TLS the relay listens on loopback only")
    if config.health and not address(config.health)[0].is_loopback:
        raise ConfigurationError("health listens on loopback only")
    return config


def address(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Return address and port of `ADDRESS:PORT` or `[ADDRESS]:PORT`.

    Raises:
        ConfigurationError: it is anything else; names are not looked up.
    """
    host, _, port = text.rpartition(":")
    try:
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")), int(port)
    except ValueError:
        raise ConfigurationError(f"{text!r} is not ADDRESS:PORT, as in {DEFAULT_LISTEN}") from None
