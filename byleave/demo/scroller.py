"""The page that scrolls by itself on the person's desktop, for measuring.

    python -m byleave.demo.scroller LOG X Y WIDTH HEIGHT

Thirty times a second the text moves on, and both barcodes, in opposite corners,
show the number of the step. When a step is drawn is written to LOG.
"""

import sys
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer
from PySide6.QtGui import QFont, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from byleave.demo import barcode

RATE = 30
"""Steps a second."""

JUMP = 6
"""Pixels that the text moves in a step."""

LINE_HEIGHT = 24
SENTENCES = (
    "The quick brown fox jumps over the lazy dog and counts the sheep behind the fence.",
    "A page that scrolls is the hardest part of an ordinary day for a shared screen.",
    "Every letter of this line must be readable as soon as the text has come to rest.",
    "0123456789 (numbers), [brackets], {braces}; commas, colons: and a question mark?",
)


class Page(QWidget):
    """A window whose text scrolls; a step is drawn whole or not at all.

    Args:
        log: gets one line for each step: its number and CLOCK_MONOTONIC in nanoseconds before drawing.
        width: in pixels.
        height: in pixels.
    """

    def __init__(self, log: BinaryIO, width: int, height: int) -> None:
        super().__init__()
        self._log = log
        self._step, self._drawn = 0, -1
        self.setWindowTitle("A page that scrolls")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedSize(width, height)
        self._text = _text(width, height)
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        self._timer.start(5)

    def _move(self) -> None:
        step = self._clock.elapsed() * RATE // 1000
        if step != self._step:
            self._step = step
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the step: the text, then the number in two corners."""
        if self._drawn != self._step:
            self._drawn = self._step
            self._log.write(b"%d %d\n" % (self._step, time.monotonic_ns()))
        painter = QPainter(self)
        offset = self._step * JUMP % (self._text.height() // 2)
        painter.drawPixmap(0, 0, self._text, 0, offset, self.width(), self.height())
        code = _image(barcode.draw(self._step))
        painter.drawImage(QPoint(0, 0), code)
        painter.drawImage(QPoint(self.width() - code.width(), self.height() - code.height()), code)
        painter.end()


def _text(width: int, height: int) -> QPixmap:
    """Return lines of text whose second half is the same as the first, so that they go round."""
    lines = 2 * (height // LINE_HEIGHT + 1)
    text = QPixmap(width, 2 * lines * LINE_HEIGHT)
    text.fill(Qt.GlobalColor.white)
    painter = QPainter(text)
    painter.setFont(QFont("DejaVu Sans", 11))
    for line in range(2 * lines):
        number = line % lines
        painter.drawText(12, line * LINE_HEIGHT + 17, f"{number + 1:3}  {SENTENCES[number % len(SENTENCES)]}")
    painter.end()
    return text


def _image(picture: NDArray[np.uint8]) -> QImage:
    height, width = picture.shape[:2]
    return QImage(picture.tobytes(), width, height, QImage.Format.Format_RGB32).copy()


def main(log: str, x: int, y: int, width: int, height: int) -> int:
    """Show the page until the program is ended."""
    application = QApplication(["scroller"])
    application.setApplicationName("scroller")
    with Path(log).open("ab", buffering=0) as file:
        page = Page(file, width, height)
        page.move(x, y)
        page.show()
        return application.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(int(part) for part in sys.argv[2:6])))
