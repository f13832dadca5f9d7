"""The agent's own thread: an event loop that carries out what the person wants.

    Qt's thread ── Intents ──▶ Engine ── show(page) ──▶ Qt's thread

One session at a time. What an earlier run left behind is closed as recovered
and uploaded in the background.
"""

import asyncio
import logging
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx

from agent.backlog import Backlog, discard
from agent.copy import save_copy
from agent.directory import Directory
from agent.host import Host
from agent.joining import Admission, join
from agent.kit import Kit
from agent.spool import Spool
from agent.state import Adopted
from agent.view import Connecting, Organisation, Stage, Summary, Trouble, Welcome, trouble_of
from session.codes import Code, parse
from session.errors import ByleaveError, ConfigurationError, IntroductionFailed
from session.keys import generate
from session.link.transport import little_held
from session.messages import Answer, Capability

_log = logging.getLogger("byleave.engine")

# httpcore imports it a few times with every request, to find out that this is asyncio. Where it is not there,
# as here, Python looks through all its folders each time, unless it is told.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # as the documentation of `import` has it

TIMEOUT_SECONDS = 10.0
KEPT_SECONDS = 20.0
"""So long a connection is kept that nobody uses: the next statement comes after five seconds. The relay keeps
it for longer."""

BACKLOG_SHARE = 0.3
"""How much of what a session leaves of the line earlier ones may take."""

UNFINISHED_LIMIT = 100
"""Ended sessions that wait for the relay; what is beyond is uploaded at the next start."""


