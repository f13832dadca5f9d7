"""The icons: small SVG files, drawn in any colour and crisp at any scale."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent
SCALES = (1, 2, 3)


@cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text()


def paint(painter: QPainter, name: str, colour: str, where: QRectF) -> None:
    """Draw an icon.

    Args:
        painter: of the widget.
        name: a file of this folder without its ending.
        colour: `#RRGGBB`.
        where: a square.
    """
    source = _source(name).replace("currentColor", colour)
    QSvgRenderer(QByteArray(source.encode())).render(painter, where)


def picture(name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
    """Return an icon as a picture of `size` logical pixels for a screen of this scale."""
    image = QPixmap(QSize(round(size * scale), round(size * scale)))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint(painter, name, colour, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    image.setDevicePixelRatio(scale)
    return image


def icon(name: str, colour: str, size: int = 18) -> QIcon:
    """Return an icon for a button or a menu, sharp up to three times its size."""
    made = QIcon()
    for scale in SCALES:
        made.addPixmap(picture(name, colour, size, scale))
    return made
