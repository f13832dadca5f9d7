"""A person's end for the console's tests: real introduction, SSH and statements, and no agent.

It is honest until a test makes it say something else; nothing is answered by
itself, so a test reads as a dialogue.
"""

import asyncio
import hashlib
import secrets
import time
from contextlib import suppress
from typing import TypeVar

from session import codec, codes, keys, messages, statements
from session.errors import PeerError
from session.introduction import Introduction, Resumption, Side
from session.keys import PublicKey
from session.link import ssh
from session.link.channel import Subsystem
from session.link.room import enter
from session.link.transport import Tunnel
from session.messages import Answer, Capability, FromTechnician, Message, ScreenIn, Standing, StatementMade
from session.signatures import Namespace, bare, open_container, sign, verify_container
from session.statements import Base, Close, Consented, Idle, Open, Recipients, SealedObject, canonical, digest
from tests.technician_console.company import Company
from tests.technician_console.small_relay import SmallRelay

M = TypeVar("M", bound=Message)
DEADLINE = 20.0


class PersonEnd:
    """One session of one person.

    Attributes:
        got: what the technician said on either subsystem.
        key: the session key.
        introduced: the technician's certificate, SHA-256.
        announce: what is announced as the session key's digest.
    """

    def __init__(self, relay: SmallRelay, company: Company) -> None:
        self.relay = relay
        self.company = company
        self.key = keys.generate()
        self.public = PublicKey.of(self.key)
        self.sid = self.public.digest
        self.announce = hashlib.sha256(self.public.blob).digest()
        self.introduced = b""
        self.secret = b""
        self.got: list[Message] = []
        self.pings = 0
        self.countersigned: dict[int, bytes] = {}
        self.made: list[StatementMade] = []
        self.entries: list[bytes] = []
        self.faults: list[PeerError] = []
        self.connection: ssh.ServerConnection | None = None
        self._control: Subsystem[FromTechnician] | None = None
        self._screen: Subsystem[ScreenIn] | None = None
        self._news = asyncio.Event()
        self._head = ""

    # links

    async def join(self, code: str) -> None:
        """Type a code and serve until the link is gone."""
        parsed = codes.parse(code)
        async with await enter(self.relay.url) as room:
            await room.join(parsed.room)
            introduction = Introduction(Side.PERSON, parsed)
            self.introduced = await room.introduce(Side.PERSON, introduction, self.announce)
            self.secret = introduction.resume_secret
            socket = room.hand_over()
        await self._serve(socket)

    async def rejoin(self) -> None:
        """Come back after a lost link and serve until that is gone as well."""
        resumption = Resumption(Side.PERSON, self.secret)
        async with await enter(self.relay.url) as room:
            await room.rejoin(resumption.name, DEADLINE)
            await room.reintroduce(Side.PERSON, resumption)
            self.secret = resumption.resume_secret
            socket = room.hand_over()
        await self._serve(socket)

    async def _serve(self, socket: object) -> None:
        async with asyncio.TaskGroup() as group:
            tunnel = Tunnel(socket, group)  # type: ignore[arg-type]  # a websockets connection
            try:
                self.connection = await ssh.serve(
                    tunnel,
                    host_key=self.key,
                    digest=self.introduced,
                    authorities=[PublicKey.of(self.company.issuing).text],
                    admit=lambda blob: None,
                    subsystems={
                        messages.CONTROL_SUBSYSTEM: self._make_control,
                        messages.SCREEN_SUBSYSTEM: self._make_screen,
                    },
                )
                await self.connection.wait_closed()
            except PeerError as error:
                self.faults.append(error)
            if tunnel.transport is not None:
                tunnel.transport.abort()

    def _make_control(self) -> Subsystem[FromTechnician]:
        self._control = Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_technician, self._take, self._ready, self._lost
        )
        return self._control

    def _make_screen(self) -> Subsystem[ScreenIn]:
        self._screen = Subsystem(
            "screen", messages.ACKNOWLEDGEMENT_LIMIT, codec.screen_in, self._take, self._ready, self._lost
        )
        return self._screen

    def _ready(self) -> None:
        self._news.set()

    def _lost(self, fault: PeerError | None) -> None:
        if fault is not None:
            self.faults.append(fault)

    def leave(self) -> None:
        """Be gone without a word."""
        if self.connection is not None:
            self.connection.abort()

    # what is heard

    def _take(self, message: Message) -> None:
        match message:
            case messages.Ping(number):
                self.pings += 1
                self.say(messages.Pong(number))
            case messages.Pong():
                pass
            case messages.Countersigned(seq, signature):
                self._check_countersignature(seq, signature)
            case _:
                self.got.append(message)
        self._news.set()

    def _check_countersignature(self, seq: int, signature: bytes) -> None:
        container = open_container(signature, Namespace.SESSION)
        assert hashlib.sha256(container.signer).digest() == self.introduced
        verify_container(container, self.made[seq].statement, PublicKey.of(self.company.technician))
        self.countersigned[seq] = signature

    async def until(self, true: "object") -> None:
        """Wait until a condition holds."""
        assert callable(true)
        async with asyncio.timeout(DEADLINE):
            while not true():
                self._news.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.1)

    async def heard(self, kind: type[M], count: int = 1) -> M:
        """Return the technician's message of a kind, once there are so many of them."""
        await self.until(lambda: sum(isinstance(each, kind) for each in self.got) >= count)
        return [each for each in self.got if isinstance(each, kind)][count - 1]

    # what is said

    def say(self, message: Message) -> None:
        assert self._control is not None
        self._control.send(message)

    def show(self, message: Message) -> None:
        assert self._screen is not None
        self._screen.send(message)

    def statement(self, kind: type[Base], **fields: object) -> StatementMade:
        """Make the next statement; some fields may be made wrong."""
        given: dict[str, object] = {
            "sid": self.sid,
            "seq": len(self.made),
            "prev": self._head,
            "salt": secrets.token_hex(16),
            "t0": int(time.time() * 1000),
        }
        data = canonical(kind(**{**given, **fields}))
        raw = statements.leaf_of(data)
        leaf = sign(self.key, raw, Namespace.LEAF)
        signature = bare(sign(self.key, data, Namespace.SEGMENT), Namespace.SEGMENT)
        made = StatementMade(len(self.made), kind.KIND, data, signature, bare(leaf, Namespace.LEAF))
        self.entries.append(statements.entry(raw, leaf))
        self.made.append(made)
        self._head = digest(data)
        return made

    def opening(self, **fields: object) -> StatementMade:
        profile = self.relay.organisation
        given: dict[str, object] = {
            "public_key": self.public.text,
            "recipients": Recipients("age1main", "age1sensitive", "age1consent"),
            "certificate": self.introduced.hex(),
            "profile": profile.digest,
            "policy": profile.profile.policy,
            "agent": "byleave 0.1.0",
        }
        return self.statement(Open, **{**given, **fields})

    def consenting(self, event: str = "allowed", number: int = 0) -> StatementMade:
        sealed = SealedObject(key="consent", name=f"consent/{number:03}.json.age", sha256="0" * 64, size=100)
        return self.statement(Consented, event=event, object=sealed, plain="1" * 64)

    def idling(self) -> StatementMade:
        return self.statement(Idle, t1=int(time.time() * 1000))

    def closing(self, reason: str, checkpoint: str | None = None) -> StatementMade:
        return self.statement(Close, reason=reason, checkpoint=checkpoint)

    def log(self, made: StatementMade) -> int:
        """Bring a statement to the log and say so."""
        index = self.relay.append(self.entries[made.seq])
        self.say(messages.StatementLogged(made.seq, index))
        return index

    async def state(self, made: StatementMade, *, logged: bool = True) -> None:
        """Say a statement, wait for the countersignature if there must be one, and log it."""
        self.say(made)
        if made.kind in {"open", "consent", "close"}:
            await self.until(lambda: made.seq in self.countersigned)
        if logged:
            self.log(made)

    # whole passages

    async def open(self) -> messages.Request:
        """Take the request, open the session and see the question."""
        request = await self.heard(messages.Request)
        await self.state(self.opening())
        self.say(messages.Asking())
        return request

    async def allow(self, *granted: Capability, minutes: int = 30) -> None:
        """Go from the request to a session with these grants, `view` if none is named."""
        await self.open()
        await self.state(self.consenting())
        granted = granted or (Capability.VIEW,)
        self.say(messages.Answered(Answer.ALLOWED, None, granted, minutes))
        self.status(*granted, seconds=60 * minutes)

    def status(
        self, *granted: Capability, seconds: int = 1800, holds: tuple[messages.Hold, ...] = ()
    ) -> None:
        controls = Capability.CONTROL in granted
        standing = Standing.CONTROLLING if controls else Standing.VIEWING
        self.say(messages.Status(standing, granted, holds, seconds, recorded=True))

    async def end(self, reason: messages.Reason, *, checkpoint: str | None = None) -> None:
        """Close the chain and say that it is over."""
        made = self.closing(reason, checkpoint)
        await self.state(made, logged=False)
        self.say(messages.Ended(reason))
        self.log(made)
