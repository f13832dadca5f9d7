"""The whole session as one bar: how much happened when, what was asked and said, and where the player is."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolTip

from auditor.timeline import Kind, Timeline
from auditor.view import stamp
from auditor.windows.theme import Theme

HEIGHT = 72
SIDE = 10
TRACK = QRectF(0, 26, 0, 32)
"""Top and height of the bars."""
MARK = 5.0
STEP_MS = 5000
PAGE_MS = 60_000

MARKED = {
    Kind.CONSENT: "ok",
    Kind.DENIED: "warning",
    Kind.CHAT: "accent",
    Kind.HOLD: "warning",
    Kind.REFUSAL: "danger",
    Kind.END: "live",
}
"""Rows that have a mark above the bars, and its colour."""


class TimelineBar(QSlider):
    """A slider with the session painted on it; a click goes there.

    Args:
        theme: whose palette.
        sought: is told where the auditor wants to go, in milliseconds.
    """

    def __init__(self, theme: Theme, sought: Callable[[int], None]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme = theme
        self._sought = sought
        self._timeline = Timeline(0, 1)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSingleStep(STEP_MS)
        self.setPageStep(PAGE_MS)
        self.setAccessibleName("Position in the session")
        self.sliderMoved.connect(self._sought)
        self.actionTriggered.connect(self._on_action)
        theme.changed.connect(self.update)

    def show_timeline(self, timeline: Timeline) -> None:
        """Show a session."""
        self._timeline = timeline
        self.setRange(0, timeline.length)
        self.update()

    def show_position(self, position: int) -> None:
        """Show where the player is."""
        if position != self.value() and not self.isSliderDown():
            self.setValue(position)
            self.setAccessibleDescription(f"{stamp(position)} of {stamp(self._timeline.length)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bars, spans, marks and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_spans(painter)
        self._paint_activity(painter)
        self._paint_marks(painter)
        self._paint_handle(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where the pointer is."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer, or say what time it points at."""
        if self.isSliderDown():
            self._go(event)
        self._tell(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay there."""
        if self.isSliderDown():
            self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the window; it moves by the same steps wherever the focus is."""
        event.ignore()

    def _go(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().x())
        self.setValue(position)
        self._sought(position)

    def _tell(self, event: QMouseEvent) -> None:
        position = self._position_at(event.position().x())
        number = self._timeline.row_at(position)
        row = None if number is None else self._timeline.rows[number]
        words = stamp(position) if row is None else f"{stamp(position)} · {row.title}"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _on_action(self, action: int) -> None:
        # A screen reader moves the slider by actions.
        if action != QSlider.SliderAction.SliderMove.value:
            self._sought(self.sliderPosition())

    def _position_at(self, x: float) -> int:
        width = max(1, self.width() - 2 * SIDE)
        share = min(1.0, max(0.0, (x - SIDE) / width))
        return round(share * self._timeline.length)

    def _x(self, position: int) -> float:
        return SIDE + (self.width() - 2 * SIDE) * position / max(1, self._timeline.length)

    def _paint_spans(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QRectF(SIDE, TRACK.top(), self.width() - 2 * SIDE, TRACK.height())
        painter.setBrush(QColor(self._theme.palette.hover))
        painter.drawRoundedRect(ground, 6, 6)
        painter.setBrush(QColor(self._theme.palette.warning_soft))
        for span in self._timeline.still:
            left = self._x(span.begin)
            width = max(2.0, self._x(span.end) - left)
            painter.drawRect(QRectF(left, TRACK.top(), width, TRACK.height()))

    def _paint_activity(self, painter: QPainter) -> None:
        """Paint the bars; those that have been played are in the accent."""
        bars = self._timeline.activity
        if not bars:
            return
        room = self.width() - 2 * SIDE
        step = room / len(bars)
        played = self._x(self.value())
        for number, height in enumerate(bars):
            if not height:
                continue
            left = SIDE + number * step
            tall = max(2.0, height * (TRACK.height() - 8))
            colour = self._theme.palette.accent if left < played else self._theme.palette.heat
            painter.setBrush(QColor(colour))
            box = QRectF(left, TRACK.bottom() - 4 - tall, max(1.0, step - 1), tall)
            painter.drawRoundedRect(box, 1, 1)

    def _paint_marks(self, painter: QPainter) -> None:
        for row in self._timeline.rows:
            name = MARKED.get(row.kind)
            if name is None:
                continue
            colour = QColor(self._theme.colour(name))
            x, y = self._x(row.at), TRACK.top() - 9
            painter.setPen(QPen(colour, 1))
            painter.drawLine(QPointF(x, y + MARK), QPointF(x, TRACK.top()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            if row.kind is Kind.CHAT:
                painter.drawEllipse(QPointF(x, y), MARK - 1, MARK - 1)
            else:
                painter.drawPath(_diamond(x, y))

    def _paint_handle(self, painter: QPainter) -> None:
        palette = self._theme.palette
        x = self._x(self.value())
        painter.setPen(QPen(QColor(palette.text), 2))
        painter.drawLine(QPointF(x, TRACK.top() - 4), QPointF(x, TRACK.bottom() + 4))
        edge = palette.accent if self.hasFocus() else palette.background
        painter.setPen(QPen(QColor(edge), 2))
        painter.setBrush(QColor(palette.text))
        painter.drawEllipse(QPointF(x, TRACK.bottom() + 5), 6, 6)


def _diamond(x: float, y: float) -> QPainterPath:
    path = QPainterPath(QPointF(x, y - MARK))
    for point in (QPointF(x + MARK, y), QPointF(x, y + MARK), QPointF(x - MARK, y)):
        path.lineTo(point)
    path.closeSubpath()
    return path
