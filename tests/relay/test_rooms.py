"""The rooms as a machine: what is said to whom, and the laws at the top of `relay/rooms.py`."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.rooms import (
    NUMBERS,
    Action,
    Dropped,
    Event,
    Failed,
    JoinWanted,
    Left,
    Opened,
    OpenWanted,
    Paired,
    ResumeWanted,
    Role,
    Rooms,
    Stopping,
    Ticked,
)
from session.rendezvous import REASONS

ALICE, BOB = "technician:1001", "technician:1002"
NAME = "0123456789abcdef" * 2


def numbered(*numbers: int) -> Callable[[int], int]:
    """Return a `draw` that gives these numbers, then counts on from the last."""
    given_numbers = iter(numbers)
    last = max(numbers, default=0)

    def draw(limit: int) -> int:
        nonlocal last
        last = last + 1 if (number := next(given_numbers, None)) is None else number
        return last % limit

    return draw


def rooms(*numbers: int, capacity: int = 100, per_technician: int = 10) -> Rooms:
    return Rooms(numbered(*numbers), capacity=capacity, per_technician=per_technician)


def test_a_technician_gets_a_number_and_a_person_joins_it() -> None:
    machine = rooms(4821)
    assert machine.handle(OpenWanted(1, ALICE), 0) == [Opened(1, "4821", 600)]
    assert machine.count() == {"waiting": 1, "paired": 0}
    assert machine.handle(JoinWanted(2, "4821"), 599.9) == [Paired(1, 2, fresh=True)]
    assert machine.count() == {"waiting": 0, "paired": 1}


def test_numbers_have_four_digits_and_are_free() -> None:
    machine = rooms(7, 7, 8)
    assert machine.handle(OpenWanted(1, ALICE), 0) == [Opened(1, "0007", 600)]
    assert machine.handle(OpenWanted(2, BOB), 0) == [Opened(2, "0008", 600)]


def test_a_room_is_joined_once() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 1)
    assert machine.handle(JoinWanted(3, "0001"), 2) == [Dropped(3, "room-taken")]
    machine.handle(Left(2), 3)
    assert machine.handle(JoinWanted(4, "0001"), 4) == [Dropped(4, "room-taken")]


def test_a_room_that_nobody_opened_is_not_there() -> None:
    assert rooms().handle(JoinWanted(1, "0001"), 0) == [Dropped(1, "no-room")]


def test_a_resumed_room_cannot_be_joined_by_its_name() -> None:
    machine = rooms()
    machine.handle(ResumeWanted(1, Role.TECHNICIAN, NAME), 0)
    assert machine.handle(JoinWanted(2, NAME), 0) == [Dropped(2, "no-room")]


def test_a_room_expires_after_600_seconds_and_says_so_to_whoever_is_late() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    assert machine.handle(Ticked(), 599.9) == []
    assert machine.handle(Ticked(), 600) == [Dropped(1, "expired")]
    assert machine.handle(JoinWanted(2, "0001"), 601) == [Dropped(2, "expired")]
    assert machine.handle(JoinWanted(3, "0001"), 1201) == [Dropped(3, "no-room")]


def test_a_room_is_too_old_though_no_tick_has_come() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    assert machine.handle(JoinWanted(2, "0001"), 600) == [Dropped(1, "expired"), Dropped(2, "expired")]


def test_a_pair_does_not_expire() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 1)
    assert machine.handle(Ticked(), 5000) == []


def test_the_number_of_a_long_session_is_free_after_it() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 1)
    machine.handle(Ticked(), 5000)
    machine.handle(Left(2), 5001)
    assert machine.handle(JoinWanted(3, "0001"), 5002) == [Dropped(3, "no-room")]


def test_a_number_is_not_given_again_while_somebody_may_still_type_it() -> None:
    machine = rooms(1, 1, 2, 1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(Left(1), 1)
    assert machine.handle(OpenWanted(2, ALICE), 2) == [Opened(2, "0002", 600)]
    assert machine.handle(JoinWanted(3, "0001"), 3) == [Dropped(3, "peer-left")]
    assert machine.handle(OpenWanted(4, BOB), 600) == [Opened(4, "0001", 600)]


@pytest.mark.parametrize("gone", [1, 2])
def test_a_pair_ends_together(gone: int) -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 0)
    assert machine.handle(Left(gone), 1) == [Dropped(3 - gone, "peer-left")]
    assert machine.handle(Left(3 - gone), 1) == []
    assert machine.count() == {"waiting": 0, "paired": 0}


def test_who_breaks_a_rule_ends_the_pair_for_both() -> None:
    machine = rooms(1)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 0)
    assert machine.handle(Failed(2, "too-slow"), 1) == [Dropped(1, "too-slow"), Dropped(2, "too-slow")]
    assert machine.handle(Failed(9, "protocol"), 1) == [Dropped(9, "protocol")]


def test_an_end_has_one_wish() -> None:
    machine = rooms(1, 2)
    machine.handle(OpenWanted(1, ALICE), 0)
    assert machine.handle(OpenWanted(1, ALICE), 0) == [Dropped(1, "protocol")]


def test_a_technician_has_so_many_rooms_and_no_more() -> None:
    machine = rooms(per_technician=2)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(OpenWanted(2, ALICE), 0)
    assert machine.handle(OpenWanted(3, ALICE), 0) == [Dropped(3, "too-many")]
    assert isinstance(machine.handle(OpenWanted(4, BOB), 0)[0], Opened)
    machine.handle(Left(1), 0)
    assert isinstance(machine.handle(OpenWanted(5, ALICE), 0)[0], Opened)


def test_a_relay_has_so_many_rooms_and_no_more() -> None:
    machine = rooms(capacity=2)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(ResumeWanted(2, Role.TECHNICIAN, NAME), 0)
    assert machine.handle(OpenWanted(3, BOB), 0) == [Dropped(3, "busy")]
    assert machine.handle(ResumeWanted(4, Role.PERSON, "f" * 32), 0) == [Dropped(4, "busy")]


def test_people_of_whom_nothing_is_known_have_half_of_the_rooms_at_most() -> None:
    machine = rooms(capacity=4)
    for end in (1, 2):
        assert machine.handle(ResumeWanted(end, Role.PERSON, f"{end:032}"), 0) == []
    assert machine.handle(ResumeWanted(3, Role.PERSON, f"{3:032}"), 0) == [Dropped(3, "busy")]
    assert isinstance(machine.handle(OpenWanted(4, ALICE), 0)[0], Opened)
    assert Paired(5, 1, fresh=False) in machine.handle(ResumeWanted(5, Role.TECHNICIAN, f"{1:032}"), 0)
    assert machine.handle(ResumeWanted(6, Role.PERSON, f"{6:032}"), 0) == []


def test_half_of_all_numbers_stay_free() -> None:
    machine = rooms(capacity=NUMBERS, per_technician=NUMBERS)
    for end in range(NUMBERS // 2):
        machine.handle(OpenWanted(end, ALICE), 0)
        machine.handle(Left(end), 0)
    assert machine.handle(OpenWanted(NUMBERS, ALICE), 0) == [Dropped(NUMBERS, "busy")]


@pytest.mark.parametrize("first", list(Role))
def test_a_lost_session_meets_again_whoever_comes_first(first: Role) -> None:
    machine = rooms()
    second = Role.PERSON if first is Role.TECHNICIAN else Role.TECHNICIAN
    said = machine.handle(ResumeWanted(1, first, NAME), 0)
    said += machine.handle(ResumeWanted(2, second, NAME), 59.9)
    technician = 1 if first is Role.TECHNICIAN else 2
    assert [each for each in said if isinstance(each, Opened)] == [Opened(technician, "", 60)]
    assert said[-1] == Paired(technician, 3 - technician, fresh=False)


def test_a_lost_session_is_waited_for_60_seconds() -> None:
    machine = rooms()
    machine.handle(ResumeWanted(1, Role.PERSON, NAME), 0)
    assert machine.handle(Ticked(), 60) == [Dropped(1, "expired")]
    assert machine.handle(ResumeWanted(2, Role.TECHNICIAN, NAME), 61) == [Opened(2, "", 60)]


def test_the_same_end_on_a_new_connection_takes_the_place_of_the_old_one() -> None:
    machine = rooms()
    machine.handle(ResumeWanted(1, Role.PERSON, NAME), 0)
    assert machine.handle(ResumeWanted(2, Role.PERSON, NAME), 5) == [Dropped(1, "room-taken")]
    assert Paired(3, 2, fresh=False) in machine.handle(ResumeWanted(3, Role.TECHNICIAN, NAME), 6)
    assert machine.handle(ResumeWanted(4, Role.PERSON, NAME), 7) == [
        Dropped(2, "room-taken"),
        Dropped(3, "room-taken"),
    ]


def test_a_relay_that_stops_tells_everybody_and_takes_nobody() -> None:
    machine = rooms(1, 2)
    machine.handle(OpenWanted(1, ALICE), 0)
    machine.handle(JoinWanted(2, "0001"), 0)
    machine.handle(OpenWanted(3, BOB), 0)
    said = machine.handle(Stopping(), 1)
    assert sorted(said, key=lambda each: each.end) == [Dropped(end, "closing") for end in (1, 2, 3)]  # type: ignore[union-attr]  # all are drops
    for wish in (OpenWanted(4, BOB), JoinWanted(5, "0001"), ResumeWanted(6, Role.PERSON, NAME)):
        assert machine.handle(wish, 2) == [Dropped(wish.end, "closing")]


ENDS = st.integers(1, 8)
EVENTS = st.one_of(
    st.builds(OpenWanted, ENDS, st.sampled_from([ALICE, BOB])),
    st.builds(JoinWanted, ENDS, st.sampled_from(["0001", "0002", "0003", "9999"])),
    st.builds(ResumeWanted, ENDS, st.sampled_from(list(Role)), st.sampled_from([NAME, "f" * 32])),
    st.builds(Left, ENDS),
    st.builds(Failed, ENDS, st.sampled_from(["too-slow", "protocol"])),
    st.just(Ticked()),
)


@given(st.lists(st.tuples(EVENTS, st.floats(0, 400)), max_size=60))
def test_the_laws_hold_whatever_happens(steps: list[tuple[Event, float]]) -> None:
    machine = rooms(capacity=5, per_technician=2)
    now = 0.0
    inside: dict[int, int | None] = {}  # who is in, and with whom
    numbers: dict[str, float] = {}  # until when a number leads nowhere else
    joined: set[int] = set()
    for event, seconds in steps:
        now += seconds
        said = machine.handle(event, now)
        if isinstance(event, Left):
            inside.pop(event.end, None)
        for action in said:
            follow(action, now, inside, numbers, joined)
        if isinstance(event, OpenWanted | JoinWanted | ResumeWanted) and event.end not in inside:
            dropped = [each for each in said if isinstance(each, Dropped) and each.end == event.end]
            waits = not dropped
            if waits:
                inside[event.end] = None
        counted = machine.count()
        assert counted["paired"] * 2 == sum(peer is not None for peer in inside.values())
        assert counted["waiting"] == sum(peer is None for peer in inside.values())


def follow(
    action: Action, now: float, inside: dict[int, int | None], numbers: dict[str, float], joined: set[int]
) -> None:
    match action:
        case Opened(end, room, _):
            inside[end] = None
            joined.discard(end)
            if room:
                assert numbers.get(room, now) <= now, "a number was given again too early"
                numbers[room] = now + 600
        case Paired(technician, person, fresh):
            assert inside.get(technician) is None and inside.get(person) is None
            if fresh:
                assert technician not in joined, "a room was joined twice"
                joined.add(technician)
            inside[technician], inside[person] = person, technician
        case Dropped(end, reason):
            assert reason in REASONS
            peer = inside.pop(end, None)
            # A pair ends together: the other one is dropped too, or has left.
            if peer is not None and peer in inside:
                inside[peer] = None
