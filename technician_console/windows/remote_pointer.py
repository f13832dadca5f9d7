"""How the person's pointer looks and where it is, drawn here without a round trip."""

import math
import time

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QCursor, QImage, QPainter, QPixmap

from session.messages import PointerAt, PointerImage
from technician_console.surface import Picture

STILL_SECONDS = 0.25
"""So long after our own last move the person's pointer may lag behind ours."""

NEAR = 3
SMALLEST, LARGEST = 0.75, 3.0


class RemotePointer:
    """The person's pointer; positions are pixels of the picture that is shown."""

    def __init__(self) -> None:
        self.at: QPoint | None = None
        self._told: PointerAt | None = None
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._hot = QPoint()
        self._sent: QPoint | None = None
        self._sent_at = -math.inf

    def move(self, message: PointerAt) -> None:
        """Take where it is."""
        self._told = message
        self._place()

    def on(self, picture: Picture) -> None:
        """Take where the monitors are on which it may be."""
        self._picture = picture
        self._place()

    def _place(self) -> None:
        told, picture = self._told, self._picture
        self.at = None if told is None or picture is None else _in(picture, told.monitor, told.x, told.y)

    def reshape(self, message: PointerImage) -> None:
        """Take how it looks; an image that is not as large as it says is ignored."""
        if len(message.rgba) != message.width * message.height * 4:
            return
        shape = QImage(message.rgba, message.width, message.height, QImage.Format.Format_RGBA8888)
        self._image = shape.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self._hot = QPoint(message.hot_x, message.hot_y)

    def sent(self, monitor: int, x: int, y: int) -> None:
        """Remember where the technician has just moved it."""
        self._sent = _in(self._picture, monitor, x, y) if self._picture is not None else None
        self._sent_at = time.monotonic()

    def strays(self) -> bool:
        """Tell whether it is elsewhere than the technician's own cursor, so must be drawn."""
        if self.at is None:
            return False
        if self._sent is None:
            return True
        rests = time.monotonic() - self._sent_at > STILL_SECONDS
        return rests and (self.at - self._sent).manhattanLength() > NEAR

    def cursor(self, scale: float, sharpness: float) -> QCursor:
        """Return the technician's own cursor in this shape.

        Args:
            scale: device pixels for each pixel of the person's.
            sharpness: device pixels for each pixel of ours.
        """
        if self._image is None:
            return QCursor(Qt.CursorShape.ArrowCursor)
        grown = _clamped(scale)
        size = self._image.size() * grown
        pixmap = QPixmap.fromImage(
            self._image.scaled(
                size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        )
        pixmap.setDevicePixelRatio(sharpness)
        hot = self._hot * (grown / sharpness)
        return QCursor(pixmap, hot.x(), hot.y())

    def place(self, at: QPoint, scale: float) -> QRect:
        """Return where it is drawn, in device pixels, if its tip is at `at`."""
        if self._image is None:
            return QRect()
        grown = _clamped(scale)
        return QRect(at - self._hot * grown, self._image.size() * grown)

    def draw(self, painter: QPainter, at: QPoint, scale: float) -> None:
        """Draw it with its tip at `at`, in device pixels."""
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale != 1.0)
            painter.drawImage(self.place(at, scale), self._image)


def _in(picture: Picture, monitor: int | None, x: int, y: int) -> QPoint | None:
    """Return which pixel of the picture a pixel of a monitor is; None if that is not shown."""
    part = next((part for part in picture.monitors if part.number == monitor), None)
    return None if part is None else QPoint(part.x + x, part.y + y)


def _clamped(scale: float) -> float:
    return min(LARGEST, max(SMALLEST, scale))
