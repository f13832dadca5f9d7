"""`byleave audit`: list, check, export and replay recordings."""

import logging
from pathlib import Path

import click

from auditor import config as configuration
from auditor.config import Config
from auditor.credentials import Ask, read_certificate
from auditor.findings import SUCCESS
from auditor.opening import (
    choose_session,
    choose_sessions,
    identities_of,
    open_relay,
    open_session,
    open_source,
    state_reason,
)
from auditor.options import FILE, FOLDER, JSON, REASON, SESSION, TARGET, bar, progress_of, settings
from auditor.printing import plain, report_as_json, show_list, show_report, write_json
from auditor.recording import Recording
from auditor.verify import verify
from session.errors import ConfigurationError
from session.keys import PublicKey
from session.profile import open_profile, read_adoption, read_profile


@click.group(epilog="Exit codes of verify: docs/reference/exit-codes.md.")
@click.option("--verbose", is_flag=True, help="Log what is asked of the relay.")
def command(verbose: bool) -> None:
    """List, check, replay and export recordings.

    A recording is either a BUNDLE, a folder, or a session at the relay, named by
    its SID. Everything is checked against the organisation's root key, which you
    name once: byleave audit adopt example-support.byleave

    Example: byleave audit verify demo-output/bundle --root SHA256:…
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    logging.getLogger("byleave").setLevel(logging.DEBUG if verbose else logging.WARNING)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--fingerprint", metavar="SHA256:…", help="The root's; compared instead of asked.")
@click.option("--state", type=FOLDER, help="Another folder for what the auditor's program remembers.")
def adopt(file: Path, fingerprint: str | None, state: Path | None) -> None:
    """Trust an organisation's root key from now on.

    FILE is the organisation's NAME.byleave. Compare the fingerprint with what
    the organisation says by another way.

    Example: byleave audit adopt example-support.byleave
    """
    data = file.read_bytes()
    adoption = read_adoption(data)
    # An expired profile still tells whose root this is.
    expires = read_profile(adoption.profile).expires.timestamp()
    profile = open_profile(adoption.profile, adoption.signature, adoption.root, at=expires - 1)
    click.echo(f"{plain(profile.name)}\n  root  {adoption.root.fingerprint}\n  relay {plain(profile.relay)}")
    _confirm(adoption.root, fingerprint)
    configuration.adopt(state or configuration.default_state(), data)
    click.echo("Its recordings are checked against this root from now on.")


@command.command("list")
@settings
@JSON
def list_sessions(config: Config, ask: Ask, as_json: bool) -> None:
    """List the sessions that a relay keeps, newest first.

    Example: byleave audit list --relay https://relay.example.org --key ida/id_ed25519
    """
    with open_relay(config, ask) as source:
        found = source.listed()
    if as_json:
        write_json(found)
    else:
        show_list(found)


@command.command("verify")
@TARGET
@settings
@SESSION
@REASON
@JSON
@click.pass_context
def verify_sessions(
    context: click.Context,
    target: str,
    config: Config,
    ask: Ask,
    session: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Check everything about a recording, step by step.

    With your identity the sealed content is checked as well; a relay hands the
    keys out only against a reason. The exit code is 0, or that of the first
    failure.

    Example: byleave audit verify demo-output/bundle --root SHA256:… --identity auditor/identity.txt
    """
    with open_source(target, config, ask) as source:
        code = SUCCESS
        reports = []
        identities = identities_of(config, ask) if reason or Path(target).is_dir() else []
        for sid in choose_sessions(source, target, session):
            if reason:
                state_reason(source, sid, reason)
            report = verify(source, sid, pin=config.pin, identities=identities, progress=progress_of(as_json))
            reports.append(report)
            code = code or report.exit_code
            if not as_json:
                show_report(report)
    if as_json:
        shown = [report_as_json(report) for report in reports]
        write_json(shown[0] if len(shown) == 1 else shown)
    context.exit(code)


@command.command()
@TARGET
@settings
@SESSION
@REASON
@JSON
@click.option("--mp4", type=FILE, help="Write the pictures as an ordinary film.")
@click.option("--exact", is_flag=True, help="Each pixel as it was seen; browsers show wrong colours.")
@click.option("--bundle", type=FOLDER, help="Write the whole evidence for somebody outside.")
@click.pass_context
def export(
    context: click.Context,
    target: str,
    config: Config,
    ask: Ask,
    session: str | None,
    reason: str,
    as_json: bool,
    mp4: Path | None,
    exact: bool,
    bundle: Path | None,
) -> None:
    """Write a recording as a film, or its evidence as a bundle that anybody can check.

    Example: byleave audit export demo-output/bundle --mp4 session.mp4 --identity auditor/identity.txt
    """
    from auditor.bundle import export_bundle

    if mp4 is None and bundle is None:
        raise click.UsageError("say what to write: --mp4 FILE, --bundle DIR, or both")
    if exact and mp4 is None:
        raise click.UsageError("--exact belongs to --mp4")
    written: list[dict[str, object]] = []
    with open_source(target, config, ask) as source:
        sid = choose_session(source, target, session)
        state_reason(source, sid, reason)
        opened = open_session(source, sid, config, identities_of(config, ask), progress_of(as_json))
        report = opened.report
        if mp4 is not None:
            written += _films(opened.recording, mp4, exact, as_json)
        if bundle is not None:
            report = export_bundle(opened.case, bundle, progress_of(as_json))
            written.append({"bundle": str(bundle)})
    if as_json:
        write_json({"verification": report_as_json(report), "written": written})
    else:
        show_report(report)
        for each in written:
            click.echo("Written: " + ", ".join(f"{value}" for value in each.values()))
    context.exit(report.exit_code)


@command.command()
@TARGET
@settings
@SESSION
@REASON
@click.pass_context
def replay(
    context: click.Context, target: str, config: Config, ask: Ask, session: str | None, reason: str
) -> None:
    """Watch a recording in a window.

    A recording at a relay is opened only against a reason; the window asks for
    it if --reason does not say so. Space plays, N goes to the next event, B
    shows what was checked.

    Example: byleave audit replay demo-output/bundle --identity auditor/identity.txt
    """
    # Qt and the decoder are needed here and nowhere else.
    from auditor.windows.application import Request, run

    with open_source(target, config, ask) as source:
        sid = choose_session(source, target, session)
        auditor = read_certificate(config.certificate).name if config.certificate else ""
        request = Request(source, sid, config, identities_of(config, ask), reason, auditor)
        context.exit(run(request))


def _films(recording: Recording, target: Path, exact: bool, quiet: bool) -> list[dict[str, object]]:
    from auditor.film import export_films

    films = export_films(recording, target, bar(quiet, "writing the film"), exact=exact)
    return [
        {
            "mp4": str(film.path),
            "stream": film.stream,
            "pictures": film.pictures,
            "seconds": round(film.seconds, 3),
        }
        for film in films
    ]


def _confirm(root: PublicKey, fingerprint: str | None) -> None:
    if fingerprint is None:
        click.confirm("Is this the fingerprint that the organisation has told you?", abort=True)
    elif fingerprint != root.fingerprint:
        raise ConfigurationError(f"the file's root is {root.fingerprint}, not {fingerprint}")
