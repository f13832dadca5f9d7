"""How everything looks: the platform's colour scheme, one style sheet, icons in a colour of the palette."""

from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from auditor.windows.palette import DARK, LIGHT, Palette
from auditor.windows.style import style_sheet

ICONS: Final = Path(__file__).parent / "icons"
SHARPNESS: Final = (1.0, 1.25, 1.5, 2.0, 3.0)
"""Device pixels per pixel for which an icon is drawn ahead."""
SMALL, BODY = 13, 14


class Theme(QObject):
    """Follows the platform's colour scheme; `changed` tells who paints by himself.

    Args:
        application: what is dressed.
    """

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        application.setStyle("Fusion")
        hints = QGuiApplication.styleHints()
        self.palette = _palette(hints.colorScheme())
        hints.colorSchemeChanged.connect(self._follow)
        font = application.font()
        font.setPixelSize(BODY)
        application.setFont(font)
        self._apply()

    def icon(self, name: str, colour: str = "text", size: int = 18) -> QIcon:
        """Return an icon of `icons/` in a colour of the palette, sharp at the usual scale factors."""
        icon = QIcon()
        for sharpness in SHARPNESS:
            icon.addPixmap(_pixmap(name, self.colour(colour), size, sharpness))
        return icon

    def colour(self, name: str) -> str:
        """Return a colour of the palette by its name."""
        return str(getattr(self.palette, name))

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        self.palette = _palette(scheme)
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        palette = self.palette
        colours = QPalette()
        for role, colour in {
            QPalette.ColorRole.Window: palette.surface,
            QPalette.ColorRole.WindowText: palette.text,
            QPalette.ColorRole.Base: palette.background,
            QPalette.ColorRole.Text: palette.text,
            QPalette.ColorRole.Button: palette.background,
            QPalette.ColorRole.ButtonText: palette.text,
            QPalette.ColorRole.PlaceholderText: palette.muted,
            QPalette.ColorRole.Highlight: palette.accent,
            QPalette.ColorRole.HighlightedText: palette.accent_text,
            QPalette.ColorRole.ToolTipBase: palette.background,
            QPalette.ColorRole.ToolTipText: palette.text,
        }.items():
            colours.setColor(role, QColor(colour))
        self._application.setPalette(colours)
        chevron = ICONS / ("chevron-dark.svg" if palette.dark else "chevron-light.svg")
        self._application.setStyleSheet(style_sheet(palette, chevron.as_posix()))


def digits(font: QFont) -> QFont:
    """Return the font with digits of one width, so that a clock does not tremble."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@cache
def drawing(name: str, colour: str) -> QSvgRenderer:
    """Return an icon as a drawing of any size."""
    source = (ICONS / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(source.encode()))


def _palette(scheme: Qt.ColorScheme) -> Palette:
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


@cache
def _pixmap(name: str, colour: str, size: int, sharpness: float) -> QPixmap:
    image = QPixmap(QSize(round(size * sharpness), round(size * sharpness)))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing(name, colour).render(painter, QRectF(image.rect()))
    painter.end()
    image.setDevicePixelRatio(sharpness)
    return image
