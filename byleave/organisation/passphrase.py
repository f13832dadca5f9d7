"""Passphrases, asked for or read from a file: never from the command line, where others can see them."""

from pathlib import Path

import click

from byleave.organisation import files
from session import keys
from session.errors import ConfigurationError
from session.keys import PrivateKey


def unlock(path: Path, passphrase_file: Path | None) -> PrivateKey:
    """Read one of the organisation's private keys.

    Args:
        path: the key.
        passphrase_file: whose first line is the passphrase; None asks for it.

    Raises:
        ConfigurationError: the key cannot be read, or the passphrase is wrong.
    """
    data = files.read(path)
    if not keys.is_encrypted(data):
        return keys.load_private(data)
    passphrase = (
        from_file(passphrase_file)
        if passphrase_file
        else click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
    )
    return keys.load_private(data, passphrase)


def choose(what: str, passphrase_file: Path | None, none: bool) -> str | None:
    """Return the passphrase of something new.

    Args:
        what: what it will protect, for the question.
        passphrase_file: whose first line it is, or None.
        none: whether there shall be none, said explicitly.

    Raises:
        ConfigurationError: both were given, or the file holds none.
    """
    if none and passphrase_file:
        raise ConfigurationError("either a passphrase file, or no passphrase")
    if none:
        return None
    if passphrase_file:
        return from_file(passphrase_file)
    chosen: str = click.prompt(
        f"New passphrase of {what}", hide_input=True, confirmation_prompt=True, err=True
    )
    return chosen


def from_file(path: Path) -> str:
    """Return the first line of a file.

    Raises:
        ConfigurationError: it cannot be read, or the line is empty.
    """
    first, _, _ = files.read(path).decode(errors="replace").partition("\n")
    passphrase = first.removesuffix("\r")
    if not passphrase:
        raise ConfigurationError(f"the first line of {path} is empty")
    return passphrase
