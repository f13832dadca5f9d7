"""The console's way of a frame, stage by stage: decoded, put into the picture, painted by the window."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from benchmarks.agent_stages import Sent
from benchmarks.bare import Decoder, part
from benchmarks.scenes import HEIGHT, WIDTH, Pixels
from benchmarks.sheet import Sheet
from session.canvas import Composer
from session.messages import Capability, Frame
from technician_console.memory import keep_large_buffers
from technician_console.surface import Picture, Rectangle, Surface, few
from technician_console.view import Live
from technician_console.windows.main_window import MainWindow
from technician_console.windows.theme import Theme
from tests.technician_console.windows.told import Told


class Painted(Told):
    """Whoever is told that a picture was painted."""

    def painted(self, number: int, captured_ms: int) -> None:
        """Take it."""
        self.number, self.captured_ms = number, captured_ms


class ConsoleStages:
    """Everything between a decoded message and the window's pixels, for one scene.

    Args:
        application: Qt's, on its offscreen platform: it draws, and shows nothing.
        sheet: where times are written.
    """

    def __init__(self, application: QApplication, sheet: Sheet) -> None:
        keep_large_buffers()
        self._application, self._sheet = application, sheet
        self._surface = Surface()
        self._window = MainWindow(Theme(application), self._surface, Painted())
        self._window.show_state(Live("Maya Ortiz", granted=frozenset({Capability.VIEW})))
        self._window.live.bar.pixels.click()
        self._window.resize(WIDTH + 40, HEIGHT + 124)
        self._window.show()
        application.processEvents()
        self._composer = Composer()
        self._decoder = Decoder()
        self._copy: Pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        self._image = QImage(self._copy.data, WIDTH, HEIGHT, WIDTH * 4, QImage.Format.Format_RGB32)
        self._other = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)

    def run(self, sent: Sequence[Sent]) -> None:
        """Take all frames, in order."""
        for each in sent:
            self._take(each.frame, self._sheet if each.counts else Sheet())

    def close(self) -> None:
        """Close the window."""
        self._window.close()
        self._window.deleteLater()
        self._application.processEvents()

    @property
    def picture(self) -> Pixels:
        """What was put together: BGRx, height × width × 4."""
        canvas = self._composer.canvas
        assert canvas is not None
        return canvas.pixels

    def _take(self, frame: Frame, sheet: Sheet) -> None:
        with sheet.stage("decode"):
            change = self._composer.read(frame)
        with self._surface.painting:
            with sheet.stage("put together"):
                changed = self._composer.paint(change)
            picture = Picture(self.picture, WIDTH, HEIGHT, frame.number, frame.captured_ms, few(changed))
            self._surface.picture(picture)
        # The window takes the newest picture and paints it before this returns.
        with sheet.stage("paint"):
            self._window.take()
        self._application.processEvents()
        self._floors(sheet, frame, few(changed))

    def _floors(self, sheet: Sheet, frame: Frame, changed: Sequence[Rectangle]) -> None:
        with sheet.floor("decode"):
            self._decoder.decode(frame.tiles)
        with sheet.floor("put together"):
            for place in (*frame.copies, *frame.tiles):
                rows, columns = slice(place.y, place.y + place.height), slice(place.x, place.x + place.width)
                self._copy[rows, columns] = self.picture[rows, columns]
        for tile in frame.tiles:
            part(self._copy, tile)[:] = part(self.picture, tile)
        with sheet.floor("paint"):
            painter = QPainter(self._other)
            for x, y, width, height in changed:
                painter.drawImage(x, y, self._image, x, y, width, height)
            painter.end()
