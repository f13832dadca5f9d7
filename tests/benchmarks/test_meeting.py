"""The bench's two people meet through the real windows, and the picture fills the screen."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import scenes
from benchmarks.bench_end_to_end import drawing, exact_after, watch
from benchmarks.displays import SOURCE, VIEWER, Place, place
from benchmarks.meeting import Meeting
from byleave.demo.accessibility import Extents, Windows
from byleave.demo.story import CONSOLE

pytestmark = pytest.mark.desktop
SIZE = (scenes.WIDTH, scenes.HEIGHT)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, SOURCE, VIEWER) as made:
        made.manage_windows()
        yield made


def test_they_meet_and_the_source_fills_the_viewer(bench: Place) -> None:
    meeting = Meeting(bench)
    relay = meeting.open_office()
    agent, console = meeting.start_agent(), meeting.start_console()
    meeting.play()
    with Windows(meeting.bus) as windows:
        remote = windows.wait("filler", "Remote screen", program=CONSOLE)
        assert remote.extents() == Extents(0, 0, *SIZE)
    began = time.monotonic()
    meeting.play()
    assert time.monotonic() - began < 1, "they meet once only"
    assert [program.poll() for program in (relay, agent, console)] == [None, None, None]
    # What is drawn on the one display is seen on the other, and is exact at rest.
    with drawing(bench.src, scene := scenes.typing()) as drawer:
        run = watch(drawer, scene, bench.view, seconds=2.0)
        assert set(run.seen) <= set(run.drawn) and len(run.drawn) in run.seen
        assert exact_after(bench, run) > 0
