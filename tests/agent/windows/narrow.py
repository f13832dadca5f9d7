"""The banner on a screen of 800 pixels, Qt's own without a display: tells how its words fit, as JSON."""

import json

import click
from PySide6.QtWidgets import QApplication, QLabel

from agent.windows.banner import Banner
from tests.agent.windows.scenes import banner
from tests.agent.windows.states import CONTROLLING, VIEWING


def main() -> None:
    application = QApplication([])
    made = banner(VIEWING)()
    application.processEvents()
    assert isinstance(made, Banner)
    made.show_session(CONTROLLING, 0)
    application.processEvents()
    label = next(one for one in made.findChildren(QLabel) if one.text().startswith("can see"))
    told = {
        "screen": made.screen().geometry().width(),
        "text": label.text(),
        "wanted": label.fontMetrics().horizontalAdvance(label.text()),
        "wraps": label.wordWrap(),
        "place": (label.width(), label.height()),
        "height": label.heightForWidth(label.width()),
    }
    click.echo(json.dumps(told))


if __name__ == "__main__":
    main()
