"""What no eye sees: every widget of every scene, looked at in a process without a display.

`python -m tests.technician_console.windows.inspection` prints JSON: labels that would take
markup for more than text, and controls without a name to be read out.
"""

import json
import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
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


def main() -> None:
    """Look at everything and print what is wrong."""
    QApplication(["inspection", "-platform", "offscreen"])
    markup, nameless = [], []
    for name, build in SCENES.items():
        window = build()
        window.show()
        for label in window.findChildren(QLabel):
            if label.textFormat() is not Qt.TextFormat.PlainText:
                markup.append(f"{name}: {label.text()}")
        for control in window.findChildren(QWidget):
            if isinstance(control, CONTROLS) and control.isVisible() and not named(control):
                nameless.append(f"{name}: {control!r}")
        window.close()
    sys.stdout.write(json.dumps({"markup": markup, "nameless": nameless}))


if __name__ == "__main__":
    main()
