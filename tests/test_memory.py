"""Memory and descriptors of agent, relay and console stay what they are, however long a session lasts."""

import itertools
import statistics
import sys
import time
from pathlib import Path

import pytest

from tests.real_world import material
from tests.real_world.footprint import MEMORY_LIMITS, Footprint, footprints
from tests.real_world.scenes import Scenes
from tests.real_world.stage import Stage, open_stage

pytestmark = [pytest.mark.desktop, pytest.mark.soak]

SECONDS = 3600.0
"""`--seconds` says otherwise."""

SCENE_SECONDS = 10.0
WARM = 0.25
"""The part of the time in which everything may still grow: each thing happens for the first time then."""

GROWTH = 1.05
DESCRIPTORS = 2
"""So many more than in the beginning: one that is just open is no leak."""


def test_an_hour_of_everything_leaves_memory_and_descriptors_as_they_were(
    tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = float(pytestconfig.getoption("--seconds") or SECONDS)
    things = material.make(tmp_path / "things")
    with open_stage(tmp_path / "stage") as stage:
        stage.begin(control=True, minutes=120)
        samples = sampled(stage, Scenes(stage, things), seconds)
        told, wrong = judged(samples)
        # Told before the end, which may find that the session is over already.
        with capsys.disabled():
            sys.stdout.write("".join(f"\n{line}" for line in told) + "\n")
        stage.stop()
    assert (wrong, len(samples) >= 12) == ([], True)


def judged(samples: list[dict[str, Footprint]]) -> tuple[list[str], list[str]]:
    """Return what each program held in the beginning and in the end, and what is wrong with it."""
    # Medians, because what a scene holds only while it is played is no growth.
    late = samples[round(len(samples) * WARM) :]
    first, last = late[: len(late) // 4], late[-(len(late) // 4) :]
    told, wrong = [], []
    for name in samples[0]:
        before, after = (_median([each[name] for each in part]) for part in (first, last))
        most = max(each[name].megabytes for each in samples)
        told.append(f"{name}: {before}, then {after}, at most {most:.0f} MB")
        grown = after.own > GROWTH * before.own or after.descriptors > before.descriptors + DESCRIPTORS
        if grown or most > MEMORY_LIMITS.get(name, most):
            wrong.append(told[-1])
    return told, wrong


def sampled(stage: Stage, scenes: Scenes, seconds: float) -> list[dict[str, Footprint]]:
    """Play everything over and over again; measure after each scene."""
    scenes.open()
    samples = []
    end = time.monotonic() + seconds
    hand = stage.technician.person
    for number, scene in enumerate(itertools.cycle(scenes.all.values())):
        if time.monotonic() > end and not number % len(scenes.all):
            return samples
        scene(SCENE_SECONDS)
        # The technician has a hand too.
        hand.move(900, 600)
        hand.move(1500, 900)
        samples.append(footprints(stage.programs))
    return samples


def _median(samples: list[Footprint]) -> Footprint:
    return Footprint(
        statistics.median(each.megabytes for each in samples),
        statistics.median(each.own for each in samples),
        round(statistics.median(each.descriptors for each in samples)),
    )
