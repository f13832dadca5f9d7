"""`byleave demo`: the main job, from the organisation's first key to the verified recording."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from byleave.demo import config
from byleave.demo.accessibility import WidgetError
from byleave.demo.cast import Cast, CastError, cast
from byleave.demo.desktop import DesktopError
from byleave.demo.guided import GuideError, Table, guide, lay
from byleave.demo.interruption import Interrupted, interruptible
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
@click.pass_context
def command(context: click.Context, output: Path, headless: bool) -> None:
    """Run a whole session on desktops of this machine, and check all that comes of it.

    With a display you play both roles. Without one, or with BYLEAVE_HEADLESS=1,
    two scripted people do, on two virtual desktops. Everything is real: windows,
    relay, encryption, recording, log, and the auditor who opens it afterwards.
    """
    display = None if headless else config.read().display
    folder = output = output.absolute()
    began = time.monotonic()
    try:
        with interruptible(), ExitStack() as stack:
            table = None if display is None else stack.enter_context(lay(display))
            _clear(output)
            folder = stack.enter_context(_stage(output / "logs"))
            outcome = _played(folder, output, table)
    except Interrupted as interrupted:
        click.echo("\nInterrupted. Everything that the demo had started is ended.", err=True)
        context.exit(interrupted.exit_code)
    except GuideError as error:
        raise click.ClickException(f"{error}.") from error
    except FAILURES as error:
        # The stage is gone, its logs have been kept.
        why = str(error).replace(str(folder), str(output / "logs"))
        told = f"the demo did not come to its end: {why}; see {output / 'logs'} and the pictures beside it"
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


def _played(folder: Path, output: Path, table: Table | None) -> Outcome:
    if table is None:
        click.echo("Two desktops, a relay and an organisation come up.")
        with cast(folder) as stage:
            return _audited(stage, Story(stage, output, _say).play(), output)
    click.echo("A person's desktop, a relay and an organisation come up.")
    with cast(folder, ("person",), size=table.places.desktop) as stage:
        return _audited(stage, guide(stage, table, _say), output)


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
