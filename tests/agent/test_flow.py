"""The pace of the picture on computed lines: what it learns, what it lets wait, how soon it learns anew."""

import math
import threading
from collections.abc import Callable

import pytest

from agent.flow import LEAST_BYTES, LEAST_IN_FLIGHT, MOST_IN_FLIGHT, QUEUE_SECONDS, Flow
from agent.line import FAST
from tests.agent.line_model import Model

KBIT = 125.0
"""Bytes a second."""

THIN, POOR, WIDE, LAN = 300 * KBIT, 3_000 * KBIT, 20_000 * KBIT, 1_000_000 * KBIT
FRAME_SECONDS = 1 / 60
KEYSTROKE = 300

LINES = pytest.mark.parametrize(
    ("rate", "round_trip"), [(THIN, 0.1), (POOR, 0.1), (WIDE, 0.04)], ids=["thin", "poor", "wide"]
)


def always(value: float) -> Callable[[float], float]:
    return lambda at: value


def video() -> Callable[[Model], int]:
    """Something always moves, and each frame uses its budget."""
    last = -math.inf

    def paint(model: Model) -> int:
        nonlocal last
        if model.now - last < FRAME_SECONDS:
            return 0
        last = model.now
        return model.flow.budget().bytes

    return paint


def typing(size: int = KEYSTROKE, pause: float = 0.1) -> Callable[[Model], int]:
    """A short frame now and then."""
    due = 0.0

    def paint(model: Model) -> int:
        nonlocal due
        if model.now < due:
            return 0
        due = model.now + pause
        return min(size, model.flow.budget().bytes)

    return paint


def rate_of(model: Model) -> float:
    found = model.flow.budget().bytes_per_second
    assert found is not None
    return found


def delivered(model: Model, since: float) -> float:
    """Bytes a second that arrived since then."""
    return sum(each.size for each in model.arrivals if each.acknowledged > since) / (model.now - since)


@LINES
def test_a_second_is_enough_to_know_the_line(rate: float, round_trip: float) -> None:
    model = Model(always(rate), always(round_trip), video())
    model.run(1.0)
    assert rate_of(model) == pytest.approx(rate, rel=0.2)
    model.run(2.0)
    assert rate_of(model) == pytest.approx(rate, rel=0.1)
    assert delivered(model, 1.0) > 0.85 * rate


@LINES
def test_who_keeps_to_the_budget_waits_for_nobody(rate: float, round_trip: float) -> None:
    model = Model(always(rate), always(round_trip), video())
    model.run(1.0)
    model.most = 0
    model.run(19.0)
    assert model.most < 1.1 * rate * (round_trip + QUEUE_SECONDS) + LEAST_BYTES
    # The first frame of all rests on a presumption, and on the thinnest line it is long.
    later = [each for each in model.arrivals if each.sent > 1.0]
    assert max(each.queued for each in later) < 0.030
    assert max(each.acknowledged - each.sent for each in later) < round_trip + 0.060


def test_a_local_network_is_no_bound() -> None:
    model = Model(always(LAN), always(0.0005), video())
    model.run(1.0)
    budget = model.flow.budget()
    assert budget.bytes_per_second is None
    assert budget.bytes > 500_000
    assert len(model.arrivals) > 55


def test_a_local_network_that_hesitates_stays_one() -> None:
    slow = always(LAN)
    model = Model(slow, lambda at: 0.06 if 1.0 < at < 1.06 else 0.0005, typing(8000, FRAME_SECONDS))
    model.run(1.5)
    # It may look slower for a moment, but not so slow that text must be blurred.
    assert model.flow.budget().bytes > 50_000


@pytest.mark.parametrize(("rate", "round_trip"), [(POOR, 0.1), (WIDE, 0.04)], ids=["poor", "wide"])
def test_it_follows_the_line_down_and_up(rate: float, round_trip: float) -> None:
    model = Model(lambda at: rate / 10 if 2.0 < at < 6.0 else rate, always(round_trip), video())
    model.run(2.5)
    # What was under way is late, and as long as it is, nothing more leaves.
    assert not model.flow.wait(0)
    assert rate_of(model) < rate / 3
    model.run(0.5)
    assert rate_of(model) == pytest.approx(rate / 10, rel=0.2)
    model.run(2.9)
    assert max(each.queued for each in model.arrivals if each.sent > 4.0) < 0.030
    model.run(0.6)
    assert rate_of(model) == pytest.approx(rate, rel=0.2)


