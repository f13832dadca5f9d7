"""Are we ahead of every peer, in every cell, for every figure? Reads the results of the side-by-side bench.

A cell is a line and a scene. A figure is compared with the best peer for that figure
in that cell, medians of the repeats. A ratio says how many times worse we are: below
1 is better. Equal within the noise counts as ahead: nobody shows more frames than
were drawn, or more than an exact picture.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
import msgspec
from msgspec import Struct

NOISE = 0.02
"""Two values that are so close, as a part of the better one, are equal."""

QUIET_CPU = 1.0
"""Per cent of a core that the host may take while nobody does anything, whatever the peers take."""

BASELINE = "local"
"""The bench's name for no remote system at all: what the scene itself costs."""

EXACT = 99.0
"""The bench's signal-to-noise ratio of a picture without any error, in dB."""

LINES = ("lan", "wan", "poor")
SCENES = ("idle", "typing", "scroll30", "scroll60", "drag", "video")
KEYED = ("typing",)
"""Scenes in which the next key waits until the last one was seen, so that a slow peer draws less."""


class Processor(Struct, frozen=True):
    """Per cent of a core: host programs, relay, and the source's X server."""

    host: float = 0.0
    relay: float = 0.0
    xsrc: float = 0.0


class Record(Struct, frozen=True):
    """One run of one scene, as the bench writes it, without what is not compared."""

    peer: str
    profile: str
    scene: str
    error: str = ""
    dur: float = 0.0
    fps: float | None = None
    src_fps: float | None = None
    lat_p50: float | None = None
    lat_p95: float | None = None
    inp_p50: float | None = None
    inp_p95: float | None = None
    kbit_down: float | None = None
    mot_psnr: float | None = None
    final_psnr: float | None = None
    cpu: Processor = Processor()
    other_cpu: float = 0.0

    @property
    def shown(self) -> float | None:
        """Per cent of the pictures that were shown, where a key draws the next picture; else None.

        One may still be under way when the time is over.
        """
        if self.scene not in KEYED or self.fps is None or not self.src_fps:
            return None
        return min(100.0, 100 * (self.fps * self.dur + 1) / (self.src_fps * self.dur))


@dataclass(frozen=True)
class Figure:
    """Something that is compared.

    Attributes:
        name: what it is called, with its unit.
        least: values below it are taken for it, so that a ratio of two nothings is one.
        larger: whether more is better.
        idle: whether it counts while nobody does anything.
        take: its value in a record, None if it was not measured.
    """

    name: str
    least: float
    take: Callable[[Record], float | None]
    larger: bool = False
    idle: bool = False


FIGURES = (
    Figure("fps", 0.1, lambda record: None if record.scene in KEYED else record.fps, larger=True),
    Figure("shown %", 0.1, lambda record: record.shown, larger=True),
    Figure("latency p50 ms", 1.0, lambda record: record.lat_p50),
    Figure("latency p95 ms", 1.0, lambda record: record.lat_p95),
    Figure("input p50 ms", 1.0, lambda record: record.inp_p50),
    Figure("input p95 ms", 1.0, lambda record: record.inp_p95),
    Figure("kbit/s", 1.0, lambda record: record.kbit_down, idle=True),
    Figure("motion dB", 1.0, lambda record: record.mot_psnr, larger=True),
    Figure("rest dB", 1.0, lambda record: record.final_psnr, larger=True, idle=True),
    Figure("host CPU %", 0.1, lambda record: record.cpu.host + record.cpu.relay + record.cpu.xsrc, idle=True),
)

Cell = tuple[str, str]
Values = Mapping[tuple[Cell, str, str], float]
"""By cell, peer and name of the figure."""


@dataclass(frozen=True)
class Pair:
    """One figure in one cell.

    Attributes:
        ours: our value, None if we have none.
        best: the best peer's value.
        peer: the best peer's name.
        ratio: how many times worse we are.
        ahead: whether we are as good at least.
    """

    cell: Cell
    figure: str
    ours: float | None
    best: float
    peer: str
    ratio: float
    ahead: bool


def read(paths: Iterable[Path]) -> list[Record]:
    """Return all records of some files of JSON lines."""
    lines = (line for path in paths for line in path.read_bytes().splitlines() if line.strip())
    return [msgspec.json.decode(line, type=Record) for line in lines]


def medians(records: Iterable[Record]) -> Values:
    """Return the median of every figure; the scene's own cost is taken off the host's."""
    found: defaultdict[tuple[Cell, str, str], list[float]] = defaultdict(list)
    good = [record for record in records if not record.error]
    scene_costs = {record.scene: record.cpu.xsrc for record in good if record.peer == BASELINE}
    for record in good:
        cell = record.profile, record.scene
        scene_cost = min(scene_costs.get(record.scene, 0.0), record.cpu.xsrc)
        for figure in FIGURES:
            value = figure.take(record)
            if value is not None and (record.scene != "idle" or figure.idle):
                taken_off = scene_cost if figure.name == "host CPU %" else 0.0
                found[cell, record.peer, figure.name].append(value - taken_off)
    return {key: median(values) for key, values in found.items()}


