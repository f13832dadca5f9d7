"""A relay process under load: what it forwards, how much later things come, and what a connection costs.

All clients are in this process, so the relay's processor time is its own. The floor is a
process that forwards bytes without looking at them; *direct* is one socket and nothing between.
"""

import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from benchmarks import relay_load
from benchmarks.relay_load import Pair
from tests.relay.office import Office
from tests.relay.process import RelayProcess

SESSIONS = (1, 50, 200)
BLAST_SECONDS = 3.0
TALK_SECONDS = 4.0
ROUNDS = 3
PERCENTILES = (50, 95, 99)
IDLE = (200, 1000)
"""Connections, two for each session."""
MEBIBYTE = 1024 * 1024
_SETTINGS = """[limits]
rooms_per_technician = 1000
sessions_per_day = 100000
connections = {burst = 100000, per_second = 1000}
joins = {burst = 100000, per_second = 1000}
"""

Make = Callable[[int], list[Pair]]


class Between:
    """A process between the ends: what it is called, and its processor time.

    Args:
        name: for the results.
        process: its id; None for no process at all.
        make: makes so many sessions through it.
    """

    def __init__(self, name: str, process: int | None, make: Make) -> None:
        self.name = name
        self._process = None if process is None else psutil.Process(process)
        self._make = make

    @contextmanager
    def sessions(self, count: int) -> Iterator[list[Pair]]:
        """Hold so many sessions open."""
        pairs = self._make(count)
        try:
            yield pairs
        finally:
            for pair in pairs:
                pair.close()

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = self._process.cpu_times() if self._process is not None else None
        return times.user + times.system if times is not None else 0.0

    @property
    def own_memory(self) -> int:
        """Bytes that this process shares with no other one."""
        return int(self._process.memory_full_info().uss) if self._process is not None else 0


def measure() -> dict[str, float]:
    """Return what the relay forwards and costs, and the same of the floor."""
    with TemporaryDirectory(prefix="byleave-bench-") as folder, _listener() as listener:
        with _relay(Path(folder)) as relay, _forwarder(listener) as floor:
            direct = Between("direct", None, lambda count: relay_load.direct(count, listener))
            results = memory(relay)
            for count in SESSIONS:
                results |= rates(relay, floor, count)
            return results | delays(direct, floor, relay)


def memory(relay: Between) -> dict[str, float]:
    """Return what a connection costs that has been used and rests, both of its ends counted."""
    results = {}
    with relay.sessions(20) as pairs:
        # What the first ones load belongs to none of them.
        relay_load.talk(pairs, 1)
    before = relay.own_memory
    for count in IDLE:
        with relay.sessions(count // 2) as pairs:
            relay_load.talk(pairs[:100], 1)
            each = (relay.own_memory - before) / count / 1024
            results[f"memory of each of {count} connections, KiB"] = each
    return results


def rates(relay: Between, floor: Between, count: int) -> dict[str, float]:
    """Return gigabits for each second of one core."""
    results = {}
    for between in (floor, relay):
        with between.sessions(count) as pairs:
            relay_load.blast(pairs, BLAST_SECONDS / 6)
            began, cpu = time.perf_counter(), between.cpu
            gigabits = relay_load.blast(pairs, BLAST_SECONDS)
            used = between.cpu - cpu
            results[f"{between.name}, {count} sessions, Gbit/s/core"] = gigabits / used
            results[f"{between.name}, {count} sessions, Gbit/s"] = gigabits / (time.perf_counter() - began)
    of_relay, of_floor = (results[f"{name}, {count} sessions, Gbit/s/core"] for name in ("relay", "floor"))
    results[f"{count} sessions, x floor's rate"] = of_relay / of_floor
    return results


def delays(direct: Between, floor: Between, relay: Between) -> dict[str, float]:
    """Return milliseconds under way at 200 sessions of one megabit a second each.

    The three take turns, and of each figure the median of all rounds counts: what else this
    machine does in one second is in one figure only. How much that is, is measured as well.
    """
    found: dict[str, list[float]] = {}
    others = _Others([relay, floor])
    for _ in range(ROUNDS):
        for between in (direct, floor, relay):
            with between.sessions(SESSIONS[-1]) as pairs:
                relay_load.talk(pairs, 1)
                cpu = between.cpu
                _add(found, between.name, relay_load.talk(pairs, TALK_SECONDS))
                found.setdefault(f"{between.name}, cpu %", []).append(
                    (between.cpu - cpu) / TALK_SECONDS * 100
                )
        for between in (floor, relay):
            with between.sessions(SESSIONS[-1] + 1) as pairs:
                delays = relay_load.talk(pairs[1:], TALK_SECONDS, flood=pairs[0])
                _add(found, f"{between.name} beside a flood", delays)
    results = {name: median(values) for name, values in found.items()}
    for part in PERCENTILES:
        results[f"relay adds, p{part} ms"] = results[f"relay, p{part} ms"] - results[f"direct, p{part} ms"]
    return results | {"everything else on this machine, cpu %": others.percent()}


def _add(found: dict[str, list[float]], name: str, delays: Sequence[float]) -> None:
    for part in PERCENTILES:
        delay = delays[min(len(delays) - 1, len(delays) * part // 100)] * 1000
        found.setdefault(f"{name}, p{part} ms", []).append(delay)


class _Others:
    """What the machine does that is none of ours."""

    def __init__(self, ours: Sequence[Between]) -> None:
        self._ours = ours
        self._began, self._before = time.monotonic(), self._used()

    def percent(self) -> float:
        """Return how busy it was since then, 100 for one core."""
        return (self._used() - self._before) / (time.monotonic() - self._began) * 100

    def _used(self) -> float:
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        return float(busy) - time.process_time() - sum(between.cpu for between in self._ours)


@contextmanager
def _listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield listener


@contextmanager
def _relay(folder: Path) -> Iterator[Between]:
    office = Office(folder / "office")
    (office.relay / "relay.toml").write_text(_SETTINGS)
    technician = office.holder()
    with RelayProcess(office.relay) as relay:
        port = int(relay.url.rpartition(":")[2])
        yield Between(
            "relay",
            relay.process.pid,
            lambda count: relay_load.through_relay(port, count, technician),
        )


@contextmanager
def _forwarder(listener: socket.socket) -> Iterator[Between]:
    command = [sys.executable, "-m", "benchmarks.forwarder", str(listener.getsockname()[1])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], 30.0)
        if not readable:
            raise RuntimeError("the floor does not start")
        port = int(process.stdout.readline())
        yield Between("floor", process.pid, lambda count: relay_load.through_forwarder(port, count, listener))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
