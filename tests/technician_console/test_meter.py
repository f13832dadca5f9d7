from technician_console.history import Quantiles
from technician_console.meter import PINGS_WAITING, REST_SECONDS, Meter, Rates


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_round_trip_is_from_ping_to_pong() -> None:
    clock = Clock()
    meter = Meter(clock)
    for milliseconds in range(1, 101):
        number = meter.ping()
        clock.now += milliseconds / 1000
        meter.pong(number)
    assert meter.round_trip is not None
    assert round(meter.round_trip, 3) == 0.1
    assert meter.round_trip_quantiles in {Quantiles(50.0, 95.0), Quantiles(51.0, 95.0)}


def test_an_answer_to_no_ping_measures_nothing() -> None:
    meter = Meter(Clock())
    meter.pong(7)
    number = meter.ping()
    meter.pong(number)
    meter.pong(number)
    assert meter.round_trip_quantiles == Quantiles(0.0, 0.0)
    assert Meter(Clock()).round_trip_quantiles == Quantiles()


def pings(meter: Meter, clock: Clock, inputs: list[int]) -> int:
    """Return how many pings so many seconds bring, with so many inputs until each."""
    sent = 0
    for count in inputs:
        clock.now += 1
        if meter.due(count):
            meter.ping()
            sent += 1
    return sent


def test_who_only_looks_measures_seldom_and_who_acts_often() -> None:
    clock = Clock()
    meter = Meter(clock)
    assert meter.due(0)
    meter.ping()
    assert pings(meter, clock, [0] * 60) == 60 / REST_SECONDS
    assert pings(meter, clock, list(range(1, 11))) == 10
    assert pings(meter, clock, [10] * 4) == 0


def test_pings_that_are_never_answered_are_forgotten() -> None:
    clock = Clock()
    meter = Meter(clock)
    first = meter.ping()
    for _ in range(PINGS_WAITING):
        meter.ping()
    meter.pong(first)
    assert meter.round_trip is None


def test_rates_are_those_of_the_last_second() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.received(125_000)
    for _ in range(20):
        meter.shown(40)
    clock.now = 2
    meter.second()
    assert meter.rates == Rates(kilobits=500, frames=10)
    clock.now = 3
    meter.second()
    assert meter.rates == Rates()
    assert (meter.painted, meter.delay_quantiles) == (20, Quantiles(40, 40))
