"""Several monitors on their way out: only what is watched, each by itself, as they come and go."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.capture.monitor import Rect
from agent.capture.pointer import PointerChange
from agent.capture.shared_memory import Pixels
from session import messages
from session.canvas import Composer
from session.errors import EffectFailed
from tests.agent.capture.pictures import page
from tests.agent.cast import Show
from tests.agent.guarded import until
from tests.agent.paper import Paper, monitor
from tests.agent.recording import Recording, begin


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = begin(tmp_path)
    made.allow()
    return made


@pytest.fixture
def show(recording: Recording) -> Iterator[Show]:
    made = Show(recording.recorder)
    yield made
    made.cast.close()


@pytest.fixture
def two(show: Show) -> Show:
    """Two monitors, and leave to see them."""
    show.desk.plugs.monitors = (monitor(0, primary=True), monitor(1, 128))
    show.desk.papers[1] = Paper(page(9, 128, 96))
    show.cast.start()
    show.allow()
    show.see(1)
    return show


def told(show: Show) -> list[list[int]]:
    """Return which monitors were watched, each time that it was told."""
    found = [message for message in show.sent if isinstance(message, messages.Monitors)]
    return [[each.number for each in message.monitors if each.watched] for message in found]


def shown(show: Show) -> set[int]:
    return {frame.monitor for frame in show.frames}


def test_only_the_primary_monitor_is_shown_before_anything_is_asked(two: Show, recording: Recording) -> None:
    two.desk.papers[1].turn(3)
    two.rest()
    assert (shown(two), told(two)) == ({0}, [[0]])
    assert "screen 1" not in two.opened
    assert two.desk.papers[1].grabs == 0
    first = two.sent[0]
    assert isinstance(first, messages.Monitors)
    places = [(each.number, each.x, each.width, each.primary, each.watched) for each in first.monitors]
    assert places == [(0, 0, 128, True, True), (1, 128, 128, False, False)]
    two.cast.close()
    recording.recorder.cut(last=True)
    assert not [each.name for each in recording.objects() if "screen-1" in each.name]


def test_what_is_watched_is_told_recorded_and_then_shown(two: Show, recording: Recording) -> None:
    two.cast.watch((0, 1))
    until(lambda: (two.rest(), shown(two))[1] == {0, 1}, "both monitors")
    second = next(frame for frame in two.frames if frame.monitor == 1)
    assert (second.key, second.epoch) == (True, 0)
    place = two.sent.index(second)
    assert two.sent.index(next(each for each in two.sent if each == messages.Monitors(_all(two)))) < place
    assert [frame.number for frame in two.frames] == list(range(1, len(two.frames) + 1))
    two.cast.watch((1,))
    until(lambda: two.paper.closed, "the first one to be left alone")
    grabs = two.paper.grabs
    two.paper.turn(5)
    two.desk.papers[1].turn(6)
    two.rest()
    assert (two.paper.grabs, told(two)) == (grabs, [[0], [0, 1], [1]])
    two.cast.close()
    recording.recorder.cut(last=True)
    watched = [event["watched"] for event in recording.events() if event["e"] == "monitors"]
    assert watched == [[0], [0, 1], [1]]


def _all(show: Show) -> tuple[messages.Monitor, ...]:
    return tuple(
        messages.Monitor(each.number, each.area.x, 0, 128, 96, each.primary, True)
        for each in show.desk.plugs.monitors
    )


def test_each_monitor_is_put_together_by_itself(two: Show) -> None:
    two.cast.watch((0, 1))
    for seed in range(4):
        two.paper.turn(seed)
        two.desk.papers[1].turn(seed + 20)
        two.rest()
    composers = {0: Composer(), 1: Composer()}
    for frame in two.frames:
        composers[frame.monitor].take(frame)
    for number, composer in composers.items():
        assert composer.canvas is not None
        assert np.array_equal(composer.canvas.pixels[..., :3], two.desk.papers[number].picture[..., :3])


def test_a_monitor_that_is_watched_again_begins_a_new_epoch(two: Show) -> None:
    two.cast.watch((1,))
    until(lambda: two.paper.closed, "the first one to be left alone")
    two.desk.papers[0] = Paper(page(30, 128, 96))
    two.cast.watch((0,))
    until(lambda: (two.rest(), two.frames[-1].monitor)[1] == 0, "the first one again")
    again = [frame for frame in two.frames if frame.monitor == 0 and frame.epoch == 1]
    assert again[0].key


def test_a_monitor_that_goes_ends_nothing_and_comes_again(two: Show) -> None:
    two.cast.watch((1, 7))
    until(lambda: (two.rest(), shown(two))[1] == {0, 1}, "the second monitor")
    first, second = two.desk.plugs.monitors
    two.desk.papers[0], two.desk.papers[1].gone = Paper(), True
    two.desk.plugs.plug(first)
    until(lambda: told(two)[-1] == [0], "the primary one instead")
    until(lambda: (two.rest(), two.frames[-1].monitor)[1] == 0, "its picture")
    two.desk.papers[1] = Paper(page(31, 128, 96))
    two.desk.plugs.plug(first, second)
    until(lambda: told(two)[-1] == [1], "the second one again")
    until(lambda: (two.rest(), two.frames[-1].monitor)[1] == 1, "its picture")
    assert two.frames[-1].epoch == 1
    assert two.failures == []


def test_a_monitor_that_cannot_be_read_any_more_ends_nothing(two: Show) -> None:
    paper = two.desk.papers[1]

    def grabs(changed: Rect | None = None) -> Pixels:
        paper.gone = True
        raise EffectFailed("it was unplugged a moment ago")

    paper.grab = grabs  # type: ignore[method-assign]  # a screen that breaks
    two.cast.watch((0, 1))
    until(lambda: paper.closed, "the second one to end")
    two.paper.turn(7)
    two.rest()
    assert two.failures == []


def test_every_monitor_starts_anew_for_a_new_decoder(two: Show) -> None:
    two.cast.watch((0, 1))
    until(lambda: (two.rest(), shown(two))[1] == {0, 1}, "both monitors")
    sent = two.rest()
    two.cast.want_key()
    until(lambda: {frame.monitor for frame in two.frames[sent:] if frame.key} == {0, 1}, "two key frames")
    assert told(two)[-2:] == [[0, 1], [0, 1]]


def test_a_pointer_where_nothing_is_watched_is_nowhere(two: Show, recording: Recording) -> None:
    two.hand.changes.put(PointerChange((0, 5, 6)))
    until(lambda: messages.PointerAt(0, 5, 6) in two.sent, "its place")
    two.hand.changes.put(PointerChange((1, 50, 60)))
    until(lambda: messages.PointerAt(None, 0, 0) in two.sent, "that it is away")
    two.cast.watch((0, 1))
    # It has not moved, but now it can be seen.
    until(lambda: messages.PointerAt(1, 50, 60) in two.sent, "its place on the second monitor")
    two.cast.close()
    recording.recorder.cut(last=True)
    cursors = [(event["monitor"], event["x"]) for event in recording.events() if event["e"] == "cursor"]
    assert cursors == [(0, 5), (None, 0), (1, 50)]
