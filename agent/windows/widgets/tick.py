"""The box before one thing that is asked."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from agent.windows import icons, theme
from agent.windows.device import Hand
from agent.windows.widgets.device_only import DeviceOnly

BOX = 22
GAP = 12
BETWEEN = 2
LEAST = 32
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class Tick(DeviceOnly, QCheckBox):
    """A box with a label and a smaller hint below it.

    Args:
        label: what is asked; also its name for a screen reader.
        hint: what that means, or empty.
        hand: who may tick it.
        changed: called when a hand has ticked or unticked it.
        ticked: how it begins.
        needs: what it says instead of the hint while it waits for another box.
    """

    def __init__(
        self,
        label: str,
        hint: str,
        hand: Hand,
        changed: Callable[[], None],
        *,
        ticked: bool = False,
        needs: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(label, parent)
        self._hint, self._hints = hint, (hint, needs)
        self.setAccessibleName(label)
        self.setAccessibleDescription(hint)
        self.setChecked(ticked)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.listen_to(hand, changed)

    def wait(self, waiting: bool) -> None:
        """Take no tick, and have none, while another box is not ticked that this one needs."""
        self.setEnabled(not waiting)
        self._hint = self._hints[waiting]
        self.setAccessibleDescription(self._hint)
        if waiting:
            self.setChecked(False)
        self.update()

    def hitButton(self, position: QPoint) -> bool:
        """Count the whole row as the box."""
        return self.rect().contains(position)

    def sizeHint(self) -> QSize:
        """Return the size for the widest use."""
        return QSize(360, self.heightForWidth(360))

    def hasHeightForWidth(self) -> bool:
        """The hint may wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that label and hint need."""
        label, _ = self._parts(width)
        height = label.height() + (BETWEEN + self._tallest_hint(width) if self._hint else 0)
        return max(LEAST, height + 8)

    def _tallest_hint(self, width: int) -> int:
        """Return the height of the taller of its hints, so that nothing moves when they change."""
        font, room = _font(self.font(), theme.SMALL), _room(width)
        return max(_measured(hint, font, 0, room).height() for hint in self._hints)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, label and hint."""
        palette = theme.colours()
        label, hint = self._parts(self.width())
        top = (self.height() - label.height() - (BETWEEN + hint.height() if self._hint else 0)) // 2
        label.moveTop(top)
        hint.moveTop(label.bottom() + 1 + BETWEEN)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The box sits beside the first line of the label.
        first_line = QFontMetrics(_font(self.font(), theme.BODY)).height()
        self._paint_box(painter, QRectF(2, top + (first_line - BOX) / 2, BOX, BOX))
        painter.setFont(_font(self.font(), theme.BODY))
        painter.setPen(QColor(palette.text if self.isEnabled() else palette.muted))
        painter.drawText(label, WRAPPED, self.text())
        if self._hint:
            painter.setFont(_font(self.font(), theme.SMALL))
            painter.setPen(QColor(palette.muted))
            painter.drawText(hint, WRAPPED, self._hint)
        painter.end()

    def _paint_box(self, painter: QPainter, box: QRectF) -> None:
        palette = theme.colours()
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 7, 7)
            box = box.adjusted(2, 2, -2, -2)
        border = (
            palette.accent if self.isChecked() or (self.underMouse() and self.isEnabled()) else palette.border
        )
        painter.setPen(QPen(QColor(border), 2))
        painter.setBrush(QColor(palette.accent if self.isChecked() else palette.background))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
        if self.isChecked():
            icons.paint(painter, "check", palette.on_accent, box.adjusted(3, 3, -3, -3))

    def _parts(self, width: int) -> tuple[QRect, QRect]:
        left, room = BOX + GAP + 2, _room(width)
        label = _measured(self.text(), _font(self.font(), theme.BODY), left, room)
        hint = _measured(self._hint, _font(self.font(), theme.SMALL), left, room)
        return label, hint


def _room(width: int) -> int:
    return max(40, width - BOX - GAP - 4)


def _font(base: QFont, size: int) -> QFont:
    font = QFont(base)
    font.setPixelSize(size)
    return font


def _measured(text: str, font: QFont, left: int, room: int) -> QRect:
    found = QFontMetrics(font).boundingRect(QRect(0, 0, room, 1000), WRAPPED, text)
    return QRect(left, 0, room, found.height())
