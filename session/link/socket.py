"""The WebSocket under the stream: messages go straight to whoever takes them.

The `websockets` library does the handshake and judges every frame. Its own queue
and coroutines serve while a message is asked for and answered, as at the
introduction; a stream has no use for them, and each costs a turn of the event loop.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import OPEN, Event

FRAGMENTS = 256
"""Parts of one message, as many as the relay takes."""

Take = Callable[[str | bytes], None]
"""Takes a whole message."""


class Socket(ClientConnection):
    """A client's WebSocket that can be read and written without being awaited."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._take: Take | None = None
        self._parts: list[bytes | bytearray | memoryview] = []
        self._text = False
        self._room: Callable[[], None] = lambda: None
        self._gone: Callable[[], None] = lambda: None

    async def straight_to(self, take: Take, room: Callable[[], None], gone: Callable[[], None]) -> None:
        """Give every message to `take` from now on, first those that are here already.

        Args:
            take: is called with each message, in order.
            room: is called when there is room again after `put` found none.
            gone: is called once the connection is over.
        """
        with contextlib.suppress(ConnectionClosed):
            # A message of which only a part is here is waited for.
            while self.recv_messages.frames:
                take(await self.recv())
        self._take, self._room, self._gone = take, room, gone
        if self.connection_lost_waiter.done():
            gone()

    @property
    def full(self) -> bool:
        """Tell whether as much waits for the system as may."""
        return self.paused

    def put(self, message: bytes) -> bool:
        """Send a binary message, whether there is room or not; tell whether the connection is open."""
        if self.protocol.state is not OPEN or self.transport.is_closing():
            return False
        self.protocol.send_binary(message)
        self.send_data()
        return True

    # Called by the library.

    def process_event(self, event: Event) -> None:
        """Take a frame that the library has judged."""
        if self._take is None or not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        if event.opcode is not Opcode.CONT:
            self._text = event.opcode is Opcode.TEXT
        if event.fin and not self._parts:
            self._hand_on(bytes(event.data))
            return
        self._parts.append(event.data)
        if event.fin:
            data = b"".join(self._parts)
            self._parts = []
            self._hand_on(data)
        elif len(self._parts) >= FRAGMENTS:
            self._give_up()

    def _hand_on(self, data: bytes) -> None:
        if self._take is None:
            return
        try:
            message = data.decode() if self._text else data
        except UnicodeDecodeError:
            self._give_up()
        else:
            self._take(message)

    def _give_up(self) -> None:
        # No relay of ours sends such a thing; more of it may be here already.
        self._parts = []
        self._take = _nothing
        self.transport.abort()

    def resume_writing(self) -> None:
        """There is room again."""
        super().resume_writing()
        self._room()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        super().connection_lost(exc)
        self._gone()


def _nothing(message: str | bytes) -> None:
    del message


async def connected(url: str, **options: Any) -> Socket:
    """Connect to a WebSocket server; `options` and exceptions are those of the library's `connect`."""
    connection = await connect(url, create_connection=Socket, compression=None, **options)
    if not isinstance(connection, Socket):
        raise TypeError("the library has made something else")
    return connection