def test_after_a_stall_the_newest_picture_counts() -> None:
    model = Model(lambda at: 0.0 if 2.0 < at < 4.0 else POOR, always(0.1), video())
    model.run(4.0)
    stalled = [each for each in model.refused if 2.2 < each < 4.0]
    assert len(stalled) > 1700
    before = model.sent
    model.run(0.35)
    # What was on its way came late; the next one was painted after the stall.
    assert model.sent > before
    fresh = [each for each in model.arrivals if each.sent > 4.0]
    model.run(1.0)
    assert not [each for each in model.arrivals if 2.2 < each.sent < 4.0]
    assert max((each.queued for each in fresh), default=0.0) < 0.060
    assert rate_of(model) == pytest.approx(POOR, rel=0.2)


def test_a_longer_way_is_no_thinner_line() -> None:
    model = Model(always(POOR), lambda at: 0.1 if at < 3.0 else 0.25, video())
    model.run(9.0)
    assert rate_of(model) == pytest.approx(POOR, rel=0.2)
    since = model.now
    model.run(3.0)
    assert delivered(model, since) > 0.75 * POOR


def test_a_shorter_way_does_not_look_like_a_wider_line_for_long() -> None:
    model = Model(always(POOR), lambda at: 0.25 if at < 3.0 else 0.1, video())
    model.run(20.0)
    assert max(each.queued for each in model.arrivals if each.sent > 3.0) < 0.2
    assert max(each.queued for each in model.arrivals if each.sent > 15.0) < 0.06


@LINES
def test_a_keystroke_on_an_idle_line_is_never_held_up(rate: float, round_trip: float) -> None:
    model = Model(always(rate), always(round_trip), typing(pause=round_trip + 0.05))
    model.run(30.0)
    assert model.refused == []
    assert all(each.size == KEYSTROKE and each.queued < 0.01 for each in model.arrivals)


def test_short_frames_do_not_make_a_line_look_thin() -> None:
    model = Model(always(WIDE), always(0.04), video())
    model.run(2.0)
    model.paint = typing(500, 0.03)
    model.run(20.0)
    assert rate_of(model) > 0.8 * WIDE


@pytest.mark.parametrize(("rate", "round_trip"), [(LAN, 0.0005), (WIDE, 0.04)], ids=["lan", "wide"])
def test_a_busy_computer_does_not_make_a_line_look_thin(rate: float, round_trip: float) -> None:
    handling = (0.020, 0.035, 0.025, 0.015, 0.030)
    model = Model(always(rate), always(round_trip), video(), handling=handling)
    model.run(1.0)
    # Drawing of which each frame is less than could be sent, and is acknowledged after the next has left.
    model.paint = typing(6000, FRAME_SECONDS)
    model.run(10.0)
    assert model.flow.budget().bytes > 40_000


def test_a_long_video_neither_creeps_nor_starves() -> None:
    model = Model(always(POOR), always(0.1), video())
    model.run(120.0)
    last = [each for each in model.arrivals if each.sent > 110.0]
    assert max(each.queued for each in last) < 0.030
    assert delivered(model, 110.0) > 0.9 * POOR


def test_it_works_without_pings() -> None:
    model = Model(always(POOR), always(0.1), video(), pings=False)
    model.run(3.0)
    assert rate_of(model) == pytest.approx(POOR, rel=0.2)
    assert max(each.queued for each in model.arrivals if each.sent > 2.0) < 0.060


# the number of frames


@pytest.mark.parametrize(
    ("seconds", "frames"), [(0.0, LEAST_IN_FLIGHT), (0.05, 4), (0.1, 7), (5.0, MOST_IN_FLIGHT)]
)
def test_the_window_holds_one_round_trip(seconds: float, frames: int) -> None:
    flow = Flow(lambda: 0.0)
    flow.round_trip(seconds)
    count = 0
    while count < 100 and flow.wait(0.0):
        count += 1
        flow.sent(count, KEYSTROKE)
    assert count == frames


