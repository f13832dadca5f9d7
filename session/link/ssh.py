"""SSH between our own two programs, with nothing left to choose: PROTOCOL.md, section 4.

The person's end dials out and is the SSH server all the same. It accepts
exactly one certificate, the technician exactly one host key, both known by
digest from the introduction. asyncssh's private parts are touched here only,
and its version is pinned.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import asyncssh

from session.errors import ByleaveError, IdentityRefused, LinkLost
from session.link.channel import Subsystem
from session.link.transport import Transport, Tunnel
from session.messages import SCREEN_SUBSYSTEM

_log = logging.getLogger("byleave.ssh")

KEY_EXCHANGE = "mlkem768x25519-sha256"
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
LOGIN_SECONDS = 10
KEEPALIVE_SECONDS = 5
KEEPALIVE_COUNT = 3
WINDOW = 256 * 1024
"""Bytes that an end takes ahead, of messages that are small."""

PICTURE_WINDOW = 1024 * 1024
"""Likewise the technician's end, of pictures; 256 KiB would be 52 Mbit/s at most at 40 ms."""

PACKET = 32 * 1024
IGNORE = 2
"""SSH_MSG_IGNORE (RFC 4253, section 11.2)."""

# With an AEAD cipher no MAC is ever used, but asyncssh wants the list to name one.
_PINNED: dict[str, Any] = {
    "config": None,
    "kex_algs": [KEY_EXCHANGE],
    "encryption_algs": list(CIPHERS),
    "mac_algs": ["hmac-sha2-256-etm@openssh.com"],
    "compression_algs": ["none"],
    "login_timeout": LOGIN_SECONDS,
    "keepalive_interval": KEEPALIVE_SECONDS,
    "keepalive_count_max": KEEPALIVE_COUNT,
    "gss_host": None,
    "x509_trusted_certs": None,
    "x509_trusted_cert_paths": None,
}

ClientConnection: TypeAlias = asyncssh.SSHClientConnection
"""What `connect` returns."""

ServerConnection: TypeAlias = asyncssh.SSHServerConnection
"""What `serve` returns."""

Make = Callable[[], Subsystem[Any]]
"""Makes one subsystem, when the technician opens it."""

Admit = Callable[[bytes], None]
"""Raises `IdentityRefused` unless this certificate blob is good (PROTOCOL.md, section 3)."""


class Algorithms(NamedTuple):
    """What was negotiated."""

    kex: str
    cipher: str


def _leave_out_fillers(connection: asyncssh.SSHClientConnection | asyncssh.SSHServerConnection) -> None:
    """Have a connection send its packets without an empty one before each.

    asyncssh puts an SSH_MSG_IGNORE before every packet, against attacks on ciphers in
    CBC mode (RFC 4251, section 9.3.1). With AES-GCM they protect nothing, and they were
    half of all packets.
    """
    inner = connection.send_packet

    def send_packet(pkttype: int, *args: bytes, handler: Any = None) -> None:
        if pkttype != IGNORE:
            inner(pkttype, *args, handler=handler)

    connection.send_packet = send_packet  # type: ignore[method-assign]  # nothing public leaves them out


