"""`byleave console`: the technician's window, and the technician's own history."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from technician_console import config, history, organisation
from technician_console.desk import Desk
from technician_console.engine import Engine
from technician_console.history import Entry
from technician_console.log_file import open_log
from technician_console.state_folder import StateFolder
from technician_console.surface import Surface
from technician_console.windows import application

SIGNALS = (signal.SIGTERM, signal.SIGINT)

file_option = click.Path(path_type=Path, dir_okay=False, exists=True)
folder_option = click.Path(path_type=Path, file_okay=False)


@click.group(
    invoke_without_command=True,
    epilog="Settings are in settings.toml of the state folder; see docs/reference/state.md.",
)
@click.option("--key", type=file_option, help="Your private key, as the office handed it to you.")
@click.option("--certificate", type=file_option, help="Its certificate; KEY-cert.pub if left out.")
@click.option(
    "--profile",
    type=file_option,
    help="The organisation's file, NAME.byleave; the one beside the key if left out. Needed once.",
)
@click.option("--relay", metavar="URL", help="Another address of the relay; nothing else changes.")
@click.option("--state", type=folder_option, help="Another folder for what the console remembers.")
@click.pass_context
def command(
    context: click.Context,
    key: Path | None,
    certificate: Path | None,
    profile: Path | None,
    relay: str | None,
    state: Path | None,
) -> None:
    """Help somebody: sign in, say what for, read the code out, and see their screen once they allow it.

    Key, certificate and organisation are remembered, so that the next time
    `byleave console` is enough.

    Example: byleave console --key maya/id_ed25519 --profile example.byleave
    """
    if context.invoked_subcommand is not None:
        context.obj = state
        return
    settings = config.load(state, key=key, certificate=certificate, profile=profile, relay=relay)
    folder = StateFolder(settings.state)
    with open_log(folder, settings.settings.log):
        works_for = organisation.pinned(folder, settings.profile)
        surface = Surface()
        run(Engine(lambda: Desk(settings, folder, works_for, surface), surface), surface)


def run(engine: Engine, surface: Surface) -> None:
    """Run the program and its window until both are closed.

    Args:
        engine: the program.
        surface: what the two meet at.
    """
    engine.begin()
    with _signals_quit(engine):
        application.run(surface, engine)
        engine.quit()
        engine.join()


@contextmanager
def _signals_quit(engine: Engine) -> Iterator[None]:
    """Have a signal close the window as the technician would.

    Python's own handlers run in the main thread when Qt next lets them; what the
    interpreter writes at once, a thread can read.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno())
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    threading.Thread(target=_obey, args=(reading, engine), name="signals", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        writing.close()


def _obey(reading: socket.socket, engine: Engine) -> None:
    with reading:
        if reading.recv(1):
            engine.quit()


@command.command("history")
@click.option("--json", "as_json", is_flag=True, help="One JSON list of all sessions.")
@click.option("--state", type=folder_option, help="Another folder for what the console remembers.")
@click.pass_obj
def show_history(before: Path | None, as_json: bool, state: Path | None) -> None:
    """Show your sessions: when, how they ended, what was granted; never what was seen or said.

    Example: byleave console history --json
    """
    entries = history.entries(StateFolder(state or before or config.default_state()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return
    if not entries:
        click.echo("No sessions yet.")
    for entry in entries:
        click.echo(_line(entry))


def _line(entry: Entry) -> str:
    started = datetime.fromtimestamp(entry.started / 1000, UTC).astimezone()
    granted = ", ".join(entry.granted) or "nothing granted"
    length = round((entry.ended - entry.started) / 1000)
    return f"{started:%Y-%m-%d %H:%M}  {length:>5} s  {entry.reason:<12}  {granted}  {entry.sid[:16]}"
