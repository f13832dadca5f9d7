"""Tells when the pointer of a display moved: `python -m tests.pointer_watch DISPLAY`.

A process of its own, so that nothing else takes its time. It prints the last
move before each line that it reads, in nanoseconds of CLOCK_MONOTONIC.
"""

import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from Xlib.display import Display

from tests.tree import ROOT

LOOK_SECONDS = 0.001


def main() -> None:
    display = Display(sys.argv[1])
    root = display.screen().root
    last, before = 0, (-1, -1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        place = root.query_pointer()
        now = (place.root_x, place.root_y)
        if now != before:
            last, before = time.monotonic_ns(), now
        if select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
            if not sys.stdin.readline():
                return
            sys.stdout.write(f"{last}\n")
            sys.stdout.flush()


class PointerWatch:
    """Asks the watching process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def last_move(self) -> int:
        """Return when the pointer last moved, in nanoseconds of CLOCK_MONOTONIC."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def watching(display: str, environment: Mapping[str, str]) -> Iterator[PointerWatch]:
    """Watch a display's pointer."""
    command = [sys.executable, "-m", "tests.pointer_watch", display]
    with subprocess.Popen(
        command,
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield PointerWatch(process)
        finally:
            process.kill()


if __name__ == "__main__":
    main()
