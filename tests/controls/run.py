"""`make controls`: take each defence out in a copy, and show that its test notices.

For every patch the named tests must pass in a clean copy of the tree, and fail
in a copy with the patch. The working tree is never touched.
"""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from os import killpg
from pathlib import Path

import click

from tests.controls.patches import Control, apply, controls, copy_tree

SUMMARY = re.compile(r"^(PASSED|FAILED|ERROR) (.+?)(?: - (.*))?$", re.MULTILINE)

BROKEN = re.compile(r"(Name|Import|ModuleNotFound|Syntax|Indentation|UnboundLocal)Error\b")
"""Failures that say that the patch damaged the program instead of taking a defence out."""


@dataclass(frozen=True)
class Verdict:
    """What a control showed."""

    control: Control
    good: bool
    words: str
    seconds: float


def outcome(test: str, folder: Path, limit: float) -> str:
    """Run one test in a copy of the tree and return `passed`, `failed` or what was wrong."""
    options = ["-q", "-rA", "--tb=no", "-p", "no:cacheprovider"]
    command = ["env", f"PYTHONPATH={folder}", "COLUMNS=400", sys.executable, "-m", "pytest", *options, test]
    # A group of its own, so that a test that hangs is ended with all its children.
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                killpg(process.pid, signal.SIGKILL)
            return f"did not end within {limit:.0f} s"
    return judge(process.returncode, SUMMARY.findall(output))


def judge(code: int, lines: list[tuple[str, str, str]]) -> str:
    """Return `passed`, `failed` or what was wrong, from pytest's exit code and summary."""
    failures = [message for word, _, message in lines if word == "FAILED"]
    if code == 0:
        return "passed" if any(word == "PASSED" for word, _, _ in lines) else "was skipped"
    if code != 1 or not failures or any(word == "ERROR" for word, _, _ in lines):
        return "could not run"
    damage = next((message for message in failures if BROKEN.match(message)), None)
    return f"broke: {damage}" if damage else "failed"


def show(control: Control, clean: dict[str, str], limit: float) -> Verdict:
    """Apply one control to a copy of its own and see whether its tests notice."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="byleave-control-") as name:
        folder = Path(name)
        copy_tree(folder)
        trouble = apply(control, folder)
        words = [f"does not apply: {trouble.splitlines()[0]}"] if trouble else []
        for test in () if trouble else control.tests:
            if clean[test] != "passed":
                words.append(f"{test} {clean[test]} without the patch")
            elif (seen := outcome(test, folder, limit)) != "failed":
                words.append(f"{test} {seen} with the patch")
    return Verdict(control, not words, "; ".join(words) or "noticed", time.monotonic() - began)


def run(chosen: list[Control], jobs: int, limit: float, tell: Callable[[str], None]) -> list[Verdict]:
    """Show every chosen control, several at a time, and return their verdicts."""
    tests = sorted({test for control in chosen for test in control.tests})
    with tempfile.TemporaryDirectory(prefix="byleave-clean-") as name, ThreadPoolExecutor(jobs) as pool:
        folder = Path(name)
        copy_tree(folder)
        tell(f"{len(tests)} tests in a clean copy …")
        clean = {}
        for test, seen in zip(tests, pool.map(lambda test: outcome(test, folder, limit), tests), strict=True):
            clean[test] = seen
            if seen != "passed" or len(clean) % 20 == 0:
                tell(f"{len(clean)} of {len(tests)}: {test} {seen}")
        tell(f"{len(chosen)} controls, each in a copy of its own …")
        verdicts = []
        for verdict in pool.map(lambda control: show(control, clean, limit), chosen):
            verdicts.append(verdict)
            tell(_line(verdict))
        return verdicts


def _line(verdict: Verdict) -> str:
    mark = "ok  " if verdict.good else "FAIL"
    defence = f"\n     without: {verdict.control.defence}"
    return f"{mark} {verdict.control.name}  {verdict.seconds:.1f} s  {verdict.words}{defence}"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", default=2, show_default=True, help="How many run at the same time.")
@click.option("--limit", default=180.0, show_default=True, help="Seconds that one test may take.")
def main(names: tuple[str, ...], jobs: int, limit: float) -> None:
    """Show that a test notices when a defence is missing.

    Example: python -m tests.controls.run a-second-grant
    """
    chosen = [control for control in controls() if not names or control.name in names]
    unknown = set(names) - {control.name for control in chosen}
    if unknown or not chosen:
        raise click.UsageError(f"no such control: {', '.join(sorted(unknown)) or 'none is there yet'}")
    verdicts = run(chosen, jobs, limit, click.echo)
    bad = sum(not verdict.good for verdict in verdicts)
    for verdict in verdicts:
        if not verdict.good:
            click.echo(_line(verdict))
    click.echo(f"{len(verdicts) - bad} of {len(verdicts)} defences are watched by their tests.")
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
