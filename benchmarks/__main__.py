"""Run every benchmark, or the named ones, and write what was measured."""

import importlib
import json
import pkgutil
from pathlib import Path

import click

import benchmarks

OUTPUT = Path(__file__).parent / "output"
PREFIX = "bench_"


def available() -> list[str]:
    """Return the names of all benchmarks."""
    modules = pkgutil.iter_modules(benchmarks.__path__)
    return sorted(module.name.removeprefix(PREFIX) for module in modules if module.name.startswith(PREFIX))


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Measure and write benchmarks/output/results.json.

    Example: make bench ARGS="ledger sealing"
    """
    unknown = set(names) - set(available())
    if unknown:
        raise click.UsageError(f"no such benchmark: {', '.join(sorted(unknown))}")
    results: dict[str, dict[str, float]] = {}
    for name in names or available():
        results[name] = importlib.import_module(f"benchmarks.{PREFIX}{name}").measure()
        for what, value in results[name].items():
            click.echo(f"{name:<14} {what:<32} {value:10.3f}")
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
