"""A technician with a valid certificate and no scruples, on the real link to the real agent.

Every message type, of either end and of either subsystem, too long ones and
rubbish, in every state, shuffled; the seed is printed, and `--seed` has the run
again. The judges are the display, the agent's own history, and what came out.
"""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import get_args

import pytest

from agent.history import Entry, read
from agent.view import Question, Session, Summary, Welcome
from session import messages
from session.consent import lasting
from session.errors import ByleaveError
from session.messages import Answer, Capability, Message, Reason, Standing
from tests.clocks import Ahead
from tests.glass import Glass
from tests.house import House, open_house, request, until
from tests.person import Person
from tests.technician import Technician

CI_RUNS = 24
SOAK_RUNS = 1000
HOME = (320, 240)
EVERYTHING = (Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO)


class When(Enum):
    """Where the session stands when the technician shows what they are."""

    BEFORE_THE_REQUEST = "before the request"
    ASKED = "while the person reads the question"
    ALLOWED = "after some of it was allowed"
    PAUSED = "while the person pauses"
    ASKED_FOR_MORE = "while one thing more is asked"
    STOPPED = "after Stop"


class Rubbish(Message, frozen=True, tag="rubbish"):
    """A message that no table has."""


class Larger(Message, frozen=True, tag="chat"):
    """A message with a field too many."""

    text: str
    granted: tuple[Capability, ...] = EVERYTHING


def harmless(dice: random.Random) -> list[Message]:
    """One of each message for the control subsystem that does not end a session."""
    one = dice.choice(tuple(Capability))
    return [
        messages.AskMore(one),
        messages.GiveBack(dice.choice((Capability.TERMINAL, Capability.FILES_IN))),
        messages.PointerMove(0, dice.randrange(100, 300), dice.randrange(100, 200)),
        messages.PointerButton(dice.randrange(1, 4), dice.random() < 0.5),
        messages.Scroll(dice.randrange(-3, 4), 1),
        messages.Key(0x61, dice.random() < 0.5),
        messages.Text("leave"),
        messages.ReleaseAll(),
        messages.FactsWanted(),
        messages.Countersigned(dice.randrange(20, 1000), bytes(dice.randrange(200))),
        messages.Chat("Please click on Allow"),
        messages.Ping(dice.randrange(1000)),
        messages.Pong(dice.randrange(1000)),
    ]


def on_screen(dice: random.Random) -> list[Message]:
    """The same for the screen subsystem."""
    numbers = ((0,), (1,), (0, 9), (15, 0, 15), tuple(range(16)))
    return [
        messages.FrameAck(dice.randrange(2**40)),
        messages.KeyFrameWanted(),
        messages.WatchMonitors(dice.choice(numbers)),
    ]


def fatal(dice: random.Random) -> list[Message]:
    """What ends a session, or ought to: said by the other end, said again, too long, or nothing at all."""
    return [
        request(*EVERYTHING),
        messages.Countersigned(0, bytes(100)),
        messages.StatementMade(0, "open", b"{}", bytes(64), bytes(64)),
        messages.StatementLogged(0, 0),
        messages.Asking(),
        messages.Answered(Answer.ALLOWED, None, EVERYTHING, 120),
        messages.Status(Standing.CONTROLLING, EVERYTHING, (), 7200, True),
        messages.Refusal("chat", "busy"),
        messages.Facts((("Memory", "none"),)),
        messages.Ended(Reason.LEFT),
        messages.Monitors((messages.Monitor(0, 0, 0, 640, 480, primary=True, watched=True),)),
        messages.Frame(0, 0, 1, True, 640, 480, 0, (), ()),
        messages.PointerAt(0, 1, 1),
        messages.PointerImage(1, 1, 0, 0, bytes(4)),
        messages.FrameAck(1),
        messages.WatchMonitors(dice.choice(((), (16,), (0,) * 17))),
        messages.Chat("x" * dice.choice((4001, 70_000))),
        messages.Text("x" * 1001),
        messages.PointerMove(0, 20_000, -1),
        Rubbish(),
        Larger("look"),
        messages.Leave(),
    ]


