"""One monitor on its way out, and the way that all of them share.

Each monitor has a thread, a painter and epochs of its own. They share one line
to the technician, so they paint in turns: whoever has the turn knows what the
line can take, and the frames leave in the order of their numbers.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from agent.capture.differ import Differ
from agent.capture.encoders import of_this_computer
from agent.capture.monitor import Changed, around, parts
from agent.capture.painter import IDLE, Painter, Picture
from agent.capture.screen import Screen
from agent.capture.shared_memory import Pixels
from agent.capture.watching import Watching
from agent.flow import Budget, Flow
from agent.recorder import Recorder
from session import messages
from session.errors import EffectFailed

FASTEST = 1 / 60
"""Seconds between two pictures, on the average; no display shows more."""

SMALL = 1 << 17
"""Pixels of a change that does not wait for the next picture's time: what answers a key while all moves."""

SMALL_FASTEST = 1 / 120
"""Seconds between two of those, on the average."""

IDLE_WAIT = IDLE
FRAME_BYTES = 128
"""What a frame takes on the channel besides its tiles, about."""

JOIN_SECONDS = 2.0

Send = Callable[[messages.ScreenOut], None]
"""Sends a message on the screen channel; may be called from any thread."""


class Leave:
    """Waits for the person's leave; any number of threads may.

    Args:
        may_view: tells whether pictures may leave now.
    """

    def __init__(self, may_view: Callable[[], bool]) -> None:
        self.may_view = may_view
        self.ended = threading.Event()
        self._poked = threading.Condition()

    def poke(self) -> None:
        """It was given or taken: look again."""
        with self._poked:
            self._poked.notify_all()

    def end(self) -> None:
        """All is over."""
        self.ended.set()
        self.poke()

    def wait(self, done: Callable[[], bool] = lambda: False) -> bool:
        """Wait until pictures may leave; tell whether they may (and not that all is over, or `done`)."""
        with self._poked:
            while not (self.ended.is_set() or done()):
                if self.may_view():
                    return True
                self._poked.wait(IDLE_WAIT)
        return False


class Turn:
    """A lock that is given in the order in which it was asked for: a busy monitor starves no other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked = 0
        self._served = 0

    def __enter__(self) -> None:
        with self._changed:
            mine, self._asked = self._asked, self._asked + 1
            self._changed.wait_for(lambda: self._served == mine)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._served += 1
            self._changed.notify_all()


class Outlet:
    """Numbers, records and sends pictures; `deliver` is called by whoever has the turn.

    Args:
        recorder: records each picture before it is sent.
        leave: tells whether a picture may leave; asked for each one, twice.
        send: sends on the screen channel.
        watching: is told which monitors are seen.
    """

    def __init__(self, recorder: Recorder, leave: Leave, send: Send, watching: Watching) -> None:
        self.flow = Flow()
        self.turn = Turn()
        self.sent = 0
        # Milliseconds since 1970 that never jump: a clock that is set must not turn the picture back.
        self.zero = time.time() - time.monotonic()
        self._number = 0
        self._recorder = recorder
        self._leave = leave
        self._send = send
        self._watching = watching
        watching.late = self.flow.late

    def deliver(self, monitor: int, made: "Made") -> bool:
        """Record a picture, then send it; tell whether it left.

        Raises:
            RecorderFailed: it is not recorded, so it is not sent.
        """
        if not self._leave.may_view():
            return False
        # What was recorded has its number, also if it is not sent then.
        self._number += 1
        frame = made.frame(monitor, self._number)
        self._recorder.frame(frame, made.picture.parameters)
        if not self._leave.may_view():
            return False
        self._watching.shown(monitor)
        self.sent += 1
        self.flow.sent(frame.number, FRAME_BYTES + sum(len(tile.data) for tile in frame.tiles))
        self._send(frame)
        return True


class Bell:
    """Wakes whoever waits for something of the X server, while there is one; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def set_to(self, wake: Callable[[], None] | None) -> None:
        """Wake by this from now on."""
        with self._lock:
            self._wake = wake

    def __call__(self) -> None:
        """Wake."""
        with self._lock:
            if self._wake is not None:
                self._wake()


