"""The picture on its way out: only with leave, recorded before it is sent, never more than is wanted."""

import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.capture.monitor import Rect
from agent.capture.pointer import PointerChange, PointerImage
from agent.capture.shared_memory import Pixels
from agent.capture.watching import Watching
from agent.flow import LEAST_IN_FLIGHT
from agent.recorder import Recorder
from agent.screencast import Screencast
from agent.showing import FASTEST
from session import messages
from session.canvas import Composer
from session.errors import EffectFailed, RecorderFailed
from tests.agent.capture.pictures import page
from tests.agent.guarded import until
from tests.agent.paper import Desk, Paper, monitor
from tests.agent.recording import Recording, begin


class Show:
    """A screencast with a real recorder and encoder, between a paper screen and a list of what was sent."""

    def __init__(self, recorder: Recorder) -> None:
        self.desk = Desk()
        self.paper, self.hand = self.desk.papers[0], self.desk.hand
        self.opened = self.desk.opened
        self.recorder = recorder
        self.watching = Watching(self.desk.roster)
        self.leave = False
        self.asked: Callable[[], bool] = lambda: self.leave
        self.sent: list[messages.ScreenOut] = []
        self.unrecorded = 0
        self.failures: list[Exception] = []
        self.cast = Screencast(
            self.desk,
            self.watching,
            recorder,
            lambda: self.asked(),
            self._send,
            self.failures.append,
        )

    def _send(self, message: messages.ScreenOut) -> None:
        if isinstance(message, messages.Frame) and self.recorder.frames < message.number:
            self.unrecorded += 1
        self.sent.append(message)

    @property
    def frames(self) -> list[messages.Frame]:
        return [message for message in self.sent if isinstance(message, messages.Frame)]

    def allow(self) -> None:
        self.leave = True
        self.cast.poke()

    def see(self, count: int) -> messages.Frame:
        """Wait for the frame of this number, acknowledging those before it."""

        def seen() -> bool:
            if self.frames:
                self.cast.flow.acknowledge(self.frames[-1].number)
            return len(self.frames) >= count

        until(seen, f"frame {count}")
        return self.frames[count - 1]

    def rest(self) -> int:
        """Wait until a still screen sends nothing more; return how many frames were sent."""
        before = -1
        while before != len(self.frames):
            before = len(self.frames)
            for _ in range(10):
                if self.frames:
                    self.cast.flow.acknowledge(self.frames[-1].number)
                still()
        return before


def still() -> None:
    """Give both threads time to do what they should not."""
    threading.Event().wait(0.03)


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


def test_without_leave_nothing_is_even_opened(show: Show) -> None:
    show.cast.start()
    show.paper.turn(2)
    show.hand.changes.put(PointerChange((0, 1, 1)))
    show.cast.want_key()
    still()
    assert (show.opened, show.sent, show.recorder.frames, show.paper.grabs) == ([], [], 0, 0)


def test_with_leave_the_first_picture_stands_for_itself(show: Show) -> None:
    show.cast.start()
    show.allow()
    first = show.see(1)
    assert (first.key, first.epoch, first.monitor, first.width, first.height) == (True, 0, 0, 128, 96)
    show.paper.turn(2)
    second = show.see(2)
    assert (second.number, second.epoch) == (2, 0)
    assert second.captured_ms >= first.captured_ms > 1_600_000_000_000


def test_every_picture_is_recorded_before_it_is_sent(show: Show, recording: Recording) -> None:
    show.cast.start()
    show.allow()
    for count in range(1, 8):
        show.paper.turn(count)
        show.see(count)
    show.cast.close()
    assert show.unrecorded == 0
    recording.recorder.cut(last=True)
    assert len(show.frames) == show.cast.sent <= recording.recorder.frames
    recorded = {picture["n"]: picture for picture in recording.pictures()}
    # The recording holds the very bytes that were sent.
    for frame in show.frames:
        files = [b64decode(tile[5]) for tile in recorded[frame.number]["tiles"]]
        assert files == [tile.data for tile in frame.tiles]


def test_no_more_is_on_its_way_than_is_acknowledged(show: Show) -> None:
    show.cast.start()
    show.allow()
    until(lambda: len(show.frames) == 1, "the first frame")
    for seed in range(2, 10):
        show.paper.turn(seed)
        still()
    assert len(show.frames) <= LEAST_IN_FLIGHT
    grabs = show.paper.grabs
    show.cast.flow.acknowledge(show.frames[-1].number)
    until(lambda: len(show.frames) > LEAST_IN_FLIGHT, "the next frame")
    # Pictures that nobody could take were not even made: they replaced each other.
    assert grabs <= LEAST_IN_FLIGHT + 1


