"""Ordinary buttons. The two buttons of a question are in `answer.py`."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QPushButton, QWidget

from agent.windows import icons, theme
from agent.windows.device import Hand
from agent.windows.widgets.device_only import DeviceOnly

_ICON_COLOURS = {
    "primary": "on_accent",
    "secondary": "accent",
    "neutral": "text",
    "quiet": "accent",
    "stop": "on_live",
}


class Button(QPushButton):
    """A button with a word and perhaps an icon.

    Args:
        text: the word; also its name for a screen reader.
        pressed: called when it is clicked, or pressed if `at_once`.
        kind: primary, secondary, neutral, quiet or stop.
        icon: of `agent.windows.icons`.
        narrow: for the banner and for rows.
        at_once: act on the press and not on the release, which a technician who moves the pointer
            could keep from coming; for what narrows.
    """

    def __init__(
        self,
        text: str,
        pressed: Callable[[], None],
        kind: str = "primary",
        icon: str = "",
        *,
        narrow: bool = False,
        at_once: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind, self._icon, self._narrowed = kind, icon, False
        self.setProperty("kind", kind)
        self.setProperty("narrow", "true" if narrow else "false")
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setIconSize(QSize(18, 18))
        self._draw_icon()
        # A lambda drops the `checked` argument of Qt's signal.
        (self.pressed if at_once else self.clicked).connect(lambda: pressed())

    def say(self, text: str, icon: str) -> None:
        """Change word and icon."""
        if (text, icon) != (self.accessibleName(), self._icon):
            self._icon = icon
            self.setText("" if self._narrowed else text)
            self.setAccessibleName(text)
            self._draw_icon()

    def narrow_down(self, narrowed: bool) -> None:
        """Show the icon alone where room is short; a screen reader still reads the word."""
        if narrowed != self._narrowed:
            self._narrowed = narrowed
            self.setText("" if narrowed else self.accessibleName())

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon anew when it turns dark or light, or is switched off."""
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.EnabledChange, QEvent.Type.StyleChange}:
            self._draw_icon()
        super().changeEvent(event)

    def _draw_icon(self) -> None:
        if getattr(self, "_icon", ""):
            colour = _ICON_COLOURS[self._kind] if self.isEnabled() else "muted"
            self.setIcon(icons.icon(self._icon, getattr(theme.colours(), colour)))


class HandButton(DeviceOnly, Button):
    """A button that only a hand can press, for what widens again what was narrowed."""

    def __init__(
        self,
        text: str,
        hand: Hand,
        pressed: Callable[[], None],
        kind: str = "primary",
        icon: str = "",
        *,
        narrow: bool = False,
    ) -> None:
        super().__init__(text, _nothing, kind, icon, narrow=narrow)
        self.listen_to(hand, pressed)


def _nothing() -> None:
    """Be told of clicks that nobody's hand made."""
