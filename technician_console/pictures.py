"""The person's screen, from the screen subsystem to the surface."""

import asyncio
from collections.abc import Callable

from session.messages import (
    Frame,
    FrameAck,
    KeyFrameWanted,
    PointerAt,
    PointerImage,
    ScreenIn,
    ScreenOut,
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
        self._began = False
        self._broken = False
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
        """
        match message:
            case PointerAt() | PointerImage():
                if self._may_show():
                    self._surface.pointer(message)
            case Frame():
                self._meter.received(sum(len(tile.data) for tile in message.tiles))
                self._frame(message)

    def _frame(self, frame: Frame) -> None:
        if not self._may_show():
            self._broken = True
        elif frame.key:
            self._broken = False
        if self._broken:
            # Later frames build on what was left out; the sender must not wait for this one.
            self._send(FrameAck(frame.number))
            self.tick()
            return
        if not self._began:
            self._began = True
            self._decoding.start()
        self._decoding.feed(frame)

    def interrupted(self) -> None:
        """Frames may have been lost on the way."""
        if self._began:
            self._broken = True
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
