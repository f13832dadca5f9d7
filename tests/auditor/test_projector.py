"""Seeking shows exactly the picture that playing from the start would have shown."""

import queue
import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import Iterator

import numpy as np
import pytest

from auditor.case import Case, Pin
from auditor.projector import Decoder, Projector, Shown
from auditor.recording import Recording
from auditor.reel import Position, Reel
from auditor.source import Bundle
from auditor.verify import examine
from session.errors import ByleaveError
from tests.auditor.conftest import Evidence


@pytest.fixture(scope="module")
def reel(good: Evidence) -> Reel:
    case = Case(Bundle(good.folder), good.sid, Pin(good.root), [good.auditor])
    assert examine(case).exit_code == 0
    recording = Recording(case.source, case.sid, case.statements, case.keys)
    return Reel(recording, recording.events())


def positions(reel: Reel) -> Iterator[Position]:
    position: Position | None = Position(0, 0)
    while position is not None:
        yield position
        position = reel.after(position)


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


def test_decoding_starts_at_a_key_picture_of_the_same_stream(reel: Reel) -> None:
    for position in positions(reel):
        start = reel.start_for(position)
        assert start <= position
        assert reel.samples(start.piece)[start.sample].key
        assert reel.pieces[start.piece].stream is reel.pieces[position.piece].stream


def test_any_seek_shows_what_playing_would_have_shown(reel: Reel, dice: random.Random) -> None:
    found = list(positions(reel))
    playing = Decoder(reel)
    played = [playing.show(position).pixels.copy() for position in found]
    assert played[0].shape == (200, 320, 4)
    assert not np.array_equal(played[0], played[30])
    seeking = Decoder(reel)
    for number in dice.sample(range(len(found)), 25):
        shown = seeking.show(found[number])
        assert np.array_equal(shown.pixels, played[number]), f"picture {number}"
        assert shown.at == reel.time_of(found[number])


def test_the_newest_wish_is_shown_and_there_is_nothing_before_the_first(reel: Reel) -> None:
    shown: queue.Queue[Shown | None] = queue.Queue()
    failures: list[ByleaveError] = []
    projector = Projector(reel, shown.put, failures.append)
    found = list(positions(reel))
    try:
        last = reel.time_of(found[40])
        projector.want(last)
        assert (shown.get(timeout=10) or Shown(0, np.empty(0))).at == last
        projector.step(True)
        assert (shown.get(timeout=10) or Shown(0, np.empty(0))).at == reel.time_of(found[41])
        projector.step(False)
        assert (shown.get(timeout=10) or Shown(0, np.empty(0))).at == last
        projector.want(0)
        assert shown.get(timeout=10) is None
    finally:
        projector.close()
    assert failures == []
