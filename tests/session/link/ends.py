"""Two real SSH ends that talk through whoever stands between them."""

import asyncio
from dataclasses import dataclass, field

import asyncssh

from session import codec, messages
from session.errors import PeerError
from session.link import ssh
from session.link.channel import Subsystem
from session.link.socket import Socket
from session.link.transport import Tunnel
from tests.pair import Keys, sha256


@dataclass
class Talk:
    """One end of the control subsystem: what it heard, and how it ended.

    Attributes:
        heard: every message that was delivered.
        fault: what ended it, if it was the peer's fault.
        over: the channel is gone, or never came.
        changed: something was heard, or it is over.
    """

    heard: list[messages.Message] = field(default_factory=list)
    fault: PeerError | None = None
    over: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, message: messages.Message) -> None:
        self.heard.append(message)
        self.changed.set()

    def end(self, fault: PeerError | None) -> None:
        self.fault, self.over = fault, True
        self.changed.set()

    def technician(self) -> Subsystem[messages.FromPerson]:
        return Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_person, self.take, lambda: None, self.end
        )

    def person(self) -> Subsystem[messages.FromTechnician]:
        return Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_technician, self.take, lambda: None, self.end
        )

    async def hear(self, count: int) -> bool:
        """Wait until so many messages were heard; tell whether they were."""
        while len(self.heard) < count and not self.over:
            await self.changed.wait()
            self.changed.clear()
        return len(self.heard) >= count


class Ends:
    """A technician's and a person's end on two sockets.

    Args:
        keys: of a small organisation.
        group: owner of their tasks.
    """

    def __init__(self, keys: Keys, group: asyncio.TaskGroup) -> None:
        self.keys = keys
        self.group = group
        self.technician, self.person = Talk(), Talk()
        self.to_person: Subsystem[messages.FromPerson] | None = None
        self.to_technician: Subsystem[messages.FromTechnician] | None = None
        self.client: asyncssh.SSHClientConnection | None = None
        self.server: asyncssh.SSHServerConnection | None = None
        self.errors: list[PeerError] = []

    async def meet(self, one: Socket, two: Socket) -> None:
        """Run both ends until they are connected, or have failed as they should."""
        certificate = self.keys.certificate()
        await asyncio.wait(
            [
                self.group.create_task(self._serve(Tunnel(one, self.group), sha256(certificate.public_data))),
                self.group.create_task(self._connect(Tunnel(two, self.group), certificate)),
            ]
        )

    def _make(self) -> Subsystem[messages.FromTechnician]:
        self.to_technician = self.person.person()
        return self.to_technician

    async def _serve(self, tunnel: Tunnel, digest: bytes) -> None:
        try:
            self.server = await ssh.serve(
                tunnel,
                host_key=self.keys.session,
                digest=digest,
                authorities=self.keys.authorities,
                admit=lambda blob: None,
                subsystems={messages.CONTROL_SUBSYSTEM: self._make},
            )
        except PeerError as error:
            self.errors.append(error)
            self.person.end(None)

    async def _connect(self, tunnel: Tunnel, certificate: asyncssh.SSHCertificate) -> None:
        try:
            self.client = await ssh.connect(
                tunnel,
                digest=sha256(self.keys.session.public_data),
                key=self.keys.technician,
                certificate=certificate,
            )
            self.to_person = self.technician.technician()
            await ssh.open_subsystem(self.client, messages.CONTROL_SUBSYSTEM, self.to_person)
        except PeerError as error:
            self.errors.append(error)
            self.technician.end(None)

    def abort(self) -> None:
        """End both at once."""
        for end in (self.client, self.server):
            if end is not None:
                end.abort()