class Run:
    """One session with a hostile technician.

    Args:
        house: everything but the two people.
        person: allows what `allowed` says.
        glass: the person's display.
        dice: decides everything.
        when: where the technician begins.
        first: the message that must be among what is sent, by its number in `fatal`.
    """

    def __init__(
        self, house: House, person: Person, glass: Glass, dice: random.Random, when: When, first: int
    ) -> None:
        self.person, self.glass, self.dice, self.when, self.first = person, glass, dice, when, first
        self.clock = person.kit.clock
        assert isinstance(self.clock, Ahead)
        self.technician = Technician(house.url, house.technician)
        self.allowed: frozenset[Capability] = frozenset()

    async def play(self) -> None:
        self.glass.put_pointer(*HOME)
        await asyncio.to_thread(self.person.seen.wait, Welcome)
        self.person.engine.code_typed(await self.technician.open())
        # However the agent ends it: the judges look at what happened, not at how.
        with suppress(ByleaveError, ExceptionGroup):
            async with self.technician.meet():
                await self.reach()
                await self.attack()
        self.person.engine.stop()
        await asyncio.to_thread(self.person.seen.wait, (Summary, Welcome), over)

    async def reach(self) -> None:
        """Bring the session to where the attack begins, with a few attempts on the way."""
        if self.when is When.BEFORE_THE_REQUEST:
            return
        self.technician.say(request(*EVERYTHING))
        self.some()
        await self.technician.hear(messages.Asking)
        question = await asyncio.to_thread(self.person.seen.wait, Question)
        self.some()
        if self.when is When.ASKED:
            return
        some = lasting(frozenset(each for each in EVERYTHING if self.dice.random() < 0.5))
        self.allowed = frozenset({Capability.VIEW}) if self.when is When.ASKED_FOR_MORE or not some else some
        self.person.engine.answer(question.number, self.allowed, 10)
        await self.technician.hear(messages.Answered)
        await asyncio.to_thread(self.person.seen.wait, Session)
        await self.use()
        self.some()
        await self.go_on()

    async def use(self) -> None:
        """Do what was allowed: a judge who never sees anything happen proves nothing."""
        if Capability.CONTROL in self.allowed:
            self.technician.say(messages.PointerMove(0, 10, 10))
            await until(lambda: self.glass.pointer == (10, 10), "the pointer moves")
        if Capability.VIEW in self.allowed:
            await self.technician.hear(messages.Frame)

    async def go_on(self) -> None:
        engine = self.person.engine
        match self.when:
            case When.PAUSED:
                engine.pause()
                await self.technician.hear(messages.Status, lambda status: "person" in status.holds)
            case When.STOPPED:
                engine.stop()
            case When.ASKED_FOR_MORE:
                # Within five seconds of an answer nothing more is asked.
                self.clock.ahead += 6
                self.technician.say(messages.AskMore(Capability.CONTROL))
                await self.technician.hear(messages.Asking, lambda asking: asking.capability is not None)
            case _:
                pass

    def some(self) -> None:
        for message in self.dice.sample(harmless(self.dice), 4):
            self.technician.say(message)

    async def attack(self) -> None:
        every: list[tuple[bool, Message]] = [(False, message) for message in harmless(self.dice)]
        every += [(True, message) for message in on_screen(self.dice)]
        self.dice.shuffle(every)
        ends = fatal(self.dice)
        last = ends.pop(self.first % len(ends))
        on_the_screen = self.dice.random() < 0.5
        for screen, message in [*every, (on_the_screen, last)]:
            self.send(message, screen)
            if self.dice.random() < 0.2:
                await asyncio.sleep(0)
        self.dice.shuffle(ends)
        for message in ends:
            self.send(message, self.dice.random() < 0.5)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.technician.ended.wait(), 0.5)

    def send(self, message: Message, screen: bool) -> None:
        if screen:
            self.technician.say_on_screen(message)
        else:
            self.technician.say(message)

    def judge(self, entry: Entry | None) -> list[str]:
        """Return what must not have been."""
        wrong = []
        got = self.technician.got
        pictures = (messages.Frame, messages.PointerAt, messages.PointerImage)
        if Capability.VIEW not in self.allowed and any(isinstance(message, pictures) for message in got):
            wrong.append("a picture without leave")
        if Capability.SYSTEM_INFO not in self.allowed and any(
            isinstance(message, messages.Facts) for message in got
        ):
            wrong.append("facts without leave")
        if Capability.CONTROL not in self.allowed and self.glass.pointer != HOME:
            wrong.append(f"the pointer is at {self.glass.pointer}")
        if self.glass.held or self.glass.buttons:
            wrong.append(f"held: {self.glass.held}, {self.glass.buttons}")
        if entry is not None:
            wrong += self._judge_history(entry)
        elif self.allowed:
            wrong.append("a session that nobody knows of")
        return wrong

    def _judge_history(self, entry: Entry) -> list[str]:
        wrong = []
        if not set(entry.granted) <= self.allowed:
            wrong.append(f"granted {entry.granted}")
        if entry.frames_sent and Capability.VIEW not in self.allowed:
            wrong.append(f"{entry.frames_sent} pictures sent")
        if entry.input_applied and Capability.CONTROL not in self.allowed:
            wrong.append(f"{entry.input_applied} inputs applied")
        if entry.frames_sent > entry.frames_recorded:
            wrong.append("a picture that is not recorded")
        return wrong


