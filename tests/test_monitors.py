"""Two monitors from the person's desktop to the recording, through a real relay: what is watched, no more."""

import asyncio
import random  # noqa: TID251 - the seeded generator that a run can be had again with
import subprocess
from collections.abc import Iterator
from pathlib import Path

import mss
import numpy as np
import pytest
from Xlib import X

from session import messages
from session.canvas import Pixels
from session.messages import Capability, Reason
from tests.glass import SIZE, Glass, open_glass
from tests.house import House, ended, session, until
from tests.person import Person
from tests.technician import Technician

pytestmark = pytest.mark.desktop

BOTH = (Capability.VIEW, Capability.CONTROL)
HALF = SIZE[0] // 2


def xrandr(glass: Glass, *arguments: str) -> None:
    subprocess.run(["xrandr", *arguments], env=glass.environment, check=True, timeout=20, capture_output=True)


@pytest.fixture
def glass(tmp_path: Path) -> Iterator[Glass]:
    """A display with a monitor on the left, the primary one, and one on the right."""
    with open_glass(tmp_path / "glass") as made:
        height = SIZE[1]
        xrandr(made, "--setmonitor", "left", f"{HALF}/80x{height}/120+0+0", "VNC-0")
        xrandr(made, "--setmonitor", "right", f"{HALF}/80x{height}/120+{HALF}+0", "none")
        yield made


@pytest.fixture
def person(house: House, tmp_path: Path, glass: Glass) -> Iterator[Person]:
    with Person(tmp_path / "agent", house.adoption, glass.name) as made:
        yield made


def draw(glass: Glass, dice: random.Random, x: int, width: int = HALF, height: int = SIZE[1]) -> None:
    """Draw boxes of all colours, large and of a single pixel."""
    root = glass.connection.screen().root
    pen = root.create_gc(subwindow_mode=X.IncludeInferiors)
    for _ in range(200):
        pen.change(foreground=dice.randrange(1 << 24))
        left, top = dice.randrange(width), dice.randrange(height)
        box = (dice.randrange(1, 60), dice.randrange(1, 60)) if dice.random() < 0.5 else (1, 1)
        root.fill_rectangle(pen, x + left, top, min(box[0], width - left), min(box[1], height - top))
    glass.connection.sync()


def source(glass: Glass, x: int, width: int = HALF, height: int = SIZE[1], y: int = 0) -> Pixels:
    """Return what is on a part of the desktop: BGR."""
    with mss.MSS(display=glass.name) as grabber:
        shot = grabber.grab({"left": x, "top": y, "width": width, "height": height})
    return np.asarray(np.frombuffer(shot.raw, np.uint8).reshape(height, width, 4)[..., :3])


def same(technician: Technician, monitor: int, wanted: Pixels) -> bool:
    picture = technician.picture_of(monitor)
    return picture is not None and picture.shape == wanted.shape and bool((picture == wanted).all())


def watched(technician: Technician) -> list[int]:
    told = [message for message in technician.got if isinstance(message, messages.Monitors)]
    return [each.number for each in told[-1].monitors if each.watched] if told else []


def refused(technician: Technician) -> list[str]:
    return [
        each.what
        for each in technician.got
        if isinstance(each, messages.Refusal)
        if each.why == "not-watched"
    ]


async def sees(technician: Technician, monitor: int, wanted: Pixels) -> None:
    await until(lambda: same(technician, monitor, wanted), f"monitor {monitor}, pixel by pixel")


async def points(technician: Technician, glass: Glass, x: int, y: int, where: tuple[int, int]) -> None:
    technician.say(messages.PointerMove(1, x, y))
    await until(lambda: glass.pointer == where, f"the pointer at {where}")


async def nothing_acts_unseen(technician: Technician, glass: Glass) -> None:
    """Try to act on the second monitor, where the person's pointer is."""
    place = (HALF + 50, 60)
    glass.put_pointer(*place)
    technician.say(messages.PointerMove(1, 10, 10))
    technician.say(messages.PointerButton(1, True))
    technician.say(messages.Scroll(0, 1))
    await until(lambda: len(refused(technician)) == 3, "three refusals")
    assert refused(technician) == ["pointer-move", "pointer-button", "scroll"]
    assert (glass.pointer, glass.buttons) == (place, 0)
    await technician.hear(messages.PointerAt, lambda at: at.monitor is None)


