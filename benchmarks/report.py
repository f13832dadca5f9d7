"""The tables of docs/performance.md from what was measured: `python -m benchmarks.report`.

In the page a table stands between two comments, so that the next run can replace it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from benchmarks.__main__ import LOAD, MACHINE, OUTPUT
from benchmarks.copies import PLACES
from benchmarks.sheet import STAGES

Figures = Mapping[str, float]
ENDS = {
    "all at the agent": "**agent, until it is packed**",
    "all at the console": "**console, until it is painted**",
}
WHOLE = {"bytes a frame": "bytes a frame", "frames with film": "share of frames with H.264"}
STANDING = ("stages", "end_to_end", "flame")
"""Those that have tables of their own."""


BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"


@click.command()
@click.option(
    "--results",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=OUTPUT / "results.json",
    help="What was measured; benchmarks/output/results.json if left out.",
)
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replace the tables in this page, and print nothing.",
)
def main(results: Path, into: Path | None) -> None:
    """Print what was measured as tables, or put them into a page.

    Example: python -m benchmarks.report --into docs/performance.md
    """
    found = tables(json.loads(results.read_text("utf-8")))
    if into is None:
        click.echo("\n\n".join(found.values()))
    else:
        into.write_text(put(into.read_text("utf-8"), found), encoding="utf-8")


def tables(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return all tables of a run, and the words about it, by name."""
    found = {"machine": described(results[MACHINE]), "load": load(results), "floors": floors()}
    if "stages" in results:
        found |= {"stages": stages(results["stages"]), "copies": copies(results["stages"])}
    if "end_to_end" in results:
        found["end_to_end"] = scenes(results["end_to_end"])
    if "flame" in results:
        found["flame"] = plain({"flame": results["flame"]})
    others = {name: figures for name, figures in results.items() if name not in (*STANDING, MACHINE)}
    if others:
        found["parts"] = plain(others)
    return found


def put(page: str, found: Mapping[str, str]) -> str:
    """Return a page with these tables instead of its own; it need not have all of them."""
    for name, table in found.items():
        begin = BEGIN.format(name)
        before, marked, rest = page.partition(begin)
        if marked:
            _, end, after = rest.partition(END)
            if not end:
                raise click.ClickException(f"{begin} is never ended")
            page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def load(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how busy the machine was with other things, in a sentence."""
    loads = [f"{name} {figures[LOAD]:.1f}" for name, figures in results.items() if LOAD in figures]
    return f"Cores that other programs took just before: {', '.join(loads)}."


def described(facts: Mapping[str, str]) -> str:
    """Return the machine in a sentence."""
    first = ("processor", "memory", "system")
    versions = ", ".join(f"{name} {value}" for name, value in facts.items() if name not in first)
    return f"{'; '.join(facts[name] for name in first)}. {versions}."


def stages(figures: Figures) -> str:
    """Return p50, p95 and the multiple of the floor: a row for each stage, a column for each scene."""
    names = _scenes(figures)
    rows = []
    for stage in STAGES:
        cells = [
            f"{figures[f'{scene} / {stage} / p50, ms']:.2f} / {figures[f'{scene} / {stage} / p95, ms']:.2f}, "
            f"{figures[f'{scene} / {stage} / x floor']:.1f}x"
            for scene in names
        ]
        rows.append([stage, *cells])
    for key, words in ENDS.items():
        rows.append([words, *(f"{figures[f'{scene} / {key} / p50, ms']:.1f}" for scene in names)])
    for key, words in WHOLE.items():
        rows.append([words, *(f"{figures[f'{scene} / all of it / {key}']:.3g}" for scene in names)])
    return _table(["ms p50 / p95, times its floor", *names], rows)


def floors() -> str:
    """Return what each stage is, and what it is compared with."""
    return _table(["stage", "what is timed", "its floor"], [[name, *words] for name, words in STAGES.items()])


def copies(figures: Figures) -> str:
    """Return how often each pixel that differs is written, and where."""
    names = _scenes(figures)
    rows = [
        [
            PLACES.get(where, "**in all**"),
            *(f"{figures[f'{scene} / copies, {where} / times']:.2f}" for scene in names),
        ]
        for where in (*PLACES, "all")
    ]
    return _table(["writes of a pixel", *names], rows)


def scenes(figures: Figures) -> str:
    """Return a row for each figure and a column for each scene."""
    names = _scenes(figures)
    kinds = dict.fromkeys(key.partition(" / ")[2] for key in figures if " / " in key)
    rows = [[kind, *(_short(figures[f"{scene} / {kind}"]) for scene in names)] for kind in kinds]
    return _table(["figure", *names], rows)


def plain(results: Mapping[str, Figures]) -> str:
    """Return a row for each figure."""
    rows = [
        [name, what, _short(value)]
        for name, figures in results.items()
        for what, value in figures.items()
        if what != LOAD
    ]
    return _table(["benchmark", "figure", "value"], rows)


def _scenes(figures: Figures) -> list[str]:
    return list(dict.fromkeys(key.partition(" / ")[0] for key in figures if " / " in key))


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
