"""The picture on its way out: capture → painter → gate → recorder → channel. ARCHITECTURE, section 6.

A thread for each monitor that is watched, one for the pointer, and one that
follows the monitors as they come and go; none of them waits for the event loop.
While the line is full, changes gather at the X server and the next picture
holds them all: pictures replace each other before encoding, nothing is dropped
after. A still screen costs nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from agent.capture.desktop import Desktop
from agent.capture.monitor import Monitor
from agent.capture.pointer import PointerImage
from agent.capture.watching import Watching
from agent.recorder import Recorder
from agent.showing import IDLE_WAIT, JOIN_SECONDS, Bell, Leave, Outlet, Send, Showing
from session import messages
from session.errors import ByleaveError

_log = logging.getLogger("byleave.screencast")

MONITORS_WAIT = 2.0
"""Seconds after which is looked at the monitors unasked; whatever happens to them wakes their thread."""

POINTER_RECORD_SECONDS = 0.05
POINTER_SECONDS = 1 / 60
"""Between two looks at a pointer that moves; a mouse tells of up to a thousand moves a second."""


class Screencast:
    """Sends the monitors that are watched while the person's leave stands.

    Args:
        desktop: opens what is shown, each part in the thread that shows it.
        watching: which monitors are watched.
        recorder: records each picture before it is sent.
        may_view: tells whether a picture may leave now; asked for each one, twice.
        send: sends on the screen channel.
        failed: is told when the screen or the recorder fails; the screencast has ended then.
    """

    def __init__(
        self,
        desktop: Desktop,
        watching: Watching,
        recorder: Recorder,
        may_view: Callable[[], bool],
        send: Send,
        failed: Callable[[Exception], None],
    ) -> None:
        self._desktop = desktop
        self._watching = watching
        self._recorder = recorder
        self._send = send
        self._failed = failed
        self._leave = Leave(may_view)
        self._outlet = Outlet(recorder, self._leave, send, watching)
        self.flow = self._outlet.flow
        self._bell = Bell()
        self._untold = threading.Event()
        self._told: tuple[messages.Monitor, ...] = ()
        self._showings: dict[int, Showing] = {}
        self._epochs: dict[int, int] = {}
        self._watched: frozenset[int] = frozenset()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            for name, work in (("monitors", self._follow_monitors), ("pointer", self._show_pointer))
        ]

    @property
    def sent(self) -> int:
        """How many pictures have left."""
        return self._outlet.sent

    def start(self) -> None:
        """Start the threads; nothing leaves before `may_view` says so."""
        for thread in self._threads:
            thread.start()

    def poke(self) -> None:
        """Leave was given or taken, or the channel is there: look again."""
        self._leave.poke()

    def want_key(self) -> None:
        """The technician starts anew: tell the monitors, and the next pictures stand for themselves."""
        self._untold.set()
        for showing in list(self._showings.values()):
            showing.want_key()
        self._bell()

    def watch(self, numbers: Sequence[int]) -> None:
        """The technician wants to see these monitors and no others."""
        self._watching.want(numbers)
        self._bell()

    def close(self) -> None:
        """End all threads."""
        self._leave.end()
        self._bell()
        for showing in list(self._showings.values()):
            showing.end()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(JOIN_SECONDS)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            if self._leave.ended.is_set():
                return
            # Also a mistake of the encoder: a session whose pictures died must not look as if it went on.
            _log.error("= %s: %s", type(error).__name__, error)
            self._failed(error)
            if not isinstance(error, ByleaveError):
                raise

    def _follow_monitors(self) -> None:
        if not self._leave.wait():
            return
        watch = self._desktop.monitors()
        self._bell.set_to(watch.wake)
        try:
            while self._leave.wait():
                self._arrange(watch.monitors)
                watch.wait(MONITORS_WAIT)
        finally:
            self._bell.set_to(None)
            for showing in self._showings.values():
                showing.close()
            watch.close()

    def _arrange(self, monitors: Sequence[Monitor]) -> None:
        """Show what is watched and no other; what changes is recorded and told before its first picture."""
        watched = frozenset(each.number for each in self._watching.watched(monitors))
        self._watched = watched
        for number, showing in list(self._showings.items()):
            if number not in watched or showing.over:
                showing.close()
                self._watching.hidden(number)
                self._epochs[number] = showing.next_epoch
                del self._showings[number]
        self._tell(tuple(_told(each, each.number in watched) for each in monitors))
        for number in sorted(watched - set(self._showings)):
            self._showings[number] = self._showing(number)
            self._showings[number].start()

    def _showing(self, number: int) -> Showing:
        return Showing(
            number,
            self._epochs.get(number, 0),
            lambda: self._desktop.screen(number),
            self._outlet,
            self._leave,
            self._guarded,
        )

    def _tell(self, told: tuple[messages.Monitor, ...]) -> None:
        if told != self._told:
            places = [[each.number, each.x, each.y, each.width, each.height] for each in told]
            watched = [each.number for each in told if each.watched]
            self._recorder.event("monitors", monitors=places, watched=watched)
            self._told = told
            self._untold.set()
        if self._untold.is_set():
            self._untold.clear()
            self._send(messages.Monitors(told))

    def _show_pointer(self) -> None:
        if not self._leave.wait():
            return
        pointer = self._desktop.pointer()
        track = _Track()
        try:
            while self._leave.wait():
                change = pointer.wait(IDLE_WAIT)
                if not self._leave.may_view():
                    continue
                if change is not None and change.image is not None:
                    self._send(_image(change.image))
                if change is not None and change.position is not None:
                    track.at = change.position
                self._show_place(track)
                if change is not None:
                    self._leave.ended.wait(POINTER_SECONDS)
        finally:
            pointer.close()

    def _show_place(self, track: "_Track") -> None:
        """Record and send where the pointer is, if that is new; where nothing is watched it is nowhere."""
        place = track.place(self._watched)
        if place is None or place == track.sent:
            return
        track.sent = place
        now = time.monotonic()
        if now - track.recorded >= POINTER_RECORD_SECONDS or place.monitor is None:
            track.recorded = now
            self._recorder.event("cursor", monitor=place.monitor, x=place.x, y=place.y)
        self._send(place)


class _Track:
    """Where the person's pointer was last."""

    def __init__(self) -> None:
        self.at: tuple[int, int, int] | None = None
        self.sent: messages.PointerAt | None = None
        self.recorded = 0.0

    def place(self, watched: frozenset[int]) -> messages.PointerAt | None:
        if self.at is None or not watched:
            return None
        monitor, x, y = self.at
        if monitor not in watched:
            return messages.PointerAt(None, 0, 0)
        return messages.PointerAt(monitor, max(-16384, min(16383, x)), max(-16384, min(16383, y)))


def _told(monitor: Monitor, watched: bool) -> messages.Monitor:
    area = monitor.area
    return messages.Monitor(
        number=monitor.number,
        x=max(area.x, 0),
        y=max(area.y, 0),
        width=area.width,
        height=area.height,
        primary=monitor.primary,
        watched=watched,
    )


def _image(image: PointerImage) -> messages.PointerImage:
    return messages.PointerImage(image.width, image.height, image.hot_x, image.hot_y, image.rgba)
