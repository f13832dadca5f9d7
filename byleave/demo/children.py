"""Programs started for one desktop, each ended by its id.

A desktop's programs start others, and some of those leave their process group
(a bus launcher, an editor that forks). All of them inherit one random mark in
their environment, so whatever carries the mark at the end was started here.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

MARK = "BYLEAVE_DEMO"
PATIENCE = 3.0
"""Seconds between asking a process to end and killing it."""


class Children:
    """The processes of one desktop; leaving the context ends every one of them.

    Args:
        logs: folder for one log file per program; made if missing.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._mark = secrets.token_hex(16)
        self._running: list[subprocess.Popen[bytes]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_all()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own.

        Args:
            name: the log's file name without `.log`.
            command: the program and its arguments.
            environment: the whole environment; nothing else is inherited.
            folder: where the program finds itself.
            pass_fds: file descriptors that the program keeps.
        """
        with (self.logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                command,
                env={**environment, MARK: self._mark},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        self._running.append(child)
        return child

    def end(self, child: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
        """End one program and its process group: asked first, then killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if child.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(patience)
        if child in self._running:
            self._running.remove(child)

    def end_all(self) -> None:
        """End all programs, the last one first, then whatever they left behind."""
        for child in reversed(self._running[:]):
            self.end(child)
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + PATIENCE
            left = self.left()
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            psutil.wait_procs(left, timeout=max(0.0, deadline - time.monotonic()))

    def left(self) -> list[psutil.Process]:
        """Return every live process that carries this desktop's mark."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(MARK) == self._mark:
                    found.append(process)
        return found
