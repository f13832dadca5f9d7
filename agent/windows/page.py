"""Pages of the main window: they know their title and how high they want to be."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agent.windows.widgets.layout import column


class Page(QWidget):
    """Base of all pages; `resized` asks the window to fit again.

    Args:
        title: of the window.
    """

    resized = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setProperty("clear", "true")

    def needed_height(self, width: int) -> int:
        """Return the height that the page needs at a width."""
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout else self.sizeHint().height()


class SteppedPage(Page):
    """A page of several steps, of which one is shown."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._steps: list[QWidget] = []
        # Hidden steps take no room in a column; in a stacked layout they would.
        self._column = column()
        self.setLayout(self._column)

    def add_step(self, step: QWidget) -> None:
        """Add a step after the others; the first one is shown."""
        step.setVisible(not self._steps)
        self._steps.append(step)
        self._column.addWidget(step)

    def show_step(self, shown: int) -> None:
        """Show a step by its place."""
        for place, step in enumerate(self._steps):
            step.setVisible(place == shown)
        self.resized.emit()
