"""The person's screen: painted as it comes, and the technician's hand upon it."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from session.messages import PointerAt, PointerImage
from technician_console.surface import Picture, Surface
from technician_console.view import Intents
from technician_console.windows.geometry import Geometry
from technician_console.windows.keyboard import Keyboard, is_the_consoles
from technician_console.windows.remote_pointer import RemotePointer
from technician_console.windows.theme import Theme

BUTTONS = {
    Qt.MouseButton.LeftButton: 1,
    Qt.MouseButton.MiddleButton: 2,
    Qt.MouseButton.RightButton: 3,
    Qt.MouseButton.BackButton: 8,
    Qt.MouseButton.ForwardButton: 9,
}
NOTCH = 120
STEPS_MAXIMUM = 20


class RemoteScreen(QWidget):
    """Paints pictures at device pixels, sends pointer and keys while `controlling`.

    Args:
        theme: whose palette.
        surface: is told how large pictures should be.
        intents: gets the input.
    """

    refused = Signal()
    """The technician clicked or typed although it has no effect."""

    escaped = Signal()
    """The technician gave the keyboard back."""

    focused = Signal(bool)
    """Whether keys come here now."""

    moved = Signal(QPoint)
    """Where the technician's pointer is in this widget."""

    def __init__(self, theme: Theme, surface: Surface, intents: Intents) -> None:
        super().__init__()
        self._theme, self._surface, self._intents = theme, surface, intents
        self._picture: Picture | None = None
        self._unpainted: Picture | None = None
        self._image: QImage | None = None
        self._geometry = Geometry(QSize(), QSize(), 1.0, fit=True)
        self._fit = True
        self._controlling = False
        self._several = False
        self._wheel = QPoint()
        self._buttons: set[int] = set()
        self._pointer = RemotePointer()
        self._drawn = QRect()
        self._keyboard = Keyboard(intents, self.escaped.emit)
        # The person's pointer shows again once it rests elsewhere than the technician's.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(300)
        self._rest.timeout.connect(self._update_pointer)
        self.setAccessibleName("Remote screen")
        self.setAccessibleDescription("The person's screen; the right Control key gives the keyboard back")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    # what to show

    def show_picture(self, picture: Picture) -> None:
        """Paint this picture at once, where it differs; called while `Surface.painting` is held."""
        older, self._picture, self._unpainted = self._picture, picture, picture
        if older is None or older.pixels is not picture.pixels:
            # No copy: the image looks at the pixels, which `self._picture` keeps.
            height, width = picture.pixels.shape[:2]
            self._image = QImage(picture.pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
            if older is None or (older.width, older.height) != (picture.width, picture.height):
                self._measure()
            self._pointer.on(picture)
            self.repaint()
        elif not self._exact():
            self.repaint()
        else:
            region = QRegion()
            for place in picture.changed:
                region += self._geometry.to_widget(QRect(*place))
            self.repaint(region)

    def forget_picture(self) -> None:
        """Show nothing: what was seen is not allowed any more."""
        if self._picture is not None:
            self._picture = self._unpainted = self._image = None
            self._measure()
            self.update()

    def keep(self, watched: frozenset[int]) -> None:
        """Show nothing of monitors that are not watched any more."""
        if self._picture is not None and not shows(self._picture, watched):
            self.forget_picture()

    @property
    def empty(self) -> bool:
        """Whether there is no picture."""
        return self._picture is None

    def show_pointer(self, message: PointerAt | PointerImage) -> None:
        """Draw the person's pointer there, or so."""
        if isinstance(message, PointerAt):
            self._pointer.move(message)
        else:
            self._pointer.reshape(message)
            self._set_cursor()
        self._update_pointer()

    def set_fit(self, fit: bool) -> None:
        """Fit the whole screen into the widget, or show pixel for pixel."""
        self._fit = fit
        self._measure()
        self.update()

    def set_several(self, several: bool) -> None:
        """Say whether the person has several screens: then Shift and F11 are the console's as well."""
        self._several = several

    def set_controlling(self, controlling: bool) -> None:
        """Say whether input has an effect from now on."""
        if controlling != self._controlling:
            if not controlling:
                self._let_go()
            self._controlling = controlling
            self._set_cursor()
            self._update_pointer()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is asked for, and no more."""
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(event.rect(), QColor(self._theme.palette.stage))
        else:
            with self._surface.painting:
                self._paint(painter, self._image, event.region())
        painter.end()
        if (done := self._unpainted) is not None:
            self._unpainted = None
            # After this event, when Qt has handed the pixels to the display.
            QTimer.singleShot(0, self, lambda: self._intents.painted(done.number, done.captured_ms))

    def _paint(self, painter: QPainter, image: QImage, region: QRegion) -> None:
        sharpness = self.devicePixelRatioF()
        target = self._geometry.target
        shown = self._geometry.to_widget(QRect(QPoint(), target.size())).adjusted(1, 1, -1, -1)
        if not shown.contains(region.boundingRect()):
            painter.setClipRegion(region.subtracted(shown))
            painter.fillRect(region.boundingRect(), QColor(self._theme.palette.stage))
            painter.setClipping(False)
        # From here on a unit is a device pixel, so that a picture of the right size is not resampled.
        painter.scale(1 / sharpness, 1 / sharpness)
        if self._exact():
            painter.drawImage(target.topLeft(), image)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image)
        if not self._drawn.isNull() and self._pointer.at is not None:
            at = self._geometry.from_remote(self._pointer.at)
            self._pointer.draw(painter, at, self._geometry.scale)

    def _exact(self) -> bool:
        return self._image is not None and self._image.size() == self._geometry.target.size()

    def _measure(self) -> None:
        """Compute anew where the picture goes; ask for pictures of that size."""
        remote = QSize(self._picture.width, self._picture.height) if self._picture else QSize()
        sharpness = self.devicePixelRatioF()
        if self._fit or remote.isEmpty():
            self.setMinimumSize(0, 0)
        else:
            self.setMinimumSize(remote / sharpness)
        self._geometry = Geometry(remote, self.size(), sharpness, fit=self._fit)
        target = self._geometry.target.size()
        fitted = self._fit and not target.isEmpty() and target != remote
        self._surface.want_size((target.width(), target.height()) if fitted else None)
        self._set_cursor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Compute anew where the picture goes."""
        self._measure()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take every key but our own, also those that Qt would use; follow the display's sharpness."""
        if event.type() is QEvent.Type.ShortcutOverride and not is_the_consoles(event, self._several):
            event.accept()
            return True
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._measure()
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep the Tab key for the person's computer."""
        return not self._controlling and super().focusNextPrevChild(forward)

    # the pointer

    def _update_pointer(self) -> None:
        visible = not (self._controlling and self.underMouse()) or self._pointer.strays()
        place = QRect()
        if visible and self._pointer.at is not None:
            at = self._geometry.from_remote(self._pointer.at)
            place = self._geometry.to_widget(self._pointer.place(at, self._geometry.scale), placed=True)
        if place != self._drawn:
            self.update(self._drawn)
            self._drawn = place
        self.update(place)

    def _set_cursor(self) -> None:
        if self._controlling:
            self.setCursor(self._pointer.cursor(self._geometry.scale, self.devicePixelRatioF()))
        else:
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the person's pointer."""
        self.moved.emit(event.position().toPoint())
        self._move(event)

    def _move(self, event: QMouseEvent) -> None:
        clamped = bool(self._buttons)
        remote = self._geometry.to_remote(event.position(), clamped=clamped)
        if not self._controlling or remote is None or self._picture is None:
            return
        at = self._picture.monitor_at(remote.x(), remote.y(), clamped=clamped)
        if at is not None:
            self._pointer.sent(*at)
            self._rest.start()
            self._intents.pointer_move(*at)

    def _on_monitor(self, at: QPointF) -> bool:
        """Tell whether a point lies on a monitor of the person's."""
        remote = self._geometry.to_remote(at)
        if remote is None or self._picture is None:
            return False
        return self._picture.monitor_at(remote.x(), remote.y()) is not None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press a button at the person's."""
        button = BUTTONS.get(event.button())
        if not self._controlling:
            self.refused.emit()
        elif button and self._on_monitor(event.position()):
            self._move(event)
            self._buttons.add(button)
            self._intents.pointer_button(button, True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second press of a double click as a press like any other."""
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let a button go at the person's."""
        button = BUTTONS.get(event.button())
        if button in self._buttons:
            self._move(event)
            self._buttons.discard(button)
            self._intents.pointer_button(button, False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the person's wheel by whole steps; what is left waits for the next turn."""
        event.accept()
        if not self._controlling or not self._on_monitor(event.position()):
            return
        self._wheel -= event.angleDelta()
        steps = QPoint(int(self._wheel.x() / NOTCH), int(self._wheel.y() / NOTCH))
        if not steps.isNull():
            self._wheel -= steps * NOTCH
            self._intents.scroll(*(max(-STEPS_MAXIMUM, min(STEPS_MAXIMUM, n)) for n in steps.toTuple()))

    def leaveEvent(self, event: QEvent) -> None:
        """Draw the person's pointer again: ours is elsewhere."""
        self._update_pointer()
        super().leaveEvent(event)

    # the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press a key at the person's."""
        if self._controlling:
            self._keyboard.pressed(event)
        elif event.text():
            self.refused.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let a key go at the person's."""
        if self._controlling:
            self._keyboard.released(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Type what a dead key or an input method made."""
        if self._controlling and event.commitString():
            self._keyboard.committed(event.commitString())
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say that keys come here now."""
        self.focused.emit(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let everything go: whatever is released now is released elsewhere."""
        self.focused.emit(False)
        if self._controlling:
            self._let_go()
        super().focusOutEvent(event)

    def _let_go(self) -> None:
        self._keyboard.forget()
        self._buttons.clear()
        self._wheel = QPoint()
        self._intents.release_all()


def shows(picture: Picture, watched: frozenset[int]) -> bool:
    """Tell whether a picture shows watched monitors alone; unless any are told, whatever it shows."""
    return not watched or all(part.number in watched for part in picture.monitors)
