"""Icons, initials and the dot as widgets; all drawn, so they are crisp at every scale."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from agent.windows import icons, theme


class Drawn(QWidget):
    """A square of fixed size that draws itself; it says nothing, the text beside it does."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(size, size))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def square(self) -> QRectF:
        """Return the whole area."""
        return QRectF(0, 0, self.width(), self.height())


class Icon(Drawn):
    """An icon of `agent.windows.icons` in a colour of the palette.

    Args:
        name: of the icon.
        colour: the palette's word for the colour.
        size: of each side, in logical pixels.
    """

    def __init__(
        self, name: str, colour: str = "muted", size: int = 20, parent: QWidget | None = None
    ) -> None:
        super().__init__(size, parent)
        self._name, self._colour = name, colour

    def change(self, name: str, colour: str) -> None:
        """Show another icon."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        icons.paint(painter, self._name, getattr(theme.colours(), self._colour), self.square())
        painter.end()


class Initials(Drawn):
    """A round mark with somebody's initials."""

    def __init__(self, name: str, size: int = 44, parent: QWidget | None = None) -> None:
        super().__init__(size, parent)
        self._initials = initials(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the disc and the letters."""
        palette = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent))
        painter.drawEllipse(self.square())
        font = QFont(self.font())
        font.setPixelSize(round(self.width() * 0.38))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(palette.on_accent))
        painter.drawText(self.square(), Qt.AlignmentFlag.AlignCenter, self._initials)
        painter.end()


class Dot(Drawn):
    """The dot of the banner, in a colour of the palette."""

    def __init__(self, colour: str, size: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(size, parent)
        self._colour = colour

    def change(self, colour: str) -> None:
        """Show another colour."""
        if colour != self._colour:
            self._colour = colour
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme.colours(), self._colour)))
        painter.drawEllipse(self.square().adjusted(1, 1, -1, -1))
        painter.end()


def initials(name: str) -> str:
    """Return the first letters of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0].upper() for word in letters)
