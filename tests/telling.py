"""A program of ours as a process of its own, that tells what it shows and can be killed."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.tree import ROOT

DEADLINE = 20.0
Page = dict[str, Any]


def tell(page: Page) -> None:
    """Tell of a page, as one line of JSON."""
    sys.stdout.write(json.dumps(page) + "\n")
    sys.stdout.flush()


class TellingProcess:
    """Runs such a program; use it as a context manager.

    Args:
        log: gets what it writes on its error stream.
        first: the page that it begins with.
        environment: the process's.
        arguments: of `python`.
    """

    def __init__(self, log: Path, first: str, environment: Mapping[str, str], *arguments: str) -> None:
        self.log, self._first = log, first
        self._command = [sys.executable, *arguments]
        self._environment = dict(environment)

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
            self.wait(self._first)
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
        """Kill -9, which may be done twice."""
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
