"""A console's session beside a person's end, on the small relay: what most of these tests begin with."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from session.messages import Capability, Reason, Request
from technician_console.client import Client
from technician_console.history import Entry
from technician_console.meeting import Relay
from technician_console.public_log import PublicLog
from technician_console.relay_client import RelayClient
from technician_console.setting import Setting
from technician_console.state_folder import StateFolder
from technician_console.surface import Picture, Surface
from technician_console.view import Code, Over, ViewState
from technician_console.view import Stage as Progress
from tests.technician_console.company import Company
from tests.technician_console.person_end import DEADLINE, PersonEnd
from tests.technician_console.small_relay import SmallRelay

V = TypeVar("V")
REQUEST = Request("Printer does not print", (Capability.VIEW,), "T-1042")


class SeenSurface(Surface):
    """A surface that keeps every state that was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[ViewState] = []

    def show(self, state: ViewState) -> None:
        self.states.append(state)
        super().show(state)

    async def wait(self, kind: type[V], condition: Callable[[V], bool] = lambda state: True) -> V:
        """Return the newest state once it is such a one."""
        deadline = time.monotonic() + DEADLINE
        while True:
            newest = self.states[-1] if self.states else None
            if isinstance(newest, kind) and condition(newest):
                return newest
            assert time.monotonic() < deadline, f"no {kind.__name__}, but {newest}"
            await asyncio.sleep(0.01)

    async def painted(self) -> Picture:
        """Return the newest picture; it may be made after its frame was acknowledged."""
        deadline = time.monotonic() + DEADLINE
        while True:
            picture = self.take().picture
            if picture is not None:
                return picture
            assert time.monotonic() < deadline, "no picture"
            await asyncio.sleep(0.01)


@dataclass
class Clock:
    """A clock that can be put forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@dataclass
class Stage:
    """Both ends, in one room or about to be."""

    company: Company
    relay: SmallRelay
    folder: StateFolder
    surface: SeenSurface
    client: Client
    person: PersonEnd
    group: asyncio.TaskGroup
    clock: Clock
    log: PublicLog
    running: asyncio.Task[Entry]
    serving: list[asyncio.Task[None]] = field(default_factory=list)

    async def code(self) -> str:
        """Return the code that the console shows."""
        return (await self.surface.wait(Code, lambda page: page.stage is Progress.WAITING)).grouped

    async def join(self, code: str | None = None) -> None:
        """Have the person type the code."""
        self.serving.append(self.group.create_task(self.person.join(code or await self.code())))

    def rejoin(self) -> None:
        """Have the person come back after a lost link."""
        self.serving.append(self.group.create_task(self.person.rejoin()))

    async def end(self, reason: Reason) -> Over:
        """Have the person's end close the session, and see that the console knows."""
        await self.person.end(reason)
        page = await self.surface.wait(Over, lambda page: page.recording.startswith("Stored"))
        self.person.leave()
        return page

    async def over(self) -> Entry:
        """Return the history's entry once the session is over."""
        async with asyncio.timeout(DEADLINE):
            return await self.running


@asynccontextmanager
async def stage(tmp_path: Path, *, request: Request = REQUEST, refusing: str = "") -> AsyncIterator[Stage]:
    company = Company()
    organisation = company.organisation()
    folder, surface, clock = StateFolder(tmp_path / "console"), SeenSurface(), Clock()
    async with (
        SmallRelay(company, organisation) as relay,
        RelayClient(relay.url) as client,
        asyncio.TaskGroup() as group,
    ):
        relay.refusing = refusing
        log = PublicLog(client, organisation.profile.log_key, folder)
        setting = Setting(
            Relay(relay.url), organisation, company.credentials(), log, surface, clock, tick_seconds=0.05
        )
        session = Client(setting, request)
        running = group.create_task(session.run())
        made = Stage(
            company, relay, folder, surface, session, PersonEnd(relay, company), group, clock, log, running
        )
        try:
            yield made
        finally:
            session.hurry()
            made.person.leave()
            for task in [running, *made.serving]:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
