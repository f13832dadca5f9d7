"""`make pictures` finds the windows of every program, and nothing else."""

from tests import pictures


def test_every_program_with_windows_offers_its_scenes() -> None:
    scenes = pictures.scenes()
    assert {name.split("-")[0] for name in scenes} == {"agent", "auditor", "console"}
    assert all(callable(build) for build in scenes.values())
