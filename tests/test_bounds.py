"""Whoever does not read, or asks too much, ends the session; it never fills the person's memory."""

import asyncio

import pytest

from session import messages
from session.link import channel
from session.messages import Reason
from tests.house import House, ended, session
from tests.person import Person

BATCH = 200
"""Messages; fewer than may wait at the person's end."""


async def test_a_technician_who_asks_and_never_reads_ends_the_session(
    house: House, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "WAITING_LIMIT", 64 * 1024)
    async with session(house, person) as technician:
        control = technician.control_channel
        control.pause_reading()
        number = 0
        while not control.is_closing() and number < 60_000:
            for _ in range(BATCH):
                number += 1
                technician.say(messages.Ping(number))
            await asyncio.sleep(0.02)
        assert (await ended(person)).reason is Reason.VIOLATION
        # What the channel's window holds, and what may wait behind it.
        assert number < 60_000


async def test_a_flood_of_questions_ends_the_session(house: House, person: Person) -> None:
    async with session(house, person) as technician:
        for number in range(20_000):
            technician.say(messages.GiveBack(messages.Capability.TERMINAL))
            technician.say(messages.Ping(number))
        assert (await ended(person)).reason is Reason.VIOLATION
