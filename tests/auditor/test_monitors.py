"""A recording of several monitors: nothing of any of them is out of reach, in the replay or as a film."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from auditor.case import Case, Pin
from auditor.film import export_films
from auditor.projector import Projector, Wall
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.shelf import Position
from auditor.source import Bundle
from auditor.timeline import Timeline, build
from auditor.verify import examine
from auditor.wall import Place, together
from session.canvas import Pixels
from session.errors import ByleaveError
from session.messages import Frame
from tests.auditor.conftest import Evidence, evidence_of
from tests.auditor.drawing import image
from tests.auditor.story import CONTROL, VIEW
from tests.auditor.told import told
from tests.auditor.world import Session, World

SIZES = {0: (64, 48), 1: (32, 80)}
PLACES = [[0, 0, 0, 64, 48], [1, 64, 16, 32, 80]]
TURNS = (0, 0, 1, 0, 1, 1, 0, 1, 1, 1)
"""Whose picture comes next; from the third on the second monitor is watched, from the ninth on alone."""


def story(session: Session) -> None:
    session.open()
    session.consent("allowed", (VIEW, CONTROL), (VIEW,))
    session.standing("viewing", [VIEW])
    keys = set(SIZES)
    for number, monitor in enumerate(TURNS):
        watched = {0: [0], 2: [0, 1], 8: [1]}.get(number)
        if watched is not None:
            session.recorder.event("monitors", monitors=PLACES, watched=watched)
        width, height = SIZES[monitor]
        pixels = np.full((height, width, 4), number + 1, np.uint8)
        at = round(session.world.clock.now * 1000)
        parts = (), (image(pixels),)
        session.recorder.frame(Frame(monitor, 0, number, monitor in keys, width, height, at, *parts))
        keys.discard(monitor)
        session.tick(0.1)
        if number in {3, 6}:
            session.cut()
    session.recorder.event("cursor", monitor=1, x=5, y=6)
    session.recorder.event("cursor", monitor=None, x=0, y=0)
    session.close()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return evidence_of(told(World(tmp_path_factory.mktemp("monitors")), story))


@dataclass
class Opened:
    """The recording as the replay has it."""

    recording: Recording
    timeline: Timeline
    reels: dict[int, Reel]


@pytest.fixture(scope="module")
def opened(evidence: Evidence) -> Opened:
    case = Case(Bundle(evidence.folder), evidence.sid, Pin(evidence.root), [evidence.auditor])
    report = examine(case)
    assert (report.exit_code, report.findings) == (0, [])
    recording = Recording(case.source, case.sid, case.statements, case.keys)
    timeline = build(case.statements, case.consents, recording.events())
    return Opened(recording, timeline, {each: Reel(recording, each) for each in recording.monitors})


@dataclass
class Player:
    """A projector and what it showed."""

    projector: Projector
    shown: "queue.Queue[Wall | None]"

    def next(self) -> tuple[tuple[int, int], ...]:
        """Return which monitors the next picture shows, and the number of each one's picture."""
        wall = self.shown.get(timeout=10)
        assert wall is not None
        found = []
        for place in wall.places:
            width, height = SIZES[place.monitor]
            part = wall.pixels[place.y : place.y + height, place.x : place.x + width, :3]
            assert (part == part[0, 0, 0]).all()
            found.append((place.monitor, int(part[0, 0, 0]) - 1))
        return tuple(found)


@pytest.fixture
def player(opened: Opened) -> Iterator[Player]:
    shown: queue.Queue[Wall | None] = queue.Queue()
    failures: list[ByleaveError] = []
    timeline = opened.timeline
    projector = Projector(
        opened.reels, lambda at: timeline.layout_at(at - timeline.opened_ms), shown.put, failures.append
    )
    yield Player(projector, shown)
    projector.close()
    assert failures == []


SEEN = [
    ((0, 0),),
    ((0, 1),),
    ((0, 1), (1, 2)),
    ((0, 3), (1, 2)),
    ((0, 3), (1, 4)),
    ((0, 3), (1, 5)),
    ((0, 6), (1, 5)),
    ((0, 6), (1, 7)),
    ((1, 8),),
    ((1, 9),),
]
"""What the technician saw after each picture."""


def times(opened: Opened) -> list[int]:
    every = [
        reel.time_of(Position(piece, number))
        for reel in opened.reels.values()
        for piece in range(len(reel.pieces))
        for number in range(len(reel.pictures(piece)))
    ]
    return sorted(every)


def test_every_moment_shows_what_the_technician_saw(opened: Opened, player: Player) -> None:
    for at, wanted in zip(times(opened), SEEN, strict=True):
        player.projector.want(at)
        assert player.next() == wanted


def test_every_picture_of_every_monitor_is_reached_step_by_step(opened: Opened, player: Player) -> None:
    player.projector.want(times(opened)[0])
    assert player.next() == SEEN[0]
    for wanted in SEEN[1:]:
        player.projector.step(True)
        assert player.next() == wanted
    for wanted in reversed(SEEN[:-1]):
        player.projector.step(False)
        assert player.next() == wanted


def test_monitors_stand_as_on_the_desktop(opened: Opened, player: Player) -> None:
    player.projector.want(times(opened)[3])
    wall = player.shown.get(timeout=10)
    assert wall is not None
    assert (wall.places, wall.pixels.shape) == ((Place(0, 0, 0), Place(1, 64, 16)), (96, 96, 4))
    assert not wall.pixels[48:, :64].any()


def test_each_monitor_has_a_film_of_its_own(opened: Opened, tmp_path: Path) -> None:
    films = export_films(opened.recording, tmp_path / "film.mp4")
    assert {film.stream: film.pictures for film in films} == {"screen-0-0": 4, "screen-1-0": 6}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["film.mp4", "film.screen-0-0.mp4"]


def test_the_list_of_events_says_which_monitors_were_watched(opened: Opened) -> None:
    rows = [row.detail for row in opened.timeline.rows if row.title == "Watches"]
    assert rows == ["monitor 1 of 2", "monitor 1, 2 of 2", "monitor 2 of 2"]
    # The pointer is where it was seen last, until it goes where nothing is seen.
    assert opened.timeline.person.places == ((1, 5, 6), None)


def plain(width: int, height: int, value: int) -> Pixels:
    return np.full((height, width, 4), value, np.uint8)


def test_what_was_never_told_stands_side_by_side() -> None:
    whole, places = together({0: plain(64, 48, 1), 1: plain(32, 80, 2)}, ())
    assert (whole.shape, places) == ((80, 96, 4), (Place(0, 0, 0), Place(1, 64, 0)))


def test_a_desktop_that_nobody_has_takes_no_memory() -> None:
    far = (Place(0, 0, 0), Place(1, 2**40, 2**40))
    assert together({0: plain(64, 48, 1), 1: plain(32, 80, 2)}, far)[0].shape == (80, 96, 4)
