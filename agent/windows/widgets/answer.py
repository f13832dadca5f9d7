"""The two buttons of a question: same size, same contrast, one look."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from agent.windows import theme
from agent.windows.device import Hand
from agent.windows.widgets.device_only import DeviceOnly
from agent.windows.widgets.layout import row

CORNER = 8.0


class AnswerButton(DeviceOnly, QPushButton):
    """`Don't allow` or `Allow`; it fills while it arms.

    Args:
        text: its word, also for a screen reader.
        hand: who may press it.
        pressed: called when a hand has pressed it.
        sends_focus_to: the button that gets the focus if a program put it here.
    """

    def __init__(
        self,
        text: str,
        hand: Hand,
        pressed: Callable[[], None],
        sends_focus_to: "AnswerButton | None" = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._sends_focus_to = sends_focus_to
        self._filled = 1.0
        self.listen_to(hand, pressed)

    def fill(self, part: float) -> None:
        """Show how far the button is ready, from 0.0 to 1.0."""
        # Steps of a sixtieth: a screen that is being sent does not change for less.
        part = round(part * 60) / 60
        if part != self._filled:
            self._filled = part
            self.update()

    def say(self, text: str) -> None:
        """Change the word."""
        self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """Return the height of an answer; the width is shared by both."""
        return QSize(200, theme.ANSWER)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Refuse a focus that no key and no mouse brought here."""
        brought = {
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.MouseFocusReason,
        }
        if self._sends_focus_to is not None and event.reason() not in brought:
            self._sends_focus_to.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button: filled as far as it is ready, outlined beyond."""
        palette = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self.rect())
        accent = QColor(palette.accent)
        if self.underMouse() or self.isDown():
            accent = accent.darker(118) if accent.lightness() < 150 else accent.lighter(108)
        filled = QRectF(body.left(), body.top(), body.width() * self._filled, body.height())
        rest = QRectF(filled.right(), body.top(), body.width() - filled.width(), body.height())
        self._half(painter, rest, body, palette.background, palette.accent)
        self._half(painter, filled, body, accent.name(), palette.on_accent)
        painter.setClipping(False)
        _outline(painter, body.adjusted(1, 1, -1, -1), accent.name(), CORNER - 1)
        if self.hasFocus():
            _outline(painter, body.adjusted(1, 1, -1, -1), palette.text, CORNER - 1)
            _outline(painter, body.adjusted(3, 3, -3, -3), palette.background, CORNER - 3)
        painter.end()

    def _half(self, painter: QPainter, clip: QRectF, body: QRectF, ground: str, ink: str) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(body, CORNER, CORNER)
        painter.setClipRect(clip)
        painter.fillPath(shape, QColor(ground))
        painter.setFont(self._fitting(body.width() - 24))
        painter.setPen(QColor(ink))
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, self.text())

    def _fitting(self, width: float) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        for size in range(theme.BODY, theme.SMALL - 1, -1):
            font.setPixelSize(size)
            if QFontMetrics(font).horizontalAdvance(self.text()) <= width:
                break
        return font


def answers(deny: AnswerButton, allow: AnswerButton) -> QHBoxLayout:
    """Return the two in a row, each as wide as the other."""
    pair = row(deny, allow, spacing=12)
    pair.setStretch(0, 1)
    pair.setStretch(1, 1)
    return pair


def _outline(painter: QPainter, where: QRectF, colour: str, corner: float) -> None:
    painter.setPen(QPen(QColor(colour), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(where, corner, corner)
