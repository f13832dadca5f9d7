"""Which pictures are shown, when several monitors come on one channel."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from session.errors import ProtocolViolation
from session.messages import (
    FrameAck,
    KeyFrameWanted,
    Monitor,
    Monitors,
    ScreenIn,
    ScreenOut,
    WatchMonitors,
)
from technician_console.meter import Meter
from technician_console.pictures import Pictures
from technician_console.surface import Surface
from tests.technician_console.streams import Stream, plain

PATIENCE = 10.0


@dataclass
class Channel:
    """A screen channel with a console at one end."""

    sent: "queue.Queue[ScreenIn]" = field(default_factory=queue.Queue)
    may: bool = True
    now: float = 100.0

    def __post_init__(self) -> None:
        self.pictures = Pictures(
            Surface(), self._send, lambda: self.may, Meter(lambda: self.now), lambda: self.now
        )

    def _send(self, message: ScreenIn) -> bool:
        self.sent.put(message)
        return True

    def take(self, *messages: ScreenOut) -> None:
        for message in messages:
            self.pictures.take(message)

    def next(self) -> ScreenIn:
        return self.sent.get_nowait()


@pytest.fixture
async def channel() -> "Iterator[Channel]":
    made = Channel()
    yield made
    made.pictures.close()


def two(*watched: int) -> Monitors:
    return Monitors(
        tuple(Monitor(number, 64 * number, 0, 64, 64, number == 0, number in watched) for number in (0, 1))
    )


async def test_what_was_left_out_of_one_monitor_is_made_up_by_its_own_key_frame(channel: Channel) -> None:
    left, right = Stream(64, 64), Stream(64, 64, monitor=1)
    channel.take(two(0, 1))
    channel.may = False
    channel.take(left.frame(plain(64, 64, 1)), right.frame(plain(64, 64, 2)))
    assert (channel.next(), channel.next()) == (FrameAck(0), FrameAck(0))
    channel.may = True
    channel.take(left.frame(plain(64, 64, 3)))
    assert (channel.next(), channel.next()) == (FrameAck(1), KeyFrameWanted())
    # A key frame of the first one helps the second one nothing.
    channel.take(Stream(64, 64, first=7).frame(plain(64, 64, 4)))
    assert channel.pictures._broken == {1}
    channel.take(Stream(64, 64, monitor=1, first=8).frame(plain(64, 64, 4)))
    assert channel.pictures._broken == set()


async def test_only_monitors_that_are_there_are_asked_for(channel: Channel) -> None:
    channel.pictures.watch((0,))
    channel.take(two(0))
    channel.pictures.watch((1, 0, 9))
    assert channel.next() == WatchMonitors((0, 1))
    channel.pictures.watch((9,))
    channel.may = False
    channel.pictures.watch((1,))
    assert channel.sent.empty()


@pytest.mark.parametrize(
    "told",
    [
        two(),
        Monitors((Monitor(0, 0, 0, 64, 64, True, True), Monitor(0, 64, 0, 64, 64, False, True))),
        Monitors(tuple(Monitor(at, 32767 * at, 32767 * at, 64, 64, not at, True) for at in range(2))),
    ],
    ids=["none-watched", "a-number-twice", "too-large"],
)
async def test_monitors_that_no_desktop_has_are_refused(channel: Channel, told: Monitors) -> None:
    with pytest.raises(ProtocolViolation):
        channel.take(told)
