"""The agent's end of the watchdog process (`release.py`); belongs to the effects' thread."""

import os
import select
import subprocess
import sys
from pathlib import Path

from agent.effects import feed
from session.errors import EffectFailed

STARTING = 10.0
"""Seconds that the watchdog gets to connect to the X server; 0.2 are usual."""

ENDING = 2.0

PROGRAMS = Path(__file__).parents[2]
"""The folder from which `python -m agent.effects.release` finds this very package."""


class Watchdog:
    """A process that releases what this one holds, should this one die or freeze.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.

    Raises:
        EffectFailed: the watchdog does not start. Without it nothing may be pressed.
    """

    def __init__(self, name: str | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent.effects.release", name or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROGRAMS,
            start_new_session=True,
            bufsize=0,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise EffectFailed("the watchdog has no pipe")
        self._pipe, self._answer = self._process.stdin, self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)
        ready = select.select([self._answer], [], [], STARTING)[0]
        if not ready or self._answer.read(len(feed.READY)) != feed.READY:
            self.close()
            raise EffectFailed("the watchdog does not start")

    @property
    def process(self) -> int:
        """The watchdog's process id."""
        return self._process.pid

    def tell(self, operation: bytes, detail: int = 0) -> None:
        """Tell the watchdog something, at once.

        Raises:
            EffectFailed: it is gone, or does not listen.
        """
        try:
            written = self._pipe.write(feed.record(operation, detail))
        except (OSError, ValueError) as error:
            raise EffectFailed(f"the watchdog is gone: {error}") from error
        if written != feed.RECORD:
            raise EffectFailed("the watchdog does not listen")

    def close(self) -> None:
        """Close the pipe, which makes the watchdog release everything and exit; wait for that."""
        self._pipe.close()
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answer.close()