def test_what_leave_no_longer_covers_is_neither_recorded_nor_sent(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    show.rest()
    sent, taken = len(show.frames), show.recorder.frames
    grabs = show.paper.grabs
    # Leave ends while the picture is made.
    show.asked = lambda: show.paper.grabs == grabs
    show.paper.turn(3)
    until(lambda: show.paper.grabs > grabs, "the picture to be made")
    still()
    assert (len(show.frames), show.recorder.frames) == (sent, taken)
    show.asked = lambda: True
    show.paper.turn(4)
    show.cast.poke()
    # The decoder missed a picture, so the next one stands for itself.
    assert show.see(sent + 1).key


def test_leave_is_asked_again_after_recording(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    show.rest()
    sent, taken = len(show.frames), show.recorder.frames
    # Asked before the picture is made, before it is recorded, and before it is sent.
    show.asked = lambda: show.recorder.frames == taken
    show.paper.turn(3)
    until(lambda: show.recorder.frames == taken + 1, "the picture to be recorded")
    still()
    assert len(show.frames) == sent


def test_what_cannot_be_recorded_is_not_sent(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    show.rest()
    sent = len(show.frames)
    show.recorder.cut(last=True)
    show.paper.turn(5)
    until(lambda: bool(show.failures), "the failure")
    assert isinstance(show.failures[0], RecorderFailed)
    assert len(show.frames) == sent
    until(lambda: show.paper.closed, "the screen to be closed")


def test_a_new_size_is_a_new_epoch(show: Show, recording: Recording) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    show.paper.turn(2, 160, 120)
    until(lambda: show.see(len(show.frames)).epoch == 1, "the new epoch")
    first = next(frame for frame in show.frames if frame.epoch == 1)
    assert (first.key, first.width, first.height) == (True, 160, 120)
    show.cast.close()
    recording.recorder.cut(last=True)
    screens = [event for event in recording.events() if event["e"] == "screen"]
    assert [(event["epoch"], event["width"], event["height"]) for event in screens] == [
        (0, 128, 96),
        (1, 160, 120),
    ]


def test_a_decoder_that_starts_anew_gets_a_picture_that_stands_for_itself(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    sent = show.rest()
    show.cast.want_key()
    assert show.see(sent + 1).key
    # Also while a picture is being made that does not stand for itself.
    sent, show.paper.grabbed = show.rest(), show.cast.want_key
    show.paper.turn(2)
    assert show.see(sent + 1).key


def test_a_still_screen_costs_nothing(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    sent, grabs = show.rest(), show.paper.grabs
    looks, begun = show.paper.looks, time.monotonic()
    until(lambda: show.paper.looks >= looks + 3, "the next looks")
    # It looks up twice a second.
    assert time.monotonic() - begun > 0.9
    assert (len(show.frames), show.paper.grabs) == (sent, grabs)


def test_what_the_technician_puts_together_is_the_screen(show: Show) -> None:
    show.cast.start()
    show.allow()
    for count in range(1, 6):
        show.see(count)
        show.paper.turn(count + 1)
    show.rest()
    composer = Composer()
    for frame in show.frames:
        composer.take(frame)
    assert composer.canvas is not None
    assert np.array_equal(composer.canvas.pixels[..., :3], show.paper.picture[..., :3])


def test_a_change_after_a_pause_leaves_at_once_and_no_more_than_60_a_second(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    sent = show.rest()
    begun = time.monotonic()
    for count in range(1, 10):
        show.paper.turn(count + 1)
        show.see(sent + count)
    # One may follow the first at once.
    assert time.monotonic() - begun > 7 * FASTEST


def test_the_pointer_travels_apart(show: Show, recording: Recording) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    image = PointerImage(9, 2, 1, 1, 0, bytes(8))
    show.hand.changes.put(PointerChange(image=image))
    for x in range(50):
        show.hand.changes.put(PointerChange((0, x, 7)))
    show.hand.changes.put(PointerChange((0, 99_999, -99_999)))
    until(lambda: messages.PointerAt(0, 16383, -16384) in show.sent, "the last place")
    assert messages.PointerImage(2, 1, 1, 0, bytes(8)) in show.sent
    places = [message.x for message in show.sent if isinstance(message, messages.PointerAt)]
    assert places == [*range(50), 16383]
    show.cast.close()
    recording.recorder.cut(last=True)
    cursors = [event for event in recording.events() if event["e"] == "cursor"]
    assert 1 <= len(cursors) < 20


def test_a_pointer_that_may_not_be_seen_is_not_sent(show: Show) -> None:
    show.cast.start()
    show.allow()
    until(lambda: "pointer" in show.opened, "the pointer to be open")
    show.leave = False
    show.hand.changes.put(PointerChange((0, 1, 1)))
    still()
    assert not [message for message in show.sent if isinstance(message, messages.PointerAt)]


def test_a_screen_that_does_not_open_ends_it(show: Show) -> None:
    def opens(number: int) -> Paper:
        raise EffectFailed("no display")

    show.desk.opens = opens
    show.cast.start()
    show.allow()
    until(lambda: bool(show.failures), "the failure")
    assert isinstance(show.failures[0], EffectFailed)
    assert show.frames == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_encoder_that_stumbles_ends_the_session(show: Show) -> None:
    trouble = RuntimeError("by the test")

    def grabs(changed: Rect | None = None) -> Pixels:
        raise trouble

    show.paper.grab = grabs  # type: ignore[method-assign]  # a screen that breaks
    show.cast.start()
    show.allow()
    until(lambda: show.failures == [trouble], "the failure")


def test_close_ends_all_threads(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    until(lambda: len(show.opened) == 3, "all to be open")
    show.cast.close()
    assert (show.paper.closed, show.hand.closed, show.desk.plugs.closed) == (True, True, True)
    sent = len(show.sent)
    show.paper.turn(9)
    show.hand.changes.put(PointerChange((0, 1, 1)))
    assert len(show.sent) == sent
    assert show.failures == []


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
