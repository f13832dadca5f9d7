"""What is on its way to one end: bounded, in order, with last words.

One task puts, one task takes. The bound is what makes back-pressure: while the
outbox is full, nothing more is read from the other end.
"""

import asyncio
from collections import deque

BYTES = 1024 * 1024
MESSAGES = 1024


class OutboxClosedError(Exception):
    """Nothing can be put any more: the end is going."""


class Outbox:
    """Messages for one end.

    Args:
        bytes_limit: how many bytes may wait, beyond one message.
        messages_limit: how many messages may wait.
    """

    def __init__(self, bytes_limit: int = BYTES, messages_limit: int = MESSAGES) -> None:
        self._bytes_limit = bytes_limit
        self._messages_limit = messages_limit
        self._waiting: deque[str | bytes] = deque()
        self._bytes = 0
        self._finished = False
        self._room = asyncio.Event()
        self._filled = asyncio.Event()
        self._room.set()

    async def put(self, data: bytes) -> None:
        """Add a forwarded message, once there is room for it.

        Raises:
            OutboxClosedError: the end is going.
        """
        await self._room.wait()
        if self._finished:
            raise OutboxClosedError
        self._bytes += len(data)
        self._append(data)

    def say(self, text: str) -> None:
        """Add a message of the relay's own; these are few, so they need no room."""
        if not self._finished:
            self._append(text)

    def finish(self, text: str, *, now: bool) -> None:
        """Add the last message; `now` means that what waits before it is not sent."""
        if self._finished:
            return
        if now:
            self._waiting.clear()
            self._bytes = 0
        self._append(text)
        self._finished = True
        self._room.set()

    async def take(self) -> str | bytes | None:
        """Return the next message, or None after the last one."""
        await self._filled.wait()
        if not self._waiting:
            return None
        message = self._waiting.popleft()
        if isinstance(message, bytes):
            self._bytes -= len(message)
        if not self._waiting and not self._finished:
            self._filled.clear()
        self._note_room()
        return message

    def _append(self, message: str | bytes) -> None:
        self._waiting.append(message)
        self._filled.set()
        self._note_room()

    def _note_room(self) -> None:
        full = self._bytes >= self._bytes_limit or len(self._waiting) >= self._messages_limit
        if full and not self._finished:
            self._room.clear()
        else:
            self._room.set()
