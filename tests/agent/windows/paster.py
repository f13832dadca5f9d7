"""A field for the code into which texts are pasted with Ctrl+V; its process is a test's, without a display.

`python -m tests.agent.windows.paster TEXT …` prints as JSON, for each text,
what the field then shows, its digits, and whether it said that it was edited.
"""

import json
import sys

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from agent.windows.widgets.code_field import CodeField


def pasted(text: str) -> tuple[str, str, bool]:
    """Paste a text into a new field."""
    field, edits = CodeField("Code"), []
    field.edited.connect(lambda: edits.append(field.digits))
    field.show()
    QApplication.clipboard().setText(text)
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    return field.text(), field.digits, edits == [field.digits]


def main() -> None:
    application = QApplication([])
    sys.stdout.write(json.dumps([pasted(text) for text in sys.argv[1:]]))
    application.quit()


if __name__ == "__main__":
    main()
