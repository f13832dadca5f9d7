"""How much memory threads keep for themselves."""

import subprocess
import sys

import pytest

from agent.memory import ARENAS

THREADS = 12
PROGRAM = f"""
import re, sys, threading
from agent.memory import few_arenas
if "few" in sys.argv:
    assert few_arenas()
held, ready, done = [], threading.Barrier({THREADS + 1}), threading.Event()
def hold():
    held.append([bytes(5000) for _ in range(100)])
    ready.wait()
    done.wait()
threads = [threading.Thread(target=hold) for _ in range({THREADS})]
for thread in threads: thread.start()
ready.wait()
# An arena that is not the first one begins where 64 MiB begin.
maps = open("/proc/self/maps").read()
begins = re.findall("^([0-9a-f]+)-[0-9a-f]+ rw-p 0+ 00:00 0 *$", maps, re.M)
print(sum(not int(begin, 16) % 2**26 for begin in begins))
done.set()
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other C libraries do otherwise")


def arenas(*arguments: str) -> int:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return 1 + int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


KEPT = """
import re
from agent.memory import give_back
def resident():
    return int(re.search("Rss: +([0-9]+)", open("/proc/self/smaps_rollup").read())[1]) / 1024
# A small thing after each large one, so that none lies at the end.
things = [bytes(100_000) if number % 2 == 0 else bytes(1000) for number in range(1000)]
del things[::2]
before = resident()
assert give_back()
print(round(before - resident()))
"""


def test_what_was_freed_is_given_back() -> None:
    command = [sys.executable, "-c", KEPT]
    given = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert given > 25


def test_many_threads_share_few_arenas() -> None:
    assert arenas("few") <= ARENAS < arenas()
