"""Buttons that answer to a hand only.

A button of Qt can be clicked without any input at all: by AT-SPI's `Press`, by
a shortcut, by code. These react to one native event that a physical device is
known to have made, and to nothing else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractButton

from agent.windows.device import Hand

if TYPE_CHECKING:
    _Base = QAbstractButton
else:
    # At run time this stands beside a Qt class, and two of those cannot be mixed.
    _Base = object


class DeviceOnly(_Base):
    """Mixed into a Qt button, before it; call `listen_to` when the button is made."""

    def listen_to(self, hand: Hand, pressed: Callable[[], None]) -> None:
        """Call `pressed` for each press that the hand confirms, after the button has changed."""
        self._hand, self._by_hand = hand, False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: pressed() if self._by_hand else None)

    def nextCheckState(self) -> None:
        """Tick or untick, if a hand did it."""
        if self._by_hand:
            super().nextCheckState()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a press of a hand."""
        with self._guarded(event) as mine:
            if mine:
                super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a release of a hand."""
        with self._guarded(event) as mine:
            if mine:
                super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Space from a hand; every other key is the window's."""
        with self._guarded(event) as mine:
            if mine and _is_space(event):
                super().keyPressEvent(event)
            else:
                event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Take Space from a hand."""
        with self._guarded(event) as mine:
            if mine and _is_space(event):
                super().keyReleaseEvent(event)
            else:
                event.ignore()

    @contextmanager
    def _guarded(self, event: QInputEvent) -> Iterator[bool]:
        self._by_hand = self._hand.confirms(event)
        try:
            yield self._by_hand
        finally:
            self._by_hand = False


def _is_space(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Space and not event.isAutoRepeat()
