"""The replay program: Qt in the main thread, loading and decoding in threads of their own.

What the threads find comes back by queued signals; the window is a view of a
value made anew for each moment.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from auditor.config import Config
from auditor.loading import Loaded, load
from auditor.online import RelaySource
from auditor.playback import Playback
from auditor.projector import LayoutAt, Projector, Wall
from auditor.source import Source
from auditor.view import (
    AskReason,
    Header,
    Loading,
    ViewState,
    asked_again,
    header_of,
    player,
    problem_of,
)
from auditor.windows.replay_window import TITLE, ReplayWindow
from auditor.windows.theme import Theme
from session.errors import ByleaveError
from session.sealing import Identity

_log = logging.getLogger("byleave.audit")

TICK_MS = 33
EVENT_SLACK_MS = 700
"""Going to the event before goes to one that is so much earlier, or playing would never get past one."""


@dataclass(frozen=True)
class Request:
    """What is to be watched.

    Args:
        source: where the evidence is.
        sid: the session.
        config: whose root is pinned.
        identities: with which it is opened.
        reason: why; empty asks in the window, if somebody keeps a log of it.
        auditor: who opens it, for the question.
    """

    source: Source
    sid: str
    config: Config
    identities: list[Identity] = field(repr=False)
    reason: str = ""
    auditor: str = ""


class Replay(QObject):
    """Leads the window.

    Args:
        request: what is to be watched.
        theme: how it looks.
        clock: seconds that only go forward.
    """

    progressed = Signal(str, int, int)
    loaded = Signal(object)
    failed = Signal(object)
    pictured = Signal(object)

    def __init__(self, request: Request, theme: Theme, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._request = request
        self._clock = clock
        self._recording: Loaded | None = None
        self._header: Header | None = None
        self._projector: Projector | None = None
        self._playback = Playback(0)
        self._stepping = False
        self._asked: AskReason | None = None
        self._title = f"Session {request.sid[:16]}… · {request.source.title}"
        self.window = ReplayWindow(theme, self)
        queued = Qt.ConnectionType.QueuedConnection
        self.progressed.connect(self._on_progress, queued)
        self.loaded.connect(self._on_loaded, queued)
        self.failed.connect(self._on_failed, queued)
        self.pictured.connect(self._on_picture, queued)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """Ask why, or load at once."""
        if isinstance(self._request.source, RelaySource) and not self._request.reason:
            self._asked = AskReason(self._title, self._request.auditor)
            self._show(self._asked)
        else:
            self._load(self._request.reason)

    def end(self) -> None:
        """End the threads."""
        self._timer.stop()
        if self._projector is not None:
            self._projector.close()
            self._projector = None

    # what the auditor wants

    def give_reason(self, reason: str) -> None:
        """Open the recording for this reason."""
        self._load(reason)

    def close(self) -> None:
        """End the program."""
        self.end()
        QApplication.quit()

    def toggle(self) -> None:
        """Play, or stand still."""
        self._move(self._playback.toggle(self._clock()))

    def skip(self, milliseconds: int) -> None:
        """Go forward, or back if negative."""
        now = self._clock()
        self._move(self._playback.seek(now, self._playback.at(now) + milliseconds))

    def seek(self, position: int) -> None:
        """Go there."""
        self._move(self._playback.seek(self._clock(), position))

    def next_event(self, forward: bool) -> None:
        """Go to the next event, or the one before."""
        if self._recording is None:
            return
        here = self._playback.at(self._clock())
        times = [row.at for row in self._recording.timeline.rows]
        later = [at for at in times if at > here]
        earlier = [at for at in times if at < here - EVENT_SLACK_MS]
        if forward and later:
            self.seek(later[0])
        elif not forward:
            self.seek(earlier[-1] if earlier else 0)

    def next_picture(self, forward: bool) -> None:
        """Go to the next picture, or the one before."""
        if self._projector is not None:
            self._playback = self._playback.pause(self._clock())
            self._stepping = True
            self._projector.step(forward)

    def set_speed(self, times: float) -> None:
        """Play at another speed."""
        self._move(self._playback.at_speed(self._clock(), times))

    def faster(self, steps: int) -> None:
        """Play so many steps faster, or slower if negative."""
        self._move(self._playback.faster(self._clock(), steps))

    def checks(self) -> None:
        """Show what was checked."""
        self.window.show_checks()

    def actual_size(self) -> None:
        """Show the picture pixel by pixel, or fitted."""
        self.window.toggle_actual_size()

    # what the threads find

    def _load(self, reason: str) -> None:
        self._show(Loading(self._title))
        threading.Thread(target=self._work, args=(reason,), name="loading", daemon=True).start()

    def _work(self, reason: str) -> None:
        request = self._request
        try:
            found = load(
                request.source,
                request.sid,
                request.config,
                request.identities,
                reason,
                self.progressed.emit,
            )
        except ByleaveError as error:
            self.failed.emit(error)
        else:
            self.loaded.emit(found)

    def _on_progress(self, step: str, number: int, total: int) -> None:
        self._show(Loading(self._title, step, number, total))

    def _on_loaded(self, found: Loaded) -> None:
        self._recording, self._header = found, header_of(found)
        self._playback = Playback(found.timeline.length, float(found.timeline.first), self._clock())
        if found.reels:
            self._projector = Projector(
                found.reels, self._layout_at(found), self.pictured.emit, self._not_decoded
            )
        self._move(self._playback)

    @staticmethod
    def _layout_at(found: Loaded) -> LayoutAt:
        timeline = found.timeline
        return lambda moment: timeline.layout_at(moment - timeline.opened_ms)

    def _on_failed(self, error: ByleaveError) -> None:
        _log.warning("= %s: %s", error.code, error)
        again = asked_again(self._asked, error) if self._asked else None
        self._show(again or problem_of(self._title, error))

    def _not_decoded(self, error: ByleaveError) -> None:
        """Called in the projector's thread: the picture before stays, and the report says what is wrong."""
        _log.warning("= not decoded: %s", error)

    def _on_picture(self, shown: Wall | None) -> None:
        stage = self.window.player.stage
        if shown is None:
            stage.clear()
            return
        stage.show_picture(shown.pixels, shown.places)
        if self._stepping and self._recording is not None:
            self._stepping = False
            position = shown.at - self._recording.timeline.opened_ms
            self._playback = self._playback.seek(self._clock(), position)
            self._render()

    # time goes on

    def _move(self, playback: Playback) -> None:
        if self._recording is None:
            return
        self._stepping = False
        self._playback = playback
        self._tick()

    def _tick(self) -> None:
        recording = self._recording
        if recording is None:
            return
        now = self._clock()
        self._playback = self._playback.settled(now)
        if self._playback.playing != self._timer.isActive():
            (self._timer.start if self._playback.playing else self._timer.stop)()
        if self._projector is not None:
            self._projector.want(recording.timeline.opened_ms + self._playback.at(now))
        self._render()

    def _render(self) -> None:
        if self._recording is not None and self._header is not None:
            self._show(player(self._header, self._recording.timeline, self._playback, self._clock()))

    def _show(self, state: ViewState) -> None:
        self.window.render_state(state)


def run(request: Request) -> int:
    """Show the window until it is closed, and return Qt's exit code."""
    application = QApplication([TITLE])
    application.setApplicationName("byleave-replay")
    application.setApplicationDisplayName(TITLE)
    # Python's own handler would wait until Qt has something to do.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    replay = Replay(request, Theme(application))
    replay.begin()
    replay.window.show()
    code = application.exec()
    replay.end()
    return code
