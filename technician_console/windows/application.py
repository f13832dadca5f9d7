"""Qt in the main thread, from the first window to the last."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from technician_console.surface import Surface
from technician_console.view import Intents
from technician_console.windows.main_window import TITLE, MainWindow
from technician_console.windows.theme import Theme


class Waker(QObject):
    """Carries a call from any thread to the window's."""

    woken = Signal()


def run(surface: Surface, intents: Intents) -> int:
    """Show the window until the surface is closed, and return Qt's exit code.

    Args:
        surface: where new states, pictures and pointers come from; any thread may use it.
        intents: gets what the technician wants, in this thread.
    """
    application = QApplication([TITLE])
    application.setApplicationName("byleave-console")
    application.setApplicationDisplayName(TITLE)
    application.setQuitOnLastWindowClosed(True)
    window = MainWindow(Theme(application), surface, intents)
    waker = Waker()
    waker.woken.connect(window.take, Qt.ConnectionType.QueuedConnection)
    surface.on_wake(waker.woken.emit)
    window.show()
    code = application.exec()
    surface.on_wake(None)
    return code
