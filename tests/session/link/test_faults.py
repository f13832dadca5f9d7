"""A relay that alters, drops, replays, reorders or swaps bytes: at most a lost link.

Every run is one session with one fault at one place, from the first byte of SSH
to the last message. The seed is printed; `--seed` has the runs again.
"""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from byleave.demo.faults import Fault, Faults
from session import messages
from session.errors import IdentityRefused, LinkLost
from session.link import ssh
from session.link.socket import connected
from tests.pair import Keys, address
from tests.session.link.ends import Ends, Talk

LINES = 12
PLACES = 2 * LINES + 24
"""Messages of the WebSocket in a whole session, more or less: where the fault can be."""

PATIENCE = 1.5
"""Seconds of silence after which the relay closes: what was dropped leaves both ends waiting."""

TOGETHER = 25


@dataclass
class Evil:
    """The relay's hand on one session.

    Attributes:
        faults: what it does.
        place: the message at which it does it.
    """

    faults: Faults
    place: int
    passed: int = 0

    def through(self, stream: str, message: bytes) -> list[bytes]:
        """Return what is sent on instead of a message."""
        if self.passed == self.place:
            self.faults.arm()
        self.passed += 1
        return self.faults.through(stream, message)


class Relay:
    """Forwards between the two sockets of each path; each path has its own evil hand."""

    def __init__(self) -> None:
        self.evil: dict[str, Evil] = {}
        self._ends: dict[str, list[ServerConnection]] = {}
        self._both: dict[str, asyncio.Event] = {}

    async def handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        path = socket.request.path
        ends = self._ends.setdefault(path, [])
        both = self._both.setdefault(path, asyncio.Event())
        ends.append(socket)
        if len(ends) == 2:
            both.set()
        await both.wait()
        at = ends.index(socket)
        with suppress(ConnectionClosed):
            async for message in socket:
                assert isinstance(message, bytes)
                for each in self.evil[path].through(str(at), message):
                    await ends[1 - at].send(each)
        await ends[1 - at].close()


@asynccontextmanager
async def relay() -> AsyncIterator[tuple[Relay, str]]:
    made = Relay()
    server: Server
    async with serve(made.handle, "127.0.0.1", 0, compression=None) as server:
        yield made, address(server)


def line(end: str, number: int) -> messages.Chat:
    return messages.Chat(f"{end} says line {number}")


async def talk(ends: Ends) -> None:
    """Say every line in turn, each as an answer to the one before."""
    for number in range(LINES):
        if ends.to_person is None or not ends.to_person.send(line("technician", number)):
            return
        if not await ends.person.hear(number + 1) or ends.to_technician is None:
            return
        ends.to_technician.send(line("person", number))
        if not await ends.technician.hear(number + 1):
            return


def is_prefix(end: Talk, other: str) -> bool:
    return end.heard == [line(other, number) for number in range(len(end.heard))]


@dataclass
class Outcome:
    """How one session went."""

    fault: Fault | None
    lost: bool
    wrong: str = ""


async def session(base: str, evil: Evil, keys: Keys) -> Outcome:
    """Run one session through the evil relay."""
    async with asyncio.TaskGroup() as group:
        ends = Ends(keys, group)
        async with await connected(base) as one, await connected(base) as two:

            async def whole() -> None:
                await ends.meet(one, two)
                await talk(ends)

            running = group.create_task(whole())
            while not running.done() and not await stalled(running, evil):
                pass
            complete = len(ends.technician.heard) == LINES
        # Both sockets are closed now, so whatever waits comes to an end.
        ends.abort()
    made = evil.faults.made[0] if evil.faults.made else None
    return Outcome(made, not complete, judge(ends))


async def stalled(running: "asyncio.Task[None]", evil: Evil) -> bool:
    """Wait a while; tell whether nothing moves any more since the fault."""
    before = evil.passed
    await asyncio.wait([running], timeout=PATIENCE)
    return bool(evil.faults.made) and evil.passed == before and not running.done()


