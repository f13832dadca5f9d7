"""Fixtures: one real desktop, the person who sits at it and the screen reader's view of it.

A package's `conftest.py` takes what it needs: `from tests.desktop import desktop`.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    folder: Path = tmp_path_factory.mktemp("desktop")
    with Desktop(folder) as running:
        yield running


@pytest.fixture
def person(desktop: Desktop) -> Iterator[VncPerson]:
    with VncPerson(desktop.display.port) as somebody:
        yield somebody


@pytest.fixture
def windows(desktop: Desktop) -> Iterator[Windows]:
    with Windows(desktop.bus) as view:
        yield view


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return as soon as the condition holds; fail when the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
