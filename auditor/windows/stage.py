"""The person's screen, as it was: the picture, fitted or pixel by pixel, with both pointers on top."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from auditor.wall import Place
from auditor.windows.theme import Theme
from session.canvas import Pixels

SMALLEST = QSize(480, 300)
MARGIN = 12
RING = 14.0
ARROW = ((0, 0), (0, 17), (4, 13.2), (6.8, 19.4), (9.3, 18.3), (6.6, 12.2), (12, 12))
"""The outline of a pointer, from its tip."""


class Stage(QWidget):
    """Shows pictures and pointers.

    Args:
        theme: whose palette.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self._scaled: QImage | None = None
        self._blank = ""
        self._places: tuple[Place, ...] = ()
        self._technician: tuple[int, int, int] | None = None
        self._person: tuple[int, int, int] | None = None
        self._clicked = False
        self._actual = False
        self._offset = QPointF()
        self._grabbed: QPoint | None = None
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The person's screen")
        theme.changed.connect(self.update)

    @property
    def image(self) -> QImage | None:
        """The picture that is shown."""
        return self._image

    def show_picture(self, pixels: Pixels, places: tuple[Place, ...] = (Place(0, 0, 0),)) -> None:
        """Show a picture.

        Args:
            pixels: BGRx, height × width × 4.
            places: where in it each monitor is.
        """
        self._places = places
        height, width = pixels.shape[:2]
        # The image does not own its memory; the copy does.
        self._image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()
        self._scaled = None
        self.update()

    def clear(self) -> None:
        """Show no picture."""
        self._image = self._scaled = None
        self.update()

    def show_pointers(
        self, technician: tuple[int, int, int] | None, person: tuple[int, int, int] | None, clicked: bool
    ) -> None:
        """Show where the pointers are: monitor, x and y."""
        if (technician, person, clicked) != (self._technician, self._person, self._clicked):
            self._technician, self._person, self._clicked = technician, person, clicked
            self.update()

    def say(self, blank: str) -> None:
        """Say this where there is no picture."""
        if blank != self._blank:
            self._blank = blank
            self.setAccessibleDescription(blank)
            self.update()

    def show_actual_size(self, actual: bool) -> None:
        """Show the picture pixel by pixel, or fitted into the window."""
        self._actual, self._offset, self._scaled = actual, QPointF(), None
        self.setCursor(Qt.CursorShape.OpenHandCursor if actual else Qt.CursorShape.ArrowCursor)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, picture and pointers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.palette.stage))
        if self._image is None:
            painter.setPen(QColor(self._theme.palette.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._blank)
        else:
            self._paint_picture(painter, self._image)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture anew."""
        self._scaled = None
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the picture about."""
        if self._actual:
            self._grabbed = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture about."""
        if self._grabbed is not None:
            at = event.position().toPoint()
            self._offset += QPointF(at - self._grabbed)
            self._grabbed = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave the picture where it is."""
        if self._grabbed is not None:
            self._grabbed = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def _paint_picture(self, painter: QPainter, image: QImage) -> None:
        place = self._place(image)
        if self._actual:
            painter.drawImage(place, image)
        else:
            painter.drawImage(place, self._fitted(image, place))
        painter.setPen(QPen(QColor(self._theme.palette.hairline), 1))
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = place.width() / image.width()
        palette = self._theme.palette
        person, technician = self._found(self._person), self._found(self._technician)
        if person is not None:
            self._paint_pointer(painter, self._on(place, person, scale), "#14181F", "#FFFFFF")
        if technician is not None:
            tip = self._on(place, technician, scale)
            self._paint_ring(painter, tip, palette.accent)
            self._paint_pointer(painter, tip, palette.accent, palette.accent_text)

    def _fitted(self, image: QImage, place: QRectF) -> QImage:
        """Return the picture in device pixels of its place, so that text stays as sharp as it can be."""
        ratio = self.devicePixelRatioF()
        size = QSize(round(place.width() * ratio), round(place.height() * ratio))
        if self._scaled is None or self._scaled.size() != size:
            kept = Qt.AspectRatioMode.IgnoreAspectRatio
            self._scaled = image.scaled(size, kept, Qt.TransformationMode.SmoothTransformation)
        return self._scaled

    def _place(self, image: QImage) -> QRectF:
        """Return where the picture goes, in the window's pixels."""
        if self._actual:
            ratio = self.devicePixelRatioF()
            width, height = image.width() / ratio, image.height() / ratio
        else:
            room = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            scale = min(room.width() / image.width(), room.height() / image.height(), 1.0)
            width, height = image.width() * scale, image.height() * scale
        left, top = (self.width() - width) / 2, (self.height() - height) / 2
        return QRectF(round(left + self._offset.x()), round(top + self._offset.y()), width, height)

    def _found(self, at: tuple[int, int, int] | None) -> tuple[int, int] | None:
        """Return where in the picture a pixel of a monitor is; None if that monitor is not shown."""
        if at is None:
            return None
        on = next((each for each in self._places if each.monitor == at[0]), None)
        return None if on is None else (on.x + at[1], on.y + at[2])

    @staticmethod
    def _on(place: QRectF, point: tuple[int, int], scale: float) -> QPointF:
        return QPointF(place.left() + point[0] * scale, place.top() + point[1] * scale)

    def _paint_pointer(self, painter: QPainter, tip: QPointF, fill: str, edge: str) -> None:
        path = QPainterPath(tip)
        for x, y in ARROW[1:]:
            path.lineTo(tip + QPointF(x, y))
        path.closeSubpath()
        painter.setPen(QPen(QColor(edge), 1.5))
        painter.setBrush(QColor(fill))
        painter.drawPath(path)

    def _paint_ring(self, painter: QPainter, tip: QPointF, colour: str) -> None:
        ring = QColor(colour)
        ring.setAlphaF(0.45 if self._clicked else 0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ring)
        radius = RING * (1.3 if self._clicked else 1.0)
        painter.drawEllipse(tip, radius, radius)
