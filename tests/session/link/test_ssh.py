"""SSH between the two ends: who is let in, by what algorithms, onto what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh
import pytest

from session import codec, messages
from session.errors import IdentityRefused, LinkLost, PeerError
from session.framing import pack
from session.link import ssh
from session.link.channel import Subsystem
from session.link.transport import Transport, Tunnel
from tests.pair import Keys, sha256, sockets

PACKET_OVERHEAD = 4 + 1 + 9 + 19 + 16
"""Of channel data: length, padding's length, kind and channel and length, padding at most, AES-GCM's tag."""


@dataclass
class End:
    """One end of the control subsystem, with all that reached it."""

    got: list[messages.Message] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[PeerError | None] = field(default_factory=list)
    lost: asyncio.Event = field(default_factory=asyncio.Event)

    def technician(self) -> Subsystem[messages.FromPerson]:
        return Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_person, self._take, lambda: None, self._lose
        )

    def person(self) -> Subsystem[messages.FromTechnician]:
        return Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_technician, self._take, lambda: None, self._lose
        )

    def _take(self, message: messages.Message) -> None:
        self.got.append(message)
        self.arrived.set()

    def _lose(self, fault: PeerError | None) -> None:
        self.faults.append(fault)
        self.lost.set()


@dataclass
class Session:
    client: asyncssh.SSHClientConnection
    server: asyncssh.SSHServerConnection
    person: End
    made: list[Subsystem[messages.FromTechnician]]


def admitted(blob: bytes) -> None:
    """Everything is good."""


def refused(blob: bytes) -> None:
    raise IdentityRefused("by the test")


@asynccontextmanager
async def session(
    keys: Keys,
    *,
    introduced: bytes | None = None,
    host_digest: bytes | None = None,
    certificate: asyncssh.SSHCertificate | None = None,
    admit: ssh.Admit = admitted,
) -> AsyncIterator[Session]:
    certificate = certificate or keys.certificate()
    person, made = End(), []

    def make() -> Subsystem[messages.FromTechnician]:
        made.append(person.person())
        return made[-1]

    async with sockets() as (one, two), asyncio.TaskGroup() as group:
        serving = group.create_task(
            quiet(
                ssh.serve(
                    Tunnel(one, group),
                    host_key=keys.session,
                    digest=introduced or sha256(certificate.public_data),
                    authorities=keys.authorities,
                    admit=admit,
                    subsystems={messages.CONTROL_SUBSYSTEM: make},
                )
            )
        )
        try:
            client = await ssh.connect(
                Tunnel(two, group),
                digest=host_digest or sha256(keys.session.public_data),
                key=keys.technician,
                certificate=certificate,
            )
        except PeerError as error:
            await one.close()
            raise Refused(error) from None
        server = await serving
        assert server is not None
        yield Session(client, server, person, made)
        client.abort()
        server.abort()


class Refused(Exception):
    """Carries the refusal out of the task group."""

    def __init__(self, error: PeerError) -> None:
        super().__init__(str(error))
        self.error = error


async def quiet(
    awaitable: "asyncio.Future[asyncssh.SSHServerConnection]",
) -> asyncssh.SSHServerConnection | None:
    try:
        return await awaitable
    except PeerError:
        return None


async def test_messages_cross_and_the_algorithms_are_the_pinned_ones() -> None:
    async with session(Keys()) as both:
        technician = End()
        channel = technician.technician()
        await ssh.open_subsystem(both.client, messages.CONTROL_SUBSYSTEM, channel)
        assert channel.send(messages.Chat("hello"))
        await asyncio.wait_for(both.person.arrived.wait(), 5)
        assert both.person.got == [messages.Chat("hello")]
        assert both.made[0].send(messages.Chat("hi"))
        await asyncio.wait_for(technician.arrived.wait(), 5)
        assert technician.got == [messages.Chat("hi")]
        for end in (both.client, both.server):
            assert ssh.algorithms(end) == ("mlkem768x25519-sha256", "aes256-gcm@openssh.com")


async def test_a_message_is_one_packet_and_nothing_comes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    write = Transport.write

    def noted(self: Transport, data: bytes) -> None:
        written.append(len(data))
        write(self, data)

    async with session(Keys()) as both:
        technician = End()
        channel = technician.technician()
        await ssh.open_subsystem(both.client, messages.CONTROL_SUBSYSTEM, channel)
        monkeypatch.setattr(Transport, "write", noted)
        for end, other in ((channel, both.person), (both.made[0], technician)):
            written.clear()
            size = len(pack(codec.encode(messages.Chat("hello"))))
            assert end.send(messages.Chat("hello"))
            assert len(written) == 1
            assert size < written[0] <= size + PACKET_OVERHEAD
            await asyncio.wait_for(other.arrived.wait(), 5)


async def refusal(**settings: object) -> PeerError:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with session(Keys() if "keys" not in settings else settings.pop("keys"), **settings):  # type: ignore[arg-type]  # settings by name
            pass
    found = caught.value.subgroup(Refused)
    assert found is not None
    inner = found.exceptions[0]
    assert isinstance(inner, Refused)
    return inner.error


async def test_a_host_key_that_was_not_introduced_is_refused() -> None:
    assert isinstance(await refusal(host_digest=bytes(32)), IdentityRefused)


async def test_a_certificate_that_was_not_introduced_is_refused() -> None:
    assert isinstance(await refusal(introduced=bytes(32)), IdentityRefused)


async def test_a_certificate_that_admission_refuses_is_refused() -> None:
    assert isinstance(await refusal(admit=refused), IdentityRefused)


async def test_a_certificate_of_another_authority_is_refused() -> None:
    keys, others = Keys(), Keys()
    foreign = others.issuing.generate_user_certificate(keys.technician, "Maya", principals=["technician:1"])
    assert isinstance(await refusal(keys=keys, certificate=foreign), IdentityRefused)


async def test_a_subsystem_opens_once_and_nothing_else_opens() -> None:
    async with session(Keys()) as both:
        await ssh.open_subsystem(both.client, messages.CONTROL_SUBSYSTEM, End().technician())
        with pytest.raises(LinkLost):
            await ssh.open_subsystem(both.client, "sftp", End().technician())
        with pytest.raises(LinkLost):
            await ssh.open_subsystem(both.client, messages.CONTROL_SUBSYSTEM, End().technician())
        for request in ({"command": "id"}, {}, {"term_type": "xterm"}):
            with pytest.raises(asyncssh.ChannelOpenError):
                await both.client.create_process(**request)
        with pytest.raises(asyncssh.ChannelOpenError):
            await both.client.open_connection("127.0.0.1", 22)
        with pytest.raises(asyncssh.ChannelListenError):
            await both.client.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 22)


async def test_a_message_that_is_none_ends_the_channel_and_names_the_fault() -> None:
    async with session(Keys()) as both:
        technician = End()
        channel = technician.technician()
        await ssh.open_subsystem(both.client, messages.CONTROL_SUBSYSTEM, channel)
        channel.send(messages.FrameAck(3))
        await asyncio.wait_for(both.person.lost.wait(), 5)
        assert [type(fault).__name__ for fault in both.person.faults] == ["ProtocolViolation"]
