"""Runs Byleave and writes what its threads spend their time on.

    python -m benchmarks.sampling FILE agent --state DIR

A hundred times a second a thread of its own looks where all others are. A thread
counts if the system runs it, or if it stands in a line that does not wait: such
a one has just been stopped by this look. Each second becomes one line of FILE:
processor seconds by thread, and how often each stack was seen. What the processor
did is known exactly, by the system; the looks only say where.
"""

import ast
import contextlib
import faulthandler
import linecache
import os
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

INTERVAL = 0.01
SWITCHING = 0.0005
"""Seconds after which a thread lets another one look; Python's own 5 ms would blur what is short."""

WAITS = re.compile(r"\b(select|poll|wait|wait_for|acquire|recv|recv_into|accept|exec|join|sleep|get|read)\(")
HIDDEN = re.compile(
    r"^(threading|<frozen|runpy|click\.|contextlib|importlib|asyncio\.|selectors|benchmarks\.sampling)"
)
"""Modules that only lead to what is meant; at the end of a stack they are shown."""

THREAD = re.compile(r"hread 0x([0-9a-f]+)")
FRAME = re.compile(r'  File "(.+)", line (\d+) in (.+)')
"""How faulthandler writes them."""

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
        return os.pread(self._stat, 512, 0).rpartition(b")")[2].startswith(b" R")

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


class Call(NamedTuple):
    """One line of a stack: which call it is in, the line's words, and whether it waits there."""

    name: str
    line: str
    waits: bool


class Stacks:
    """Where all threads are."""

    def __init__(self) -> None:
        self._file = os.memfd_create("stacks", os.MFD_CLOEXEC)
        self._calls: dict[str, Call] = {}

    def look(self) -> dict[int, list[Call]]:
        """Return the calls of each thread, the innermost first, by the thread's identifier."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        faulthandler.dump_traceback(self._file)
        written = os.pread(self._file, os.fstat(self._file).st_size, 0).decode("utf-8", "replace")
        found = {}
        for block in written.split("\n\n"):
            head, *lines = block.strip().split("\n")
            if thread := THREAD.search(head):
                found[int(thread[1], 16)] = [self._call(line) for line in lines if line.startswith("  File")]
        return found

    def close(self) -> None:
        """Close the file that they are written to."""
        os.close(self._file)

    def _call(self, line: str) -> Call:
        if line not in self._calls:
            match = FRAME.match(line)
            file, number, name = match.groups() if match else ("", "0", line.strip())
            words = linecache.getline(file, int(number)).strip()[:LINE]
            module = _module(file)
            if module.startswith(OWN):
                name = whole_name(file, int(number), name)
            self._calls[line] = Call(f"{module} {name}", words, WAITS.search(words) is not None)
        return self._calls[line]


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
        self._over = threading.Event()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def run(self) -> None:
        """Look until the process ends, or until this is stopped."""
        own, stacks = threading.get_native_id(), Stacks()
        due = time.monotonic() + 1
        with self._file.open("ab", buffering=0) as file, contextlib.closing(stacks):
            while not self._over.wait(INTERVAL):
                self._look(own, stacks)
                if (now := time.monotonic()) >= due:
                    due = now + 1
                    file.write(b"".join(msgspec.json.encode(each) + b"\n" for each in self._second(now)))

    def _look(self, own: int, stacks: Stacks) -> None:
        seen = stacks.look()
        calls = {each.native_id: seen.get(each.ident or 0, []) for each in threading.enumerate()}
        for number in map(int, os.listdir("/proc/self/task")):
            if number == own:
                continue
            # A thread may end at any moment.
            with contextlib.suppress(OSError):
                task = self._tasks.get(number) or self._tasks.setdefault(number, Task(number))
                where = calls.get(number, [])
                if task.running or (where and not where[0].waits):
                    self._seen[number][_stack(where)] += 1

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


def _stack(calls: Sequence[Call]) -> str:
    """Return what is shown of a stack, the outermost call first; in our own code the line as well."""
    if not calls:
        return ""
    shown = [each.name for each in calls[1:] if not HIDDEN.match(each.name)]
    last = [calls[0].name]
    if calls[0].name.startswith(OWN):
        last.append(LINE_MARK + calls[0].line.replace(";", ","))
    return ";".join([*reversed(shown), *last])


@cache
def _functions(file: str) -> list[tuple[int, int, str]]:
    """Return first line, last line and whole name of every function in a file, outer ones first."""
    found = []

    def enter(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.append((child.lineno, child.end_lineno or child.lineno, prefix + child.name))
                enter(child, f"{prefix}{child.name}.")
            else:
                enter(child, prefix)

    enter(ast.parse(Path(file).read_bytes()), "")
    return found


def whole_name(file: str, line: int, name: str) -> str:
    """Return a function's name with its class, from a line of it."""
    inside = [whole for first, last, whole in _functions(file) if first <= line <= last]
    return next((whole for whole in reversed(inside) if whole.rpartition(".")[2] == name), name)


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
