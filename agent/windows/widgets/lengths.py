"""The choice of a length of time, as one row of parts."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from agent.windows import theme
from agent.windows.device import Hand
from agent.windows.widgets.device_only import DeviceOnly


class Part(DeviceOnly, QRadioButton):
    """One length."""

    def __init__(
        self, label: str, hand: Hand, chosen: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(label, parent)
        self.setAccessibleName(label)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.listen_to(hand, chosen)

    def hitButton(self, position: QPoint) -> bool:
        """Count the whole part."""
        return self.rect().contains(position)

    def sizeHint(self) -> QSize:
        """Return the height of a control."""
        return QSize(80, theme.CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the part: bordered, and tinted with a bolder word if it is chosen."""
        palette = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = palette.accent if chosen or self.underMouse() else palette.border
        painter.setPen(QPen(QColor(edge), 2 if chosen else 1))
        painter.setBrush(QColor(palette.accent_soft if chosen else palette.background))
        painter.drawRoundedRect(frame, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 5, 5)
        font = QFont(self.font())
        font.setPixelSize(14)
        font.setWeight(QFont.Weight.DemiBold if chosen else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(palette.accent if chosen else palette.text))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class Lengths(QWidget):
    """All lengths, one of them chosen; arrow keys move along.

    Args:
        name: what is chosen, for a screen reader.
        lengths: minutes and their words.
        chosen: the minutes at first.
        hand: who may choose.
        changed: called with the minutes when a hand has chosen.
    """

    def __init__(
        self,
        name: str,
        lengths: Sequence[tuple[int, str]],
        chosen: int,
        hand: Hand,
        changed: Callable[[int], None],
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._hand, self._changed = hand, changed
        self._parts: list[tuple[int, Part]] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for minutes, label in lengths:
            part = Part(label, hand, lambda: self._changed(self.minutes))
            part.setChecked(minutes == chosen)
            self._parts.append((minutes, part))
            layout.addWidget(part, 1)

    @property
    def minutes(self) -> int:
        """The minutes that are chosen."""
        return next(minutes for minutes, part in self._parts if part.isChecked())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along with the arrow keys of a hand."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step or not self._hand.confirms(event):
            event.ignore()
            return
        parts = [part for _, part in self._parts]
        place = min(max(self._index() + step, 0), len(parts) - 1)
        parts[place].setChecked(True)
        parts[place].setFocus(Qt.FocusReason.TabFocusReason)
        self._changed(self.minutes)

    def _index(self) -> int:
        return next(place for place, (_, part) in enumerate(self._parts) if part.isChecked())
