"""`byleave organisation`: the commands of the office. What they do is in the modules beside this one."""

import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from byleave.organisation import files, founding, people
from byleave.organisation import publication as publications
from byleave.organisation.layout import Layout, open_layout
from byleave.organisation.options import (
    Duration,
    answer,
    folder_argument,
    json_option,
    kind_option,
    new_passphrase_option,
    no_passphrase_option,
    number_option,
    out_option,
    public_key_option,
    unlock_option,
)
from byleave.organisation.passphrase import choose, unlock
from session.certificates import Certificate, Kind
from session.errors import LinkLost
from session.keys import PublicKey
from session.profile import Auditor, Notice

FIRST_AUDITOR = "1"
# Agents refuse a list that is older than 15 minutes.
LONGEST_INTERVAL = 14 * 60
RETRY_SECONDS = 30
DEFAULT_NOTICE = (
    "During a session the technician sees this screen and, if you allow it, uses mouse and keyboard. "
    "The session is recorded and encrypted. Only the auditors of this organisation, and you, can open the "
    "recording. You can stop at any time."
)

relay_option = click.option("--relay", metavar="URL", help="Hand it to this running relay as well.")
reason_option = click.option("--reason", default="", help="Why; kept in the office.")


@click.group(epilog="Exit codes: docs/reference/exit-codes.md.")
def command() -> None:
    """Keep the organisation's keys, certificates and revocations.

    Example: byleave organisation init office --name "Example Support" --relay https://relay.example.org
    --contact "Ada Example" --telephone "+41 44 000 00 00"
    """


