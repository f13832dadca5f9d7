"""A session in which nothing happens costs next to nothing, for as long as it lasts."""

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.console_process import ConsoleProcess
from tests.glass import Glass
from tests.house import House
from tests.person_process import PersonProcess

WARM_SECONDS = 10
IDLE_SECONDS = 30
MEGABYTE = 1024**2
GROWTH = 4 * MEGABYTE
BUSY = 0.1
"""Of one core; each of the three."""


@pytest.mark.soak
async def test_an_idle_session_keeps_its_memory_and_leaves_the_processor_alone(
    house: House, glass: Glass, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = PersonProcess(tmp_path / "agent", house.adoption, glass.name, glass.environment)
    console = ConsoleProcess(tmp_path / "console", house.technician, house.adoption, glass.environment)
    with person, console:
        person.say("allow view control system-info")
        console.say("start view control system-info")
        code = await asyncio.to_thread(console.wait, "Code", lambda page: page["code"])
        person.say(f"code {code['code'].replace(' ', '')}")
        await asyncio.to_thread(console.wait, "Live")
        programs = {
            "agent": psutil.Process(person.process.pid),
            "relay": psutil.Process(house.relay.process.pid),
            "console": psutil.Process(console.process.pid),
        }
        await asyncio.sleep(WARM_SECONDS)
        before = {name: measured(program) for name, program in programs.items()}
        began = time.monotonic()
        await asyncio.sleep(IDLE_SECONDS)
        seconds = time.monotonic() - began
        words, wrong = [], []
        for name, program in programs.items():
            memory, worked = (now - then for now, then in zip(measured(program), before[name], strict=True))
            words.append(f"{name} {worked / seconds:.1%} of a core, {memory / MEGABYTE:+.1f} MB")
            if memory > GROWTH or worked / seconds > BUSY:
                wrong.append(words[-1])
    with capsys.disabled():
        sys.stdout.write(f"\nidle for {seconds:.0f} s: {'; '.join(words)}\n")
    assert wrong == []


def measured(program: psutil.Process) -> tuple[float, float]:
    """Return a program's memory in bytes, and the seconds that it has worked."""
    times = program.cpu_times()
    return float(program.memory_info().rss), times.user + times.system
