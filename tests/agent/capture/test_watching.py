"""What is watched: what was asked for and is there, else the primary monitor; input only where it is seen."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture.monitor import Found, Monitor, Rect, Roster
from agent.capture.watching import UNSEEN_SECONDS, Watching
from agent.recorder import Recorder
from agent.showing import Leave, Outlet
from session.messages import MONITORS_LIMIT


def monitors(*numbers: int, width: int = 100) -> tuple[Monitor, ...]:
    return tuple(
        Monitor(number, Rect(place * width, 0, width, 100), place == 0)
        for place, number in enumerate(numbers)
    )


def numbers(found: tuple[Monitor, ...]) -> list[int]:
    return [each.number for each in found]


def test_before_anything_is_asked_it_is_the_primary_one() -> None:
    watching = Watching()
    assert numbers(watching.watched(monitors(0, 1, 2))) == [0]
    assert numbers(watching.watched(monitors(3, 1))) == [3]
    assert numbers(watching.seen(monitors(3, 1))) == [3]


def test_what_was_asked_for_and_is_there_is_watched() -> None:
    watching = Watching()
    watching.want((1, 2, 15))
    assert numbers(watching.watched(monitors(0, 1, 2))) == [1, 2]
    assert numbers(watching.watched(monitors(0, 2))) == [2]
    assert numbers(watching.watched(monitors(0, 3))) == [0]
    assert numbers(watching.watched(monitors(0, 1, 2))) == [1, 2]


def test_input_reaches_no_monitor_of_which_nothing_was_seen() -> None:
    watching = Watching()
    watching.want((0, 1))
    assert watching.seen(monitors(0, 1)) == ()
    watching.shown(1)
    assert numbers(watching.seen(monitors(0, 1))) == [1]
    watching.hidden(1)
    assert watching.seen(monitors(0, 1)) == ()
    watching.shown(1)
    watching.want((0,))
    assert watching.seen(monitors(0, 1)) == ()


def test_input_reaches_nothing_while_pictures_are_not_acknowledged() -> None:
    watching = Watching()
    watching.late = lambda: UNSEEN_SECONDS - 0.1
    assert numbers(watching.seen(monitors(0))) == [0]
    watching.late = lambda: UNSEEN_SECONDS + 0.1
    assert watching.seen(monitors(0)) == ()


def test_it_is_the_flow_that_tells_what_was_not_acknowledged() -> None:
    watching = Watching()
    outlet = Outlet(cast(Recorder, None), Leave(lambda: True), lambda message: None, watching)
    outlet.flow.sent(1, 100)
    assert watching.late() > 0
    outlet.flow.acknowledge(1)
    assert watching.late() == 0


def test_no_more_is_watched_than_somebody_can_put_together() -> None:
    watching = Watching()
    watching.want(range(16))
    wide = tuple(Monitor(number, Rect(16384 * number, 0, 16384, 2048), number == 0) for number in range(3))
    assert numbers(watching.watched(wide)) == [0, 1]


def test_a_monitor_keeps_its_number() -> None:
    roster = Roster()
    one, two, three = (Found(name, Rect(name, 0, 100, 100), name == 70) for name in (70, 80, 90))
    assert numbers(roster.numbered([one, two])) == [0, 1]
    assert numbers(roster.numbered([two])) == [1]
    assert numbers(roster.numbered([three, two, one])) == [0, 1, 2]
    assert [each.area.x for each in roster.numbered([three, two, one])] == [70, 80, 90]


@given(st.lists(st.sets(st.integers(1, 40), min_size=1, max_size=MONITORS_LIMIT), max_size=20))
def test_numbers_are_of_one_monitor_each_and_stay_while_it_is_there(turns: list[set[int]]) -> None:
    roster = Roster()
    known: dict[int, int] = {}
    for names in turns:
        found = [Found(name, Rect(name, 0, 16, 16), False) for name in sorted(names)]
        given_numbers = {each.area.x: each.number for each in roster.numbered(found)}
        assert len(set(given_numbers.values())) == len(names)
        assert set(given_numbers.values()) <= set(range(MONITORS_LIMIT))
        assert all(known[name] == given_numbers[name] for name in names & set(known))
        known = given_numbers


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(0, 0, True), (99, 49, True), (100, 0, False), (0, -1, False)]
)
def test_an_area_holds_its_pixels(x: int, y: int, inside: bool) -> None:
    assert Rect(0, 0, 100, 50).holds(x, y) is inside