class Showing:
    """Shows one monitor until it is told to end, or the monitor is gone.

    Args:
        number: of the monitor.
        epoch: number of its first epoch.
        open_screen: opens its screen, in the thread of this monitor.
        outlet: where pictures leave.
        leave: the person's.
        guarded: runs the thread's work, and reports what goes wrong.
    """

    def __init__(
        self,
        number: int,
        epoch: int,
        open_screen: Callable[[], Screen],
        outlet: Outlet,
        leave: Leave,
        guarded: Callable[[Callable[[], None]], None],
    ) -> None:
        self.number = number
        self.next_epoch = epoch
        self._open_screen = open_screen
        self._outlet = outlet
        self._leave = leave
        self._key_wanted = threading.Event()
        self._ended = threading.Event()
        self._bell = Bell()
        self._thread = threading.Thread(
            target=guarded, args=(self._show,), name=f"screen-{number}", daemon=True
        )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Tell whether nothing is shown any more."""
        return not self._thread.is_alive()

    def want_key(self) -> None:
        """The next picture has to stand for itself."""
        self._key_wanted.set()
        self._bell()

    def end(self) -> None:
        """Have the thread end, without waiting for it."""
        self._ended.set()
        self._leave.poke()
        self._bell()

    def close(self) -> None:
        """End the thread."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def _may(self) -> bool:
        return self._leave.wait(self._ended.is_set)

    def _show(self) -> None:
        if not self._may():
            return
        screen = self._open_screen()
        canvas = Canvas(screen, self.next_epoch, self._outlet.zero)
        self._bell.set_to(screen.wake)
        try:
            while self._may() and not screen.gone:
                flow = self._outlet.flow
                if flow.wait(IDLE_WAIT) and self._look(canvas) and canvas.due(self._ended):
                    with self._outlet.turn:
                        self._take_turn(canvas)
                self.next_epoch = canvas.epoch + 1
        except EffectFailed:
            # A monitor that was taken away cannot be read, and that is no failure.
            if not screen.gone:
                raise
        finally:
            self._bell.set_to(None)
            canvas.close()

    def _look(self, canvas: "Canvas") -> bool:
        return canvas.look(key=self._key_wanted.is_set()) and not self._ended.is_set()

    def _take_turn(self, canvas: "Canvas") -> None:
        """Paint and deliver, unless another monitor has just filled the line."""
        flow = self._outlet.flow
        if not flow.wait(IDLE_WAIT) or self._ended.is_set():
            return
        made = canvas.paint(flow.budget(), key=self._key_wanted.is_set())
        if made is None or (self._key_wanted.is_set() and not made.key):
            # A decoder that started anew meanwhile could not show it; the next one stands for itself.
            return
        if made.key:
            self._key_wanted.clear()
        if not self._outlet.deliver(self.number, made):
            # It was painted but nobody saw it: the next one must not depend on it.
            self._key_wanted.set()


@dataclass(frozen=True)
class Made:
    """A picture that has no number yet."""

    picture: Picture
    key: bool
    epoch: int
    captured_ms: int
    width: int
    height: int

    def frame(self, monitor: int, number: int) -> messages.Frame:
        """Return it as it is sent."""
        return messages.Frame(
            monitor=monitor,
            epoch=self.epoch,
            number=number,
            key=self.key,
            width=self.width,
            height=self.height,
            captured_ms=self.captured_ms,
            copies=self.picture.copies,
            tiles=self.picture.tiles,
        )


class Canvas:
    """A monitor's screen and who paints it: one painter for each size that it has had.

    Args:
        screen: the monitor's.
        epoch: number of the first epoch.
        zero: when the clock that only goes forward began, in seconds since 1970.
    """

    def __init__(self, screen: Screen, epoch: int, zero: float) -> None:
        self._screen = screen
        self._painter: Painter | None = None
        self._size = (0, 0)
        self.epoch = epoch - 1
        self._pixels: Pixels = np.empty((0, 0, 4), np.uint8)
        self._changed: Changed | None = None
        self._due = self._small_due = 0.0
        self._zero = zero

    def due(self, ended: threading.Event) -> bool:
        """Tell whether what was seen may be painted now; wait until it may, if not (or until all is over)."""
        early = (self._small_due if _is_small(self._changed) else self._due) - time.monotonic()
        if early > 0:
            # What comes meanwhile belongs to the same picture: it has to be looked at again.
            ended.wait(early)
        return early <= 0

    def look(self, *, key: bool) -> bool:
        """Wait for a change; tell whether the technician's picture can be made better."""
        if self._painter is None or key:
            return True
        # What was seen already waits for its turn; what is new comes on top.
        patience = max(self._painter.patience, self._due - time.monotonic())
        changed = self._screen.wait(patience if self._changed is None else 0.0)
        if changed is not None:
            before = self._changed
            self._changed = changed if before is None else around((*parts(before), *parts(changed)))
        return self._changed is not None or not self._painter.exact

    def paint(self, budget: Budget, *, key: bool) -> Made | None:
        """Return what makes the technician's picture better, or None."""
        painter, changed = self._painter, None if key else self._changed
        self._changed = None
        now = time.monotonic()
        if painter is None or key or changed is not None:
            pixels = self._screen.grab(changed)
            if painter is None or pixels.shape != self._pixels.shape:
                painter, key = self._begin_epoch(pixels), True
            self._pixels = pixels
            # After a pause one picture may follow another at once: programs often draw in two steps.
            if not key and _is_small(changed):
                self._small_due = max(self._small_due, now - SMALL_FASTEST) + SMALL_FASTEST
            else:
                self._due = max(self._due, now - FASTEST) + FASTEST
        picture = painter.paint(self._pixels, changed, key=key, budget=budget, now=now)
        if picture is None:
            return None
        return Made(picture, key, self.epoch, round((self._zero + now) * 1000), *self._size)

    def _begin_epoch(self, pixels: Pixels) -> Painter:
        if self._painter is not None:
            self._painter.close()
        height, width = pixels.shape[:2]
        self._size = (width, height)
        self.epoch += 1
        self._painter = Painter(width, height, Differ(width, height), of_this_computer())
        return self._painter

    def close(self) -> None:
        """Let go of both."""
        if self._painter is not None:
            self._painter.close()
        self._screen.close()


def _is_small(changed: Changed | None) -> bool:
    return changed is not None and sum(place.area for place in parts(changed)) <= SMALL
