"""Runs that are shuffled say by which seed, and can be had again: `pytest … --seed NUMBER`.

What hypothesis draws can be had again by the line that it prints with a failure.
"""

import random  # noqa: TID251 - the seeded generator that a run can be had again with
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.glass import Glass
    from tests.house import House
    from tests.person import Person

SEEDS = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="the seed of shuffled runs, to have one again")
    parser.addoption("--seconds", type=float, help="how long the run lasts that looks for lost memory")


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says how busy the machine is.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
    config.stash[SEEDS] = {}


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """A seeded generator; its seed is printed at the end of the run."""
    given = request.config.getoption("--seed")
    seed: int = secrets.randbits(32) if given is None else given
    request.config.stash[SEEDS][request.node.nodeid] = seed
    return random.Random(seed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    seeds = config.stash[SEEDS]
    if seeds:
        terminalreporter.section("seeds")
    for test, seed in seeds.items():
        terminalreporter.write_line(f"{test} --seed {seed}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator["House"]:
    """An organisation with its relay; see `tests.house`."""
    # Only tests of the whole need all of the programs.
    from tests.house import open_house

    with open_house(tmp_path / "house") as made:
        yield made


@pytest.fixture
def person(house: "House", tmp_path: Path) -> Iterator["Person"]:
    """A person whose agent has no windows; see `tests.person`."""
    from tests.person import Person

    with Person(tmp_path / "agent", house.adoption) as made:
        yield made


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Glass"]:
    """An X display of its own, which this process is on; see `tests.glass`."""
    from tests.glass import open_glass

    with open_glass(tmp_path_factory.mktemp("glass")) as made:
        yield made
