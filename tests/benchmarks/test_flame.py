"""A flame graph: the system says how long, the looks say where."""

import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from benchmarks.flame import draw, tree
from benchmarks.sampling import Sampler, Second, whole_name

NAMESPACE = "{http://www.w3.org/2000/svg}"


def second(thread: str, cpu: float, **stacks: int) -> Second:
    return Second(1.0, thread, cpu, {name.replace("_", ";"): times for name, times in stacks.items()})


def test_a_threads_time_is_shared_as_it_was_seen() -> None:
    root = tree([second("screen", 3.0, look_compare=1, look_code=2), second("screen", 1.0, look_code=1)])
    thread = root.calls["thread screen"]
    assert (root.seconds, thread.seconds) == (4.0, 4.0)
    look = thread.calls["look"]
    assert (look.seconds, look.calls["compare"].seconds, look.calls["code"].seconds) == (4.0, 1.0, 3.0)


def test_a_thread_that_was_never_seen_counts_all_the_same() -> None:
    root = tree([second("screen", 3.0, look=1), second("tiles", 1.0)])
    assert (root.seconds, root.calls["thread tiles"].seconds) == (4.0, 1.0)
    assert root.calls["thread tiles"].calls == {}


def test_the_picture_stands_for_itself_and_leaves_out_what_is_too_narrow() -> None:
    root = tree([second("screen", 1.0, look_a=999, look_b=1)])
    picture = draw(root, "A <program>", 2.0)
    boxes = ElementTree.fromstring(picture)  # noqa: S314 - just made here
    titles = [each.text for each in boxes.iter(f"{NAMESPACE}title")]
    assert titles == ["thread screen: 100.0 %", "look: 100.0 %", "a: 99.9 %"]
    assert "href" not in picture and "<script" not in picture
    words = [each.text or "" for each in boxes.iter(f"{NAMESPACE}text")]
    assert words[0] == "A <program>" and words[1].startswith("1.0 s of a core in 2 s (50 %)")


def test_a_box_is_as_wide_as_its_share() -> None:
    boxes = ElementTree.fromstring(draw(tree([second("x", 1.0, a=1, b=3)]), "x", 1.0))  # noqa: S314 - just made here
    widths = {
        group.findtext(f"{NAMESPACE}title"): float(group.find(f"{NAMESPACE}rect").attrib["width"])  # type: ignore[union-attr]  # it has one
        for group in boxes.iter(f"{NAMESPACE}g")
    }
    assert widths["b: 75.0 %"] == pytest.approx(3 * widths["a: 25.0 %"], rel=0.01)


def test_where_a_thread_works_is_seen_and_where_one_waits_is_not(tmp_path: Path) -> None:
    over = threading.Event()

    def works_hard() -> None:
        while not over.is_set():
            sum(range(1000))

    def idles() -> None:
        over.wait()

    threads = [threading.Thread(target=work, name=work.__name__) for work in (works_hard, idles)]
    file = tmp_path / "seconds"
    for each in threads:
        each.start()
    sampler = Sampler(file)
    threads.append(threading.Thread(target=sampler.run, name="sampler"))
    threads[-1].start()
    deadline = time.monotonic() + 60
    while sum(seen(file, "works_hard").values()) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    over.set()
    sampler.stop()
    for each in threads:
        each.join()
    assert sum("works_hard" not in stack for stack in seen(file, "works_hard").elements()) <= 1
    # A thread may be seen on its way to where it works or waits.
    assert sum(seen(file, "idles").values()) <= 1
    assert seen(file, "sampler") == {}
    spent = {each.thread: each.cpu for each in map(read, file.read_bytes().splitlines())}
    assert spent["works_hard"] > spent["idles"]


def seen(file: Path, thread: str) -> Counter[str]:
    """How often a thread was seen where, so far."""
    found: Counter[str] = Counter()
    if file.exists():
        whole = file.read_bytes().rpartition(b"\n")[0]
        for each in map(read, whole.splitlines()):
            found.update(each.stacks if each.thread == thread else {})
    return found


def read(line: bytes) -> Second:
    return msgspec.json.decode(line, type=Second)


def test_byleave_runs_under_the_sampler(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.sampling", str(tmp_path / "seconds"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("byleave, version")


def test_a_call_is_named_with_its_class() -> None:
    function = Sampler.run
    line = function.__code__.co_firstlineno + 2
    assert whole_name(function.__code__.co_filename, line, "run") == "Sampler.run"
    assert whole_name(function.__code__.co_filename, line, "<lambda>") == "<lambda>"
