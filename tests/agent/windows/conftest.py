"""One desktop for a module, and the stage, the person and the screen reader's view on it."""

from collections.abc import Iterator

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from tests.agent.windows.theatre import Attacker, Seen, Stage
from tests.desktop import person, windows

__all__ = ["attacker", "desktop", "person", "seen", "stage", "windows"]

NUMBERS = range(50, 60)


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with Desktop(tmp_path_factory.mktemp("desktop"), numbers=NUMBERS) as running:
        yield running


@pytest.fixture
def attacker(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    monkeypatch.setenv("XAUTHORITY", desktop.environment["XAUTHORITY"])
    with Attacker(desktop) as somebody:
        yield somebody


@pytest.fixture
def stage(desktop: Desktop) -> Iterator[Stage]:
    with Stage(desktop) as running:
        yield running


@pytest.fixture
def seen(windows: Windows, stage: Stage) -> Seen:
    return Seen(windows)
