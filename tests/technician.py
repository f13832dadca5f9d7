"""A technician's end that can say anything: real room, introduction and SSH, no console."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from session import codec, codes, messages
from session.canvas import Composer, Pixels, Undecodable
from session.codes import Code
from session.errors import ByleaveError, PeerError
from session.introduction import Introduction, Resumption, Side
from session.link import ssh
from session.link.channel import Subsystem
from session.link.room import Room, enter
from session.link.transport import Tunnel
from session.messages import FromPerson, Message, ScreenOut
from session.signatures import Namespace
from tests.relay.office import Holder

M = TypeVar("M", bound=Message)
DEADLINE = 20.0


class Technician:
    """One technician in one session.

    Args:
        relay: the relay's address.
        holder: key and certificate.
        honest: whether statements are countersigned as they come.

    Attributes:
        shown: who logs in; the introduction names `holder`.
        expected_host: digest of the host key that is accepted, instead of the announced one.
        undecodable: why frames could not be used.
    """

    def __init__(self, relay: str, holder: Holder, *, honest: bool = True) -> None:
        self.relay = relay
        self.holder = holder
        self.honest = honest
        self.got: list[Message] = []
        self.frames: list[messages.Frame] = []
        self.undecodable: list[str] = []
        self._composers: dict[int, Composer] = {}
        self.fault: PeerError | None = None
        self.ended = asyncio.Event()
        self._news = asyncio.Event()
        self._control: Subsystem[FromPerson] | None = None
        self._screen: Subsystem[ScreenOut] | None = None
        self._room: Room | None = None
        self._code: Code | None = None
        self._host = b""
        self.shown = holder
        self.expected_host: bytes | None = None
        self.secret = b""
        self.connection: ssh.ClientConnection | None = None

    async def open(self) -> str:
        """Open a room and return the code to read out."""
        self._room = await enter(self.relay)
        try:
            number = await self._room.open(self.holder.certificate.text, self._sign)
        except BaseException:
            await self._room.__aexit__(None, None, None)
            raise
        self._code = Code(number, codes.draw_secret())
        return self._code.grouped

    @property
    def host_digest(self) -> bytes:
        """The digest of the session key, which names the session."""
        return self._host

    def _sign(self, data: bytes, namespace: str) -> bytes:
        return self.holder.sign(data, Namespace(namespace)).encode()

    @asynccontextmanager
    async def meet(self) -> AsyncIterator["Technician"]:
        """Introduce and connect; both subsystems are open inside the block."""
        assert self._room is not None
        assert self._code is not None
        async with self._room as room:
            await room.peer(DEADLINE)
            introduction = Introduction(Side.TECHNICIAN, self._code)
            own = hashlib.sha256(self.holder.certificate.blob).digest()
            self._host = await room.introduce(Side.TECHNICIAN, introduction, own)
            self.secret = introduction.resume_secret
            async with self._connected(room):
                yield self

    @asynccontextmanager
    async def meet_again(self) -> AsyncIterator["Technician"]:
        """Take up the lost session."""
        resumption = Resumption(Side.TECHNICIAN, self.secret)
        async with await enter(self.relay) as room:
            await room.open(self.holder.certificate.text, self._sign, resumption.name)
            await room.peer(DEADLINE)
            await room.reintroduce(Side.TECHNICIAN, resumption)
            async with self._connected(room):
                # Only now the other end has proved that it holds the new one, too.
                self.secret = resumption.resume_secret
                yield self

    @asynccontextmanager
    async def _connected(self, room: Room) -> AsyncIterator[None]:
        failure: ByleaveError | None = None
        async with asyncio.TaskGroup() as group:
            tunnel = Tunnel(room.hand_over(), group)
            try:
                self.connection = await ssh.connect(
                    tunnel,
                    digest=self.expected_host or self._host,
                    key=self.shown.key,
                    certificate=self.shown.certificate.for_ssh,
                )
                await self._open_subsystems(self.connection)
                yield
            except ByleaveError as error:
                failure = error
            finally:
                if self.connection is not None:
                    self.connection.abort()
                if tunnel.transport is not None:
                    tunnel.transport.abort()
        if failure is not None:
            raise failure

    async def _open_subsystems(self, connection: ssh.ClientConnection) -> None:
        self._control = Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_person, self._take, lambda: None, self._lost
        )
        self._screen = Subsystem(
            "screen", messages.SCREEN_LIMIT, codec.screen_out, self._see, lambda: None, lambda fault: None
        )
        await ssh.open_subsystem(connection, messages.CONTROL_SUBSYSTEM, self._control)
        await ssh.open_subsystem(connection, messages.SCREEN_SUBSYSTEM, self._screen)

    def _take(self, message: FromPerson) -> None:
        self.got.append(message)
        if isinstance(message, messages.StatementMade) and self.honest and message.kind in SIGNED:
            self.countersign(message)
        if isinstance(message, messages.Ping):
            self.say(messages.Pong(message.number))
        if isinstance(message, messages.Ended):
            self.ended.set()
        self._news.set()

    def _see(self, message: ScreenOut) -> None:
        self.got.append(message)
        if isinstance(message, messages.Frame):
            self.frames.append(message)
            wish = self._compose(message)
            if self._screen is not None:
                self._screen.send(messages.FrameAck(message.number))
                if wish is not None:
                    self._screen.send(wish)
        self._news.set()

    def _compose(self, frame: messages.Frame) -> messages.KeyFrameWanted | None:
        try:
            self._composers.setdefault(frame.monitor, Composer()).take(frame)
        except Undecodable as error:
            self.undecodable.append(f"frame {frame.number}: {error}")
            return messages.KeyFrameWanted()
        return None

    @property
    def picture(self) -> Pixels | None:
        """What a console would show now: BGR, height × width × 3, a copy; None when there is nothing."""
        return self.picture_of(0)

    def picture_of(self, monitor: int) -> Pixels | None:
        """Return what a console would show of a monitor."""
        composer = self._composers.get(monitor)
        canvas = composer.canvas if composer is not None else None
        return None if canvas is None else canvas.pixels[..., :3].copy()

    def _lost(self, fault: PeerError | None) -> None:
        self.fault = fault
        self.ended.set()
        self._news.set()

    def countersign(self, made: messages.StatementMade) -> None:
        """Sign a statement, as an honest console does."""
        signature = self.holder.sign(made.statement, Namespace.SESSION).encode()
        self.say(messages.Countersigned(made.seq, signature))

    def say(self, message: Message) -> None:
        """Send any message on the control subsystem."""
        assert self._control is not None
        self._control.send(message)

    @property
    def control_channel(self) -> Any:
        """The SSH channel under the control subsystem."""
        assert self._control is not None
        return self._control._channel

    def say_on_screen(self, message: Message) -> None:
        """Send any message on the screen subsystem."""
        assert self._screen is not None
        self._screen.send(message)

    async def hear(self, kind: type[M], condition: Callable[[M], bool] = lambda message: True) -> M:
        """Wait until such a message has come."""
        deadline = time.monotonic() + DEADLINE
        while True:
            for message in self.got:
                if isinstance(message, kind) and condition(message):
                    return message
            self._news.clear()
            left = deadline - time.monotonic()
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                raise AssertionError(f"no {kind.__name__} among {self.got[-20:]}") from None


SIGNED = frozenset({"open", "consent", "close"})
