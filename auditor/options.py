"""What the auditor's commands share: arguments, options, questions and progress."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from auditor import config as configuration
from auditor.credentials import Ask
from auditor.verify import Progress
from session.errors import ConfigurationError

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)

TARGET = click.argument("target", metavar="BUNDLE|SID")
SESSION = click.option("--session", metavar="SID", help="Which one of a bundle; its first digits.")
REASON = click.option("--reason", default="", help="Why you open the recording; signed, logged, for ever.")
JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who the auditor is and whom to believe, as one `Config`."""

    @click.option("--root", metavar="SHA256:…|FILE", help="The organisation's root key, or a file with it.")
    @click.option("--relay", metavar="URL", help="The relay; that of the adopted organisation if left out.")
    @click.option("--key", type=FILE, help="Your private SSH key.")
    @click.option("--certificate", type=FILE, help="Its certificate; KEY-cert.pub if left out.")
    @click.option("--identity", type=FILE, help="Your age identity; identity.txt beside the key if left out.")
    @click.option("--passphrase-file", type=FILE, help="Whose first line opens key and identity.")
    @click.option("--state", type=FOLDER, help="Another folder for what the auditor's program remembers.")
    @functools.wraps(function)
    def with_settings(
        *arguments: Any,
        root: str | None,
        relay: str | None,
        key: Path | None,
        certificate: Path | None,
        identity: Path | None,
        passphrase_file: Path | None,
        state: Path | None,
        **options: Any,
    ) -> Any:
        config = configuration.load(
            state, root=root, relay=relay, key=key, certificate=certificate, identity=identity
        )
        return function(*arguments, config=config, ask=asking(passphrase_file), **options)

    return with_settings


def asking(passphrase_file: Path | None) -> Ask:
    """Return what finds out a passphrase: from a file's first line, or by a question."""

    def ask(path: Path) -> str:
        if passphrase_file is None:
            answer: str = click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
            return answer
        try:
            first, _, _ = passphrase_file.read_text(encoding="utf-8").partition("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{passphrase_file} cannot be read: {error}") from None
        return first.removesuffix("\r")

    return ask


def progress_of(quiet: bool) -> Progress | None:
    """Return what shows the steps of a check on a terminal; nothing for a script."""
    show = bar(quiet, "")
    return (lambda name, number, total: show(number, total, name)) if show else None


def bar(quiet: bool, doing: str) -> Any:
    """Return what shows progress on a terminal, and nothing to a script."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(number: int, total: int, name: str = doing) -> None:
        line = f"{name} {number}/{total}" if number < total else ""
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)

    return show
