"""How everything looks: the platform's colour scheme, one style sheet, icons in the text's colour."""

from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from technician_console.windows.palette import DARK, LIGHT, Palette
from technician_console.windows.style import style_sheet

ICONS: Final = Path(__file__).parent / "icons"
SHARPNESS: Final = (1.0, 1.25, 1.5, 2.0, 3.0)
"""Device pixels per pixel for which an icon is drawn ahead."""

SMALL, BODY, LARGE, TITLE = 13, 14, 16, 22


class Theme(QObject):
    """Follows the platform's colour scheme; `changed` tells who paints by himself."""

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

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        self.palette = _palette(scheme)
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        colours = QPalette()
        for role, colour in {
            QPalette.ColorRole.Window: self.palette.surface,
            QPalette.ColorRole.WindowText: self.palette.text,
            QPalette.ColorRole.Base: self.palette.background,
            QPalette.ColorRole.Text: self.palette.text,
            QPalette.ColorRole.Button: self.palette.background,
            QPalette.ColorRole.ButtonText: self.palette.text,
            QPalette.ColorRole.PlaceholderText: self.palette.muted,
            QPalette.ColorRole.Highlight: self.palette.accent,
            QPalette.ColorRole.HighlightedText: self.palette.accent_text,
            QPalette.ColorRole.ToolTipBase: self.palette.background,
            QPalette.ColorRole.ToolTipText: self.palette.text,
        }.items():
            colours.setColor(role, QColor(colour))
        self._application.setPalette(colours)
        # On the accent's colour a tick is as light as the theme, in a menu as light as its text.
        ticks = [(ICONS / f"tick-{name}.svg").as_posix() for name in ("light", "dark")]
        tick, mark = reversed(ticks) if self.palette.dark else ticks
        self._application.setStyleSheet(style_sheet(self.palette, tick, mark))

    def icon(self, name: str, colour: str, size: int = 16) -> QIcon:
        """Return an icon of `icons/`, drawn in a colour, sharp at the usual scale factors."""
        icon = QIcon()
        for sharpness in SHARPNESS:
            icon.addPixmap(pixmap(name, colour, size, sharpness))
        return icon


def _palette(scheme: Qt.ColorScheme) -> Palette:
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


@cache
def drawing(name: str, colour: str) -> QSvgRenderer:
    """Return an icon as a drawing of any size."""
    source = (ICONS / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(source.encode()))


def pixmap(name: str, colour: str, size: int, sharpness: float) -> QPixmap:
    """Return an icon as pixels: `size` wide and high, `sharpness` device pixels for each."""
    image = QPixmap(round(size * sharpness), round(size * sharpness))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing(name, colour).render(painter, QRectF(image.rect()))
    painter.end()
    image.setDevicePixelRatio(sharpness)
    return image


def digits(font: QFont) -> QFont:
    """Return the font with digits of one width, so that numbers that change do not tremble."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