def over(page: Summary | Welcome) -> bool:
    return isinstance(page, Welcome) or page.can_save


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def person(house: House, tmp_path: Path, glass: Glass) -> Iterator[Person]:
    with Person(tmp_path / "agent", house.adoption, glass.name, Ahead()) as made:
        yield made


async def attacked(house: House, person: Person, glass: Glass, dice: random.Random, runs: int) -> list[Entry]:
    """Hold so many sessions with hostile technicians, and judge each."""
    entries: list[Entry] = []
    for number in range(runs):
        if number % CI_RUNS == 0:
            # A list of revoked certificates counts for 20 minutes, and all of them may take longer.
            house.office.publish()
        when = list(When)[number % len(When)]
        run = Run(house, person, glass, dice, when, number)
        await run.play()
        known = read(person.home.folder / "history.jsonl")
        entry = known[-1] if len(known) > len(entries) else None
        wrong = run.judge(entry)
        assert not wrong, (number, when, run.allowed, wrong)
        entries = known
        if isinstance(person.seen.pages[-1], Summary):
            person.engine.close_summary()
    return entries


def test_a_hostile_technician_says_every_message(dice: random.Random) -> None:
    said = {type(message) for message in [*harmless(dice), *on_screen(dice), *fatal(dice)]}
    ends = (messages.FromTechnician, messages.FromPerson, messages.ScreenIn, messages.ScreenOut)
    assert said - {Rubbish, Larger} == {kind for end in ends for kind in get_args(end)}
    assert {type(message) for message in on_screen(dice)} == set(get_args(messages.ScreenIn))
    assert {type(message) for message in fatal(dice)} >= set(get_args(messages.ScreenOut))


async def test_a_hostile_technician_gets_nothing_but_what_was_allowed(
    house: House, person: Person, glass: Glass, dice: random.Random
) -> None:
    entries = await attacked(house, person, glass, dice, CI_RUNS)
    # This proves something only if what was allowed did happen.
    assert any(entry.input_applied for entry in entries)
    assert any(entry.frames_sent for entry in entries)


@pytest.mark.soak
async def test_a_thousand_hostile_technicians_get_nothing_but_what_was_allowed(
    house: House, person: Person, glass: Glass, dice: random.Random
) -> None:
    entries = await attacked(house, person, glass, dice, SOAK_RUNS)
    assert any(entry.input_applied for entry in entries)
    assert any(entry.frames_sent for entry in entries)
