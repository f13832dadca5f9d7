"""Runs that are shuffled say by which seed, and can be had again: `pytest … --seed NUMBER`."""

import random  # noqa: TID251 - the seeded generator that a run can be had again with
import secrets

import pytest

SEEDS = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="the seed of shuffled runs, to have one again")


def pytest_configure(config: pytest.Config) -> None:
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
