"""The quiet line under the person's screen: recorded, latency, rate, time left."""

from PySide6.QtWidgets import QFrame

from technician_console.view import Live
from technician_console.windows.controls import Icon, columns, restyle, rule, text
from technician_console.windows.theme import SMALL, Theme, digits
from technician_console.words import rate, time_left

HEIGHT = 32
LAST_MINUTES = 300
SLOW_MS = 250


class StatusBar(QFrame):
    """What one looks at only when something feels wrong."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("part", "bar")
        self.setFixedHeight(HEIGHT)
        self._recorded_icon = Icon(theme, "shield-check", "ok")
        self._recorded = text(role="muted", wrap=False)
        self._latency = text(role="muted", wrap=False)
        self._rate = text(role="muted", wrap=False)
        self._frames = text(role="muted", wrap=False)
        self._escape = text("Right Ctrl frees the keyboard", "muted", wrap=False)
        self._left_icon = Icon(theme, "timer", "muted")
        self._left = text(role="muted", wrap=False)
        font = digits(self.font())
        font.setPixelSize(SMALL)
        for label, width in ((self._latency, 56), (self._rate, 80), (self._frames, 72)):
            label.setFont(font)
            label.setMinimumWidth(width)
        line = columns(
            self._recorded_icon,
            8,
            self._recorded,
            12,
            rule(upright=True),
            12,
            self._latency,
            8,
            self._rate,
            8,
            self._frames,
            0,
            self._escape,
            16,
            self._left_icon,
            8,
            self._left,
        )
        line.setContentsMargins(16, 6, 16, 6)
        self.setLayout(line)

    def show_typing(self, typing: bool) -> None:
        """Show how to get the keyboard back while keys go to the person's computer."""
        self._escape.setVisible(typing)

    def show_state(self, state: Live) -> None:
        """Show this."""
        self._recorded_icon.show_icon(
            *("shield-check", "ok") if state.recorded else ("triangle-alert", "warning")
        )
        self._recorded.setText(state.recording or ("Recorded" if state.recorded else "Not recorded yet"))
        restyle(self._recorded, "role", "muted" if state.recorded else "warning")
        latency = "–" if state.round_trip_ms is None else f"{state.round_trip_ms:.0f}"
        self._latency.setText(f"{latency} ms")
        self._latency.setAccessibleName(f"Round trip {latency} milliseconds")
        slow = state.round_trip_ms is not None and state.round_trip_ms > SLOW_MS
        restyle(self._latency, "role", "warning" if slow else "muted")
        self._rate.setText(rate(state.kilobits))
        self._frames.setText(f"{state.frames:.0f} frames/s")
        ends = state.seconds_left <= LAST_MINUTES
        self._left.setText(time_left(state.seconds_left))
        restyle(self._left, "role", "warning" if ends else "muted")
        self._left_icon.show_icon("timer", "warning" if ends else "muted")
