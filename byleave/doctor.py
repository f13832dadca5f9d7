"""`byleave doctor`: look for what would go wrong, and say what to do."""

import time
from pathlib import Path

import click
import msgspec
import platformdirs

from agent.config import read
from byleave import checks
from byleave.checks import Finding
from byleave.exits import PROBLEMS_FOUND
from technician_console.config import default_state

ADOPTED = "organisation.byleave"
MARKS = {"good": "ok", "bad": "problem", "skipped": "skipped"}


@click.command(epilog=f"Exit codes: 0 nothing is wrong, {PROBLEMS_FOUND} something is.")
@click.option(
    "--profile",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An adoption file (NAME.byleave), instead of the organisation that this computer has adopted.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.pass_context
def command(ctx: click.Context, file: Path | None, as_json: bool) -> None:
    """Look for what would go wrong on this machine, and say what to do.

    It checks the display, the codec, the fonts, the organisation's profile, its
    relay and revocation list, and the clock. It changes nothing.

    Example: byleave doctor --profile example-support.byleave
    """
    config = read()
    findings = examine(config.display, file or adopted(config.state, default_state()), time.time())
    if as_json:
        click.echo(msgspec.json.encode({"findings": findings, "good": not problems(findings)}).decode())
    else:
        click.echo("\n".join(line(finding) for finding in findings))
    if problems(findings):
        ctx.exit(PROBLEMS_FOUND)


def examine(display: str | None, file: Path | None, at: float) -> list[Finding]:
    """Return what all checks have found.

    Args:
        display: the X display's name, or None.
        file: an adoption file, or None.
        at: now, in seconds since 1970.
    """
    profile, found = checks.profile(file, at)
    return [
        checks.display(display),
        checks.codec(),
        checks.fonts(font_folders()),
        profile,
        *checks.relay_and_clock(found, at),
    ]


def adopted(*states: Path) -> Path | None:
    """Return the organisation that this computer's agent, or else its console, has adopted."""
    found = (state / ADOPTED for state in states)
    return next((path for path in found if path.is_file()), None)


def problems(findings: list[Finding]) -> list[Finding]:
    """Return the findings that are bad."""
    return [finding for finding in findings if finding.state == "bad"]


def line(finding: Finding) -> str:
    """Return a finding for a reader."""
    said = f"{finding.name:<12} {MARKS[finding.state]:<8} {finding.words}"
    return f"{said}\n{'':<12} {'':<8} → {finding.advice}" if finding.advice else said


def font_folders() -> list[Path]:
    """Return where fonts are kept on this machine."""
    own = platformdirs.user_data_path() / "fonts"
    shared = (Path(folder) / "fonts" for folder in ("/usr/share", "/usr/local/share", "/usr/share/X11"))
    return [folder for folder in (own, Path.home() / ".fonts", *shared) if folder.is_dir()]
