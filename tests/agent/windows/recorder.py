"""Intents that are written down instead of being done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from session.messages import Answer, Capability


class Recorder:
    """Keeps every intent as a tuple of its name and its values, and tells each to `told`."""

    def __init__(self) -> None:
        self.all: list[tuple[Any, ...]] = []
        self.told: Callable[[tuple[Any, ...]], object] = bool

    def _note(self, *intent: Any) -> None:
        self.all.append(intent)
        self.told(intent)

    def code_typed(self, text: str) -> None:
        self._note("code_typed", text)

    def answer(self, question: int, granted: frozenset[Capability], minutes: int) -> None:
        self._note("answer", question, sorted(granted), minutes)

    def deny(self, question: int, how: Answer) -> None:
        self._note("deny", question, how)

    def stop(self) -> None:
        self._note("stop")

    def pause(self) -> None:
        self._note("pause")

    def go_on(self) -> None:
        self._note("go_on")

    def withdraw(self, capability: Capability) -> None:
        self._note("withdraw", capability)

    def chat(self, text: str) -> None:
        self._note("chat", text)

    def save_copy(self, folder: Path) -> None:
        self._note("save_copy", str(folder))

    def report(self, text: str) -> None:
        self._note("report", text)

    def close_summary(self) -> None:
        self._note("close_summary")

    def adopt(self, yes: bool) -> None:
        self._note("adopt", yes)

    def quit(self) -> None:
        self._note("quit")
