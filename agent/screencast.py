"""The picture on its way out: capture → encode → gate → recorder → channel. ARCHITECTURE, section 6.

Two threads of their own, one for the picture and one for the pointer; neither
waits for the event loop. While the line is full, changes gather at the X
server and the next picture holds them all: pictures replace each other before
encoding, nothing is dropped after. A still screen costs nothing.
"""

import logging
import threading
import time
from collections.abc import Callable

from agent.capture.encoder import Coded, Encoder, X264Encoder
from agent.capture.fmp4 import Sample
from agent.capture.monitor import Rect
from agent.capture.pointer import Pointer, PointerChange
from agent.capture.screen import Screen
from agent.recorder import Recorder, Stream
from session import messages
from session.errors import ByleaveError

_log = logging.getLogger("byleave.screencast")

FASTEST = 1 / 60
"""Seconds between two pictures at least; no display shows more."""

REST_SECONDS = 0.15
"""The screen rests when nothing has changed for so long; then the picture is refined."""

LEAST_IN_FLIGHT = 2
MOST_IN_FLIGHT = 8
IDLE_WAIT = 0.5
POINTER_RECORD_SECONDS = 0.05

Send = Callable[[messages.ScreenOut], None]
"""Sends a message on the screen channel; may be called from any thread."""


class Flow:
    """How many pictures may be on their way: what one round trip holds (PROTOCOL.md, section 6)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sent = 0
        self._acknowledged = 0
        self._window = LEAST_IN_FLIGHT

    def start_anew(self) -> None:
        """Nothing is on its way any more: the channel is a new one."""
        with self._changed:
            self._acknowledged = self._sent
            self._changed.notify_all()

    def sent(self, number: int) -> None:
        """A picture is on its way."""
        with self._changed:
            self._sent = number

    def acknowledge(self, number: int) -> None:
        """The technician has everything up to this picture; what was never sent counts for nothing."""
        with self._changed:
            if self._acknowledged < number <= self._sent:
                self._acknowledged = number
                self._changed.notify_all()

    def round_trip(self, seconds: float) -> None:
        """Set the window by the measured round trip."""
        with self._changed:
            pictures = 1 + round(seconds / FASTEST)
            self._window = max(LEAST_IN_FLIGHT, min(MOST_IN_FLIGHT, pictures))

    def wait(self, seconds: float) -> bool:
        """Wait until another picture may leave; tell whether it may."""
        with self._changed:
            return self._changed.wait_for(lambda: self._sent - self._acknowledged < self._window, seconds)


class Screencast:
    """Sends the primary monitor while the person's leave stands.

    Args:
        open_screen: opens the screen, in the screencast's own thread.
        open_pointer: opens the pointer, likewise.
        recorder: records each picture before it is sent.
        may_view: tells whether a picture may leave now; asked for each one, twice.
        send: sends on the screen channel.
        failed: is told when the screen or the recorder fails; the screencast has ended then.
    """

    def __init__(
        self,
        open_screen: Callable[[], Screen],
        open_pointer: Callable[[], Pointer],
        recorder: Recorder,
        may_view: Callable[[], bool],
        send: Send,
        failed: Callable[[Exception], None],
    ) -> None:
        self._open_screen = open_screen
        self._open_pointer = open_pointer
        self._recorder = recorder
        self._may_view = may_view
        self._send = send
        self._failed = failed
        self.flow = Flow()
        self.sent = 0
        self._ended = threading.Event()
        self._poked = threading.Event()
        self._key_wanted = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            for name, work in (("screen", self._show_screen), ("pointer", self._show_pointer))
        ]

    def start(self) -> None:
        """Start both threads; nothing leaves before `may_view` says so."""
        for thread in self._threads:
            thread.start()

    def poke(self) -> None:
        """Leave was given or taken, or the channel is there: look again."""
        self._poked.set()

    def want_key(self) -> None:
        """The technician's decoder starts anew: the next picture stands for itself."""
        self._key_wanted.set()
        self._poked.set()

    def close(self) -> None:
        """End both threads."""
        self._ended.set()
        self._poked.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(2.0)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            if self._ended.is_set():
                return
            # Also a mistake of the encoder: a session whose pictures died must not look as if it went on.
            _log.error("= %s: %s", type(error).__name__, error)
            self._failed(error)
            if not isinstance(error, ByleaveError):
                raise

    def _await_leave(self) -> bool:
        """Wait until pictures may leave; tell whether they may (and not that all is over)."""
        while not self._ended.is_set():
            if self._may_view():
                return True
            self._poked.wait(IDLE_WAIT)
            self._poked.clear()
        return False

    def _show_screen(self) -> None:
        if not self._await_leave():
            return
        screen = self._open_screen()
        try:
            painter = _Painter(screen)
            while self._await_leave():
                if not self.flow.wait(IDLE_WAIT):
                    continue
                begun = time.monotonic()
                picture = painter.next(key=self._key_wanted.is_set())
                if picture is None or (self._key_wanted.is_set() and not picture[1].key):
                    # A decoder that started anew meanwhile could not show it; the next one stands for itself.
                    continue
                if picture[1].key:
                    self._key_wanted.clear()
                self._deliver(*picture)
                self._ended.wait(max(0.0, FASTEST - (time.monotonic() - begun)))
        finally:
            screen.close()

    def _deliver(self, stream: Stream, coded: Coded, captured: int) -> None:
        if not self._may_view():
            # It was coded but nobody saw it: the next one must not depend on it.
            self._key_wanted.set()
            return
        self._recorder.frame(stream, Sample(coded.data, captured, 1, coded.key))
        if not self._may_view():
            self._key_wanted.set()
            return
        self.sent += 1
        self.flow.sent(self.sent)
        self._send(
            messages.Frame(
                monitor=stream.monitor,
                epoch=stream.epoch,
                number=self.sent,
                key=coded.key,
                width=stream.width,
                height=stream.height,
                captured_ms=captured,
                data=coded.data,
            )
        )

    def _show_pointer(self) -> None:
        if not self._await_leave():
            return
        pointer = self._open_pointer()
        recorded = 0.0
        try:
            while self._await_leave():
                change = pointer.wait(IDLE_WAIT)
                if change is None or not self._may_view():
                    continue
                if change.position and time.monotonic() - recorded >= POINTER_RECORD_SECONDS:
                    recorded = time.monotonic()
                    self._recorder.event("cursor", x=change.position[0], y=change.position[1])
                for message in _pointer_messages(change):
                    self._send(message)
        finally:
            pointer.close()


