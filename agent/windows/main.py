"""The main window: one page at a time, as high as the page needs."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from agent.windows import theme
from agent.windows.page import Page
from agent.windows.widgets.layout import column, polish, scroll_bar

EDGE = 96
"""Pixels of the screen that a window leaves free for title bar and panels."""


class MainWindow(QWidget):
    """Holds a page; it is hidden, not ended, when the person closes it during a session.

    Args:
        closed: called when the person closes it at another time.
    """

    def __init__(self, closed: Callable[[], None]) -> None:
        super().__init__()
        flags = Qt.WindowType.CustomizeWindowHint | Qt.WindowType.WindowTitleHint
        self.setWindowFlags(
            Qt.WindowType.Window
            | flags
            | Qt.WindowType.WindowSystemMenuHint
            | Qt.WindowType.WindowMinimizeButtonHint
            | Qt.WindowType.WindowCloseButtonHint
        )
        self.page: Page | None = None
        self.closes, self._closed = True, closed
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setProperty("clear", "true")
        self._column = column(margin=theme.PADDING)
        self._inside.setLayout(self._column)
        self._scroll.setWidget(self._inside)
        self.setLayout(column(self._scroll))

    def show_page(self, page: Page) -> None:
        """Show a page instead of the one before."""
        if self.page is not None:
            self._column.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
        self.page = page
        self._column.addWidget(page)
        page.show()
        page.resized.connect(lambda: QTimer.singleShot(0, self, self.fit))
        self.setWindowTitle(page.windowTitle())
        self.setAccessibleName(page.windowTitle())
        self.fit()

    def fit(self) -> None:
        """Take the height that the page needs, up to the screen's."""
        if self.page is None:
            return
        polish(self)
        width = theme.WIDTH - 2 * theme.PADDING
        needed = self.page.needed_height(width) + 2 * theme.PADDING
        most = self.screen().availableGeometry().height() - EDGE
        self._scroll.setVerticalScrollBarPolicy(scroll_bar(needed > most))
        self.setFixedSize(theme.WIDTH, min(needed, most))

    def center(self) -> None:
        """Move to the middle of its screen."""
        area = self.screen().availableGeometry()
        self.move(area.center().x() - self.width() // 2, area.center().y() - self.height() // 2)

    def bring_forward(self) -> None:
        """Show the window before the others."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide during a session; otherwise tell that the person closed it."""
        event.ignore()
        if self.closes:
            self._closed()
        else:
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Fit again when another font comes."""
        if event.type() is QEvent.Type.FontChange:
            self.fit()
        super().changeEvent(event)
