"""A subsystem: messages in, messages out, on one SSH channel."""

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from session.errors import LimitExceeded, PeerError
from session.framing import Unpacker, pack
from session.messages import Message, encode

_log = logging.getLogger("byleave.channel")
_M = TypeVar("_M", bound=Message)

WAITING_LIMIT = 32 * 1024 * 1024
"""Bytes that may wait for an end that does not read; asyncssh itself has no bound."""


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
        self._pending = 0

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
        self._channel.write(pack(encode(message)))
        return True

    def waiting(self) -> int:
        """Return how many bytes wait in the channel for the receiver's window."""
        return 0 if self._channel is None or self._over else int(self._channel.get_write_buffer_size())

    def close(self) -> None:
        """Close the channel; nothing is received any more."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.close()

    def _end(self, error: PeerError | None) -> None:
        if not self._over:
            self._over = True
            self._lost(error)