class _Painter:
    """Makes the next coded picture: of what changed, or a better one of what rests."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._encoder: Encoder | None = None
        self._stream: Stream | None = None
        self._epochs = 0
        # Milliseconds since 1970 that never jump: a clock that is set must not turn the picture back.
        self._zero = time.time() - time.monotonic()

    def next(self, *, key: bool) -> tuple[Stream, Coded, int] | None:
        """Wait for a change; return its picture and its time in milliseconds, or None."""
        fresh = key or self._stream is None
        changed = None if fresh else self._screen.wait(REST_SECONDS)
        if changed is None and not fresh:
            return self._refined()
        return self._captured(changed, key=key)

    def _refined(self) -> tuple[Stream, Coded, int] | None:
        if self._encoder is None or self._stream is None:
            return None
        coded = self._encoder.refine()
        return None if coded is None else (self._stream, coded, self._now())

    def _captured(self, changed: Rect | None, *, key: bool) -> tuple[Stream, Coded, int]:
        now = self._now()
        pixels = self._screen.grab(changed)
        height, width = pixels.shape[:2]
        if self._encoder is None or self._stream is None or (width, height) != self._size(self._stream):
            self._encoder = X264Encoder(width, height)
            # The coded size is even; the stream's size is the monitor's.
            parameters = (self._encoder.sps, self._encoder.pps)
            self._stream = Stream(0, self._epochs, width, height, parameters)
            self._epochs += 1
        return self._stream, self._encoder.encode(pixels, key=key), now

    @staticmethod
    def _size(stream: Stream) -> tuple[int, int]:
        return stream.width, stream.height

    def _now(self) -> int:
        return round((self._zero + time.monotonic()) * 1000)


def _pointer_messages(change: PointerChange) -> list[messages.ScreenOut]:
    found: list[messages.ScreenOut] = []
    if change.image:
        image = change.image
        found.append(messages.PointerImage(image.width, image.height, image.hot_x, image.hot_y, image.rgba))
    if change.position:
        x, y = change.position
        found.append(messages.PointerAt(max(-16384, min(16383, x)), max(-16384, min(16383, y))))
    return found
