"""The person's screen, from the screen subsystem to the surface."""

import asyncio
from collections.abc import Callable, Iterable

from session.errors import ProtocolViolation
from session.messages import (
    DESKTOP_LIMIT,
    Frame,
    FrameAck,
    KeyFrameWanted,
    Monitor,
    Monitors,
    PointerAt,
    PointerImage,
    ScreenIn,
    ScreenOut,
    WatchMonitors,
)
from technician_console.decoder import Decoding
from technician_console.meter import Meter
from technician_console.surface import Surface

ASK_SECONDS = 1.0
"""A key frame is a burst on a thin line, so it is not asked for more often."""


class Pictures:
    """Shows frames while they may be shown; makes it up with a key frame when one was left out.

    Args:
        surface: gets pictures and pointer.
        send: sends on the screen subsystem, whatever link it is on; tells whether there was one.
        may_show: tells whether pictures may be shown now.
        meter: counts bytes.
        clock: seconds of a clock that only goes forward.

    Attributes:
        monitors: all monitors of the person's, as they were told last.
    """

    def __init__(
        self,
        surface: Surface,
        send: Callable[[ScreenIn], bool],
        may_show: Callable[[], bool],
        meter: Meter,
        clock: Callable[[], float],
    ) -> None:
        self._surface = surface
        self._send = send
        self._may_show = may_show
        self._meter = meter
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._decoding = Decoding(surface, self._decoded, self._undecodable)
        self.monitors: tuple[Monitor, ...] = ()
        self._began = False
        self._seen: set[int] = set()
        self._broken: set[int] = set()
        self._asked_at = -ASK_SECONDS

    @property
    def decoded(self) -> int:
        """How many frames were decoded."""
        return self._decoding.counts.decoded

    def close(self) -> None:
        """End the decoder."""
        self._decoding.close()

    def take(self, message: ScreenOut) -> None:
        """Take what the person's agent sent.

        Raises:
            LimitExceeded: it sent more frames than may be in flight.
            ProtocolViolation: there is no such desktop.
        """
        match message:
            case PointerAt() | PointerImage():
                if self._may_show():
                    self._surface.pointer(message)
            case Monitors():
                self._arrange(message)
            case Frame():
                self._meter.received(sum(len(tile.data) for tile in message.tiles))
                self._frame(message)

    def watch(self, numbers: tuple[int, ...]) -> None:
        """Have these monitors shown, and no others."""
        known = {each.number for each in self.monitors}
        wanted = tuple(sorted(known & set(numbers)))
        if wanted and self._may_show():
            self._send(WatchMonitors(wanted))

    def _arrange(self, message: Monitors) -> None:
        numbers = [each.number for each in message.monitors]
        watched = [each for each in message.monitors if each.watched]
        if len(set(numbers)) < len(numbers) or not watched or box(watched) > DESKTOP_LIMIT:
            raise ProtocolViolation("monitors that no desktop has")
        self.monitors = message.monitors
        here = {each.number for each in watched}
        self._seen &= here
        self._broken &= here
        self._start()
        self._decoding.feed(message)

    def _frame(self, frame: Frame) -> None:
        if not self._may_show():
            self._broken.add(frame.monitor)
        elif frame.key:
            self._broken.discard(frame.monitor)
        if frame.monitor in self._broken:
            # Later frames build on what was left out; the sender must not wait for this one.
            self._send(FrameAck(frame.number))
            self.tick()
            return
        self._seen.add(frame.monitor)
        self._start()
        self._decoding.feed(frame)

    def _start(self) -> None:
        if not self._began:
            self._began = True
            self._decoding.start()

    def interrupted(self) -> None:
        """Frames may have been lost on the way."""
        if self._seen:
            self._broken |= self._seen
            self._asked_at = self._clock() - ASK_SECONDS

    def tick(self) -> None:
        """Ask for a key frame if only that helps and pictures may be shown."""
        now = self._clock()
        if self._broken and self._may_show() and now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now
            self._send(KeyFrameWanted())

    # from the decoder's thread

    def _decoded(self, number: int) -> None:
        self._later(FrameAck(number))

    def _undecodable(self) -> None:
        self._later(KeyFrameWanted())

    def _later(self, message: ScreenIn) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, message)


def box(monitors: Iterable[Monitor]) -> int:
    """Return the pixels of the smallest rectangle that holds these monitors."""
    every = tuple(monitors)
    left, top = min(each.x for each in every), min(each.y for each in every)
    width = max(each.x + each.width for each in every) - left
    return width * (max(each.y + each.height for each in every) - top)
