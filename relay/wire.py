"""An end's WebSocket, and how what it says goes straight to the other end.

Uvicorn and the `websockets` library do the handshake and judge every frame but one
kind: a whole binary message of an end that is tied to another is unmasked and
written to the other end's socket at once, by no task and through no queue. Each
frame is given to one of the two whole, so neither is ever within a frame of the
other's.

While a socket holds more than it should for an end that does not read, nothing is
read from the other end; while one end says very much, it gets its turn and no more.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from relay.frames import BINARY, binary_head, head_at, unmasked
from relay.tls_memory import closed_twice, share
from session.errors import RoomRefused
from session.rendezvous import BINARY_LIMIT

SEND_SECONDS = 30.0
HELD = 64 * 1024
"""Bytes that may wait for an end before the other one is not read from any more."""
TURN = 64
"""So many frames of one end are taken before others have their turn."""
FRAGMENTS = 256
"""Parts of one message; an empty one costs its sender almost nothing, but not the relay."""

READ = 64 * 1024
"""Bytes that one end is read at a time. Twice as many make Python's memory come and go with every read."""
_read = memoryview(bytearray(READ))

Counted = Callable[[int, int], None]
"""Is told how many messages, and of how many bytes, have been forwarded."""


class GoneError(Exception):
    """The end's connection is over.

    Args:
        code: the WebSocket's close code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"close code {code}")
        self.code = code


class EndedError(Exception):
    """The relay has ended this end's part, for `Wire.verdict`."""