class Engine:
    """Carries out the person's intents (`agent.view.Intents`); each returns at once.

    Args:
        adopted: the organisation, None when none is adopted.
        trouble: why there is none, if there should be one.
    """

    _kit: Kit

    def __init__(self, adopted: Adopted | None, trouble: Trouble | None = None) -> None:
        self._adopted = adopted
        self._trouble = trouble
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._host: Host | None = None
        self._group = asyncio.TaskGroup()
        self._session: asyncio.Task[None] | None = None
        self._left: asyncio.Task[None] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._summary: Summary | None = None
        self._sid = ""
        self._void: set[Code] = set()
        self._ending = asyncio.Event()
        self._unfinished: asyncio.Queue[Spool] = asyncio.Queue(UNFINISHED_LIMIT)

    def start(self, kit: Kit) -> None:
        """Start the thread and show the first screen.

        Args:
            kit: the surroundings, the windows among them.
        """
        self._kit = kit
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join(30.0)

    # intents, called from the window's thread

    def code_typed(self, text: str) -> None:
        """Join with this code."""
        self._call(lambda: self._join(text))

    def answer(self, question: int, granted: frozenset[Capability], minutes: int) -> None:
        """Allow."""
        if self._host is not None:
            self._host.answer(question, granted, minutes)

    def deny(self, question: int, how: Answer) -> None:
        """Do not allow."""
        if self._host is not None:
            self._host.deny(question, how)

    def stop(self) -> None:
        """End the session now, or give up connecting."""
        host = self._host
        if host is not None:
            host.stop()
        else:
            self._call(self._give_up)

    def pause(self) -> None:
        """Hold the session still."""
        if self._host is not None:
            self._host.hold(True)

    def go_on(self) -> None:
        """Lift the person's own hold."""
        if self._host is not None:
            self._host.hold(False)

    def withdraw(self, capability: Capability) -> None:
        """Take one capability back."""
        if self._host is not None:
            self._host.withdraw(capability)

    def chat(self, text: str) -> None:
        """Send a line of chat."""
        if self._host is not None:
            self._host.chat(text)

    def save_copy(self, folder: Path) -> None:
        """Save the person's copy of the ended session."""
        self._call(lambda: self._save_copy(folder))

    def report(self, text: str) -> None:
        """Not offered: `Summary.can_report` is off until a report can be delivered."""
        del text

    def close_summary(self) -> None:
        """Go back to the first screen."""
        self._call(self._forget)

    def adopt(self, yes: bool) -> None:
        """Nothing is offered for adoption while sessions are hosted; `agent.adoption` does that."""
        del yes

    def quit(self) -> None:
        """End the program; a session that runs is stopped first."""
        self.stop()
        self._call(self._ending.set)

    def _call(self, step: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(step)

    # the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()
            self._kit.windows.quit()

    async def _live(self) -> None:
        self._welcome(self._trouble)
        async with self._group:
            backlog = self._group.create_task(self._upload_backlog())
            await self._ending.wait()
            backlog.cancel()
            if self._session is not None:
                await asyncio.wait([self._session])

    async def _upload_backlog(self) -> None:
        if self._adopted is not None:
            async with self._client(self._adopted) as client:
                backlog = Backlog(
                    self._kit.home, self._adopted.profile.log_key, client, self._brought, self._spare
                )
                await backlog.run(self._unfinished)

    def _spare(self) -> float | None:
        """Return what the line has for earlier sessions; the one that is going on comes first."""
        spare = self._host.spare() if self._host is not None else None
        return None if spare is None else spare * BACKLOG_SHARE

    def _brought(self, spool: Spool) -> None:
        # As long as the person sees the summary they may save a copy of it.
        if self._summary is None or spool.sid != self._sid:
            discard([spool])

    @staticmethod
    def _client(adopted: Adopted) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=adopted.profile.relay,
            transport=httpx.AsyncHTTPTransport(
                # httpx would bring its own list of authorities; the room's WebSocket uses the system's.
                verify=ssl.create_default_context(),
                trust_env=False,
                socket_options=little_held(),
                limits=httpx.Limits(keepalive_expiry=KEPT_SECONDS),
            ),
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    def _welcome(self, trouble: Trouble | None = None) -> None:
        organisation = None
        if self._adopted is not None:
            profile = self._adopted.profile
            organisation = Organisation(profile.name, profile.telephone, profile.contact)
        self._kit.windows.show(Welcome(organisation, trouble))

    def _join(self, text: str) -> None:
        # One session at a time; but one that is over may go on uploading behind the next.
        ended = self._host is not None and self._host.over
        if self._session is None or self._session is self._left or self._session.done() or ended:
            self._host = None
            self._session = self._group.create_task(self._hold_session(text))

    async def _hold_session(self, text: str) -> None:
        # The first screen comes last of all: from then on a code that is typed opens the next session.
        try:
            if not await self._session_by(text):
                self._welcome()
        except ByleaveError as error:
            _log.warning("= %s: %s", error.code, error)
            self._welcome(trouble_of(error))
        except asyncio.CancelledError:
            # The person gave up connecting; nothing had been asked.
            self._welcome()

    async def _session_by(self, text: str) -> bool:
        """Hold a session; tell whether the person still looks at something of it."""
        if self._adopted is None:
            raise ConfigurationError("no organisation is adopted")
        code = parse(text)
        if code in self._void:
            # Whatever the relay says: whoever stands in the middle gets one guess.
            raise IntroductionFailed("this code has failed before")
        self._stage(Stage.ROOM)
        async with self._client(self._adopted) as client:
            directory = Directory(client)
            self._adopted = await directory.renewed(self._kit.home, self._adopted)
            admission = Admission(self._adopted.profile, await directory.revocations(self._adopted))
            session_key = generate("byleave session")
            try:
                way = await join(self._adopted.profile.relay, code, session_key, self._stage)
            except IntroductionFailed:
                self._void.add(code)
                raise
            self._stage(Stage.SECURING)
            return await self._hold(Host(self._kit, self._adopted, way, session_key, admission, client))

    async def _hold(self, host: Host) -> bool:
        """Run one session to its end, and keep what is left; tell whether the person still looks at it."""
        self._host, self._sid, self._summary = host, host.sid, None
        spool = self._kit.home.spool(host.sid)
        try:
            summary = await host.run()
        finally:
            if self._host is host:
                self._host = None
            if (spool.folder / "session_key").exists() and not self._unfinished.full():
                self._unfinished.put_nowait(spool)
        if host.forgotten:
            discard([spool])
        else:
            self._summary = summary
        if not host.forgotten and summary is None:
            return False
        # What follows closes connections and shows nothing; the next code need not wait for it.
        self._left = asyncio.current_task()
        return True

    def _stage(self, stage: Stage) -> None:
        self._kit.windows.show(Connecting(stage))

    def _give_up(self) -> None:
        if self._host is not None:
            # The way to the technician was found between the person's wish and this moment.
            self._host.stop()
        elif self._session is not None:
            self._session.cancel()

    def _save_copy(self, folder: Path) -> None:
        self._saving = self._group.create_task(self._saved(folder))

    async def _over(self) -> None:
        """Wait until the session's task is over: the person sees the summary a moment before."""
        if self._session is not None:
            await asyncio.wait([self._session])

    async def _saved(self, folder: Path) -> None:
        await self._over()
        if self._summary is None or self._adopted is None:
            return
        spool = self._kit.home.spool(self._sid)
        try:
            async with self._client(self._adopted) as client:
                path = await save_copy(spool, folder, self._kit.home, self._adopted, client)
            self._summary = replace(self._summary, saved=path)
        except ByleaveError as error:
            _log.warning("= no copy: %s", error)
            self._summary = replace(self._summary, trouble=trouble_of(error))
        self._kit.windows.show(self._summary)

    def _forget(self) -> None:
        if self._saving is not None and not self._saving.done():
            # The copy that the person has asked for comes first.
            self._saving.add_done_callback(lambda _: self._forget())
            return
        if self._host is not None and self._host.over:
            self._host.forget()
        elif self._summary is not None:
            discard([self._kit.home.spool(self._sid)])
        self._summary = None
        self._welcome()
