"""Where the person's screen lies in the widget, in device pixels, and back."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize


class Geometry:
    """One arrangement of one screen in one widget.

    Args:
        remote: size of the person's screen, in its pixels.
        widget: size of the widget, in pixels that Qt counts.
        sharpness: device pixels for each of those.
        fit: fill the widget and keep the shape; else one device pixel for each pixel of the person's.
    """

    def __init__(self, remote: QSize, widget: QSize, sharpness: float, *, fit: bool) -> None:
        self._remote, self._sharpness = remote, sharpness
        room = QSize(round(widget.width() * sharpness), round(widget.height() * sharpness))
        if remote.isEmpty() or room.isEmpty():
            self.scale, self.target = 1.0, QRect()
            return
        self.scale = min(room.width() / remote.width(), room.height() / remote.height()) if fit else 1.0
        size = QSize(max(1, round(remote.width() * self.scale)), max(1, round(remote.height() * self.scale)))
        corner = QPoint(max(0, room.width() - size.width()) // 2, max(0, room.height() - size.height()) // 2)
        self.target = QRect(corner, size)
        """Where the picture goes, in device pixels."""

    def to_remote(self, at: QPointF, *, clamped: bool = False) -> QPoint | None:
        """Return the person's pixel under a point of the widget, None beside the picture.

        Args:
            at: the point, in pixels that Qt counts.
            clamped: take the nearest pixel instead, as dragging beyond the edge needs.
        """
        if self.target.isEmpty():
            return None
        x = int((at.x() * self._sharpness - self.target.x()) // self.scale)
        y = int((at.y() * self._sharpness - self.target.y()) // self.scale)
        inside = QPoint(max(0, min(self._remote.width() - 1, x)), max(0, min(self._remote.height() - 1, y)))
        return inside if clamped or inside == QPoint(x, y) else None

    def from_remote(self, at: QPoint) -> QPoint:
        """Return the device pixel of the widget where a pixel of the person's is drawn."""
        return self.target.topLeft() + QPoint(round(at.x() * self.scale), round(at.y() * self.scale))

    def to_widget(self, part: QRect, *, placed: bool = False) -> QRect:
        """Return the smallest rectangle of the widget that holds a part of the picture.

        Args:
            part: in device pixels, from the picture's corner.
            placed: the part counts from the widget's corner instead.
        """
        moved = part if placed else part.translated(self.target.topLeft())
        by = 1 / self._sharpness
        exact = QRectF(moved.x() * by, moved.y() * by, moved.width() * by, moved.height() * by)
        return exact.toAlignedRect()
