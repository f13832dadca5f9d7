"""A few pictures through all stages, in a process of its own: Qt has its main thread. Prints JSON."""

import json
import sys
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks import bench_stages, copies, scenes
from benchmarks.displays import SOURCE, place
from benchmarks.line_stage import hop
from benchmarks.sheet import Sheet

STEPS = 6


def main(folder: Path) -> None:
    bench_stages.STEPS = STEPS
    application = QApplication(["benchmark", "-platform", "offscreen"])
    done = []
    with place(folder, SOURCE) as display:
        for make in (scenes.scroll, scenes.video):
            scene, sheet = make(), Sheet()
            sent, screen = bench_stages.at_the_agent(display.src, scene, folder, sheet)
            shown = bench_stages.at_the_console(application, sheet, sent)
            done.append((scene.name, sheet, sent, np.array_equal(screen[..., :3], shown[..., :3])))
        hop(folder, [(sheet, sent) for _, sheet, sent, _ in done])
    found = {}
    for name, sheet, sent, exact in done:
        counted = [each for each in sent if each.counts]
        found[name] = {
            "results": sheet.results(name),
            "exact": exact,
            "counted": len(counted),
            "copied": sum(bool(each.frame.copies) for each in counted),
            "filmed": copies.filmed(counted),
            "writes": copies.count(counted),
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
