"""The `byleave` command: one front door, each room behind it opened only when it is entered.

A subcommand's module is imported when it runs and not before, so that the relay
starts without Qt and the office without a codec. Each such module has one click
command or group named `command`.
"""

import importlib
from dataclasses import dataclass

import click

from byleave.exits import exit_code
from session.errors import ByleaveError, ConfigurationError
from session.plain import display_text

OWN_PACKAGES = frozenset({"agent", "auditor", "byleave", "relay", "session", "technician_console"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A subcommand that is not imported yet.

    Args:
        module: where its `command` is.
        summary: one line for `byleave --help`.
        extra: which extra of the distribution it needs, or empty.
    """

    module: str
    summary: str
    extra: str = ""


SUBCOMMANDS: dict[str, Entry] = {
    "agent": Entry("agent.command", "Get help on this computer: enter a code, decide, watch, stop.", "agent"),
    "audit": Entry("auditor.command", "List, check, replay and export recordings.", "auditor"),
    "console": Entry("technician_console.command", "Help somebody: the technician's window.", "console"),
    "demo": Entry("byleave.demo.command", "Run a whole session on two desktops of this machine.", "dev"),
    "doctor": Entry("byleave.doctor", "Look for what would go wrong on this machine, and say what to do."),
    "organisation": Entry(
        "byleave.organisation.command", "Keep the organisation's keys, certificates and revocations."
    ),
    "relay": Entry(
        "relay.command", "Carry sessions that it cannot read, and keep their sealed evidence.", "relay"
    ),
}


class FrontDoor(click.Group):
    """A group that imports a subcommand only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand.

        Raises:
            click.ClickException: something that it needs is not installed.
        """
        entry = SUBCOMMANDS.get(cmd_name)
        if entry is None:
            return None
        try:
            command = importlib.import_module(entry.module).command
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing in OWN_PACKAGES or not entry.extra:
                raise
            raise click.ClickException(
                f"`byleave {cmd_name}` needs {missing}. Install it with: pip install 'byleave[{entry.extra}]'"
            ) from None
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.command is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBCOMMANDS[name].summary) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        """Run a subcommand; an error of the tree becomes a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except ByleaveError as error:
            click.echo(f"Error: {_words(error)}", err=True)
            ctx.exit(exit_code(error))


def _words(error: ByleaveError) -> str:
    """Return the sentence and the reason; a wrong setting is clear from the reason alone."""
    # It may quote a file or the other side: a terminal must only show it.
    reason = display_text(str(error))
    if isinstance(error, ConfigurationError):
        return reason or error.sentence
    return f"{error.sentence} ({reason})" if reason else error.sentence


@click.command(
    cls=FrontDoor,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 success, 2 wrong command line, 3 and above: docs/reference/exit-codes.md.",
)
@click.version_option(package_name="byleave", prog_name="byleave")
def main() -> None:
    """Byleave: remote support that begins with a yes.

    A person runs `byleave agent`, a technician `byleave console`, their
    organisation `byleave relay`, and an auditor `byleave audit`.

    Example: byleave doctor
    """
