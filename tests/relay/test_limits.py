"""Buckets, days and shortened addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.limits import DAY_SECONDS, Buckets, Daily, Rate, network, shown


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    buckets = Buckets(Rate(burst=3, per_second=0.5))
    assert [buckets.take("a", 0) for _ in range(4)] == [True, True, True, False]
    assert not buckets.take("a", 1.9)
    assert buckets.take("a", 4)
    assert buckets.take("b", 4)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    buckets = Buckets(Rate(burst=2, per_second=1))
    buckets.take("a", 0)
    assert [buckets.take("a", 1000) for _ in range(3)] == [True, True, False]


def test_who_is_quiet_is_forgotten() -> None:
    buckets = Buckets(Rate(burst=2, per_second=1))
    for number in range(50):
        buckets.take(str(number), 0)
    assert len(buckets) == 50
    buckets.take("late", 100)
    assert len(buckets) == 1


def test_strangers_are_refused_when_too_many_are_remembered() -> None:
    buckets = Buckets(Rate(burst=2, per_second=0.001), capacity=3)
    assert [buckets.take(key, 1) for key in "abc"] == [True] * 3
    assert not buckets.take("d", 2)
    assert buckets.take("a", 2)


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 10), st.floats(0.1, 5))
def test_nobody_gets_more_than_burst_and_rate(waits: list[float], burst: int, rate: float) -> None:
    buckets = Buckets(Rate(burst, rate))
    now, taken = 0.0, 0
    for wait in waits:
        now += wait
        taken += buckets.take("a", now)
    assert taken <= burst + now * rate + 1e-6


def test_a_day_has_its_number_of_things() -> None:
    daily = Daily(2)
    assert [daily.take("a", 0), daily.take("a", 10), daily.take("a", 20)] == [True, True, False]
    assert daily.take("b", 20)
    assert not daily.take("a", DAY_SECONDS - 1)
    assert daily.take("a", DAY_SECONDS)


@pytest.mark.parametrize(
    ("address", "counted", "logged"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("somebody", "unknown", "unknown"),
        ("", "unknown", "unknown"),
    ],
)
def test_addresses_are_counted_whole_and_logged_short(address: str, counted: str, logged: str) -> None:
    assert network(address) == counted
    assert shown(address) == logged
