"""A subsystem: messages in, messages out, on one SSH channel."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from session.codec import encode
from session.errors import LimitExceeded, PeerError
from session.framing import Unpacker, pack
from session.messages import Message

_log = logging.getLogger("byleave.channel")
_M = TypeVar("_M", bound=Message)

WAITING_LIMIT = 32 * 1024 * 1024
"""Bytes that may wait for an end that does not read; asyncssh itself has no bound."""

AHEAD_SECONDS = 0.030
"""So much of the line's time a paced subsystem takes at once; the rest waits where others overtake it."""

GAIN = 1.25
"""By so much faster than the line it leaves: a pace that never exceeds the line never sees it grow."""

LEAST_STEP = 2048
STEP_SECONDS = 0.010


class Subsystem(Generic[_M]):
    """One end of a subsystem; everything is called in the event loop's thread.

    Args:
        name: for the log.
        limit: largest message that is taken, in bytes.
        decode: makes a message of a payload, or raises `PeerError`.
        receive: is called with each message, in order; may raise `PeerError`.
        opened: is called when messages can be sent.
        lost: is called once when the channel is gone, with the peer's fault if there was one.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        decode: Callable[[bytes], _M],
        receive: Callable[[_M], None],
        opened: Callable[[], None],
        lost: Callable[[PeerError | None], None],
    ) -> None:
        self._name = name
        self._unpacker = Unpacker(limit)
        self._decode = decode
        self._receive = receive
        self._opened = opened
        self._lost = lost
        self._channel: Any = None
        self._over = False
        self._rate: float | None = None
        self._held: deque[memoryview] = deque()
        self._held_size = 0
        self._booked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, channel: Any) -> None:
        """Take the SSH channel, once it is a subsystem."""
        self._channel = channel
        self._opened()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the channel."""
        try:
            for payload in self._unpacker.feed(data):
                if self._over:
                    return
                message = self._decode(payload)
                _log.debug("< %s %r", self._name, message)
                self._receive(message)
        except PeerError as error:
            _log.warning("< %s: %s: %s", self._name, error.code, error)
            self._end(error)
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The channel is gone."""
        del error
        self._end(None)

    def send(self, message: Message) -> bool:
        """Send a message; tell whether there was a channel to send it on."""
        if self._over or self._channel is None or self._channel.is_closing():
            return False
        if self.waiting() > WAITING_LIMIT:
            error = LimitExceeded(f"{self.waiting()} bytes wait for the other end to read")
            _log.warning("< %s: %s: %s", self._name, error.code, error)
            self._end(error)
            self.close()
            return False
        _log.debug("> %s %r", self._name, message)
        data = pack(encode(message))
        if self._rate is None and not self._held:
            self._channel.write(data)
            return True
        self._held.append(memoryview(data))
        self._held_size += len(data)
        if self._timer is None:
            self._release()
        return True

    def pace(self, rate: float | None) -> None:
        """Send no faster than the line takes it, so that other subsystems' messages come between.

        Args:
            rate: what the line carries in bytes a second, None if it is fast.
        """
        self._rate = None if rate is None else rate * GAIN

    def _release(self) -> None:
        """Write what the line can take now, and come back for the rest."""
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._held and not self._over and not self._channel.is_closing():
            now = loop.time()
            ahead = self._booked - now
            if self._rate is not None and ahead > AHEAD_SECONDS:
                self._timer = loop.call_later(ahead - AHEAD_SECONDS / 2, self._release)
                return
            data = self._held.popleft()
            if self._rate is not None:
                step = max(LEAST_STEP, int(self._rate * STEP_SECONDS))
                if len(data) > step:
                    self._held.appendleft(data[step:])
                    data = data[:step]
                self._booked = max(self._booked, now) + len(data) / self._rate
            self._held_size -= len(data)
            self._channel.write(data)

    def waiting(self) -> int:
        """Return how many bytes wait here, or in the channel for the receiver's window."""
        if self._channel is None or self._over:
            return 0
        return self._held_size + int(self._channel.get_write_buffer_size())

    def close(self) -> None:
        """Close the channel; nothing is received any more."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.close()

    def _end(self, error: PeerError | None) -> None:
        if not self._over:
            self._over = True
            self._held.clear()
            if self._timer is not None:
                self._timer.cancel()
            self._lost(error)
