"""Films: every picture that was seen, at its time; exact if asked for, otherwise for all players."""

import json
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from auditor.case import Case, Pin
from auditor.composing import Composing
from auditor.film import Film, export_films
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.shelf import Position
from auditor.source import Bundle
from auditor.verify import examine
from session.canvas import Pixels
from session.errors import ConfigurationError
from tests.auditor import world as worlds
from tests.auditor.conftest import Evidence, evidence_of
from tests.auditor.story import CONTROL, VIEW
from tests.auditor.told import Make, told
from tests.auditor.world import Session


def recording_of(evidence: Evidence) -> Recording:
    case = Case(Bundle(evidence.folder), evidence.sid, Pin(evidence.root), [evidence.auditor])
    examine(case)
    return Recording(case.source, case.sid, case.statements, case.keys)


def seen(recording: Recording) -> list[tuple[int, Pixels]]:
    """Every picture of the first epoch, and its milliseconds since the first."""
    reel = Reel(recording)
    composing = Composing(reel, keeping=False)
    found: list[tuple[int, Pixels]] = []
    position: Position | None = Position(0, 0)
    while position is not None and reel.pieces[position.piece].screen.epoch == 0:
        shown = composing.show(position)
        found.append((shown.at, shown.pixels[..., :3].copy()))
        position = reel.after(position)
    return [(at - found[0][0], pixels) for at, pixels in found]


def filmed(film: Film) -> list[tuple[int, Pixels]]:
    with av.open(str(film.path)) as container:
        return [
            (round(float(frame.pts * frame.time_base) * 1000), frame.to_ndarray(format="bgr24"))
            for frame in container.decode(video=0)
        ]


@pytest.fixture(scope="module")
def recording(good: Evidence) -> Recording:
    return recording_of(good)


def test_an_exact_film_holds_each_pixel_at_its_time(recording: Recording, tmp_path: Path) -> None:
    films = export_films(recording, tmp_path / "film.mp4", exact=True)
    assert [(film.stream, film.pictures) for film in films] == [("screen-0-0", 60), ("screen-0-1", 15)]
    for (at, pixels), (wanted_at, wanted) in zip(filmed(films[0]), seen(recording), strict=True):
        assert at == wanted_at
        assert np.array_equal(pixels, wanted)


def test_an_ordinary_film_shows_the_same_as_well_as_it_can(recording: Recording, tmp_path: Path) -> None:
    film = export_films(recording, tmp_path / "film.mp4")[0]
    for (at, pixels), (wanted_at, wanted) in zip(filmed(film), seen(recording), strict=True):
        assert at == wanted_at
        error = (pixels.astype(int) - wanted).astype(float)
        assert (error**2).mean() < 60
    found = json.loads(
        subprocess.run(
            ["ffprobe", "-v", "error", "-show_streams", "-of", "json", film.path],
            capture_output=True,
            check=True,
        ).stdout
    )["streams"][0]
    wanted_of = {
        "codec_name": "h264",
        "profile": "High",
        "pix_fmt": "yuv420p",
        "color_space": "bt709",
        "color_range": "tv",
    }
    assert {name: found[name] for name in wanted_of} == wanted_of


@pytest.mark.parametrize("exact", [False, True])
def test_a_screen_of_an_odd_size_becomes_a_film(
    exact: bool, make_world: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "WIDTH", 321)
    monkeypatch.setattr(worlds, "HEIGHT", 201)

    def story(session: Session) -> None:
        session.open()
        session.consent("allowed", (VIEW, CONTROL), (VIEW,))
        session.pictures(3)
        session.frame((), every=0)
        session.frame(())
        session.close()

    recording = recording_of(evidence_of(told(make_world(), story)))
    [film] = export_films(recording, tmp_path / "film.mp4", exact=exact)
    pictures = filmed(film)
    assert pictures[0][1].shape == ((201, 321, 3) if exact else (202, 322, 3))
    # Two pictures of one moment follow each other.
    assert [at for at, _ in pictures] == [0, 100, 200, 300, 301]


def test_progress_is_told_and_what_was_there_is_replaced_at_the_end(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"another film")
    steps: list[tuple[int, int]] = []

    def step(done: int, total: int) -> None:
        if done == 1:
            assert path.read_bytes() == b"another film"
        steps.append((done, total))

    export_films(recording, path, step)
    assert steps == [(number, 4) for number in range(1, 5)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["film.mp4", "film.screen-0-1.mp4"]


def test_a_film_that_cannot_be_written_is_said(recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        export_films(recording, tmp_path / "nowhere" / "film.mp4")
