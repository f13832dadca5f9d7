"""Play, pause, speed, and the way from event to event."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QComboBox, QFrame, QLabel

from auditor.playback import SPEEDS
from auditor.view import Player
from auditor.windows.controls import IconButton, columns, text
from auditor.windows.theme import Theme, digits

SKIP_MS = 10_000


class Intents(Protocol):
    """What the auditor can want of the player."""

    def toggle(self) -> None:
        """Play, or stand still."""

    def skip(self, milliseconds: int) -> None:
        """Go forward, or back if negative."""

    def seek(self, position: int) -> None:
        """Go there."""

    def next_event(self, forward: bool) -> None:
        """Go to the next event, or the one before."""

    def next_picture(self, forward: bool) -> None:
        """Go to the next picture, or the one before."""

    def set_speed(self, times: float) -> None:
        """Play at another speed."""

    def faster(self, steps: int) -> None:
        """Play so many steps faster, or slower if negative."""

    def checks(self) -> None:
        """Show what was checked."""

    def actual_size(self) -> None:
        """Show the picture pixel by pixel, or fitted."""


@dataclass(frozen=True)
class Words:
    """What the button in the middle says."""

    play: str = "Play"
    pause: str = "Pause"


class Transport(QFrame):
    """The row of buttons below the timeline.

    Args:
        theme: whose palette.
        intents: gets what the auditor wants.
    """

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._words = Words()
        self.play = IconButton(
            theme,
            "play",
            self._words.play,
            intents.toggle,
            "Play or pause (Space)",
            kind="round",
            colour="accent_text",
            size=22,
        )
        self.previous = IconButton(
            theme, "previous", "Previous event", lambda: intents.next_event(False), "Previous event (P)"
        )
        self.next = IconButton(
            theme, "next", "Next event", lambda: intents.next_event(True), "Next event (N)"
        )
        self.back = IconButton(
            theme, "back", "Back 10 seconds", lambda: intents.skip(-SKIP_MS), "Back 10 seconds (J)"
        )
        self.forward = IconButton(
            theme, "forward", "Forward 10 seconds", lambda: intents.skip(SKIP_MS), "Forward 10 seconds (L)"
        )
        self.speed = QComboBox()
        self.speed.addItems([_times(speed) for speed in SPEEDS])
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed ([ and ])")
        self.speed.activated.connect(lambda number: intents.set_speed(SPEEDS[number]))
        self.actual = IconButton(
            theme, "actual-size", "Actual size", intents.actual_size, "Pixel by pixel, or fitted (F)"
        )
        self.actual.setCheckable(True)
        self.elapsed = text("00:00", "strong", "Position", wrap=False)
        self.length = text("00:00", "muted", "Length", wrap=False)
        self.clock = text("", "muted", "Time of day, UTC", wrap=False)
        for label in (self.elapsed, self.length, self.clock):
            label.setFont(digits(label.font()))
        times = columns(self.elapsed, _slash(), self.length, 12, self.clock, 0, gap=6)
        keys = columns(self.previous, self.back, self.play, self.forward, self.next, gap=6)
        line = columns(times, keys, columns(0, self.actual, self.speed, gap=8), gap=8)
        line.setContentsMargins(10, 2, 10, 12)
        # Both sides are as wide, so that the buttons stand in the middle.
        line.setStretch(0, 1)
        line.setStretch(2, 1)
        self.setLayout(line)
        self.setProperty("part", "bar")

    def render_state(self, state: Player) -> None:
        """Show where the player is."""
        self.play.show_icon(*(("pause", self._words.pause) if state.playing else ("play", self._words.play)))
        _say(self.elapsed, state.elapsed)
        _say(self.length, state.header.length)
        _say(self.clock, f"{state.clock} UTC")
        number = SPEEDS.index(state.speed)
        if self.speed.currentIndex() != number and not self.speed.view().isVisible():
            self.speed.setCurrentIndex(number)


def _slash() -> QLabel:
    return text("/", "muted", wrap=False)


def _say(label: QLabel, words: str) -> None:
    if label.text() != words:
        label.setText(words)


def _times(speed: float) -> str:
    return f"{speed:g}×"
