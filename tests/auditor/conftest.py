"""Fixtures: one good session in a bundle, made once, and a copy of it for each test."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.case import Pin
from auditor.findings import Report
from auditor.source import Bundle
from auditor.verify import verify
from session.sealing import Identity
from tests.auditor.story import whole_session
from tests.auditor.world import Session, World


@dataclass(frozen=True)
class Evidence:
    """A bundle with a session, to be spoilt."""

    folder: Path
    sid: str
    root: str
    auditor: Identity

    @property
    def session(self) -> Path:
        return self.folder / "sessions" / self.sid

    def seg(self, name: str) -> Path:
        return self.session / "seg" / name

    def report(self, *, opened: bool = True) -> Report:
        identities = [self.auditor] if opened else []
        return verify(Bundle(self.folder), self.sid, pin=Pin(self.root), identities=identities)


def evidence_of(session: Session) -> Evidence:
    world = session.world
    return Evidence(world.folder, session.sid, world.root.fingerprint, world.auditor)


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """A good session with other sessions' leaves between its own; not to be changed."""
    return evidence_of(whole_session(World(tmp_path_factory.mktemp("good")), strangers=2))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Another good session, of another organisation; not to be changed."""
    return evidence_of(whole_session(World(tmp_path_factory.mktemp("other"))))


@pytest.fixture
def copy(good: Evidence, tmp_path: Path) -> Evidence:
    """A copy of the good session that may be spoilt."""
    folder = tmp_path / "bundle"
    shutil.copytree(good.folder, folder)
    return Evidence(folder, good.sid, good.root, good.auditor)


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[[], World]:
    return lambda: World(tmp_path / "world")