async def test_two_monitors_are_seen_used_and_recorded_to_the_pixel(
    house: House, person: Person, glass: Glass, dice: random.Random
) -> None:
    async with session(house, person, *BOTH) as technician:
        draw(glass, dice, 0)
        await sees(technician, 0, source(glass, 0))
        told = await technician.hear(messages.Monitors)
        places = [(each.number, each.x, each.width, each.primary, each.watched) for each in told.monitors]
        assert places == [(0, 0, HALF, True, True), (1, HALF, HALF, False, False)]
        # Nothing of what is not watched leaves, and nothing reaches it.
        draw(glass, dice, HALF)
        await nothing_acts_unseen(technician, glass)
        assert {frame.monitor for frame in technician.frames} == {0}
        technician.say_on_screen(messages.WatchMonitors((0, 1, 9)))
        await sees(technician, 1, source(glass, HALF))
        assert watched(technician) == [0, 1]
        # Places on the second monitor are its own pixels, and end at its edge.
        await points(technician, glass, 10, 20, (HALF + 10, 20))
        await technician.hear(messages.PointerAt, lambda at: (at.monitor, at.x, at.y) == (1, 10, 20))
        await points(technician, glass, 9999, 9999, (SIZE[0] - 1, SIZE[1] - 1))
        for turn in range(3):
            draw(glass, dice, HALF * (turn % 2))
        finals = [source(glass, 0), source(glass, HALF)]
        for number, wanted in enumerate(finals):
            await sees(technician, number, wanted)
        person.engine.stop()
        assert (await technician.hear(messages.Ended)).reason is Reason.STOPPED
    assert technician.undecodable == []
    recorded = await recording_of(house, person)
    assert [(number, bool((recorded[number] == finals[number]).all())) for number in recorded] == [
        (0, True),
        (1, True),
    ]


async def recording_of(house: House, person: Person) -> dict[int, Pixels]:
    """Check the recording, and return its last pictures."""
    await ended(person)
    sid = house.sessions()[0].sid
    report = await asyncio.to_thread(house.audit, sid)
    assert (report.verdict, report.findings) == ("verified", [])
    return await asyncio.to_thread(house.last_pictures, sid)


async def test_monitors_come_go_and_turn_while_they_are_watched(
    house: House, person: Person, glass: Glass, dice: random.Random
) -> None:
    async with session(house, person, *BOTH) as technician:
        technician.say_on_screen(messages.WatchMonitors((1,)))
        draw(glass, dice, HALF)
        await sees(technician, 1, source(glass, HALF))
        # It stands upright now, elsewhere, and is smaller.
        xrandr(glass, "--delmonitor", "right")
        xrandr(glass, "--setmonitor", "right", "200/50x300/80+400+100", "none")
        await sees(technician, 1, source(glass, 400, 200, 300, 100))
        await points(technician, glass, 199, 299, (599, 399))
        # It is unplugged: the first one is seen instead, and what was meant for it has no effect.
        xrandr(glass, "--delmonitor", "right")
        await until(lambda: watched(technician) == [0], "the first one instead")
        draw(glass, dice, 0)
        await sees(technician, 0, source(glass, 0))
        technician.say(messages.PointerMove(1, 5, 5))
        await until(lambda: refused(technician) == ["pointer-move"], "a refusal")
        # Back again, it has its number, and is watched as before.
        xrandr(glass, "--setmonitor", "right", f"{HALF}/80x{SIZE[1]}/120+{HALF}+0", "none")
        await until(lambda: watched(technician) == [1], "the second one again")
        draw(glass, dice, HALF)
        final = source(glass, HALF)
        await sees(technician, 1, final)
        person.engine.stop()
        await technician.hear(messages.Ended)
    assert technician.undecodable == []
    assert ((await recording_of(house, person))[1] == final).all()


async def test_the_whole_desktop_becomes_another_one_while_it_is_watched(
    house: House, person: Person, glass: Glass, dice: random.Random
) -> None:
    async with session(house, person, *BOTH) as technician:
        technician.say_on_screen(messages.WatchMonitors((0, 1)))
        draw(glass, dice, 0)
        await sees(technician, 0, source(glass, 0))
        for name in ("left", "right"):
            xrandr(glass, "--delmonitor", name)
        for mode in ((800, 600), (1024, 768)):
            xrandr(glass, "--output", "VNC-0", "--mode", f"{mode[0]}x{mode[1]}")
            await until(lambda mode=mode: shown(technician) == mode, f"a picture of {mode}")  # type: ignore[misc]  # bound
            draw(glass, dice, 0, *mode)
            await sees(technician, technician.frames[-1].monitor, source(glass, 0, *mode))
        number = technician.frames[-1].monitor
        technician.say(messages.PointerMove(number, 1023, 767))
        await until(lambda: glass.pointer == (1023, 767), "the pointer in the new corner")
        person.engine.stop()
        await technician.hear(messages.Ended)
    assert technician.undecodable == []
    assert (await recording_of(house, person))[number].shape == (768, 1024, 3)


def shown(technician: Technician) -> tuple[int, int]:
    return technician.frames[-1].width, technician.frames[-1].height
