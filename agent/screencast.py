"""The picture on its way out: capture → painter → gate → recorder → channel. ARCHITECTURE, section 6.

Two threads of their own, one for the picture and one for the pointer; neither
waits for the event loop. While the line is full, changes gather at the X
server and the next picture holds them all: pictures replace each other before
encoding, nothing is dropped after. A still screen costs nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agent.capture.differ import Differ
from agent.capture.encoders import of_this_computer
from agent.capture.painter import IDLE, Painter, Picture
from agent.capture.pointer import Pointer, PointerChange
from agent.capture.screen import Screen
from agent.capture.shared_memory import Pixels
from agent.flow import Flow
from agent.recorder import Recorder
from session import messages
from session.errors import ByleaveError

_log = logging.getLogger("byleave.screencast")

FASTEST = 1 / 60
"""Seconds between two pictures, on the average; no display shows more."""

IDLE_WAIT = IDLE
FRAME_BYTES = 128
"""What a frame takes on the channel besides its tiles, about."""

POINTER_RECORD_SECONDS = 0.05
POINTER_SECONDS = 1 / 60
"""Between two looks at a pointer that moves; a mouse tells of up to a thousand moves a second."""

Send = Callable[[messages.ScreenOut], None]
"""Sends a message on the screen channel; may be called from any thread."""


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
        self._number = 0
        self._ended = threading.Event()
        self._poked = threading.Event()
        self._key_wanted = threading.Event()
        self._wake = _Bell()
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
        self._wake()

    def close(self) -> None:
        """End both threads."""
        self._ended.set()
        self._poked.set()
        self._wake()
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
        canvas = _Canvas(screen)
        self._wake.set_to(screen.wake)
        try:
            while self._await_leave():
                if not self.flow.wait(IDLE_WAIT) or not canvas.due(self._ended):
                    continue
                picture = canvas.next(self.flow, key=self._key_wanted.is_set())
                if picture is None or (self._key_wanted.is_set() and not picture.key):
                    # A decoder that started anew meanwhile could not show it; the next one stands for itself.
                    continue
                if picture.key:
                    self._key_wanted.clear()
                self._deliver(picture)
        finally:
            self._wake.set_to(None)
            canvas.close()

    def _deliver(self, made: "_Made") -> None:
        if not self._may_view():
            # It was painted but nobody saw it: the next one must not depend on it.
            self._key_wanted.set()
            return
        # What was recorded has its number, also if it is not sent then.
        self._number += 1
        frame = made.frame(self._number)
        self._recorder.frame(frame, made.picture.parameters)
        if not self._may_view():
            self._key_wanted.set()
            return
        self.sent += 1
        self.flow.sent(frame.number, FRAME_BYTES + sum(len(tile.data) for tile in frame.tiles))
        self._send(frame)

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
                self._ended.wait(POINTER_SECONDS)
        finally:
            pointer.close()


class _Bell:
    """Wakes whoever waits for the screen, while there is one; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def set_to(self, wake: Callable[[], None] | None) -> None:
        with self._lock:
            self._wake = wake

    def __call__(self) -> None:
        with self._lock:
            if self._wake is not None:
                self._wake()


@dataclass(frozen=True)
class _Made:
    """A picture that has no number yet."""

    picture: Picture
    key: bool
    epoch: int
    captured_ms: int
    width: int
    height: int

    def frame(self, number: int) -> messages.Frame:
        """Return it as it is sent."""
        return messages.Frame(
            monitor=0,
            epoch=self.epoch,
            number=number,
            key=self.key,
            width=self.width,
            height=self.height,
            captured_ms=self.captured_ms,
            copies=self.picture.copies,
            tiles=self.picture.tiles,
        )


class _Canvas:
    """The screen and who paints it: one painter for each size that it has had."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._painter: Painter | None = None
        self._size = (0, 0)
        self._epoch = -1
        self._pixels: Pixels = np.empty((0, 0, 4), np.uint8)
        self._due = 0.0
        # Milliseconds since 1970 that never jump: a clock that is set must not turn the picture back.
        self._zero = time.time() - time.monotonic()

    def due(self, ended: threading.Event) -> bool:
        """Wait until another picture may be made; tell whether it may (and not that all is over)."""
        early = self._due - time.monotonic()
        return early <= 0 or not ended.wait(early)

    def next(self, flow: Flow, *, key: bool) -> _Made | None:
        """Wait for a change; return what makes the technician's picture better, or None."""
        painter, changed = self._painter, None
        if painter is not None and not key:
            changed = self._screen.wait(painter.patience)
            if changed is None and painter.exact:
                return None
        now = time.monotonic()
        if painter is None or key or changed is not None:
            pixels = self._screen.grab(changed)
            if painter is None or pixels.shape != self._pixels.shape:
                painter, key = self._begin_epoch(pixels), True
            self._pixels = pixels
            # After a pause one picture may follow another at once: programs often draw in two steps.
            self._due = max(self._due, now - FASTEST) + FASTEST
        picture = painter.paint(self._pixels, changed, key=key, budget=flow.budget(), now=now)
        if picture is None:
            return None
        return _Made(picture, key, self._epoch, round((self._zero + now) * 1000), *self._size)

    def _begin_epoch(self, pixels: Pixels) -> Painter:
        if self._painter is not None:
            self._painter.close()
        height, width = pixels.shape[:2]
        self._size = (width, height)
        self._epoch += 1
        self._painter = Painter(width, height, Differ(width, height), of_this_computer())
        return self._painter

    def close(self) -> None:
        """Let go of both."""
        if self._painter is not None:
            self._painter.close()
        self._screen.close()


def _pointer_messages(change: PointerChange) -> list[messages.ScreenOut]:
    found: list[messages.ScreenOut] = []
    if change.image:
        image = change.image
        found.append(messages.PointerImage(image.width, image.height, image.hot_x, image.hot_y, image.rgba))
    if change.position:
        x, y = change.position
        found.append(messages.PointerAt(max(-16384, min(16383, x)), max(-16384, min(16383, y))))
    return found
