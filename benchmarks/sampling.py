"""Runs Byleave and writes what its threads spend their time on.

    python -m benchmarks.sampling FILE agent --state DIR

Some 200 times a second a thread of its own looks where all others are. A thread
counts if the system runs it, or if it stands in a line that does not wait: such
a one has just been stopped by this look. Each second becomes one line of FILE:
processor seconds by thread, and how often each stack was seen. What the processor
did is known exactly, by the system; the looks only say where.
"""

import contextlib
import linecache
import os
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import CodeType, FrameType

import msgspec

INTERVAL = 0.005
SWITCHING = 0.0005
"""Seconds after which a thread lets another one look; Python's own 5 ms would blur what is short."""

WAITS = re.compile(r"\b(select|poll|wait|wait_for|acquire|recv|recv_into|accept|exec|join|sleep|get|read)\(")
HIDDEN = re.compile(
    r"^(threading|runpy|click\.|contextlib|importlib|asyncio\.|selectors|benchmarks\.sampling)"
)
"""Modules that only lead to what is meant; at the end of a stack they are shown."""

LINE_MARK = "> "
"""Before what is a line of source, not a call."""

OWN = ("agent", "auditor", "byleave", "relay", "session", "technician_console")
LINE = 70
LIBRARIES = "of a library, such as x264"


class Second(msgspec.Struct):
    """What one thread did in one second.

    Attributes:
        at: when the second was over, on the monotonic clock.
        thread: its name.
        cpu: processor seconds.
        stacks: how often it was seen where, the outermost call first, parted by semicolons.
    """

    at: float
    thread: str
    cpu: float
    stacks: dict[str, int]


class Task:
    """One thread, as the system sees it."""

    def __init__(self, number: int) -> None:
        folder = f"/proc/self/task/{number}"
        self._stat = os.open(f"{folder}/stat", os.O_RDONLY | os.O_CLOEXEC)
        self._times = os.open(f"{folder}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        self.name = Path(f"{folder}/comm").read_text("utf-8", "replace").strip()
        self._counted = self._cpu()

    @property
    def running(self) -> bool:
        """Whether the processor is its, or shall be."""
        return os.pread(self._stat, 512, 0).rpartition(b")")[2].split()[0] == b"R"

    def spent(self) -> float:
        """Return the processor seconds since this was last asked."""
        before, self._counted = self._counted, self._cpu()
        return self._counted - before

    def _cpu(self) -> float:
        return int(os.pread(self._times, 64, 0).split()[0]) / 1e9

    def close(self) -> None:
        """Close its files."""
        os.close(self._stat)
        os.close(self._times)


class Sampler:
    """Looks at all threads of this process.

    Args:
        file: where each second is written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._program = Path("/proc/self/comm").read_text("utf-8").strip()
        self._tasks: dict[int, Task] = {}
        self._seen: dict[int, Counter[str]] = defaultdict(Counter)
        self._labels: dict[CodeType, str] = {}

    def run(self) -> None:
        """Look until the process ends."""
        own = threading.get_native_id()
        due = time.monotonic() + 1
        with self._file.open("ab", buffering=0) as file:
            while True:
                time.sleep(INTERVAL)
                self._look(own)
                if (now := time.monotonic()) >= due:
                    due = now + 1
                    file.write(b"".join(msgspec.json.encode(each) + b"\n" for each in self._second(now)))

    def _look(self, own: int) -> None:
        numbers = {each.ident: each.native_id for each in threading.enumerate()}
        stacks = {numbers.get(ident): frame for ident, frame in sys._current_frames().items()}
        for number in map(int, os.listdir("/proc/self/task")):
            if number == own:
                continue
            with contextlib.suppress(OSError):
                task = self._tasks.get(number) or self._tasks.setdefault(number, Task(number))
                frame = stacks.get(number)
                if task.running or (frame is not None and not _waits(frame)):
                    self._seen[number][self._stack(frame)] += 1

    def _second(self, now: float) -> list[Second]:
        names = {each.native_id: each.name for each in threading.enumerate()}
        found = []
        for number, task in list(self._tasks.items()):
            try:
                spent = task.spent()
            except OSError:
                self._tasks.pop(number).close()
                continue
            # A library's thread has the program's name, unless it takes one of its own.
            name = names.get(number) or (LIBRARIES if task.name == self._program else task.name)
            found.append(Second(now, name, spent, dict(self._seen[number])))
        self._seen.clear()
        return found

    def _stack(self, frame: FrameType | None) -> str:
        if frame is None:
            return ""
        parts = []
        if self._label(frame.f_code).startswith(OWN):
            parts.append(LINE_MARK + _line(frame).replace(";", ","))
        walked: FrameType | None = frame
        while walked is not None:
            label = self._label(walked.f_code)
            if not HIDDEN.match(label) or walked is frame:
                parts.append(label)
            walked = walked.f_back
        return ";".join(reversed(parts))

    def _label(self, code: CodeType) -> str:
        if code not in self._labels:
            self._labels[code] = f"{_module(code.co_filename)} {code.co_qualname}"
        return self._labels[code]


def _line(frame: FrameType) -> str:
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()[:LINE]


def _waits(frame: FrameType) -> bool:
    return WAITS.search(_line(frame)) is not None


def _module(file: str) -> str:
    """Return a module's name from its file, without where that is."""
    for root in sorted((each for each in sys.path if each), key=len, reverse=True):
        if file.startswith(f"{root}/"):
            file = file.removeprefix(f"{root}/")
            break
    return (
        file.removesuffix(".py").removesuffix("/__init__").rpartition("site-packages/")[2].replace("/", ".")
    )


def main(file: str, *arguments: str) -> None:
    """Run `byleave` with these arguments, and sample it."""
    from byleave.command import main as byleave

    sys.setswitchinterval(SWITCHING)
    threading.Thread(target=Sampler(Path(file)).run, name="sampler", daemon=True).start()
    byleave(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
