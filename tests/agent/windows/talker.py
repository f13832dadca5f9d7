"""The session's own window while somebody writes without end; says how long Qt's thread stood still."""

import json
import sys
import time
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel

from agent.view import ChatLine, Session, Side
from agent.windows import theme
from agent.windows.device import NoHand
from agent.windows.session import LONGEST_LINE, SessionPage
from agent.words import Words
from tests.agent.windows.recorder import Recorder
from tests.agent.windows.states import STATES

BURSTS, BURST, KEPT = 20, 25, 500
BEAT_MS = 1


def main() -> None:
    application = QApplication(sys.argv[:1])
    theme.dress(application, theme.preferred())
    state = STATES["session"]
    assert isinstance(state, Session)
    page = SessionPage(replace(state, chat=()), Words("en"), Recorder(), NoHand())
    page.resize(480, 700)
    page.show()
    application.processEvents()
    chat: tuple[ChatLine, ...] = ()
    last, longest = time.monotonic(), 0.0

    def beat() -> None:
        nonlocal last, longest
        now = time.monotonic()
        last, longest = now, max(longest, now - last)

    timer = QTimer()
    timer.setInterval(BEAT_MS)
    timer.timeout.connect(beat)
    timer.start()
    for burst in range(BURSTS):
        texts = (f"{burst}-{number} " * LONGEST_LINE for number in range(BURST))
        lines = [ChatLine(Side.TECHNICIAN, text[:LONGEST_LINE]) for text in texts]
        chat = (*chat, *lines)[-KEPT:]
        page.show_session(replace(state, chat=chat))
        application.processEvents()
    labels: list[str] = []
    deadline = time.monotonic() + 10
    newest = f"{BURSTS - 1}-{BURST - 1} "
    while time.monotonic() < deadline and not any(newest in label for label in labels):
        application.processEvents()
        labels = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    sys.stdout.write(json.dumps({"longest": longest, "labels": [label[:60] for label in labels]}))


if __name__ == "__main__":
    main()
