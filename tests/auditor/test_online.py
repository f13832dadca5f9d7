"""A recording at a real relay: brought there by the agent's uploader, read by the auditor's program."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from agent.spool import Spool
from agent.upload import Uploader
from auditor.credentials import Credentials, load_credentials
from auditor.findings import Failure
from auditor.online import RelaySource
from auditor.relay_client import RelayClient
from auditor.source import Bundle, Withheld
from auditor.verify import verify
from byleave.command import main
from byleave.organisation import people
from session.errors import IdentityRefused
from session.keys import PublicKey, generate
from session.signatures import Namespace, open_container, sign
from session.statements import entry
from tests.auditor.story import whole_session
from tests.auditor.world import Clock, Session, World
from tests.relay.office import Holder
from tests.relay.process import Ends, RelayProcess


@dataclass(frozen=True)
class Place:
    """A relay with one recording, and what the auditor holds."""

    relay: RelayProcess
    world: World
    session: Session
    untouched: Session
    keys: Path

    @property
    def options(self) -> list[str]:
        return [
            *("--relay", self.relay.url),
            *("--key", str(self.keys / "id_ed25519")),
            *("--root", self.world.root.fingerprint),
            *("--state", str(self.world.base / "state")),
        ]

    def audit(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["audit", *arguments, *self.options], catch_exceptions=False)

    def json(self, *arguments: str) -> Any:
        done = self.audit(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


async def bring(relay: RelayProcess, session: Session) -> None:
    """Upload a session as the agent does."""
    own = Spool(session.world.base / "spools" / session.sid, session.sid)
    shutil.copytree(session.spool.session, own.session)
    shutil.copytree(session.spool.keys, own.keys)
    technician = Holder(session.technician.key, session.technician.certificate)
    ends = Ends(relay)
    try:
        _, _, token = await ends.pair(technician)
        async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
            uploader = Uploader(own, client, token, session.world.verifier, lambda *_: None, lambda _: True)
            await asyncio.wait_for(uploader.run(), 60)
    finally:
        await ends.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    world = World(tmp_path_factory.mktemp("online"), Clock(time.time() - 120), own_log=False)
    folder = world.base / "auditor"
    person = people.Person("auditor", "2001", "Ida Auditor")
    people.enrol(world.layout, world.issuing, person, time.time(), folder=folder)
    (folder / "identity.txt").write_text(f"{world.auditor}\n")
    world.publish(time.time())
    session, untouched = whole_session(world), whole_session(world)
    with RelayProcess(world.layout.relay) as relay:
        asyncio.run(bring(relay, session))
        asyncio.run(bring(relay, untouched))
        yield Place(relay, world, session, untouched, folder)


def test_the_list_says_who_when_and_how_it_ended(place: Place) -> None:
    newest, listed = place.json("list")
    assert (newest["sid"], listed["sid"]) == (place.untouched.sid, place.session.sid)
    assert (listed["technician"], listed["number"], listed["reason"]) == ("Maya Ortiz", "1001", "stopped")
    shown = place.audit("list").stdout
    assert place.session.sid in shown
    assert "Maya Ortiz (1001)" in shown


def test_whoever_is_no_auditor_is_not_shown_anything(place: Place, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "list", "--relay", place.relay.url, "--state", str(tmp_path)])
    assert done.exit_code == 3
    assert "--key" in done.stderr
    stranger = place.world.certify("Nobody", "1", "auditor", issuing=None)
    forged = Credentials(place.session.key, stranger.certificate)
    with RelayClient(place.relay.url, forged) as client, pytest.raises(IdentityRefused):
        client.sessions()


def test_without_a_reason_everything_but_the_content_is_checked(place: Place) -> None:
    report = place.json("verify", place.session.sid)
    assert (report["verdict"], report["exit_code"]) == ("verified", 0)
    assert [step["name"] for step in report["steps"] if step["status"] == "skipped"] == [
        "history",
        "consent",
        "content",
    ]


def test_keys_are_withheld_until_somebody_says_why(place: Place) -> None:
    key = place.keys / "id_ed25519"
    credentials = load_credentials(key, key.with_name("id_ed25519-cert.pub"), str)
    with RelayClient(place.relay.url, credentials) as client, RelaySource(client) as source:
        with pytest.raises(Withheld):
            source.read(f"keys/{place.untouched.sid}/main.age")


def test_to_export_without_a_reason_is_refused(place: Place, tmp_path: Path) -> None:
    done = place.audit("export", place.session.sid, "--mp4", str(tmp_path / "session.mp4"))
    assert done.exit_code == 3
    assert "say why" in done.stderr


def test_what_is_exported_is_complete_playable_and_checked_by_stock_tools(
    place: Place, tmp_path: Path
) -> None:
    film, bundle = tmp_path / "session.mp4", tmp_path / "bundle"
    reason = "A complaint: the person says that a file was deleted"
    done = place.json(
        *("export", place.session.sid, "--mp4", str(film), "--bundle", str(bundle), "--reason", reason)
    )
    assert done["verification"]["verdict"] == "verified"
    written = [each["mp4"] for each in done["written"] if "mp4" in each]
    assert written == [str(film), str(tmp_path / "session.screen-0-1.mp4")]
    assert frames(film) == 60
    assert frames(tmp_path / "session.screen-0-1.mp4") == 15

    offline = CliRunner().invoke(
        main,
        [
            *("audit", "verify", str(bundle), "--root", place.world.root.fingerprint, "--json"),
            *("--identity", str(place.keys / "identity.txt")),
        ],
    )
    report = json.loads(offline.stdout)
    assert (report["verdict"], offline.exit_code) == ("verified", 0), report
    custody = next(step for step in report["steps"] if step["name"] == "custody")
    assert f"access by auditor:2001: {reason}" in custody["notes"]

    stock = subprocess.run(
        [
            bundle / "verify.sh",
            *("--root", place.world.root.fingerprint),
            *("--identity", place.keys / "identity.txt"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert stock.returncode == 0, stock.stderr
    assert f"access by auditor:2001: {reason}" in stock.stdout
    assert (bundle / "VERIFY.md").is_file()


def test_the_log_names_nobody_who_opened_a_recording(place: Place, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    place.json("export", place.session.sid, "--bundle", str(bundle), "--reason", "a complaint")
    certificate = (place.keys / "id_ed25519-cert.pub").read_text().split()[1]
    told = b"".join(path.read_bytes() for path in (bundle / "log").rglob("*") if path.is_file())
    assert b'"k":"access"' in told
    for signature in re.findall(rb"-----BEGIN SSH SIGNATURE-----[^-]*-----END SSH SIGNATURE-----", told):
        signer = open_container(signature, Namespace.LEAF).signer
        assert len(signer) == len(PublicKey.of(place.session.key).blob)
    assert b64decode(certificate) not in told


@pytest.mark.parametrize("how", ["by the certificate", "by another key"])
def test_a_leaf_that_names_the_auditor_or_is_not_theirs_is_refused(
    place: Place, tmp_path: Path, how: str
) -> None:
    bundle = tmp_path / "bundle"
    place.json("export", place.session.sid, "--bundle", str(bundle), "--reason", "a complaint")
    path = bundle / "sessions" / place.session.sid / "custody" / "000000.leaf"
    key = place.keys / "id_ed25519"
    auditor = load_credentials(key, key.with_name("id_ed25519-cert.pub"), str)
    leaf = path.read_bytes().partition(b"\n")[0]
    forged = auditor.sign(leaf, Namespace.LEAF)
    if how == "by another key":
        forged = sign(generate(), leaf, Namespace.LEAF)
    path.write_bytes(entry(leaf, forged))
    report = verify(Bundle(bundle), place.session.sid)
    assert Failure.CUSTODY in {finding.failure for finding in report.findings}
    command = [str(bundle / "verify.sh"), "--root", place.world.root.fingerprint]
    stock = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert stock.returncode == 1
    assert "000000.leaf: it is not signed with the key that signed the statement" in stock.stderr


def test_every_opening_is_a_statement_of_its_own(place: Place) -> None:
    for number in range(2):
        report = place.json("verify", place.session.sid, "--reason", f"spot check {number}")
        notes = next(step["notes"] for step in report["steps"] if step["name"] == "custody")
        assert notes[-1] == f"access by auditor:2001: spot check {number}"
        assert {step["status"] for step in report["steps"] if step["name"] in {"content", "consent"}} == {
            "passed"
        }


def test_two_auditors_at_the_same_moment_both_get_their_statement(place: Place) -> None:
    commands = [
        [
            "-m",
            "byleave",
            "audit",
            "verify",
            place.session.sid,
            "--reason",
            f"at once {number}",
            *place.options,
        ]
        for number in range(2)
    ]
    running = [subprocess.Popen([sys.executable, *each], stdout=subprocess.PIPE) for each in commands]
    outputs = [each.communicate(timeout=60)[0].decode() for each in running]
    assert [each.returncode for each in running] == [0, 0], outputs
    final = place.audit("verify", place.session.sid).stdout
    assert all(f"at once {number}" in final for number in range(2))


def test_a_session_that_the_relay_does_not_know(place: Place) -> None:
    done = place.audit("verify", "0" * 64)
    assert done.exit_code == Failure.UNREADABLE.code


def test_a_relay_that_is_not_there(place: Place) -> None:
    done = CliRunner().invoke(
        main,
        ["audit", "list", *place.options[2:], "--relay", "http://127.0.0.1:9", "--state", str(place.keys)],
    )
    assert done.exit_code == 5
    assert "cannot be reached" in done.stderr


def frames(film: Path) -> int:
    """Count the pictures that ffprobe can decode, and refuse any complaint of it."""
    done = subprocess.run(
        [
            *("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0"),
            *("-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", film),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return int(done.stdout.strip().rstrip(","))
