"""What happens every second happens at once, and an end is not waited for."""

import asyncio

from relay.seconds import Seconds


async def test_all_who_wait_are_woken_at_the_same_whole_second() -> None:
    loop = asyncio.get_running_loop()
    woken: list[float] = []

    async def wait(late: float) -> None:
        await asyncio.sleep(late)
        await Seconds().next()
        woken.append(loop.time())

    async with asyncio.TaskGroup() as group:
        # Away from the edge of a second, or they wait for two.
        await asyncio.sleep(1.1 - loop.time() % 1.0)
        for late in (0.0, 0.05, 0.1):
            group.create_task(wait(late))
    assert len(woken) == 3
    assert {int(moment) for moment in woken} == {int(woken[0])}
    assert max(moment % 1.0 for moment in woken) < 0.5


async def test_who_sleeps_is_woken_at_the_end_and_nobody_sleeps_afterwards() -> None:
    seconds = Seconds()
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(seconds.next())
        await asyncio.sleep(0)
        seconds.end()
        await sleeper
    waiting = seconds.next()
    try:
        # A coroutine that does not wait for anything ends at its first step.
        waiting.send(None)
    except StopIteration:
        return
    raise AssertionError("it sleeps after the end")