@command.command()
@folder_argument
@click.option("--name", required=True, help="The organisation, as people are shown.")
@click.option(
    "--relay", metavar="URL", required=True, help="https://HOST[:PORT]; http on this computer only."
)
@click.option("--contact", required=True, help="Who is accountable.")
@click.option("--telephone", required=True, help="The official number.")
@click.option("--notice", default=DEFAULT_NOTICE, help="The privacy notice.")
@click.option("--notice-url", default="", metavar="URL", help="Where the privacy notice can be read in full.")
@click.option("--retention-days", default=90, show_default=True, help="How long recordings are kept.")
@click.option("--valid-days", default=365, show_default=True, help="How long the profile counts.")
@click.option("--auditor", default="First auditor", show_default=True, help="Name of the first auditor.")
@unlock_option
@no_passphrase_option
@json_option
def init(
    folder: Path,
    name: str,
    relay: str,
    contact: str,
    telephone: str,
    notice: str,
    notice_url: str,
    retention_days: int,
    valid_days: int,
    auditor: str,
    passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """Make an organisation in the new folder DIR.

    One passphrase protects the root, the issuing key and the first auditor's
    keys. The relay is given the folder DIR/relay, people the file NAME.byleave.

    Example: byleave organisation init office --name "Example Support"
    --relay https://relay.example.org --contact "Ada Example" --telephone "+41 44 000 00 00"
    """
    passphrase = choose("the organisation's keys", passphrase_file, no_passphrase)
    at = time.time()
    recipient, identity = people.new_identity(passphrase)
    wanted = founding.Founding(
        name, relay, contact, telephone, Notice("1", notice, notice_url), retention_days, valid_days
    )
    made = founding.found(folder, wanted, Auditor(auditor, recipient), at, passphrase)
    person = people.Person("auditor", FIRST_AUDITOR, auditor)
    place = made.layout.person("auditor", FIRST_AUDITOR)
    people.enrol(made.layout, made.issuing, person, at, folder=place, passphrase=passphrase)
    files.write_private(place / people.IDENTITY_NAME, identity)
    publications.publish(made.layout, at)
    adoption = made.layout.adoption(name)
    answer(
        as_json,
        {
            "organisation": name,
            "root": made.root.fingerprint,
            "adoption": str(adoption),
            "relay": str(made.layout.relay),
            "auditor": str(place),
        },
        f"{name} is made in {folder}.\n"
        f"  people adopt      {adoption}\n"
        f"  the relay is given {made.layout.relay}\n"
        f"  the auditor's keys {place}\n"
        f"  the root's fingerprint, to be read out: {made.root.fingerprint}\n"
        f"Next: put {made.layout.root_key} on a stick in a safe, and run\n"
        f"  byleave organisation publish {folder} --every 10m",
    )


@command.command()
@folder_argument
@click.argument("name")
@number_option
@public_key_option
@out_option
@unlock_option
@new_passphrase_option
@no_passphrase_option
@json_option
def technician(
    folder: Path,
    name: str,
    number: str,
    public_key: PublicKey | None,
    out: Path | None,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """Certify a new technician called NAME, for 12 hours.

    Example: byleave organisation technician office "Mila Rossi" --id 1001
    """
    layout = open_layout(folder)
    issuing = unlock(layout.issuing_key, passphrase_file)
    passphrase = None
    if public_key is None:
        passphrase = choose(f"{name}'s key", new_passphrase_file, no_passphrase)
    place = out or layout.person("technician", number)
    person = people.Person("technician", number, name)
    certificate = people.enrol(
        layout, issuing, person, time.time(), folder=place, own_key=public_key, passphrase=passphrase
    )
    _certified(as_json, certificate, place)


@command.command()
@folder_argument
@number_option
@kind_option
@out_option
@unlock_option
@json_option
def renew(
    folder: Path, number: str, kind: Kind, out: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Give a technician or an auditor a certificate for 12 more hours.

    Example: byleave organisation renew office --id 1001
    """
    layout = open_layout(folder)
    issuing = unlock(layout.issuing_key, passphrase_file)
    place = out or layout.person(kind, number)
    _certified(as_json, people.renew(layout, issuing, kind, number, time.time(), folder=place), place)


@command.command()
@folder_argument
@click.argument("name")
@number_option
@click.option("--recipient", metavar="AGE", help="The auditor's own age recipient, instead of making one.")
@public_key_option
@out_option
@unlock_option
@new_passphrase_option
@no_passphrase_option
@json_option
def auditor(
    folder: Path,
    name: str,
    number: str,
    recipient: str | None,
    public_key: PublicKey | None,
    out: Path | None,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """Let one more auditor, called NAME, open recordings from now on.

    This makes a new version of the profile, so it needs the root. Hand the new
    DIR/relay/trust to the relay; people's computers fetch it from there.

    Example: byleave organisation auditor office "Noor Haddad" --id 2
    """
    layout = open_layout(folder)
    root, issuing = (unlock(path, passphrase_file) for path in (layout.root_key, layout.issuing_key))
    passphrase, identity = None, None
    if public_key is None or recipient is None:
        passphrase = choose(f"{name}'s keys", new_passphrase_file, no_passphrase)
    if recipient is None:
        recipient, identity = people.new_identity(passphrase)
    profile = founding.with_auditor(layout, Auditor(name, recipient))
    place = out or layout.person("auditor", number)
    person = people.Person("auditor", number, name)
    certificate = people.enrol(
        layout, issuing, person, time.time(), folder=place, own_key=public_key, passphrase=passphrase
    )
    if identity is not None:
        files.write_private(place / people.IDENTITY_NAME, identity)
    founding.sign_profile(layout, profile, root)
    people.hand_over_adoption(layout, place)
    _certified(as_json, certificate, place)


@command.command()
@folder_argument
@click.option(
    "--id", "number", metavar="NUMBER", help="The staff number: their key and all its certificates."
)
@click.option("--serial", type=int, help="One certificate only.")
@kind_option
@reason_option
@relay_option
@json_option
def revoke(
    folder: Path,
    number: str | None,
    serial: int | None,
    kind: Kind,
    reason: str,
    relay: str | None,
    as_json: bool,
) -> None:
    """Revoke somebody, or one certificate, and sign a new revocation list.

    Example: byleave organisation revoke office --id 1001 --reason "laptop lost"
    """
    if (number is None) == (serial is None):
        raise click.UsageError("give either --id or --serial")
    layout = open_layout(folder)
    at = time.time()
    if number is not None:
        ends = people.revoke_person(layout, kind, number, at, reason)
    else:
        ends = people.revoke_serial(layout, serial or 0, at, reason)
    made = publications.publish(layout, at, relay)
    serials = [end.serial for end in ends if end.serial]
    answer(
        as_json,
        {"revoked": serials, "generated": made.generated},
        f"Revoked {len(serials)} certificates; the list is in {layout.trust}.",
    )


@command.command()
@folder_argument
@click.option(
    "--every", type=Duration(LONGEST_INTERVAL), metavar="SPAN", help="Keep running, and sign anew: 10m."
)
@relay_option
@json_option
def publish(folder: Path, every: int | None, relay: str | None, as_json: bool) -> None:
    """Sign a fresh revocation list and put it where the relay finds it.

    People's computers refuse a list older than 15 minutes, so this has to run all the time.

    Example: byleave organisation publish office --every 10m
    """
    layout = open_layout(folder)
    if every is None:
        _publish(layout, relay, as_json)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        stop.wait(_publish_or_retry(layout, relay, as_json, every))


def _publish(layout: Layout, relay: str | None, as_json: bool) -> None:
    made = publications.publish(layout, time.time(), relay)
    moment = datetime.fromtimestamp(made.generated, UTC).isoformat()
    answer(as_json, {"generated": made.generated, "relay": relay}, f"Signed a revocation list at {moment}.")


def _publish_or_retry(layout: Layout, relay: str | None, as_json: bool, every: int) -> int:
    """Publish and return for how long to wait; a relay that is not ready must not end us."""
    try:
        _publish(layout, relay, as_json)
    except LinkLost as error:
        click.echo(f"{error}; trying again in {min(every, RETRY_SECONDS)} s", err=True)
        return min(every, RETRY_SECONDS)
    return every


def _certified(as_json: bool, certificate: Certificate, place: Path) -> None:
    until = datetime.fromtimestamp(certificate.valid_before, UTC).isoformat()
    answer(
        as_json,
        {
            "name": certificate.name,
            "principal": certificate.principal,
            "serial": certificate.serial,
            "valid_before": certificate.valid_before,
            "folder": str(place),
        },
        f"{certificate.name} ({certificate.principal}) is certified until {until}: {place}",
    )
