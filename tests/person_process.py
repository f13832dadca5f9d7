"""The person's agent as a process of its own, without windows: it can be killed, and nothing shares its time.

`python -m tests.person_process STATE ADOPTION DISPLAY` reads a command a line
(`code 4821193552`, `stop`, `pause`, `forget`, `allow view control`) and prints
each page, and the moment of each Stop, as a line of JSON.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent.engine import Engine
from agent.view import Question, ViewState
from session.messages import Capability
from tests.person import Person, Seen
from tests.tree import ROOT

DEADLINE = 20.0
Page = dict[str, Any]


def described(page: ViewState) -> Page:
    """Return what a test asks of a page."""
    told: Page = {"page": type(page).__name__}
    for name in ("standing", "granted", "holds", "reason", "can_save", "recording", "trouble", "asks"):
        value = getattr(page, name, None)
        if isinstance(value, frozenset):
            told[name] = sorted(value)
        elif value is not None:
            told[name] = getattr(value, "code", value)
    return told


def tell(line: Page) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Willing(Seen):
    """Tells of each page, and allows at once what it was told to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = frozenset({Capability.SYSTEM_INFO})
        self.engine: Engine | None = None

    def show(self, state: ViewState) -> None:
        tell(described(state))
        if isinstance(state, Question) and self.engine is not None:
            self.engine.answer(state.number, self.allowed & frozenset(state.capabilities), 10)


def main() -> None:
    seen = Willing()
    with Person(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], seen=seen) as person:
        seen.engine = person.engine
        for line in sys.stdin:
            obey(line.split(), person.engine, seen)


def obey(command: list[str], engine: Engine, seen: Willing) -> None:
    match command:
        case ["code", code]:
            engine.code_typed(code)
        case ["allow", *words]:
            seen.allowed = frozenset(Capability(word) for word in words)
        case ["pause"]:
            engine.pause()
        case ["forget"]:
            engine.close_summary()
        case ["stop"]:
            pressed = time.monotonic_ns()
            engine.stop()
            tell({"page": "stopped", "pressed": pressed, "returned": time.monotonic_ns()})
        case _:
            raise ValueError(command)


class PersonProcess:
    """Runs it; use it as a context manager.

    Args:
        folder: the agent's state.
        adoption: the organisation's adoption file.
        display: the X display.
        environment: of the process.
    """

    def __init__(self, folder: Path, adoption: Path, display: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._command = [sys.executable, "-m", "tests.person_process", str(folder), str(adoption), display]
        self._environment = dict(environment)
        self.log = folder.parent / f"{folder.name}.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        self.pages: list[Page] = []
        self._news = threading.Condition()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env={**self._environment, "PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self.wait("Welcome")
        except BaseException:
            self.kill()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                # The last line of somebody who was killed may be half a one.
                if line.endswith("\n"):
                    self.pages.append(json.loads(line))
                    self._news.notify_all()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def say(self, command: str) -> None:
        """Have the person do something; the pages from before count no more."""
        with self._news:
            self.pages.clear()
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def wait(self, kind: str, condition: Callable[[Page], bool] = lambda page: True) -> Page:
        """Return the first such page since the last command."""
        deadline = time.monotonic() + DEADLINE
        with self._news:
            while True:
                for page in self.pages:
                    if page["page"] == kind and condition(page):
                        return page
                if not self._news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"no {kind}, but {self.pages[-3:]}; {self.log.read_text()[-2000:]}")


if __name__ == "__main__":
    main()
