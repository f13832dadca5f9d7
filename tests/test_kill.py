"""`kill -9` of agent, relay or console: nothing acknowledged is lost, and the session verifies."""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.view import Session
from session import messages
from session.errors import ByleaveError, LinkLost
from session.messages import Capability
from tests.clocks import Ahead
from tests.console_process import ConsoleProcess
from tests.glass import Glass
from tests.house import House, ended, meanwhile, open_house, request, session, until
from tests.person import Person
from tests.person_process import PersonProcess
from tests.technician import Technician

CI_KILLS = 5
SOAK_KILLS = 100
TOGETHER = 5
LONGEST = 6.5
"""Seconds; a segment is sealed after five."""

RELEASED_SECONDS = 0.5
VIEWING = (Capability.VIEW, Capability.SYSTEM_INFO)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as made:
        yield made


def acknowledged(technician: Technician) -> set[int]:
    """Return the statements of which the technician knows that the log holds them."""
    return {message.seq for message in technician.got if isinstance(message, messages.StatementLogged)}


def sid_of(technician: Technician) -> str:
    return technician.host_digest.hex()


async def judged(house: House, sid: str, held: set[int], verdicts: set[str]) -> None:
    """Wait for a session's close, and check everything that is kept of it."""
    await house.closed(sid)
    report = await asyncio.to_thread(house.audit, sid)
    assert report.findings == []
    assert report.verdict in verdicts
    assert held <= set(range(report.facts.statements))


@asynccontextmanager
async def talking(technician: Technician) -> AsyncIterator[None]:
    """Have the technician talk and ask, so that there is something to record."""

    async def talk() -> None:
        while True:
            technician.say(messages.Chat("Is it better now?"))
            technician.say(messages.FactsWanted())
            await asyncio.sleep(0.05)

    async with meanwhile(talk()):
        yield


async def in_turns(house: House, kills: int, one: Callable[[int], object]) -> None:
    """Run so many, a few at the same time."""
    for start in range(0, kills, TOGETHER):
        # A list of revoked certificates counts for 20 minutes, and all of them may take longer.
        house.office.publish()
        async with asyncio.TaskGroup() as group:
            for number in range(start, min(start + TOGETHER, kills)):
                group.create_task(one(number))  # type: ignore[arg-type]  # a coroutine function


async def kill_agents(house: House, glass: Glass, folder: Path, kills: int, dice: random.Random) -> None:
    moments = [dice.uniform(0.0, LONGEST) for _ in range(kills)]

    async def one(number: int) -> None:
        technician = Technician(house.url, house.technician)
        person = PersonProcess(folder / f"agent-{number}", house.adoption, glass.name, glass.environment)
        await asyncio.to_thread(person.start)
        try:
            person.say(f"allow {' '.join(VIEWING)}")
            person.say(f"code {(await technician.open()).replace(' ', '')}")
            with suppress(ByleaveError):
                async with technician.meet():
                    technician.say(request(*VIEWING))
                    await technician.hear(messages.Answered)
                    async with talking(technician):
                        glass.paint(dice.randrange(2**24))
                        await asyncio.sleep(moments[number])
                        await asyncio.to_thread(person.kill)
                        await technician.ended.wait()
            assert acknowledged(technician) >= {0}
            await asyncio.to_thread(person.start)
            await judged(house, sid_of(technician), acknowledged(technician), {"recovered"})
        finally:
            await asyncio.to_thread(person.kill)

    await in_turns(house, kills, one)


