from pathlib import Path

import pytest

from byleave.demo.barcode import draw
from byleave.demo.config import Surroundings, read
from byleave.demo.desktop import Desktop
from byleave.demo.viewer import open_viewer
from tests.desktop import until


def test_a_display_is_taken_from_the_environment() -> None:
    environment = {"DISPLAY": ":0", "XAUTHORITY": "/x", "EDITOR": "ed", "BYLEAVE_HEADLESS": "0"}
    assert read(environment) == Surroundings({"DISPLAY": ":0", "XAUTHORITY": "/x"})


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ""}, {"DISPLAY": ":0", "BYLEAVE_HEADLESS": "1"}])
def test_there_is_no_display(environment: dict[str, str]) -> None:
    assert read(environment) == Surroundings(None)


@pytest.mark.desktop
def test_the_person_s_desktop_is_seen_in_a_viewer(desktop: Desktop, tmp_path: Path) -> None:
    with Desktop(tmp_path, title="person", size=(800, 500), background="#FF00FF") as theirs:
        viewer = open_viewer(theirs, desktop.environment)

        def seen() -> bool:
            picture = desktop.grab()
            return bool(((picture == draw(0)[0, 0, :3]).all(axis=2)).sum() > 300_000)

        until(seen)
        assert viewer.poll() is None
    assert viewer.poll() is not None
