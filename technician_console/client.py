"""One session's life, from opening a room to its end. ARCHITECTURE, section 4.

    meet → hold ⇄ meet again     the link's task
    claims → the log              the evidence's task
    time                          the clock's task

What is said and done on the link is `live_session`'s.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from session.codes import LIFETIME_SECONDS, Code
from session.errors import ByleaveError, LinkLost, PeerError
from session.messages import Leave, Reason, Request
from technician_console import views
from technician_console.connection import Connection
from technician_console.conversation import Phase
from technician_console.history import Entry
from technician_console.live_session import LiveSession
from technician_console.meeting import Way, meet, meet_again
from technician_console.setting import Setting
from technician_console.view import Stage

_log = logging.getLogger("byleave.client")

CLOSING_SECONDS = 12.0
"""The agent brings the rest of the evidence to the log for 10 s after the end."""

FAULT_SECONDS = 2.0
CLOSES_WELL = frozenset(Reason) - {Reason.UNRECORDED, Reason.VIOLATION, Reason.LINK_LOST}
"""Endings after which the other end is given time to bring the rest to the log."""


class Client:
    """Holds one session.

    Args:
        setting: where and as whom.
        request: what is asked of the person.

    Attributes:
        session: what is known and done in it.
    """

    def __init__(self, setting: Setting, request: Request) -> None:
        self._setting = setting
        self._group = asyncio.TaskGroup()
        self._stir = asyncio.Event()
        self._scope: asyncio.Timeout | None = None
        self._hurried = False
        self._grouped = ""
        self.session = LiveSession(setting, request, self._group, self._stirred)

    async def run(self) -> Entry:
        """Hold the session until it is over, and return what the history keeps of it."""
        tasks: list[asyncio.Task[None]] = []
        try:
            async with self._group:
                tasks.append(self._group.create_task(self._keep_time()))
                try:
                    await self._live(tasks)
                except ByleaveError as error:
                    self.session.fail(error)
                finally:
                    for task in tasks:
                        task.cancel()
        finally:
            entry = self.session.close()
        return entry

    def hurry(self) -> None:
        """Somebody waits for this session to be closed: do not wait for the log."""
        self._hurried = True
        self._stirred()

    async def _live(self, tasks: list[asyncio.Task[None]]) -> None:
        try:
            async with asyncio.timeout(None) as self._scope:
                way = await self._meet()
        except TimeoutError:
            _log.info("= given up before anybody came")
            return
        tasks.append(self._group.create_task(self.session.introduced(way.digest).ask()))
        while self.session.why is None:
            try:
                await self._hold(way)
            except LinkLost:
                if not self.session.requested:
                    raise
            self.session.link_lost()
            if self.session.why is None:
                await self._return(way)

    async def _meet(self) -> Way:
        self.session.show()
        way = await meet(
            self._setting.relay,
            self._setting.credentials,
            self._show_code,
            lambda: self._turn(Stage.JOINED),
        )
        self._turn(Stage.CONNECTING)
        return way

    def _show_code(self, code: Code) -> None:
        self._grouped = code.grouped
        self._turn(Stage.WAITING, self._setting.clock() + LIFETIME_SECONDS)

    def _turn(self, stage: Stage, until: float = 0.0) -> None:
        self.session.turn(views.Page(stage, self._grouped, until))

    async def _hold(self, way: Way) -> None:
        """Hold the session on one link.

        Raises:
            PeerError: the link did not come about.
        """
        failure: PeerError | None = None
        connection = self.session.connecting()
        async with asyncio.TaskGroup() as group:
            try:
                await connection.open(way, self._setting.credentials, group)
                if self.session.why is None:
                    self.session.attach(connection)
                    await self._until(lambda: connection.lost or self.session.why is not None)
                    if self.session.why is not None:
                        await self._close_down(connection)
            except PeerError as error:
                failure = error
            finally:
                self.session.detach()
                connection.close()
        if failure is not None:
            raise failure

    async def _return(self, way: Way) -> None:
        """Meet the person again; returns as well when the session is over meanwhile."""
        _log.info("= the link is lost")
        until, clock = self.session.lost_until, self._setting.clock
        try:
            async with asyncio.timeout(None) as self._scope:
                await meet_again(self._setting.relay, self._setting.credentials, way, lambda: until - clock())
        except TimeoutError:
            _log.info("= given up before the link came back")

    async def _close_down(self, connection: Connection) -> None:
        """Let the other end close the chain and bring it to the log, and see it there."""
        if self.session.talk.phase is not Phase.ENDED:
            connection.send(Leave())
        seconds = CLOSING_SECONDS if self.session.why in CLOSES_WELL else FAULT_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(lambda: self._hurried or self.session.stored(linked=not connection.lost))

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._stir.clear()
            await self._stir.wait()

    def _stirred(self) -> None:
        self._stir.set()
        scope = self._scope
        if self.session.why is not None and scope is not None and scope.when() is None:
            # Whoever waits for the other end need not wait any more.
            with suppress(RuntimeError):
                scope.reschedule(asyncio.get_running_loop().time())

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(self._setting.tick_seconds)
            self.session.tick()
