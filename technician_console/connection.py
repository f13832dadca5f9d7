"""One SSH connection to the person's end, with both subsystems open on it."""

import asyncio
import logging
from collections.abc import Callable

from session import codec, messages
from session.errors import IdentityRefused, PeerError
from session.link import ssh
from session.link.channel import Subsystem
from session.link.socket import Socket
from session.link.transport import Tunnel
from session.messages import FromPerson, FromTechnician, ScreenIn, ScreenOut
from technician_console.credentials import Credentials
from technician_console.meeting import Way

_log = logging.getLogger("byleave.connection")


class Connection:
    """Both subsystems on one link; when either is gone, so is the connection.

    Args:
        hear: is called with each message of the control subsystem.
        see: is called with each message of the screen subsystem.
        gone: is called when a subsystem is gone.

    Attributes:
        lost: whether nothing can be said any more.
        fault: what the other end did wrong, if that was why a subsystem is gone.
        algorithms: what was negotiated.
    """

    def __init__(
        self,
        hear: Callable[[FromPerson], None],
        see: Callable[[ScreenOut], None],
        gone: Callable[[], None],
    ) -> None:
        self.lost = False
        self.fault: PeerError | None = None
        self.algorithms = ssh.Algorithms("", "")
        self._gone = gone
        self._ssh: ssh.ClientConnection | None = None
        self._socket: Socket | None = None
        self._tunnel: Tunnel | None = None
        self._control: Subsystem[FromPerson] = Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_person, hear, lambda: None, self._control_gone
        )
        self._screen: Subsystem[ScreenOut] = Subsystem(
            "screen", messages.SCREEN_LIMIT, codec.screen_out, see, lambda: None, self._screen_gone
        )

    async def open(self, way: Way, credentials: Credentials, group: asyncio.TaskGroup) -> None:
        """Connect, and open the subsystems.

        Args:
            way: the link, after the introduction.
            credentials: who we are.
            group: owner of the link's tasks.

        Raises:
            IdentityRefused: the other end is not the one that was introduced, or refuses us.
            LinkLost: the connection broke.
        """
        self._socket = way.socket
        self._tunnel = Tunnel(way.socket, group)
        try:
            self._ssh = await ssh.connect(
                self._tunnel,
                digest=way.digest,
                key=credentials.key,
                certificate=credentials.certificate.for_ssh,
            )
        except IdentityRefused as error:
            _log.warning("= %s", error)
            raise IdentityRefused(
                "the other computer is not the one that was introduced, or does not accept your certificate"
            ) from error
        way.authenticated()
        self.algorithms = ssh.algorithms(self._ssh)
        _log.info("= connected: %s, %s", *self.algorithms)
        await ssh.open_subsystem(self._ssh, messages.CONTROL_SUBSYSTEM, self._control)
        await ssh.open_subsystem(self._ssh, messages.SCREEN_SUBSYSTEM, self._screen)

    def send(self, message: FromTechnician) -> bool:
        """Send on the control subsystem; tell whether there was a link to send it on."""
        return self._control.send(message)

    def send_screen(self, message: ScreenIn) -> bool:
        """Send on the screen subsystem, likewise."""
        return self._screen.send(message)

    def close(self) -> None:
        """End the connection at once."""
        if self._ssh is not None:
            self._ssh.abort()
        if self._tunnel is not None and self._tunnel.transport is not None:
            self._tunnel.transport.abort()
        elif self._socket is not None:
            self._socket.transport.abort()

    def _control_gone(self, fault: PeerError | None) -> None:
        self.lost = True
        self._note(fault)

    def _screen_gone(self, fault: PeerError | None) -> None:
        # A fault on this one can still be answered with a `leave` on the other.
        self.lost = self.lost or fault is None
        self._note(fault)

    def _note(self, fault: PeerError | None) -> None:
        self.fault = self.fault or fault
        self._gone()
