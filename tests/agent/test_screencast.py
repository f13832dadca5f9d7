"""The picture on its way out: only with leave, recorded before it is sent, never more than is wanted."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.capture.monitor import Rect
from agent.capture.pointer import PointerChange, PointerImage
from agent.capture.shared_memory import Pixels
from agent.flow import LEAST_IN_FLIGHT
from agent.showing import FASTEST
from session import messages
from session.canvas import Composer
from session.errors import EffectFailed, RecorderFailed
from tests.agent.cast import Show, still
from tests.agent.guarded import until
from tests.agent.paper import Paper
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
    numbers = [picture["n"] for picture in recording.pictures()]
    recorded = dict(zip(numbers, recording.images(), strict=True))
    # The recording holds the very bytes that were sent.
    for frame in show.frames:
        assert recorded[frame.number] == [tile.data for tile in frame.tiles]


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
    show.paper.turn(1, 512, 512)
    sent = show.see(show.rest()).number
    begun = time.monotonic()
    for count in range(1, 10):
        show.paper.turn(count + 1, 512, 512)
        show.see(sent + count)
    # One may follow the first at once.
    assert time.monotonic() - begun > 7 * FASTEST


def test_a_small_change_does_not_wait_for_the_time_of_the_next_picture(show: Show) -> None:
    show.cast.start()
    show.allow()
    show.see(1)
    show.paper.turn(2, 512, 512)
    sent = show.see(show.rest()).number
    waited = []
    for count in range(1, 12):
        # All of the screen changes, as often as it is shown; then a little of it, in answer to a key.
        show.paper.turn(2 + count, 512, 512)
        show.see(sent + 2 * count - 1)
        begun = time.monotonic()
        show.paper.touch(Rect(8, 8, 32, 16))
        show.see(sent + 2 * count)
        waited.append(time.monotonic() - begun)
    assert statistics.median(waited) < FASTEST / 2


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
