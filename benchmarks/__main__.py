"""Run every benchmark, or the named ones, and write what was measured."""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import click

import benchmarks
from benchmarks import machine

OUTPUT = Path(__file__).parent / "output"
PREFIX = "bench_"
MACHINE = "machine"
LOAD = "load before, cores"


def available() -> list[str]:
    """Return the names of all benchmarks."""
    modules = pkgutil.iter_modules(benchmarks.__path__)
    return sorted(module.name.removeprefix(PREFIX) for module in modules if module.name.startswith(PREFIX))


def summary(name: str) -> str:
    """Return the first line of a benchmark's own words, without importing it."""
    source = (Path(__file__).parent / f"{PREFIX}{name}.py").read_text("utf-8")
    return source.removeprefix('"""').partition("\n")[0].rstrip('".')


class Named(click.Command):
    """Names all benchmarks in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each measures."""
        with formatter.section("Benchmarks"):
            formatter.write_dl([(name, summary(name)) for name in available()])


@click.command(cls=Named)
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    r"""Measure, print it, and write benchmarks/output/results.json; without NAMES, everything.

    Ratios are to a floor or a peer that is measured in the same run, so they
    mean the same on another machine. What an earlier run has measured on this
    machine stays in the file. Run nothing else meanwhile.

    \b
    Example: make bench ARGS="stages end_to_end"
    Then, as tables: .venv/bin/python -m benchmarks.report
    """
    unknown = set(names) - set(available())
    if unknown:
        raise click.UsageError(f"no such benchmark: {', '.join(sorted(unknown))}")
    file = OUTPUT / "results.json"
    results = _begin(file)
    for what, value in results[MACHINE].items():
        click.echo(f"{MACHINE:<14} {what:<44} {value}")
    OUTPUT.mkdir(exist_ok=True)
    missed: list[str] = []
    for name in names or available():
        load = machine.load()
        try:
            measured = importlib.import_module(f"benchmarks.{PREFIX}{name}").measure()
        except AssertionError as error:
            # The others are worth measuring all the same.
            missed.append(f"{name}: {error} (other programs took {load:.1f} cores)")
            continue
        results[name] = {LOAD: load} | measured
        for what, value in results[name].items():
            click.echo(f"{name:<14} {what:<44} {value:10.3f}")
        file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if missed:
        raise click.ClickException("\n".join(["not what it has to be:", *missed]))


def _begin(file: Path) -> dict[str, dict[str, Any]]:
    """Return what was measured on this very machine before."""
    facts = machine.describe()
    if file.exists():
        before: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
        if before.get(MACHINE) == facts:
            return before
    return {MACHINE: facts}


if __name__ == "__main__":
    main()
