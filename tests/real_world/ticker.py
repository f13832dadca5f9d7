"""A number in a corner of the screen that goes up by one 20 times a second.

    python -m tests.real_world.ticker X Y

Whoever reads the same corner of two displays knows how old the picture on one of them is.
"""

import sys

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from byleave.demo import barcode

RATE = 20
"""Numbers a second."""


class Ticker(QWidget):
    """A window above all others that shows the number."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.BypassWindowManagerHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedSize(barcode.WIDTH, barcode.HEIGHT)
        self._number = 0
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._go_on)
        self._timer.start(5)

    def _go_on(self) -> None:
        number = self._clock.elapsed() * RATE // 1000
        if number != self._number:
            if number // RATE != self._number // RATE:
                self.raise_()
            self._number = number
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the number."""
        pixels = barcode.draw(self._number)
        image = QImage(pixels.tobytes(), barcode.WIDTH, barcode.HEIGHT, QImage.Format.Format_RGB32)
        painter = QPainter(self)
        painter.drawImage(QPoint(), image)
        painter.end()


def main(x: int, y: int) -> int:
    """Show it until the program is ended."""
    application = QApplication(["ticker"])
    ticker = Ticker()
    ticker.move(x, y)
    ticker.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(*(int(part) for part in sys.argv[1:3])))
