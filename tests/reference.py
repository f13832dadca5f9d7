"""Writes docs/reference/commands.md from the commands' own `--help`: `python -m tests.reference`."""

from collections.abc import Iterator

import click

from byleave.command import main
from tests.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "commands.md"
WIDTH = 100

HEAD = """# Commands and options

What `--help` says, for every command. `python -m tests.reference` writes this page anew; a test compares it.
[Exit codes](exit-codes.md) and [configuration](configuration.md) have pages of their own.
"""


def page() -> str:
    """Return the page as the commands of now make it."""
    parts = [HEAD]
    for context in contexts(main, None, "byleave"):
        parts.append(f"## {context.command_path}\n\n```\n{context.command.get_help(context)}\n```\n")
    return "\n".join(parts)


def contexts(command: click.Command, parent: click.Context | None, name: str) -> Iterator[click.Context]:
    """Yield a context for a command and for every command below it, in the order of `--help`."""
    context = click.Context(
        command, parent, name, terminal_width=WIDTH, max_content_width=WIDTH, **command.context_settings
    )
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from contexts(found, context, below)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    click.echo(f"{PAGE.relative_to(ROOT)} is written.")
