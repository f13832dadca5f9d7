"""What the commands of the office share: arguments, options, and how they answer."""

import re
from pathlib import Path

import click
import msgspec

from session.keys import PublicKey

_UNITS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[int]):
    """A time span: `90s`, `10m`, `1h`; in seconds.

    Args:
        longest: the longest one allowed, in seconds.
    """

    name = "time span"

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds."""
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smh])", str(value))
        if found is None:
            self.fail(f"{value!r} is not a time span like 90s, 10m or 1h", param, ctx)
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds > self._longest:
            self.fail(f"{value} is too long: at most {self._longest} s", param, ctx)
        return seconds


class PublicKeyFile(click.ParamType[PublicKey]):
    """A file with one Ed25519 public key, as `ssh-keygen` writes it."""

    name = "public key file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> PublicKey:
        """Return the key; IdentityRefused when it is none."""
        if isinstance(value, PublicKey):
            return value
        try:
            text = Path(str(value)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self.fail(f"{value} cannot be read", param, ctx)
        return PublicKey.from_text(text.strip())


folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
number_option = click.option(
    "--id", "number", metavar="NUMBER", required=True, help="The staff number: digits."
)
kind_option = click.option(
    "--kind",
    type=click.Choice(["technician", "auditor"]),
    default="technician",
    show_default=True,
    help="Whose number it is.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what is handed over; by default DIR/technicians/NUMBER or DIR/auditors/NUMBER.",
)
unlock_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Its first line is the organisation's passphrase; otherwise it is asked for.",
)
new_passphrase_option = click.option(
    "--new-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Its first line becomes the passphrase of the new key; otherwise it is asked for.",
)
no_passphrase_option = click.option(
    "--no-passphrase", is_flag=True, help="Leave what is made without a passphrase."
)
public_key_option = click.option(
    "--public-key", type=PublicKeyFile(), help="Certify this key instead of making one."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")


def answer(as_json: bool, facts: dict[str, object], sentence: str) -> None:
    """Say what was done.

    Args:
        as_json: for a script.
        facts: for a script.
        sentence: for a reader; several lines if need be.
    """
    click.echo(msgspec.json.encode(facts).decode() if as_json else sentence)