class Wire(WebSocketsSansIOProtocol, asyncio.BufferedProtocol):
    """One end's WebSocket; made by uvicorn for each connection.

    All of them read into the same memory, for what was read is taken or copied at once.

    Attributes:
        verdict: why the relay has ended it, once it has.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.verdict = ""
        self._peer: Wire | None = None
        self._counted: Counted | None = None
        self._rest = bytearray()
        self._wanted = 0
        self._stalled = False
        self._deadline: asyncio.TimerHandle | None = None
        self._turn: asyncio.Handle | None = None

    @staticmethod
    def of(socket: WebSocket) -> "Wire":
        """Return what is under an application's WebSocket."""
        wire = socket.scope["state"]["wire"]
        if not isinstance(wire, Wire):
            raise TypeError("rooms need uvicorn with `Wire`")
        return wire

    def handle_connect(self, event: Request) -> None:
        """Answer the handshake, and let the application find this object."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["state"]["wire"] = self

    # For the application.

    def say(self, text: str) -> None:
        """Send a message of the relay's own; these are few, so they need no room."""
        if not self.verdict and not self.close_sent and not self.transport.is_closing():
            self.conn.send_text(text.encode())
            self.transport.write(b"".join(self.conn.data_to_send()))

    async def heard(self) -> str | bytes:
        """Return the next message that is not forwarded.

        Raises:
            EndedError: the relay has ended it.
            RoomRefused: `too-slow`, this end does not read.
            GoneError: the end has gone.
        """
        message = await self.receive()
        self._proceed()
        if self.verdict:
            raise EndedError
        if self._stalled:
            raise RoomRefused("too-slow")
        if message["type"] == "websocket.disconnect":
            raise GoneError(message["code"])
        if message["type"] != "websocket.receive":
            raise RoomRefused("protocol")
        text = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    def tie(self, other: "Wire", counted: Counted) -> None:
        """Forward binary messages between two ends from now on."""
        for wire, peer in ((self, other), (other, self)):
            wire._peer, wire._counted = peer, counted
            if not wire.transport.is_closing():
                wire.transport.set_write_buffer_limits(high=HELD)
        for wire in (self, other):
            if not wire.writable.is_set():
                # It was full before, and asyncio says so only once.
                wire._hold_peer()

    def end(self, reason: str) -> None:
        """Forward nothing from or to this end any more, and tell whoever listens to it."""
        if self.verdict:
            return
        self.verdict = reason
        self._wake()
        for wire in (self, self._peer):
            if wire is not None:
                wire._peer = None
                wire._note_read()
                # What it still says is dropped, and its good-bye must be seen.
                wire._proceed()

    async def close(self, text: str) -> None:
        """Send the last message, behind what was forwarded, and close.

        Raises:
            OSError: the end has gone.
            RuntimeError: its WebSocket is closed already.
        """
        await self.send({"type": "websocket.send", "text": text})
        await self.send({"type": "websocket.close"})

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        super().connection_made(transport)
        share(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        return _read

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes, whole frames at a time."""
        if self.transport.is_closing():
            # TLS reads once more while it closes, perhaps from within a frame that is just being taken.
            return
        data = _read[:nbytes]
        if self._rest:
            self._rest += data
            if self._turn is None and self._more:
                self._take_rest()
        else:
            taken = self._take(data)
            if taken < nbytes:
                self._rest += data[taken:]
        if self._peer is not None and not self._peer.writable.is_set():
            self._peer._hold_peer()
        self._take_turns()

    def pause_writing(self) -> None:
        """Read nothing more from the other end, for too much waits for this one."""
        super().pause_writing()
        self._hold_peer()

    def resume_writing(self) -> None:
        """Read from the other end again."""
        super().resume_writing()
        self._note_read()
        if self._peer is not None:
            self._peer._proceed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was not forwarded yet."""
        self._note_read()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._rest.clear()
        # Uvicorn would read on when the application takes the last message.
        self.read_paused = False
        super().connection_lost(exc)

    # Called by uvicorn, for frames that the library has judged.

    def handle_cont(self, event: Frame) -> None:
        """Take a further part of a message."""
        if len(self.frames) < FRAGMENTS:
            super().handle_cont(event)
        else:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG)
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Take a message that the library has read."""
        if self.verdict:
            self.frames = []
        elif self._peer is not None and self.curr_msg_data_type == "bytes":
            data = b"".join(self.frames)
            self.frames = []
            self._hand_on([binary_head(len(data)), data], len(data))
        else:
            super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer, unless the end does not read its answers (RFC 6455, 5.5.3 allows to leave some out)."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(answer)

    # Between the frames.

    def _take_rest(self) -> None:
        with memoryview(self._rest) as view:
            taken = self._take(view)
        del self._rest[:taken]

    def _take(self, view: memoryview) -> int:
        """Take one turn of whole frames; return how many bytes they were."""
        parts: list[bytes] = []
        place = size = 0
        self._wanted = 0
        for _ in range(TURN):
            head = head_at(view, place)
            if head is None or self.transport.is_closing():
                self._wanted = len(view) - place + 1
                break
            end = place + head.size + head.payload
            if head.payload > BINARY_LIMIT:
                # The library refuses it for its head.
                end = len(view)
            elif end > len(view):
                self._wanted = end - place
                break
            if self._goes_on(head.first) and head.masked and head.payload <= BINARY_LIMIT:
                parts += (binary_head(head.payload), unmasked(view, place, head))
                size += head.payload
            else:
                self._hand_on(parts, size)
                parts, size = [], 0
                self.data_received(bytes(view[place:end]))
            place = end
        self._hand_on(parts, size)
        return place

    def _goes_on(self, first: int) -> bool:
        return first == BINARY and self._peer is not None and self.conn.current_size is None

    def _hand_on(self, parts: list[bytes], size: int) -> None:
        """Write heads and payloads to the other end; `size` is of the payloads alone."""
        peer = self._peer
        if not parts or peer is None or self._counted is None:
            return
        if not peer.close_sent and not peer.transport.is_closing():
            # One write: `writelines` of several Python versions does not hold to the limit (CVE-2024-12254).
            peer.transport.write(b"".join(parts))
            self._counted(len(parts) // 2, size)

    @property
    def _more(self) -> bool:
        """Whether another whole frame is here."""
        return bool(self._rest) and len(self._rest) >= self._wanted

    @property
    def _held_up(self) -> bool:
        """Whether the other end is full, or the application has not taken the last message."""
        return self.read_paused or (self._peer is not None and not self._peer.writable.is_set())

    def _take_turns(self) -> None:
        """Come back for frames that are left; nothing more is read until then."""
        if self._turn is None and self._more:
            self._pause()
            self._turn = self.loop.call_soon(self._proceed)

    def _proceed(self) -> None:
        """Take what is left, unless it is held up; then read on."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._more and not self._held_up:
            self._take_rest()
        if self._held_up:
            return
        if self._more:
            self._take_turns()
        elif not closed_twice(self.transport):
            # Also while it closes: what TLS still holds back may keep it from ever being closed.
            self.transport.resume_reading()

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    # Deadlines.

    def _hold_peer(self) -> None:
        """Read nothing from the other end until this one has read, for so long."""
        if self._peer is not None:
            self._peer._pause()
            if self._deadline is None:
                self._deadline = self.loop.call_later(SEND_SECONDS, self._give_up)

    def _note_read(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._stalled = True
        self._wake()

    def _wake(self) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.NORMAL_CLOSURE})