def test_only_what_was_sent_can_be_acknowledged() -> None:
    flow = Flow(lambda: 0.0)
    flow.sent(1, 100)
    flow.sent(2, 100)
    assert not flow.wait(0.0)
    for number in (0, 3, 1000):
        flow.acknowledge(number)
        assert not flow.wait(0.0)
    flow.acknowledge(2)
    assert flow.wait(0.0)
    flow.sent(3, 100)
    flow.sent(4, 100)
    # An old acknowledgement takes nothing back.
    flow.acknowledge(1)
    assert not flow.wait(0.0)
    flow.start_anew()
    assert flow.wait(0.0)
    flow.acknowledge(4)
    assert flow.wait(0.0)


def test_a_frame_that_did_not_leave_is_not_waited_for() -> None:
    now = 0.0
    flow = Flow(lambda: now)
    flow.round_trip(0.02)
    flow.sent(1, 100)
    now = 5.0
    assert not flow.wait(0.0)
    flow.withdrawn(1)
    assert flow.wait(0.0)


def test_whoever_waits_is_woken_by_the_acknowledgement() -> None:
    flow = Flow()
    flow.sent(1, 100)
    flow.sent(2, 100)
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(flow.wait(20.0)))
    thread.start()
    flow.acknowledge(1)
    thread.join(10.0)
    assert woken == [True]
    flow.sent(3, 100)
    assert not flow.wait(0.01)


def test_whoever_waits_for_room_on_the_line_is_woken_by_time_alone() -> None:
    flow = Flow()
    flow.round_trip(0.2)
    flow.sent(1, 20_000)
    assert not flow.wait(0.0)
    assert flow.wait(20.0)


# what is left to others


def test_others_get_a_little_and_more_if_they_need_it() -> None:
    model = Model(always(POOR), always(0.1), video())
    model.run(3.0)
    shares = [(model.flow.spare(needed * POOR) or 0.0) / POOR for needed in (0.0, 0.05, 0.5, 1.0, 30.0)]
    assert shares == pytest.approx([0.1, 0.1, 0.5, 1.0, 1.0], rel=0.1)


def test_the_picture_leaves_others_what_they_need() -> None:
    def ask(model: Model) -> None:
        if 3.0 <= model.now < 6.0:
            model.flow.spare(0.7 * POOR)

    model = Model(always(POOR), always(0.1), video(), beside=ask)
    model.run(3.0)
    before = model.now
    model.run(3.0)
    # They took nothing, so that it is not the line that holds the picture back.
    assert delivered(model, before + 0.5) == pytest.approx(0.3 * POOR, rel=0.2)
    assert rate_of(model) < 0.35 * POOR
    model.run(3.0)
    assert delivered(model, before + 3.5) > 0.85 * POOR


def test_others_have_most_of_a_line_that_rests() -> None:
    model = Model(always(POOR), always(0.1), video())
    model.run(3.0)
    model.paint = lambda model: 0
    model.run(2.0)
    assert (model.flow.spare(0.0) or 0.0) == pytest.approx(0.8 * POOR, rel=0.1)


def test_others_have_most_of_a_line_beside_letters_that_are_typed_and_little_again_beside_more() -> None:
    model = Model(always(POOR), always(0.1), video())
    model.run(3.0)
    model.paint = typing()
    model.run(1.0)
    assert (model.flow.spare(0.0) or 0.0) == pytest.approx(0.1 * POOR, rel=0.2)
    model.run(4.0)
    assert (model.flow.spare(0.0) or 0.0) == pytest.approx(0.8 * POOR, rel=0.2)
    model.paint = typing(20_000, 10.0)
    model.run(0.1)
    assert (model.flow.spare(0.0) or 0.0) == pytest.approx(0.1 * POOR, rel=0.2)


@pytest.mark.parametrize(("rate", "round_trip"), [(LAN, 0.0005), (2 * FAST, 0.03)])
def test_a_fast_line_has_enough_for_all(rate: float, round_trip: float) -> None:
    model = Model(always(rate), always(round_trip), video())
    model.run(2.0)
    assert model.flow.spare(0.0) is None
    assert model.flow.rate() is None


def test_it_tells_how_long_a_frame_waits_for_its_acknowledgement() -> None:
    now = 0.0
    flow = Flow(lambda: now)
    assert flow.late() == 0
    flow.sent(1, 100)
    now = 3.0
    flow.sent(2, 100)
    now = 4.0
    assert flow.late() == 4
    flow.acknowledge(1)
    assert flow.late() == 1
    flow.acknowledge(2)
    assert flow.late() == 0
