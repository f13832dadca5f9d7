"""What agent and console spend their time on while somebody types, scrolls and watches a video.

Leaves `flame-agent.svg` and `flame-console.svg` in benchmarks/output/. Both programs
run whole, in a real session between two displays; a thread in each of them looks
where the others are, which costs some per cent by itself and is left out.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks import scenes
from benchmarks.bench_end_to_end import SETTLING, drawing, session, watch
from benchmarks.displays import SOURCE, VIEWER, place
from benchmarks.flame import Box, draw, tree
from benchmarks.sampling import Second

SECONDS = 10.0
SCENES = (scenes.typing, scenes.scroll, scenes.video)
OUTPUT = Path(__file__).parent / "output"
PROGRAMS = {"agent": "Byleave’s agent", "console": "Byleave’s console"}
ENOUGH = 0.6
"""Of the seconds must be told of by both programs; the first and the last of each scene are not whole."""

LEAST = 0.001
"""Of a core: threads that take less are not told of."""

WRITTEN = 1.5
"""Seconds after which a second that is over is in the file."""


def measure() -> dict[str, float]:
    """Draw both flame graphs; return per cent of a core for each program's threads."""
    results: dict[str, float] = {}
    with TemporaryDirectory(prefix="byleave-bench-") as name, place(Path(name), SOURCE, VIEWER) as displays:
        folder = Path(name)
        with session(displays, folder):
            spans = []
            for make in SCENES:
                with drawing(displays.src, scene := make()) as drawer:
                    time.sleep(SETTLING)
                    began = time.monotonic()
                    watch(drawer, scene, displays.view, SECONDS)
                    spans.append((began, time.monotonic()))
            time.sleep(WRITTEN)
        OUTPUT.mkdir(exist_ok=True)
        for program, title in PROGRAMS.items():
            root, seconds = read(folder / f"{program}.jsonl", spans)
            assert seconds > ENOUGH * SECONDS * len(SCENES), (
                f"only {seconds:.0f} s of the {program} are known"
            )
            words = f"{title}: typing, scrolling and a video, {SECONDS:.0f} s each"
            (OUTPUT / f"flame-{program}.svg").write_text(draw(root, words, seconds), encoding="utf-8")
            results[f"{program}, % of a core"] = 100 * root.seconds / seconds
            for thread in (each for each in root.calls.values() if each.seconds >= LEAST * seconds):
                results[f"{program}: {thread.name}, % of a core"] = 100 * thread.seconds / seconds
    return results


def read(file: Path, spans: list[tuple[float, float]]) -> tuple[Box, float]:
    """Return what a program did in these times, and how many seconds they are together."""
    seconds = [msgspec.json.decode(line, type=Second) for line in file.read_bytes().splitlines()]
    # A second belongs to the span that it lies in wholly.
    inside = [each for each in seconds if any(since + 1 <= each.at <= until for since, until in spans)]
    return tree(inside), float(len({each.at for each in inside}))
