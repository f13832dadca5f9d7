"""Each stage of one picture at 1920x1080, from the person's display to the technician's window.

The product's own classes do the work, on a real Xvnc display, over a real relay,
into a real window (drawn offscreen). Each stage stands beside a floor that was
measured at the same moment: `benchmarks.sheet` says what it is.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks import copies, scenes
from benchmarks.agent_stages import AgentStages, Sent
from benchmarks.console_stages import ConsoleStages
from benchmarks.displays import SOURCE, place
from benchmarks.line_stage import hop
from benchmarks.scenes import Pixels, Scene
from benchmarks.sheet import Sheet

STEPS = 60
PAGES = 18
SCENES = (scenes.typing, scenes.scroll, scenes.video, scenes.page)


def measure() -> dict[str, float]:
    """Return p50, p95 and the multiple of the floor for each scene and stage, and copies of pixels."""
    application = QApplication.instance() or QApplication(["benchmark", "-platform", "offscreen"])
    assert isinstance(application, QApplication)
    done: list[tuple[str, Sheet, list[Sent]]] = []
    with TemporaryDirectory(prefix="byleave-bench-") as name, place(Path(name), SOURCE) as display:
        for make in SCENES:
            scene, sheet = make(), Sheet()
            sent, screen = at_the_agent(display.src, scene, Path(name), sheet)
            shown = at_the_console(application, sheet, sent)
            assert np.array_equal(screen[..., :3], shown[..., :3]), f"{scene.name}: not exact at rest"
            done.append((scene.name, sheet, sent))
        hop(Path(name), [(sheet, sent) for _, sheet, sent in done])
    results: dict[str, float] = {}
    for scene_name, sheet, sent in done:
        counted = [each for each in sent if each.counts]
        results |= sheet.results(scene_name)
        sizes = [sum(len(tile.data) for tile in each.frame.tiles) for each in counted]
        results[f"{scene_name} / all of it / bytes a frame"] = float(np.mean(sizes))
        results[f"{scene_name} / all of it / frames with film"] = copies.filmed(counted)
        for where, times in copies.count(counted).items():
            results[f"{scene_name} / copies, {where} / times"] = times
    return results


def at_the_agent(display: str, scene: Scene, folder: Path, sheet: Sheet) -> tuple[list[Sent], Pixels]:
    """Draw the scene and send it; return the frames, and what the screen shows in the end."""
    (folder / scene.name).mkdir()
    stages = AgentStages(display, scene, folder / scene.name, sheet)
    try:
        stages.run(STEPS if scene.rate > 5 else PAGES)
    finally:
        stages.close()
    return stages.sent, stages.picture


def at_the_console(application: QApplication, sheet: Sheet, sent: list[Sent]) -> Pixels:
    """Show the frames; return what the window shows in the end."""
    stages = ConsoleStages(application, sheet)
    try:
        stages.run(sent)
        return stages.picture
    finally:
        stages.close()
