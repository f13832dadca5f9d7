"""The person's real windows as a process of their own, shown what a test wants to see.

Orders and answers are lines of JSON on a socket; what the person wanted is in
every answer. Nothing of the windows is replaced: only the engine is missing.
"""

import json
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.view import Question, Session, ViewState, Windows, boot_time
from agent.windows import application
from tests.agent.windows.recorder import Recorder
from tests.agent.windows.states import STATES


class Orders(threading.Thread):
    """Takes orders from one client after another until the process ends."""

    def __init__(self, path: str, recorder: Recorder, windows: Windows) -> None:
        super().__init__(daemon=True)
        self._recorder, self._windows = recorder, windows
        self._shown: Any = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()

    def run(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with client, client.makefile("rw") as lines:
                for line in lines:
                    lines.write(json.dumps(self._obey(json.loads(line))) + "\n")
                    lines.flush()

    def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        if "show" in order:
            self._shown = timed(STATES[order["show"]], order["seconds"], order["number"])
            self._windows.show(self._shown)
        for _ in range(order.get("again", 0)):
            self._windows.show(replace(self._shown))
        if order.get("quit"):
            self._windows.quit()
        return {
            "intents": list(self._recorder.all),
            "banner": self._windows.banner_visible(),
            "own": sorted(self._windows.own_windows()),
        }


def timed(state: ViewState, seconds: float, number: int) -> ViewState:
    """Return a page whose times begin now; a question gets its own number."""
    ends = boot_time() + seconds
    if isinstance(state, Session):
        return replace(state, ends_at=ends)
    if isinstance(state, Question):
        session = timed(state.session, seconds, number) if state.session else None
        assert session is None or isinstance(session, Session)
        return replace(state, deadline=ends, number=number, session=session)
    return state


def main(path: str) -> int:
    recorder = Recorder()

    def attach(windows: Windows) -> None:
        recorder.told = lambda intent: windows.quit() if intent[0] == "quit" else None
        Orders(path, recorder, windows).start()

    return application.run(recorder, attach)


if __name__ == "__main__":
    # A warning of Qt must fail the test that runs this; `Stage.close` reads the log for it.
    sys.exit(main(str(Path(sys.argv[1]))))
