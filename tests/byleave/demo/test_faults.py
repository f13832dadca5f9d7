import random  # noqa: TID251 - the seeded generator that a run can be had again with
from collections.abc import Iterator

import pytest

from byleave.demo.faults import Fault, Faults

MESSAGES = [bytes([number]) * (number % 40) + bytes(range(number % 7)) for number in range(200)]


def sent(faults: Faults, messages: list[bytes]) -> Iterator[bytes]:
    for message in messages:
        yield from faults.through("up", message)


def test_unarmed_hands_change_nothing() -> None:
    assert list(sent(Faults(random.Random(1)), MESSAGES)) == MESSAGES


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_changes_something_at_any_time(fault: Fault) -> None:
    for seed in range(100):
        faults = Faults(random.Random(seed), [fault])
        before = list(sent(faults, MESSAGES[: seed + 1]))
        faults.arm()
        after = list(sent(faults, [b"the message", b"the next"]))
        assert before == MESSAGES[: seed + 1]
        assert after != [b"the message", b"the next"]
        assert faults.made == [fault]


def test_each_fault_does_what_it_says() -> None:
    def spoiled(fault: Fault) -> list[bytes]:
        faults = Faults(random.Random(7), [fault])
        faults.through("up", b"first")
        faults.arm()
        return list(sent(faults, [b"second", b"third"]))

    assert spoiled(Fault.DROP) == [b"third"]
    assert spoiled(Fault.REPLAY) == [b"second", b"first", b"third"]
    assert spoiled(Fault.REORDER) == [b"third", b"second"]
    assert sorted(spoiled(Fault.SWAP)[0]) == sorted(b"second") != list(b"second")
    assert sum(one != two for one, two in zip(spoiled(Fault.ALTER)[0], b"second", strict=True)) == 1
    assert len(spoiled(Fault.SHORTEN)[0]) < 6
    assert len(spoiled(Fault.INSERT)[0]) > 6


@pytest.mark.parametrize("fault", list(Fault))
def test_an_empty_message_can_be_spoiled_too(fault: Fault) -> None:
    faults = Faults(random.Random(3), [fault])
    faults.arm()
    assert list(sent(faults, [b"", b"next"])) != [b"", b"next"]


def test_the_same_seed_does_the_same() -> None:
    runs = []
    for _ in range(2):
        faults = Faults(random.Random(42))
        faults.arm(50)
        runs.append((list(sent(faults, MESSAGES)), faults.made))
    assert runs[0] == runs[1]
    assert len(runs[0][1]) == 50
    assert len(set(runs[0][1])) == len(Fault)


def test_streams_are_kept_apart() -> None:
    faults = Faults(random.Random(0), [Fault.REORDER])
    faults.arm()
    assert faults.through("up", b"held") == []
    assert faults.through("down", b"other") == [b"other"]
    assert faults.through("up", b"next") == [b"next", b"held"]
