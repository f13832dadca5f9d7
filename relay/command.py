"""`byleave relay`: read the settings and serve."""

import logging
from pathlib import Path

import click

from relay.config import load
from relay.server import serve


@click.command(epilog="Example: byleave relay office/relay --listen 127.0.0.1:8470")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--listen", metavar="ADDRESS:PORT", help="Where to listen; port 0 takes a free one.")
@click.option("--health", metavar="ADDRESS:PORT", help="Where to serve health and metrics; loopback only.")
@click.option("--tls-cert", metavar="FILE", help="Certificate chain (PEM); read again on SIGHUP.")
@click.option("--tls-key", metavar="FILE", help="The certificate's private key (PEM).")
@click.option("--verbose", is_flag=True, help="Log every message of the protocol, without its content.")
def command(folder: Path, verbose: bool, **overrides: str | None) -> None:
    """Run the relay whose folder is DIR.

    `byleave organisation init` makes this folder. The relay carries sessions
    that it cannot read, and keeps their sealed evidence and the log. Without
    TLS it listens on loopback only. Settings may also stand in DIR/relay.toml.
    """
    _start_logging(verbose)
    serve(folder, load(folder, {name: value for name, value in overrides.items() if value is not None}))


def _start_logging(verbose: bool) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    logging.getLogger("byleave").setLevel(logging.DEBUG if verbose else logging.INFO)
