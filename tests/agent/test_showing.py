"""What several monitors share: turns, and the person's leave."""

import threading

import pytest

from agent.showing import Leave, Turn
from tests.agent.guarded import until


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    turn = Turn()
    order: list[int] = []

    def take(number: int) -> None:
        with turn:
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    with turn:
        for number, thread in enumerate(threads):
            thread.start()
            until(lambda number=number: turn._asked == number + 2, "it to ask")  # type: ignore[misc]  # bound
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_turn_ends_also_with_a_mistake() -> None:
    turn = Turn()
    with pytest.raises(RuntimeError), turn:
        raise RuntimeError
    with turn:
        pass


def test_everybody_who_waits_for_leave_hears_of_it_at_once() -> None:
    given = threading.Event()
    leave = Leave(given.is_set)
    heard: list[bool] = []
    threads = [threading.Thread(target=lambda: heard.append(leave.wait())) for _ in range(4)]
    for thread in threads:
        thread.start()
    given.set()
    leave.poke()
    for thread in threads:
        thread.join(5)
    assert heard == [True] * 4
    given.clear()
    assert not leave.wait(lambda: True)
    leave.end()
    assert not leave.wait()
