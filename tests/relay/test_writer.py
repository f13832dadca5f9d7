"""The log's one writer: batches, order, and a batch that fails."""

import asyncio
from typing import Any

import pytest

from relay.failures import StorageFailed
from relay.index import Place
from relay.writer import Writer


class Recorder:
    """Stands where `Evidence.commit` does, to see what is committed together."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.failing = False

    def commit(self, batch: list[Any]) -> list[Place]:
        if self.failing:
            raise ValueError("nobody foresaw this")
        start = sum(map(len, self.batches))
        self.batches.append(batch)
        return [Place(start + number, start + len(batch)) for number in range(len(batch))]


async def test_who_waits_together_is_committed_together() -> None:
    recorder = Recorder()
    writer = Writer(recorder.commit)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting: list[asyncio.Task[Place]] = [
            group.create_task(writer.append(number))  # type: ignore[arg-type]  # the writer looks at nothing
            for number in range(300)
        ]
        await asyncio.sleep(0)
        running = group.create_task(writer.run())
        places = [await each for each in waiting]
        running.cancel()
    assert [place.leaf for place in places] == list(range(300))
    assert [len(batch) for batch in recorder.batches] == [256, 44]


async def test_a_batch_that_fails_is_told_to_everybody_in_it_and_ends_nothing() -> None:
    recorder = Recorder()
    writer = Writer(recorder.commit)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(writer.run())
        recorder.failing = True
        with pytest.raises(StorageFailed):
            await writer.append("lost")  # type: ignore[arg-type]  # the writer looks at nothing
        recorder.failing = False
        assert await writer.append("kept") == Place(0, 1)  # type: ignore[arg-type]  # the writer looks at nothing
        running.cancel()


@pytest.mark.parametrize("failing", [False, True])
async def test_who_has_gone_is_not_told(failing: bool) -> None:
    recorder = Recorder()
    recorder.failing = failing
    writer = Writer(recorder.commit)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        gone = group.create_task(writer.append("gone"))  # type: ignore[arg-type]  # the writer looks at nothing
        await asyncio.sleep(0)
        gone.cancel()
        running = group.create_task(writer.run())
        if failing:
            with pytest.raises(StorageFailed):
                await writer.append("next")  # type: ignore[arg-type]  # the writer looks at nothing
        else:
            assert await writer.append("next") == Place(1, 2)  # type: ignore[arg-type]  # the writer looks at nothing
        running.cancel()


def test_each_session_has_a_lock_of_its_own() -> None:
    writer = Writer(Recorder().commit)
    first = writer.turn("a")
    assert writer.turn("a") is first
    assert writer.turn("b") is not first
