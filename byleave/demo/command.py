"""`byleave demo`: the main job, from the organisation's first key to the verified recording."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from byleave.demo import config
from byleave.demo.accessibility import WidgetError
from byleave.demo.cast import Cast, CastError, cast
from byleave.demo.desktop import DesktopError
from byleave.demo.guided import guide
from byleave.demo.opened import open_bundle
from byleave.demo.outcome import Outcome, checked_by_stock_tools, judge, last_line
from byleave.demo.probe import ProbeError
from byleave.demo.replaying import film_replay
from byleave.demo.story import Story, Told

FAILURES = (CastError, DesktopError, ProbeError, WidgetError, OSError)


@click.command(epilog="Example: byleave demo --headless")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for what comes of it; replaced.",
)
@click.option("--headless", is_flag=True, help="Play by script even where there is a display.")
def command(output: Path, headless: bool) -> None:
    """Run a whole session on desktops of this machine, and check all that comes of it.

    With a display you play both roles. Without one, or with BYLEAVE_HEADLESS=1,
    two scripted people do, on two virtual desktops. Everything is real: windows,
    relay, encryption, recording, log, and the auditor who opens it afterwards.
    """
    display = None if headless else config.read().display
    output = output.absolute()
    _clear(output)
    began = time.monotonic()
    try:
        with _stage(output / "logs") as folder:
            outcome = _played(folder, output, display)
    except FAILURES as error:
        told = f"the demo did not come to its end: {error}; see {output / 'logs'} and the pictures beside it"
        raise click.ClickException(told) from error
    outcome.write(output / "summary.json")
    click.echo(f"\nWhat happened, in {time.monotonic() - began:.0f} s:\n{outcome.table()}\n")
    if outcome.broken:
        raise click.ClickException("broken promises: " + "; ".join(outcome.broken))
    click.echo(f"Every promise was kept. Pictures, film and evidence are in {output}/.")


def _clear(output: Path) -> None:
    """Empty the output folder; one that holds something else is left alone."""
    if output.exists() and any(output.iterdir()) and not (output / ".byleave-demo").exists():
        raise click.ClickException(f"{output} holds something that is not a demo's; choose another folder")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    (output / ".byleave-demo").touch()


@contextmanager
def _stage(logs: Path) -> Iterator[Path]:
    """Make a folder for all state, short enough for sockets; of a failure the logs are kept."""
    with tempfile.TemporaryDirectory(prefix="byleave-demo-") as folder:
        try:
            yield Path(folder)
        except Exception:
            for log in Path(folder).rglob("*.log"):
                target = logs / log.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(log, target)
            raise


def _played(folder: Path, output: Path, display: Mapping[str, str] | None) -> Outcome:
    names = ("person", "technician") if display is None else ("person",)
    click.echo("Two desktops, a relay and an organisation come up.")
    with cast(folder, names) as stage:
        if display is None:
            told = Story(stage, output, _say).play()
        else:
            told = guide(stage, display, _say)
        return _audited(stage, told, output)


def _audited(stage: Cast, told: Told, output: Path) -> Outcome:
    """Have the auditor check, export and replay the session, each by command."""
    _say("The auditor checks the recording, exports it, and looks at it.")
    sid = last_line(stage.agent_state / "history.jsonl")["sid"]
    auditor = output / "auditor"
    shutil.copytree(stage.auditor, auditor)
    who = ["--key", str(auditor / "id_ed25519"), "--relay", stage.url, "--root", str(stage.adoption)]
    bundle, film = output / "bundle", output / "session.mp4"
    reason = ["--reason", "The demo looks at its own session"]
    stage.audit("export", sid, *who, *reason, "--bundle", str(bundle), "--mp4", str(film))
    checked = ["--root", str(stage.adoption), "--key", str(auditor / "id_ed25519"), "--json"]
    verdict: dict[str, Any] = json.loads(stage.audit("verify", str(bundle), *checked))
    verdict["stock_tools"] = checked_by_stock_tools(bundle, auditor / "identity.txt")
    film_replay(stage, bundle, auditor, output / "replay.png")
    return judge(stage, told, open_bundle(bundle, auditor / "identity.txt"), verdict, film)


def _say(line: str) -> None:
    click.echo(f"  {line}")
