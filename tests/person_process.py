"""The person's agent as a process of its own, without windows: it can be killed, and nothing shares its time.

`python -m tests.person_process STATE ADOPTION DISPLAY` reads a command a line
(`code 4821193552`, `stop`, `pause`, `forget`, `allow view control`, `hesitate`) and prints
each page, and the moment of each Stop, as a line of JSON.
"""

import logging
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from agent.engine import Engine
from agent.view import Question, ViewState
from session.messages import Capability
from tests.person import Person, Seen
from tests.telling import Page, TellingProcess, tell


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
    logging.basicConfig(level=logging.INFO)
    seen = Willing()
    with Person(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], seen=seen) as person:
        seen.engine = person.engine
        for line in sys.stdin:
            obey(line.split(), person.engine, seen)


def obey(command: list[str], engine: Engine, seen: Willing) -> None:
    match command:
        case ["code", code]:
            engine.code_typed(code)
        case ["hesitate"]:
            seen.engine = None
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


class PersonProcess(TellingProcess):
    """Runs it.

    Args:
        folder: the agent's state.
        adoption: the organisation's adoption file.
        display: the X display.
        environment: of the process.
    """

    def __init__(self, folder: Path, adoption: Path, display: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        arguments = ("-m", "tests.person_process", str(folder), str(adoption), display)
        super().__init__(folder.parent / f"{folder.name}.log", "Welcome", environment, *arguments)


if __name__ == "__main__":
    main()
