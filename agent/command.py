"""`byleave agent`: the person's program."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import ModuleType

import click

from agent import config
from agent.adoption import AdoptionIntents, offered
from agent.capture.desktop import open_desktop
from agent.engine import Engine
from agent.kit import Kit
from agent.memory import few_arenas
from agent.state import Adopted, Home
from agent.view import Trouble, Windows, trouble_of
from agent.words import Words, choose
from session.errors import ConfigurationError, IdentityRefused

LOG_BYTES = 2 * 1024 * 1024

state_option = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep this agent's state in DIR instead of the usual folder.",
)


@click.group(invoke_without_command=True, epilog="Example: byleave agent")
@state_option
@click.pass_context
def command(context: click.Context, state: Path | None) -> None:
    """Get help on this computer: enter the code, decide, watch, stop.

    A window opens. Nothing leaves this computer before you have allowed it
    there, and `Stop` ends everything at once. Adopt your helper's organisation
    first: byleave agent adopt FILE
    """
    if context.invoked_subcommand is not None:
        context.obj = state
        return
    few_arenas()
    settings, home = _prepare(state)
    home.lock()
    language = choose(settings.languages)
    adopted, trouble = _adopted(home)
    engine = Engine(adopted, trouble)

    def attach(windows: Windows) -> None:
        engine.start(
            Kit(
                home=home,
                windows=windows,
                words=Words(language),
                desktop=open_desktop(settings.display),
            )
        )

    code = _windows().run(engine, attach, language)
    engine.quit()
    engine.join()
    context.exit(code)


@command.command(epilog="Example: byleave agent adopt example-support.byleave")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@state_option
@click.pass_context
def adopt(context: click.Context, file: Path, state: Path | None) -> None:
    """Trust the organisation in FILE from now on, after asking in a window.

    Compare the fingerprint that the window shows with the one on the
    organisation's own letter or page, not with what somebody on the phone tells
    you. It replaces the organisation that was trusted before.
    """
    settings, home = _prepare(state or context.obj)
    home.lock()
    intents = AdoptionIntents(home, offered(file))
    _windows().run(intents, intents.ask, choose(settings.languages))
    if not intents.adopted:
        raise click.ClickException("Nothing was adopted.")
    click.echo("Adopted. Start with: byleave agent")


def _prepare(state: Path | None) -> tuple[config.Config, Home]:
    """Read the settings, open the state folder and the log.

    Raises:
        ConfigurationError: there is no screen to ask on.
    """
    settings = config.read(state)
    home = Home(settings.state)
    handler = RotatingFileHandler(home.folder / "agent.log", maxBytes=LOG_BYTES, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("byleave")
    logger.addHandler(handler)
    logger.setLevel(settings.log_level.upper())
    if settings.display is None:
        raise ConfigurationError("there is no display: Byleave asks in a window, so it needs a desktop")
    return settings, home


def _adopted(home: Home) -> tuple[Adopted | None, Trouble | None]:
    try:
        return home.adopted(time.time()), None
    except IdentityRefused as error:
        return None, trouble_of(error)


def _windows() -> ModuleType:
    """Import the windows late: `--help` needs no Qt."""
    from agent.windows import application

    return application
