"""A window of PySide6 for the tests: `python window.py NAME`."""

import sys

from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)


def show() -> int:
    application = QApplication(sys.argv)
    application.setApplicationName(sys.argv[1])
    window = QWidget()
    window.setWindowTitle("Trial")
    said, button, box = (
        QLabel("nothing yet"),
        QPushButton("&Allow for 30 minutes"),
        QCheckBox("See this screen"),
    )
    line, page, never, slider = QLineEdit(), QPlainTextEdit(), QPushButton("Never"), QSlider()
    line.setAccessibleName("Code")
    page.setAccessibleName("Chat")
    slider.setAccessibleName("How long")
    slider.setRange(0, 100)
    never.setEnabled(False)
    clicks = 0

    def clicked() -> None:
        nonlocal clicks
        clicks += 1
        said.setText(f"clicked {clicks}")

    button.clicked.connect(clicked)
    layout = QVBoxLayout(window)
    for widget in (said, button, box, line, page, never, slider):
        layout.addWidget(widget)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(show())
