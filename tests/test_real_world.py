"""An ordinary afternoon at a computer, as the technician sees it and as it is found in the recording.

Chromium loads and scrolls pages, somebody writes in an editor, a terminal prints, a window is
dragged over a photo, a video plays in a page; all with real programs, and nothing is asked of ours:
two displays are looked at from outside.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.real_world import compared, material
from tests.real_world.compared import Likeness, Match
from tests.real_world.footprint import MEMORY_LIMITS, Footprint, footprints
from tests.real_world.scenes import Scenes
from tests.real_world.shots import Shot, Shots
from tests.real_world.stage import Stage, open_stage
from tests.real_world.watch import STALL, Watch

pytestmark = pytest.mark.desktop

SHOTS = 60
"""Screenshots of one run, about."""

OPENING = "opening"

HANGS = 30.0
"""Seconds that a picture may be late where a busy machine is no reason to fail; nothing hangs that long."""

WHOLE_DB, TEXT_DB = 28.0, 33.0
"""The least that the film may have in common with what was seen: everywhere, and where there are edges."""


@dataclass(frozen=True)
class Played:
    """What a run has left.

    Attributes:
        watch: how old the picture was.
        limit: how old it may be, in seconds.
        shots: the screenshots.
        rests: after how many seconds the desktop's rest was shown exactly, by scene; None: never.
        footprints: of each program at the end.
        histories: what agent and console keep of the session.
        verdict: what `byleave audit verify` says of the bundle.
        stock: what the bundle's own script says.
        matches: the recorded picture of each screenshot.
        likenesses: the film's.
    """

    watch: Watch
    limit: float
    shots: list[Shot]
    rests: dict[str, float | None]
    footprints: dict[str, Footprint]
    histories: dict[str, Any]
    verdict: dict[str, Any]
    stock: "subprocess.CompletedProcess[str]"
    matches: list[Match]
    likenesses: list[Likeness]


@pytest.fixture(scope="module", params=[5.0, pytest.param(60.0, marks=pytest.mark.soak)])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Play each scene for so many seconds; in the long run nothing may be late."""
    seconds = float(request.param)
    folder = tmp_path_factory.mktemp("world")
    things = material.make(folder / "things")
    with open_stage(folder / "stage") as stage:
        stage.begin()
        try:
            yield play(stage, Scenes(stage, things), folder, seconds)
        except BaseException:
            stage.person.desktop.save(folder / "failed-person.png")
            stage.technician.desktop.save(folder / "failed-technician.png")
            raise


def play(stage: Stage, scenes: Scenes, folder: Path, seconds: float) -> Played:
    """Play all scenes, stop, and have the auditor look at it right after."""
    rests: dict[str, float | None] = {}
    every = seconds * len(scenes.all) / SHOTS
    with Watch(stage) as watch, Shots(stage, watch, folder / "shots", every) as shots:
        watch.scene = OPENING
        scenes.open()
        for name, scene in scenes.all.items():
            watch.scene = name
            scene(seconds)
            watch.scene = f"rest after {name}"
            rests[name] = shots.rest()
    used = footprints(stage.programs)
    stage.stop()
    bundle, film = folder / "bundle", folder / "session.mp4"
    stage.export(bundle, film)
    with compared.opened(stage, bundle) as reel:
        matches = compared.replayed(reel, shots.taken)
        likenesses = compared.filmed(reel, film, matches)
    return Played(
        watch=watch,
        limit=STALL if seconds >= SHOTS else HANGS,
        shots=shots.taken,
        rests=rests,
        footprints=used,
        histories=stage.histories,
        verdict=stage.verdict(bundle),
        stock=_stock(bundle, stage.auditor / "identity.txt"),
        matches=matches,
        likenesses=likenesses,
    )


def _stock(bundle: Path, identity: Path) -> "subprocess.CompletedProcess[str]":
    command = ["bash", str(bundle / "verify.sh"), "--identity", str(identity)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_no_picture_comes_too_late(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{played.watch.summary()}\n")
    late = [each for each in played.watch.delays if each.seconds - each.blind > played.limit]
    assert (late, len(played.watch.delays) > 100) == ([], True)


def test_what_rests_is_shown_exactly(played: Played) -> None:
    assert [scene for scene, seconds in played.rests.items() if seconds is None] == []


def test_the_replay_shows_what_the_technician_saw_pixel_for_pixel(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    # Before the ticker starts a still picture may be of any age.
    ages = sorted(each.age_ms for each in played.matches if each.shot.scene != OPENING)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(ages)} screenshots, {statistics.median(ages):.0f} ms old, {ages[-1]:.0f} at most\n"
        )
    assert [str(each) for each in played.matches if each.wrong] == []
    assert len(played.matches) == len(played.shots) > SHOTS // 2
    assert max(ages) <= 1000 * played.limit


def test_the_film_shows_it_at_its_time_and_the_text_can_be_read(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, text = (sorted(getattr(each, name) for each in played.likenesses) for name in ("whole", "text"))
    with capsys.disabled():
        sys.stdout.write(
            f"\nthe film: {whole[0]:.1f} dB at least, {statistics.median(whole):.1f} mostly; "
            f"brightness of text {text[0]:.1f} dB at least, {statistics.median(text):.1f} mostly\n"
        )
    assert len(played.likenesses) == len({each.index for each in played.matches})
    assert [each for each in played.likenesses if abs(each.late_ms) > 2] == []
    assert [each for each in played.likenesses if each.whole < WHOLE_DB or each.text < TEXT_DB] == []
    assert [each for each in played.likenesses if not each.legible] == []


def test_it_is_verified_right_after(played: Played) -> None:
    assert played.verdict["verified"]
    said = played.stock.stdout.splitlines()
    assert (played.stock.returncode, said[-1]) == (0, "All of it holds."), played.stock.stderr


def test_every_picture_that_was_sent_was_recorded_and_shown(played: Played) -> None:
    agent, console = played.histories["agent"], played.histories["console"]
    assert agent["frames_recorded"] == agent["frames_sent"] == console["frames_decoded"] > 100


def test_nobody_needs_more_memory_than_was_promised(played: Played) -> None:
    used = {name: each.megabytes for name, each in played.footprints.items()}
    assert {name: used[name] for name, limit in MEMORY_LIMITS.items() if used[name] > limit} == {}
