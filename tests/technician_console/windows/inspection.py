"""What no eye sees: every widget of every scene, looked at in a process without a display.

`python -m tests.technician_console.windows.inspection` prints JSON: labels that would take
markup for more than text, controls without a name to be read out, and what a narrow window cuts off.
"""

import json
import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from tests.technician_console.windows.scenes import SCENES

CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QSpinBox)


def named(control: QWidget) -> bool:
    """Tell whether a control, or the one that it is a part of, has a name."""
    parent = control.parentWidget()
    return bool(control.accessibleName()) or (isinstance(parent, QSpinBox) and bool(parent.accessibleName()))


def cut_off(window: QWidget) -> list[str]:
    """Make a window as narrow as it can be, and return what of its bars is cut off then."""
    window.resize(window.minimumSize())
    QApplication.processEvents()
    found = []
    for bar in (each for each in window.findChildren(QFrame) if each.property("part") == "bar"):
        for part in bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            place, least = part.geometry(), part.minimumSizeHint()
            if part.isVisible() and not (bar.rect().contains(place) and place.width() >= least.width()):
                found.append(f"{part.accessibleName() or part!r} at {place.getRect()} of {bar.width()}")
    return found


def main() -> None:
    """Look at everything and print what is wrong."""
    QApplication(["inspection", "-platform", "offscreen"])
    markup, nameless, cut = [], [], []
    for name, build in SCENES.items():
        window = build()
        if isinstance(window, QMenu):
            # Without a display a menu cannot take the keyboard, and Qt warns of it.
            continue
        window.show()
        for label in window.findChildren(QLabel):
            if label.textFormat() is not Qt.TextFormat.PlainText:
                markup.append(f"{name}: {label.text()}")
        for control in window.findChildren(QWidget):
            if isinstance(control, CONTROLS) and control.isVisible() and not named(control):
                nameless.append(f"{name}: {control!r}")
        cut += [f"{name}: {part}" for part in cut_off(window)]
        window.close()
    sys.stdout.write(json.dumps({"markup": markup, "nameless": nameless, "cut": cut}))


if __name__ == "__main__":
    main()
