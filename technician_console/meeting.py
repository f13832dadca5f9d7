"""The way to the person: room, code, introduction; and the way back after a lost link.

PROTOCOL.md, sections 1 and 2. The code is drawn here and shown; it is void after
ten minutes, and after the first confirmation that fails.
"""

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from session.codes import LIFETIME_SECONDS, Code, draw_secret
from session.errors import LinkLost, RoomRefused
from session.introduction import Introduction, Resumption, Side
from session.link.room import enter
from session.link.socket import Socket
from technician_console.credentials import Credentials

_log = logging.getLogger("byleave.meeting")

RETRY_SECONDS = 0.5
FINAL = frozenset({"not-certified", "revoked"})
"""Refusals of a room that trying again does not change."""


@dataclass(frozen=True)
class Relay:
    """Where the relay is, and whom to trust that it is there."""

    url: str
    tls: ssl.SSLContext | None = None


@dataclass
class Way:
    """What was agreed with the person.

    Attributes:
        socket: both ends are in the room and introduced.
        digest: SHA-256 of the session key's blob, as announced.
        secret: takes the session up again.
        next_secret: replaces `secret` once the other end is authenticated.
    """

    socket: Socket
    digest: bytes
    secret: bytes = field(repr=False)
    next_secret: bytes = field(default=b"", repr=False)

    def authenticated(self) -> None:
        """Both ends have proved that they hold the newest secret; the one before is forgotten."""
        self.secret, self.next_secret = self.next_secret or self.secret, b""


async def meet(
    relay: Relay,
    credentials: Credentials,
    show_code: Callable[[Code], None],
    joined: Callable[[], None],
) -> Way:
    """Open a room, wait for the person who types the code, and introduce the two ends.

    Args:
        relay: where.
        credentials: who we are.
        show_code: called once with the code to read out.
        joined: called when somebody has joined.

    Raises:
        RoomRefused: the relay does not let us in, or nobody came in time.
        IntroductionFailed: the code did not match, and is void.
        LinkLost: the relay or the person is gone.
    """
    async with await enter(relay.url, relay.tls) as room:
        number = await room.open(credentials.certificate.text, credentials.sign)
        code = Code(number, draw_secret())
        _log.info("= room %s", number)
        show_code(code)
        try:
            # The console counts for itself: no relay makes a code live longer.
            async with asyncio.timeout(LIFETIME_SECONDS):
                await room.peer(LIFETIME_SECONDS + 1)
        except TimeoutError:
            raise RoomRefused("expired") from None
        joined()
        introduction = Introduction(Side.TECHNICIAN, code)
        own = hashlib.sha256(credentials.certificate.blob).digest()
        digest = await room.introduce(Side.TECHNICIAN, introduction, own)
        return Way(room.hand_over(), digest, introduction.resume_secret)


async def meet_again(relay: Relay, credentials: Credentials, way: Way, left: Callable[[], float]) -> None:
    """Meet the person of a lost session again.

    Args:
        relay: where.
        credentials: who we are.
        way: gets the new socket and the next secret.
        left: returns the seconds that remain.

    Raises:
        LinkLost: it did not happen in time.
        RoomRefused: our certificate does not count any more.
        IntroductionFailed: somebody else was there; the session is over.
    """
    while (seconds := left()) > 0:
        resumption = Resumption(Side.TECHNICIAN, way.secret)
        try:
            async with await enter(relay.url, relay.tls) as room:
                await room.open(credentials.certificate.text, credentials.sign, resumption.name)
                await room.peer(seconds)
                await room.reintroduce(Side.TECHNICIAN, resumption)
                way.socket, way.next_secret = room.hand_over(), resumption.resume_secret
                return
        except RoomRefused as refused:
            if refused.reason in FINAL:
                raise
            _log.info("= not yet: %s", refused)
        except LinkLost as error:
            _log.info("= not yet: %s", error)
        await asyncio.sleep(RETRY_SECONDS)
    raise LinkLost("the person did not come back in time")