class _Server(asyncssh.SSHServer):
    """The person's end: one certificate, our subsystems, nothing else.

    Attributes:
        refused: whether somebody showed a certificate that does not count.
    """

    def __init__(self, digest: bytes, admit: Admit, subsystems: dict[str, Make]) -> None:
        self._digest = digest
        self._admit = admit
        self._subsystems = subsystems
        self._verified = False
        self.refused = False
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        _leave_out_fillers(conn)
        # No public call gives the certificate, so the question is taken where it is asked.
        inner = conn.validate_public_key

        async def validate(username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
            if not self._acceptable(key_data):
                return False
            good = await inner(username, key_data, msg, signature)
            self._verified = self._verified or bool(good and msg)
            return good

        conn.validate_public_key = validate  # type: ignore[method-assign]  # see above

    def _acceptable(self, blob: bytes) -> bool:
        if not hmac.compare_digest(hashlib.sha256(blob).digest(), self._digest):
            _log.warning("< a certificate other than the one that was introduced")
            self.refused = True
            return False
        try:
            self._admit(blob)
        except ByleaveError as error:
            _log.warning("< a certificate that is not good: %s", error)
            self.refused = True
            return False
        return True

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_ca_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return False

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return False

    def session_requested(self) -> Any:
        if not self._verified or self._connection is None:
            return False
        channel = self._connection.create_server_channel(encoding=None, window=WINDOW, max_pktsize=PACKET)
        return channel, _ServerSession(self._subsystems)


class _ServerSession(asyncssh.SSHServerSession[bytes]):
    """A channel that becomes one of our subsystems, once, or is refused."""

    def __init__(self, subsystems: dict[str, Make]) -> None:
        self._subsystems = subsystems
        self._channel: Any = None
        self._subsystem: Subsystem[Any] | None = None

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        # One of each: the factory is taken out, so a second request finds none.
        factory = self._subsystems.pop(subsystem, None)
        if factory is None:
            return False
        self._subsystem = factory()
        return True

    def session_started(self) -> None:
        if self._subsystem is not None:
            self._subsystem.connection_made(self._channel)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._subsystem is not None:
            self._subsystem.data_received(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._subsystem is not None:
            self._subsystem.connection_lost(exc)


class _Client(asyncssh.SSHClient):
    """The technician's end: exactly one host key."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        _leave_out_fillers(conn)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        return hmac.compare_digest(hashlib.sha256(key.public_data).digest(), self._digest)


class _ClientSession(asyncssh.SSHClientSession[bytes]):
    """The technician's end of one subsystem."""

    def __init__(self, subsystem: Subsystem[Any]) -> None:
        self._subsystem = subsystem
        self._channel: Any = None

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def session_started(self) -> None:
        self._subsystem.connection_made(self._channel)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._subsystem.data_received(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._subsystem.connection_lost(exc)


async def serve(
    tunnel: Tunnel,
    *,
    host_key: asyncssh.SSHKey,
    digest: bytes,
    authorities: Sequence[str],
    admit: Admit,
    subsystems: dict[str, Make],
) -> asyncssh.SSHServerConnection:
    """Be the person's end: wait until the technician has authenticated.

    Args:
        tunnel: the link, after the introduction.
        host_key: the session key.
        digest: SHA-256 of the certificate that the introduction announced.
        authorities: the issuing keys, in OpenSSH's text form.
        admit: checks a certificate's blob by the rules of section 3.
        subsystems: name → what makes the subsystem; each can be opened once.

    Raises:
        IdentityRefused: the other end is not the one that was introduced.
        LinkLost: the connection broke.
    """
    server = _Server(digest, admit, dict(subsystems))
    try:
        return await asyncssh.connect_reverse(
            "",
            tunnel=tunnel,
            server_factory=lambda: server,
            server_host_keys=[host_key],
            server_version="Byleave_1",
            # The user name means nothing, so every principal may use any; `admit` knows better.
            authorized_client_keys=asyncssh.import_authorized_keys(
                "".join(f'cert-authority,principals="*" {key}\n' for key in authorities)
            ),
            signature_algs=["ssh-ed25519"],
            public_key_auth=True,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_kex=False,
            gss_auth=False,
            allow_pty=False,
            allow_scp=False,
            agent_forwarding=False,
            x11_forwarding=False,
            line_editor=False,
            encoding=None,
            **_PINNED,
        )
    except asyncssh.PermissionDenied as error:
        raise IdentityRefused("the technician's end could not prove its certificate") from error
    except Exception as error:
        if server.refused:
            # Whoever was refused hangs up, and the person must hear why.
            raise IdentityRefused("the technician's end showed a certificate that does not count") from error
        # asyncssh hands on whatever its parser stumbled over, and that is what the other end sent.
        raise LinkLost(f"SSH: {type(error).__name__}") from error


async def connect(
    tunnel: Tunnel, *, digest: bytes, key: asyncssh.SSHKey, certificate: asyncssh.SSHCertificate
) -> asyncssh.SSHClientConnection:
    """Be the technician's end.

    Args:
        tunnel: the link, after the introduction.
        digest: SHA-256 of the session key's blob, as announced.
        key: the technician's key.
        certificate: the very certificate whose digest was announced.

    Raises:
        IdentityRefused: the other end is not the one that was introduced, or refuses us.
        LinkLost: the connection broke.
    """
    try:
        return await asyncssh.connect(
            "byleave",
            tunnel=tunnel,
            client_factory=lambda: _Client(digest),
            known_hosts=b"",
            username="byleave",
            client_keys=[(key, certificate)],
            client_version="Byleave_1",
            server_host_key_algs=["ssh-ed25519"],
            signature_algs=["ssh-ed25519"],
            agent_path=None,
            agent_forwarding=False,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            preferred_auth="publickey",
            **_PINNED,
        )
    except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied) as error:
        raise IdentityRefused(f"SSH: {type(error).__name__}") from error
    except Exception as error:
        # asyncssh hands on whatever its parser stumbled over, and that is what the other end sent.
        raise LinkLost(f"SSH: {type(error).__name__}") from error


async def open_subsystem(
    connection: asyncssh.SSHClientConnection, name: str, subsystem: Subsystem[Any]
) -> None:
    """Open one of our subsystems, as the technician.

    Raises:
        LinkLost: the other end refuses it or is gone.
    """
    try:
        await connection.create_session(
            lambda: _ClientSession(subsystem),
            subsystem=name,
            encoding=None,
            window=PICTURE_WINDOW if name == SCREEN_SUBSYSTEM else WINDOW,
            max_pktsize=PACKET,
        )
    except (asyncssh.Error, OSError) as error:
        raise LinkLost(f"{name}: {type(error).__name__}") from error


def pace(connection: asyncssh.SSHClientConnection | asyncssh.SSHServerConnection, rate: float | None) -> None:
    """Suit a connection's messages to its line; `rate` in bytes a second, None if it is fast."""
    transport = connection._transport
    if isinstance(transport, Transport):
        transport.pace(rate)


def algorithms(connection: asyncssh.SSHClientConnection | asyncssh.SSHServerConnection) -> Algorithms:
    """Return what was negotiated; asyncssh shows the cipher, but not the key exchange."""
    offers = [_key_exchanges(packet) for packet in (connection._client_kexinit, connection._server_kexinit)]
    chosen = next((name for name in offers[0] if name in offers[1]), "")
    return Algorithms(chosen, str(connection.get_extra_info("send_cipher")))


def _key_exchanges(kexinit: bytes) -> list[str]:
    """Return the first name-list of a KEXINIT packet, after a byte and a cookie of 16 (RFC 4253, 7.1)."""
    size = int.from_bytes(kexinit[17:21], "big")
    return kexinit[21 : 21 + size].decode("ascii", "replace").split(",")
