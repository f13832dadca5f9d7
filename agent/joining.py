"""The way to the technician: room, introduction, SSH; and the way back after a lost link."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from agent.directory import Directory
from agent.state import Adopted
from agent.view import Stage
from session.certificates import Certificate, admit
from session.codes import Code
from session.errors import ByleaveError, IdentityRefused, LinkLost, RoomRefused
from session.introduction import Introduction, Resumption, Side
from session.keys import PrivateKey, PublicKey
from session.link import ssh
from session.link.room import enter
from session.link.socket import Socket
from session.link.transport import Tunnel
from session.profile import Profile
from session.rendezvous import RESUME_SECONDS
from session.revocation import RevocationList

_log = logging.getLogger("byleave.joining")

RETRY_SECONDS = 0.5


@dataclass
class Way:
    """What was agreed with the technician.

    Attributes:
        socket: both ends are in the room and introduced.
        token: the right to upload.
        digest: SHA-256 of the technician's certificate, as announced.
        secret: takes the session up again.
        next_secret: replaces `secret` once both ends have proved that they hold it.
    """

    socket: Socket
    token: str = field(repr=False)
    digest: bytes
    secret: bytes = field(repr=False)
    next_secret: bytes = field(default=b"", repr=False)


async def join(relay: str, code: Code, session_key: PrivateKey, stage: Callable[[Stage], None]) -> Way:
    """Go into the technician's room and introduce the two ends.

    Raises:
        RoomRefused: the relay does not let us in.
        IntroductionFailed: the code is wrong, and void.
        LinkLost: the relay or the technician is gone.
    """
    stage(Stage.ROOM)
    async with await enter(relay) as room:
        token = await room.join(code.room)
        stage(Stage.INTRODUCTION)
        introduction = Introduction(Side.PERSON, code)
        own = hashlib.sha256(PublicKey.of(session_key).blob).digest()
        digest = await room.introduce(Side.PERSON, introduction, own)
        return Way(room.hand_over(), token, digest, introduction.resume_secret)


async def rejoin(relay: str, way: Way, left: Callable[[], float], met: Callable[[], Awaitable[None]]) -> None:
    """Meet the technician again after a lost link.

    Args:
        relay: the relay's address.
        way: gets the new socket and the next secret.
        left: returns the seconds that remain.
        met: is awaited once they have met; raises `LinkLost` if they have to meet again.

    Raises:
        LinkLost: it did not happen in time.
        IntroductionFailed: somebody else was there; the session is over.
    """
    while left() > 0:
        resumption = Resumption(Side.PERSON, way.secret)
        try:
            async with await enter(relay) as room:
                await room.rejoin(resumption.name, max(0.0, left()))
                await room.reintroduce(Side.PERSON, resumption)
                await met()
                way.socket, way.next_secret = room.hand_over(), resumption.resume_secret
                return
        except (LinkLost, RoomRefused) as error:
            _log.info("= not yet: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
    raise LinkLost("the technician did not come back in time")


class Admission:
    """Decides about certificates by the newest revocation list, and keeps the one that was good.

    Attributes:
        certificate: the technician's, once admitted.
    """

    def __init__(self, profile: Profile, krl: RevocationList) -> None:
        self.profile = profile
        self.krl = krl
        self.certificate: Certificate | None = None

    def __call__(self, blob: bytes) -> None:
        """Admit this certificate, or raise `IdentityRefused`."""
        self.certificate = admit(blob, authorities=self.profile.authorities, at=time.time(), krl=self.krl)


async def serve(
    way: Way,
    session_key: PrivateKey,
    admission: Admission,
    subsystems: dict[str, ssh.Make],
    ready: Callable[[ssh.ServerConnection], None],
) -> None:
    """Hold the SSH session until its link is gone.

    Args:
        way: where.
        session_key: our host key.
        admission: decides about the certificate.
        subsystems: what may be opened.
        ready: is called when the technician is authenticated.

    Raises:
        IdentityRefused: the other end is not the one that was introduced.
        LinkLost: the link broke before anybody was authenticated.
    """
    failure: ByleaveError | None = None
    async with asyncio.TaskGroup() as group:
        tunnel = Tunnel(way.socket, group)
        try:
            connection = await ssh.serve(
                tunnel,
                host_key=session_key,
                digest=way.digest,
                authorities=admission.profile.issuing_keys,
                admit=admission,
                subsystems=subsystems,
            )
        except ByleaveError as error:
            failure = error
        else:
            # Who is authenticated has seen our confirmation, so both ends have the next secret.
            way.secret = way.next_secret or way.secret
            ready(connection)
            await connection.wait_closed()
        if tunnel.transport is not None:
            tunnel.transport.abort()
    if failure is not None:
        raise failure


class LinkKeeper:
    """Holds the session's link, and takes it up again within 60 s when it is lost.

    Args:
        adopted: the organisation.
        way: where the technician is.
        session_key: our host key.
        admission: decides about the certificate.
        client: with the relay's address as its base.
        clock: seconds of the boot-time clock, which goes on while the computer sleeps.
    """

    def __init__(
        self,
        adopted: Adopted,
        way: Way,
        session_key: PrivateKey,
        admission: Admission,
        client: httpx.AsyncClient,
        clock: Callable[[], float],
    ) -> None:
        self._adopted = adopted
        self._way = way
        self._session_key = session_key
        self._admission = admission
        self._directory = Directory(client)
        self._clock = clock
        self._up = False
        self._until: float | None = None

    @property
    def up(self) -> bool:
        """Tell whether the technician can be reached now."""
        return self._up

    def opened(self) -> None:
        """The control channel is there: only now the link counts as back."""
        self._up, self._until = True, None

    @property
    def late(self) -> bool:
        """Tell whether a lost link can no longer come back."""
        return self._until is not None and self._clock() >= self._until

    async def keep(
        self,
        makers: dict[str, ssh.Make],
        connected: Callable[[ssh.ServerConnection], None],
        lost: Callable[[], bool],
    ) -> None:
        """Serve until the link is lost for good.

        Args:
            makers: the subsystems.
            connected: is called with each authenticated connection.
            lost: is called when the link is gone; tells whether it is worth meeting again.

        Raises:
            IdentityRefused: the other end is not the one that was introduced, or is revoked by now.
            LinkLost: the technician did not come back in time, or nothing had been allowed yet.
        """
        while True:
            try:
                await serve(self._way, self._session_key, self._admission, makers, connected)
            except LinkLost as error:
                # A link that breaks while it is being taken up again has the rest of the 60 s.
                if self._until is None:
                    raise
                _log.info("= broken again: %s", error)
            self._up = False
            if self._until is None:
                self._until = self._clock() + RESUME_SECONDS
            if not lost():
                raise LinkLost("the technician left before anything was allowed")
            await rejoin(self._adopted.profile.relay, self._way, self._left, self._renew)

    def _left(self) -> float:
        return 0.0 if self._until is None else self._until - self._clock()

    async def _renew(self) -> None:
        """Have the newest revocation list before anybody is let in again."""
        self._admission.krl = await self._directory.revocations(self._adopted)

    async def revoked(self) -> bool:
        """Ask for the revocation list; tell whether the technician's certificate no longer counts.

        It does not when it is in the list, when it has run out, and when no list
        is to be had and the last good one is too old to say anything.

        Raises:
            ClockWrong: this computer's clock is off.
        """
        admission, now = self._admission, time.time()
        try:
            admission.krl = await self._directory.revocations(self._adopted)
        except (LinkLost, IdentityRefused) as error:
            _log.warning("= no revocation list: %s", error)
            if not _is_fresh(admission.krl, now):
                return True
        certificate = admission.certificate
        return certificate is not None and (
            now >= certificate.valid_before
            or admission.krl.revokes(
                certificate.key, certificate.authority, certificate.serial, certificate.name
            )
        )


def _is_fresh(krl: RevocationList, at: float) -> bool:
    try:
        krl.check_fresh(at)
    except IdentityRefused:
        return False
    return True