def pairs(values: Values, ours: str) -> list[Pair]:
    """Return every figure in every cell that a peer has a value for."""
    cells = {cell for cell, peer, _ in values if peer == ours}
    ordered = sorted(cells, key=lambda cell: (LINES.index(cell[0]), SCENES.index(cell[1])))
    compared = (_pair(values, cell, figure, ours) for cell in ordered for figure in FIGURES)
    return [pair for pair in compared if pair is not None]


def _pair(values: Values, cell: Cell, figure: Figure, ours: str) -> Pair | None:
    others = {
        peer: value
        for (where, peer, name), value in values.items()
        if where == cell and name == figure.name and peer not in (ours, BASELINE)
    }
    if not others:
        return None
    peer = (max if figure.larger else min)(others, key=lambda name: others[name])
    own = values.get((cell, ours, figure.name))
    ratio = worse(own, others[peer], figure)
    quiet = cell[1] == "idle" and figure.name == "host CPU %" and own is not None and own <= QUIET_CPU
    return Pair(cell, figure.name, own, others[peer], peer, ratio, quiet or ratio <= 1 + NOISE)


def worse(own: float | None, best: float, figure: Figure) -> float:
    """Return how many times worse our value is than the best peer's: infinitely, if we have none."""
    if own is None:
        return math.inf
    mine, theirs = max(own, figure.least), max(best, figure.least)
    return theirs / mine if figure.larger else mine / theirs


def table(compared: Iterable[Pair]) -> list[str]:
    """Return a Markdown table, one line for each pair."""
    lines = ["| line | scene | figure | ours | best | peer | ratio | |", "|---|---|---|--:|--:|---|--:|---|"]
    for pair in compared:
        own = "none" if pair.ours is None else shown(pair.ours, pair.figure)
        best = shown(pair.best, pair.figure)
        place = "ahead" if pair.ahead else "behind"
        lines.append(
            f"| {pair.cell[0]} | {pair.cell[1]} | {pair.figure} | {own} | {best} | {pair.peer}"
            f" | {pair.ratio:.2f} | {place} |"
        )
    return lines


def overview(compared: Iterable[Pair]) -> list[str]:
    """Return a Markdown table, one line for each cell: ours / the best peer's, in bold where we are ahead."""
    rows: defaultdict[Cell, dict[str, str]] = defaultdict(dict)
    for pair in compared:
        own = "none" if pair.ours is None else shown(pair.ours, pair.figure)
        mark = "**" if pair.ahead else ""
        rows[pair.cell][pair.figure] = f"{mark}{own}{mark} / {shown(pair.best, pair.figure)}"
    names = [figure.name for figure in FIGURES]
    lines = ["| cell | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for cell, values in rows.items():
        lines.append(f"| {' '.join(cell)} | " + " | ".join(values.get(name, "") for name in names) + " |")
    return lines


def shown(value: float, figure: str) -> str:
    """Return a value as it is written in the table."""
    if figure.endswith("dB") and value >= EXACT:
        return "exact"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def summary(compared: list[Pair]) -> str:
    """Return how much of the aim is reached, in one line."""
    if not compared:
        return "Nothing to compare: there is no cell that both we and a peer have."
    ahead = sum(pair.ahead for pair in compared)
    worst = max((pair for pair in compared), key=lambda pair: (not pair.ahead, pair.ratio))
    part = 100 * ahead / len(compared)
    where = f"{worst.cell[0]} {worst.cell[1]}, {worst.figure}"
    return f"Ahead in {ahead} of {len(compared)} ({part:.0f} %); worst ratio {worst.ratio:.2f} ({where})."


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--ours", default="ours", show_default=True, help="The peer that is compared with the others.")
@click.option("--overview", "short", is_flag=True, help="One line for each cell.")
@click.option("--behind", is_flag=True, help="List only what is behind, the worst first.")
def main(files: tuple[Path, ...], ours: str, short: bool, behind: bool) -> None:
    """Compare us with the best peer, figure by figure.

    Example: python -m benchmarks.compare results.jsonl --behind
    """
    records = read(files)
    compared = pairs(medians(records), ours)
    listed = compared
    if behind:
        listed = sorted((pair for pair in compared if not pair.ahead), key=lambda pair: -pair.ratio)
    for line in overview(listed) if short else table(listed):
        click.echo(line)
    for record in records:
        if record.error:
            click.echo(f"\nerror: {record.peer} {record.profile} {record.scene}: {record.error}")
    click.echo(f"\n{summary(compared)}")
    disturbed = [record.other_cpu for record in records if not record.error]
    if disturbed:
        click.echo(f"Other work took {median(disturbed):.0f} % of a core, {max(disturbed):.0f} % at most.")


if __name__ == "__main__":
    main()