async def test_a_killed_agent_loses_nothing_that_was_acknowledged(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_agents(house, glass, tmp_path, CI_KILLS, dice)


@pytest.mark.soak
async def test_a_hundred_killed_agents_lose_nothing_that_was_acknowledged(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_agents(house, glass, tmp_path, SOAK_KILLS, dice)


async def kill_relays(house: House, glass: Glass, folder: Path, kills: int, dice: random.Random) -> None:
    """Kill the relay again and again in one session, which outlives all of it."""
    clock = Ahead()
    with Person(folder / "agent", house.adoption, glass.name, clock) as person:
        left = kills
        while left:
            async with session(house, person, *VIEWING, minutes=120) as technician:
                await killed(house, technician, dice)
            for number in range(min(left - 1, 20)):
                async with met_again(technician):
                    status = await technician.hear(messages.Status, lambda status: not status.holds)
                    assert status.granted
                    glass.paint(dice.randrange(2**24))
                    await killed(house, technician, dice, first=number < 2)
            left -= min(left, 21)
            async with met_again(technician):
                person.engine.stop()
                await technician.hear(messages.Ended)
            await ended(person)
            person.engine.close_summary()
            await judged(house, sid_of(technician), acknowledged(technician), {"verified"})


async def killed(house: House, technician: Technician, dice: random.Random, *, first: bool = True) -> None:
    """Kill the relay at a random moment, and start it again."""
    async with talking(technician):
        await asyncio.sleep(dice.uniform(0.0, LONGEST if not first else 1.0))
        await asyncio.to_thread(house.relay.restart)
    technician.got = [each for each in technician.got if not isinstance(each, messages.Status)]


@asynccontextmanager
async def met_again(technician: Technician) -> AsyncIterator[None]:
    for _ in range(150):
        try:
            async with technician.meet_again():
                yield
                return
        except LinkLost:
            await asyncio.sleep(0.1)
    raise AssertionError("the link does not come back")


async def test_a_killed_relay_loses_nothing_that_was_acknowledged(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_relays(house, glass, tmp_path, CI_KILLS, dice)


@pytest.mark.soak
async def test_a_relay_killed_a_hundred_times_loses_nothing_that_was_acknowledged(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_relays(house, glass, tmp_path, SOAK_KILLS, dice)


async def kill_consoles(house: House, glass: Glass, folder: Path, kills: int, dice: random.Random) -> None:
    moments = [dice.uniform(0.0, LONGEST) for _ in range(kills)]

    async def one(number: int) -> None:
        clock = Ahead()
        holder = house.office.holder(number=str(2000 + number))
        console = ConsoleProcess(folder / f"console-{number}", holder, house.adoption, glass.environment)
        person = Person(folder / f"agent-{number}", house.adoption, glass.name, clock)
        await asyncio.to_thread(console.start)
        try:
            person.__enter__()
            console.say(f"start {' '.join(VIEWING)}")
            code = await asyncio.to_thread(console.wait, "Code", lambda page: page["code"])
            person.engine.code_typed(code["code"])
            await asyncio.to_thread(person.allow)
            await asyncio.to_thread(console.wait, "Live")
            console.say("chat Is it better now?")
            await asyncio.sleep(moments[number])
            await asyncio.to_thread(console.kill)
            await asyncio.to_thread(person.seen.wait, Session, lambda page: bool(page.holds))
            clock.ahead += 61
            await ended(person)
            (spool,) = person.home.spools()
            held = set(range(spool.acknowledged()))
            await judged(house, spool.sid, held, {"verified", "closed-alone"})
        finally:
            await asyncio.to_thread(console.kill)
            await asyncio.to_thread(person.__exit__)

    await in_turns(house, kills, one)


async def test_a_killed_console_leaves_a_session_that_verifies(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_consoles(house, glass, tmp_path, CI_KILLS, dice)


@pytest.mark.soak
async def test_a_hundred_killed_consoles_leave_sessions_that_verify(
    house: House, glass: Glass, tmp_path: Path, dice: random.Random
) -> None:
    await kill_consoles(house, glass, tmp_path, SOAK_KILLS, dice)


async def test_what_a_killed_agent_held_is_released(house: House, glass: Glass, tmp_path: Path) -> None:
    technician = Technician(house.url, house.technician)
    with PersonProcess(tmp_path / "agent", house.adoption, glass.name, glass.environment) as person:
        person.say("allow view control")
        person.say(f"code {(await technician.open()).replace(' ', '')}")
        with suppress(ByleaveError):
            async with technician.meet():
                technician.say(request(Capability.VIEW, Capability.CONTROL))
                await technician.hear(messages.Answered)
                technician.say(messages.Key(0x61, True))
                technician.say(messages.PointerButton(1, True))
                await until(lambda: bool(glass.held and glass.buttons), "key and button are down")
                # It is the agent's death that releases them, not time.
                for number in range(10):
                    technician.say(messages.Ping(number))
                    await technician.hear(messages.Pong, lambda pong, number=number: pong.number == number)
                assert glass.held
                assert glass.buttons
                began = time.monotonic()
                person.process.kill()
                await until(lambda: not (glass.held or glass.buttons), "both are up")
                assert time.monotonic() - began < RELEASED_SECONDS
