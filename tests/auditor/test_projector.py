"""Seeking shows exactly the picture that playing from the start would have shown."""

import queue
import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import Iterator

import numpy as np
import pytest

from auditor import reel as reels
from auditor import shelf as shelves
from auditor.case import Case, Pin
from auditor.composing import Composing
from auditor.projector import Projector, Wall
from auditor.recording import Recording
from auditor.reel import Reel
from auditor.shelf import Position, Shelf
from auditor.source import Bundle
from auditor.verify import examine
from session.errors import ByleaveError
from session.picture import Coding
from tests.auditor.conftest import Evidence
from tests.auditor.drawing import bar


@pytest.fixture(scope="module")
def reel(good: Evidence) -> Reel:
    case = Case(Bundle(good.folder), good.sid, Pin(good.root), [good.auditor])
    assert examine(case).exit_code == 0
    return Reel(Recording(case.source, case.sid, case.statements, case.keys))


@pytest.fixture(scope="module")
def played(reel: Reel) -> list[np.ndarray]:
    """Every picture, from the first to the last."""
    playing = Composing(reel, keeping=False)
    return [playing.show(position).pixels for position in positions(reel)]


@pytest.fixture
def close_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "SPACING_NS", 1)


def positions(reel: Reel) -> Iterator[Position]:
    position: Position | None = Position(0, 0)
    while position is not None:
        yield position
        position = reel.after(position)


def test_what_is_kept_of_a_recording_is_bounded_with_its_images_and_videos(
    reel: Reel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Reel(reel._recording)
    kinds = (".screen-", ".images-", ".video-")
    for piece in one.pieces:
        parts = [item.size for item in piece.segment.objects if any(kind in item.name for kind in kinds)]
        assert piece.size == sum(parts) > piece.item.size
    most = max(piece.size for piece in one.pieces)
    monkeypatch.setattr(reels, "KEPT_BYTES", most)
    for number in range(len(one.pieces)):
        assert one.pictures(number)
        assert sum(one.pieces[kept].size for kept in one._read) <= most


def test_every_picture_has_its_place_in_time(reel: Reel) -> None:
    found = list(positions(reel))
    assert len(found) == 75
    times = [reel.time_of(position) for position in found]
    assert times == sorted(times)
    for position, at in zip(found, times, strict=True):
        assert reel.time_of(reel.at(at) or position) == at
    assert reel.at(times[0] - 1) is None
    assert reel.at(times[-1] + 60_000) == found[-1]


def test_backwards_is_forwards_reversed(reel: Reel) -> None:
    found = list(positions(reel))
    assert [reel.before(position) for position in found] == [None, *found[:-1]]


def test_composing_starts_at_a_key_picture_of_the_same_size(reel: Reel) -> None:
    for position in positions(reel):
        start = reel.start_for(position)
        assert start <= position
        assert reel.picture(start).frame.key
        assert reel.pieces[start.piece].screen is reel.pieces[position.piece].screen


def test_the_recording_has_images_copies_and_a_video(reel: Reel, played: list[np.ndarray]) -> None:
    frames = [reel.picture(position).frame for position in positions(reel)]
    assert any(frame.copies for frame in frames)
    assert {tile.coding for frame in frames for tile in frame.tiles} == {Coding.PNG, Coding.H264}
    assert played[0].shape == (200, 320, 4)
    for number in (0, 7, 39):
        assert np.array_equal(played[number][..., :3], bar(number)[..., :3])


def test_any_seek_shows_what_playing_would_have_shown(
    reel: Reel, played: list[np.ndarray], dice: random.Random
) -> None:
    _any_seek(Reel(reel._recording), played, dice)


def test_so_it_does_from_pictures_that_were_kept(
    reel: Reel, played: list[np.ndarray], dice: random.Random, close_together: None
) -> None:
    kept = Reel(reel._recording)
    composing = Composing(kept)
    for position in positions(kept):
        composing.take(position)
    # All but those from which nothing was to be done: the key pictures, and what only copies.
    assert len(kept.shelf) > 60
    before = len(kept.shelf)
    _any_seek(kept, played, dice)
    assert len(kept.shelf) == before


def _any_seek(reel: Reel, played: list[np.ndarray], dice: random.Random) -> None:
    found = list(positions(reel))
    seeking = Composing(reel)
    for number in dice.sample(range(len(found)), 40):
        shown = seeking.show(found[number])
        assert np.array_equal(shown.pixels[..., :3], played[number][..., :3]), f"picture {number}"
        assert shown.at == reel.time_of(found[number])


def test_a_video_goes_on_after_a_picture_that_was_kept_within_it(
    reel: Reel, played: list[np.ndarray], close_together: None
) -> None:
    everything = Reel(reel._recording)
    composing = Composing(everything)
    for position in positions(everything):
        composing.take(position)
    within = 0
    for number, position in enumerate(positions(reel)):
        kept, after = everything.shelf.nearest(position), reel.after(position)
        if kept is None or kept.position != position or after is None:
            continue
        one = Reel(reel._recording)
        one.shelf.keep(kept)
        seeking = Composing(one, keeping=False)
        # The first needs no decoder, the second does.
        for target, expected in ((position, played[number]), (after, played[number + 1])):
            shown = seeking.show(target).pixels
            assert np.array_equal(shown[..., :3], expected[..., :3]), f"picture {number}"
        within += any(tile.coding is Coding.H264 for tile in reel.picture(after).frame.tiles)
    assert within > 10


def test_too_many_kept_pictures_become_fewer(
    reel: Reel, played: list[np.ndarray], dice: random.Random, close_together: None
) -> None:
    shelf = Shelf(limit=20_000)
    kept = Reel(reel._recording, 0, shelf)
    composing = Composing(kept)
    for position in positions(kept):
        composing.take(position)
        assert shelf.size <= 20_000
    assert 0 < len(shelf) < 30
    _any_seek(kept, played, dice)


def test_the_newest_wish_is_shown_and_there_is_nothing_before_the_first(reel: Reel) -> None:
    shown: queue.Queue[Wall | None] = queue.Queue()
    failures: list[ByleaveError] = []
    projector = Projector({0: reel}, lambda moment: None, shown.put, failures.append)
    found = list(positions(reel))
    try:
        last = reel.time_of(found[40])
        projector.want(last)
        assert (shown.get(timeout=10) or Wall(0, np.empty(0))).at == last
        projector.step(True)
        assert (shown.get(timeout=10) or Wall(0, np.empty(0))).at == reel.time_of(found[41])
        projector.step(False)
        assert (shown.get(timeout=10) or Wall(0, np.empty(0))).at == last
        projector.want(0)
        assert shown.get(timeout=10) is None
    finally:
        projector.close()
    assert failures == []