def judge(ends: Ends) -> str:
    """Say what was worse than a lost link; an empty text if nothing was."""
    if not is_prefix(ends.person, "technician") or not is_prefix(ends.technician, "person"):
        return f"wrong messages: {ends.person.heard} {ends.technician.heard}"
    faults = [error for error in (ends.person.fault, ends.technician.fault) if error is not None]
    if faults:
        return f"what was damaged was taken for the other end's words: {faults}"
    if not all(isinstance(error, LinkLost | IdentityRefused) for error in ends.errors):
        return f"worse than a lost link: {ends.errors}"
    for end in (ends.client, ends.server):
        if end is not None and ssh.algorithms(end) != (ssh.KEY_EXCHANGE, ssh.CIPHERS[0]):
            return f"other algorithms: {ssh.algorithms(end)}"
    return ""


async def runs(count: int, dice: random.Random) -> list[Outcome]:
    """Run so many sessions, some of them at a time; nothing may crash beside them either."""
    crashes: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: crashes.append(context))
    outcomes: list[Outcome] = []
    keys = Keys()
    async with relay() as (made, base):
        for first in range(0, count, TOGETHER):
            tasks = []
            async with asyncio.TaskGroup() as group:
                for number in range(first, min(first + TOGETHER, count)):
                    faults = Faults(random.Random(dice.randrange(2**32)))
                    made.evil[f"/{number}"] = evil = Evil(faults, dice.randrange(PLACES))
                    tasks.append(group.create_task(session(f"{base}/{number}", evil, keys)))
            outcomes += [task.result() for task in tasks]
    assert crashes == []
    return outcomes


def prove(outcomes: list[Outcome]) -> None:
    """Check that nothing worse than a lost link came of any fault, and that the faults were real."""
    assert [outcome.wrong for outcome in outcomes if outcome.wrong] == []
    made = [outcome for outcome in outcomes if outcome.fault is not None]
    assert {outcome.fault for outcome in made} == set(Fault)
    # Only a fault in the very last messages can come too late to matter.
    assert sum(outcome.lost for outcome in made) > 0.9 * len(made)
    assert len(made) > 0.8 * len(outcomes)
    assert Counter(outcome.lost for outcome in outcomes)[True] > 0


async def test_without_a_fault_every_line_arrives() -> None:
    async with relay() as (made, base):
        made.evil["/0"] = evil = Evil(Faults(random.Random(0)), 10**9)
        outcome = await session(f"{base}/0", evil, Keys())
        assert outcome == Outcome(None, lost=False)
        # The places of the faults are those of a real session.
        assert PLACES * 0.7 < evil.passed < PLACES * 1.5


async def test_a_hundred_faults_are_at_most_lost_links(dice: random.Random) -> None:
    prove(await runs(100, dice))


@pytest.mark.soak
async def test_a_thousand_faults_are_at_most_lost_links(dice: random.Random) -> None:
    prove(await runs(1000, dice))


@pytest.mark.parametrize("fault", Fault)
async def test_each_fault_alone_in_the_middle_of_the_talk(fault: Fault) -> None:
    async with relay() as (made, base):
        made.evil["/0"] = evil = Evil(Faults(random.Random(1), [fault]), PLACES - LINES)
        outcome = await session(f"{base}/0", evil, Keys())
    assert outcome == Outcome(fault, lost=True)


async def test_damage_in_the_first_packets_is_a_lost_link() -> None:
    # Before there are keys, SSH's parser reads whatever the relay makes of a packet.
    kinds = [Fault.ALTER, Fault.SWAP, Fault.SHORTEN, Fault.INSERT]
    outcomes = []
    async with relay() as (made, base), asyncio.TaskGroup() as group:
        tasks = []
        for number in range(40):
            faults = Faults(random.Random(number), kinds)
            made.evil[f"/{number}"] = evil = Evil(faults, number % 4)
            tasks.append(group.create_task(session(f"{base}/{number}", evil, Keys())))
    outcomes = [task.result() for task in tasks]
    assert [outcome.wrong for outcome in outcomes if outcome.wrong] == []
    assert all(outcome.lost for outcome in outcomes)
