"""The outbox: bounded, in order, with last words."""

import asyncio

import pytest

from relay.outbox import Outbox, OutboxClosedError


async def drained(outbox: Outbox) -> list[str | bytes]:
    found: list[str | bytes] = []
    while (message := await outbox.take()) is not None:
        found.append(message)
    return found


async def test_messages_come_out_in_order_with_the_last_words_last() -> None:
    outbox = Outbox()
    outbox.say("hello")
    await outbox.put(b"one")
    await outbox.put(b"two")
    outbox.finish("bye", now=False)
    outbox.say("too late")
    outbox.finish("too late as well", now=False)
    assert await drained(outbox) == ["hello", b"one", b"two", "bye"]
    assert await outbox.take() is None


async def test_last_words_may_overtake_what_waits() -> None:
    outbox = Outbox()
    await outbox.put(b"one")
    outbox.finish("stop", now=True)
    assert await drained(outbox) == ["stop"]


@pytest.mark.parametrize(("bytes_limit", "messages_limit"), [(100, 1000), (10_000, 2)])
async def test_a_full_outbox_makes_the_sender_wait(bytes_limit: int, messages_limit: int) -> None:
    outbox = Outbox(bytes_limit, messages_limit)
    await outbox.put(b"x" * 60)
    await outbox.put(b"x" * 60)
    async with asyncio.TaskGroup() as group:
        third = group.create_task(outbox.put(b"y" * 60))
        await asyncio.sleep(0)
        assert not third.done()
        outbox.say("the relay's own words never wait")
        await outbox.take()
        await outbox.take()
    assert third.done()


async def test_who_waits_to_put_is_told_when_the_end_is_going() -> None:
    outbox = Outbox(bytes_limit=1)
    await outbox.put(b"x")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(waiting(outbox))
        await asyncio.sleep(0)
        outbox.finish("bye", now=True)
    assert await drained(outbox) == ["bye"]


async def waiting(outbox: Outbox) -> None:
    with pytest.raises(OutboxClosedError):
        await outbox.put(b"y")
