"""The stages of one picture, on a real display: what comes out of them is what was drawn."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scenes
from benchmarks.line_stage import Plain
from benchmarks.sheet import STAGES
from tests.benchmarks.few_stages import STEPS


@pytest.mark.desktop
def test_every_stage_is_timed_and_the_window_shows_what_was_drawn(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.few_stages", str(tmp_path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    for name, scene in found.items():
        assert (scene["exact"], scene["counted"]) == (True, STEPS)
        assert {f"{name} / {stage} / x floor" for stage in STAGES} <= set(scene["results"])
        assert all(value > 0 for value in scene["results"].values())
    scroll, video = found["scroll"], found["video"]
    assert (scroll["copied"], scroll["filmed"], video["filmed"]) == (STEPS, 0.0, 1.0)
    # What moves is never coded; what is new is coded once and decoded once.
    writes = scroll["writes"]
    assert writes["codec"] == writes["decoder"] < 0.2
    assert writes["window"] == 2.0


def test_a_plain_forwarder_carries_all_of_it() -> None:
    with Plain() as plain:
        assert all(plain.carry(bytes(size)) > 0 for size in (1, 1_000_000))


@pytest.mark.parametrize("make", [scenes.typing, scenes.scroll, scenes.video, scenes.page])
def test_each_step_of_a_scene_shows_something_else_and_holds_its_number(make: scenes.Make) -> None:
    scene = make()
    one, other = (scene.step(number) for number in (1, 2))
    parts = [
        scene.pictures[blit.picture][blit.y : blit.y + blit.height, blit.x : blit.x + blit.width]
        for blit in (one, other)
    ]
    assert parts[0].shape == parts[1].shape
    assert not np.array_equal(*parts)
    for x, y in scene.codes:
        assert one.to_x <= x < one.to_x + one.width
        assert one.to_y <= y < one.to_y + one.height
