"""A thin line through a real relay: whatever the pictures need, other messages do not wait for them."""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from agent.flow import Flow
from session import codec, messages
from session.link import ssh
from session.link.channel import Subsystem
from session.link.room import enter
from session.link.transport import Tunnel
from session.messages import FromTechnician, Message, ScreenIn
from session.picture import Coding, Tile
from session.signatures import Namespace
from tests.pair import Keys, sha256
from tests.relay.office import Office
from tests.relay.process import RelayProcess
from tests.shaped import Shaped

RATE = 375_000.0
"""Bytes a second: 3 Mbit/s."""

WAY_SECONDS = 0.050
"""From end to end, half of it on each side of the relay; the round trip is 100 ms."""

FRAME_SECONDS = 1 / 60
PING_SECONDS = 0.08
WARM_SECONDS = 1.0
SECONDS = 3.0


class Person:
    """The person's end: sends pictures as the flow lets it, and asks how long a message takes."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.took: list[tuple[float, float]] = []
        self.sent = 0
        self.connection: ssh.ServerConnection | None = None
        self._asked: dict[int, float] = {}
        self.control: Subsystem[FromTechnician] = subsystem(
            messages.CONTROL_LIMIT, codec.from_technician, self._hear
        )
        self.screen: Subsystem[ScreenIn] = subsystem(
            messages.ACKNOWLEDGEMENT_LIMIT, codec.screen_in, self._see
        )

    def ask(self) -> None:
        number = len(self._asked) + 1
        self._asked[number] = time.monotonic()
        self.control.send(messages.Ping(number))

    def show(self, size: int) -> None:
        assert self.connection is not None
        self.sent += 1
        tile = Tile(0, 0, 64, 64, Coding.JPEG, secrets.token_bytes(size))
        self.flow.sent(self.sent, size)
        rate = self.flow.rate()
        self.screen.pace(rate)
        ssh.pace(self.connection, rate)
        self.screen.send(messages.Frame(0, 0, self.sent, False, 1920, 1080, 0, (), (tile,)))

    def _hear(self, message: Message) -> None:
        assert isinstance(message, messages.Pong)
        now = time.monotonic()
        self.took.append((now, now - self._asked[message.number]))
        self.flow.round_trip(self.took[-1][1])

    def _see(self, message: Message) -> None:
        assert isinstance(message, messages.FrameAck)
        self.flow.acknowledge(message.number)


def subsystem(
    limit: int, decode: Callable[[bytes], Message], receive: Callable[[Message], None]
) -> Subsystem[Message]:
    return Subsystem("test", limit, decode, receive, lambda: None, lambda fault: None)


@asynccontextmanager
async def thin_line(folder: Path) -> AsyncIterator[Person]:
    """Both ends, each with a thin line to the relay."""
    office, keys, person = Office(folder), Keys(), Person()
    holder, certificate = office.holder(), keys.certificate()
    with ExitStack() as stack:
        relay = stack.enter_context(RelayProcess(office.relay))
        port = int(relay.url.rpartition(":")[2])
        legs = [stack.enter_context(Shaped(port, rate=RATE, delay=WAY_SECONDS / 2)) for _ in range(2)]
        rooms = [await enter(f"http://127.0.0.1:{leg.ports[0]}") for leg in legs]
        number = await rooms[0].open(
            holder.certificate.text, lambda data, name: holder.sign(data, Namespace(name)).encode()
        )
        await rooms[1].join(number)
        await rooms[0].peer(20)
        async with asyncio.TaskGroup() as group:
            ends = [Tunnel(room.hand_over(), group) for room in rooms]
            serving = group.create_task(
                ssh.serve(
                    ends[1],
                    host_key=keys.session,
                    digest=sha256(certificate.public_data),
                    authorities=keys.authorities,
                    admit=lambda blob: None,
                    subsystems={
                        messages.CONTROL_SUBSYSTEM: lambda: person.control,
                        messages.SCREEN_SUBSYSTEM: lambda: person.screen,
                    },
                )
            )
            client = await ssh.connect(
                ends[0],
                digest=sha256(keys.session.public_data),
                key=keys.technician,
                certificate=certificate,
            )
            person.connection = await serving
            await answer(client)
            yield person
            for end in ends:
                assert end.transport is not None
                end.transport.abort()


async def answer(client: ssh.ClientConnection) -> None:
    """Be a technician who answers everything at once."""
    control = subsystem(
        messages.CONTROL_LIMIT,
        codec.from_person,
        lambda message: pong(control, message),
    )
    screen = subsystem(
        messages.SCREEN_LIMIT,
        codec.screen_out,
        lambda message: acknowledge(screen, message),
    )
    await ssh.open_subsystem(client, messages.CONTROL_SUBSYSTEM, control)
    await ssh.open_subsystem(client, messages.SCREEN_SUBSYSTEM, screen)


def pong(control: Subsystem[Message], message: Message) -> None:
    assert isinstance(message, messages.Ping)
    control.send(messages.Pong(message.number))


def acknowledge(screen: Subsystem[Message], message: Message) -> None:
    assert isinstance(message, messages.Frame)
    screen.send(messages.FrameAck(message.number))


async def busy(person: Person, size: Callable[[Flow], int]) -> list[float]:
    """Keep the line busy; return how many seconds messages took, and their answers."""
    begun = time.monotonic()
    shown = asked = 0.0
    while (now := time.monotonic()) < begun + WARM_SECONDS + SECONDS:
        if now - asked >= PING_SECONDS:
            asked = now
            person.ask()
        if now - begun > 0.4 and now - shown >= FRAME_SECONDS and person.flow.wait(0):
            shown = now
            person.show(size(person.flow))
        await asyncio.sleep(0.003)
    return [took for at, took in person.took if at > begun + WARM_SECONDS]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(lambda flow: flow.budget().bytes, id="pictures-that-keep-to-the-budget"),
        pytest.param(lambda flow: 60_000, id="pictures-three-times-too-long"),
    ],
)
async def test_a_message_waits_for_no_picture(tmp_path: Path, size: Callable[[Flow], int]) -> None:
    async with thin_line(tmp_path / "office") as person:
        took = await busy(person, size)
    assert len(took) > 20
    # This machine is busy besides, so the middle counts, and the worst is bounded more loosely.
    assert statistics.median(took) < 2 * WAY_SECONDS + 0.060
    assert statistics.quantiles(took, n=10)[-1] < 2 * WAY_SECONDS + 0.150
    assert person.flow.budget().bytes_per_second == pytest.approx(RATE, rel=0.4)
