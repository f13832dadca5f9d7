"""What `organisation init` leaves behind, and what it refuses."""

import json
import stat
import time
from pathlib import Path

import pyrage
import pytest

from byleave.organisation.layout import Layout
from session import keys
from session.certificates import admit
from session.errors import IdentityRefused
from session.keys import PublicKey
from session.ledger import VerifierKey
from session.profile import open_profile, read_adoption, read_profile
from session.revocation import open_revocation_list
from session.signatures import Namespace, sign
from tests.byleave.organisation.conftest import ABOUT, Run

PRIVATE = {"root", "issuing", "status", "log.key", "id_ed25519", "identity.txt", "register.jsonl"}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_private_files_are_for_their_owner_alone(layout: Layout) -> None:
    found = [path for path in layout.folder.rglob("*") if path.name in PRIVATE]
    assert {path.name for path in found} == PRIVATE
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (layout.folder, *(path for path in layout.folder.rglob("*") if path.is_dir())):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_asyncssh_s_own_writer_would_let_others_read(tmp_path: Path) -> None:
    keys.generate().write_private_key(tmp_path / "it")
    assert stat.S_IMODE((tmp_path / "it").stat().st_mode) & 0o044


def test_no_private_key_is_in_another_file(layout: Layout) -> None:
    for path in layout.folder.rglob("*"):
        if path.is_file() and path.name not in PRIVATE:
            content = path.read_bytes()
            assert b"PRIVATE KEY" not in content, path
            assert b"AGE-SECRET-KEY" not in content, path


def test_the_relay_is_given_what_it_needs_and_nothing_else(layout: Layout) -> None:
    assert names(layout.relay) == {
        "log.key",
        "root.pub",
        "trust/allowed_signers",
        "trust/auditors.txt",
        "trust/krl",
        "trust/krl.sig",
        "trust/log.pem",
        "trust/log.vkey",
        "trust/profile.toml",
        "trust/profile.toml.sig",
    }
    log_key = keys.load_private(layout.log_key.read_bytes())
    verifier = VerifierKey.parse((layout.trust / "log.vkey").read_text().strip())
    assert verifier.public == PublicKey.of(log_key).raw
    assert verifier.name == "127.0.0.1:8470/log"


def test_the_adoption_file_holds_a_profile_that_the_root_has_signed(layout: Layout) -> None:
    adoption = read_adoption((layout.folder / "example-support.byleave").read_bytes())
    profile = open_profile(adoption.profile, adoption.signature, adoption.root, at=time.time())
    assert (profile.version, profile.name, profile.contact) == (1, "Example Support", "Ada Example")
    assert profile.policy == "strict"
    assert adoption.profile == layout.profile.read_bytes() == (layout.trust / "profile.toml").read_bytes()
    assert profile.recipients == ((layout.trust / "auditors.txt").read_text().strip(),)


def test_each_key_does_its_own_work(layout: Layout) -> None:
    profile = read_profile(layout.profile.read_bytes())
    private = [layout.root_key, layout.issuing_key, layout.status_key, layout.log_key]
    assert len({PublicKey.of(keys.load_private(path.read_bytes())) for path in private}) == 4
    assert profile.authorities == {PublicKey.of(keys.load_private(layout.issuing_key.read_bytes()))}
    data, signature = (layout.trust / "krl").read_bytes(), (layout.trust / "krl.sig").read_bytes()
    krl = open_revocation_list(data, signature, status_key=profile.status)
    krl.check_fresh(time.time())


def test_the_first_auditor_can_open_recordings_and_sign(layout: Layout) -> None:
    place = layout.person("auditor", "1")
    profile = read_profile(layout.profile.read_bytes())
    text = (place / "identity.txt").read_text().splitlines()[1]
    sealed = pyrage.encrypt(b"data", [pyrage.x25519.Recipient.from_str(profile.recipients[0])])
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(text)]) == b"data"
    certificate = admit(
        (place / "id_ed25519-cert.pub").read_text(),
        authorities=profile.authorities,
        at=time.time(),
        krl=None,
        kind="auditor",
    )
    key = keys.load_private((place / "id_ed25519").read_bytes())
    assert certificate.key == PublicKey.of(key)
    assert sign(key, b"data", Namespace.CUSTODY, certificate=certificate.blob)


def test_nothing_is_ever_overwritten(run: Run, layout: Layout, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in layout.folder.rglob("*") if path.is_file()}
    refused = run("init", layout.folder, "--name", "Other", *ABOUT, "--no-passphrase", code=3)
    assert "not empty" in refused.output
    assert before == {path: path.read_bytes() for path in layout.folder.rglob("*") if path.is_file()}
    (tmp_path / "file").write_text("x")
    run("init", tmp_path / "file" / "below", "--name", "Other", *ABOUT, "--no-passphrase", code=3)


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--relay", "http://relay.example.org", 3),
        ("--name", "", 4),
        ("--name", "Bank\u202e", 4),
        ("--contact", "A\u200bda", 4),
        ("--retention-days", "0", 4),
        ("--notice-url", "http://example.org", 4),
    ],
)
def test_what_nobody_would_accept_leaves_no_folder(
    run: Run, tmp_path: Path, option: str, value: str, code: int
) -> None:
    folder = tmp_path / "office"
    wanted = {"--name": "Example", **dict(zip(ABOUT[::2], ABOUT[1::2], strict=True)), option: value}
    arguments = [word for pair in wanted.items() for word in pair]
    run("init", folder, *arguments, "--no-passphrase", code=code)
    assert not folder.exists()


def test_a_script_gets_json(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    said = json.loads(run("init", folder, "--name", "Ex", *ABOUT, "--no-passphrase", "--json").stdout)
    assert said["adoption"] == str(folder / "ex.byleave")
    root = PublicKey.from_text((folder / "relay" / "root.pub").read_text())
    assert said["root"] == root.fingerprint
    assert Path(said["relay"]).is_dir()
    assert Path(said["auditor"]).is_dir()


def test_a_passphrase_protects_root_issuing_key_and_the_first_auditor(run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    folder = tmp_path / "office"
    run("init", folder, "--name", "Ex", *ABOUT, "--passphrase-file", secret)
    for path in ("keys/root", "keys/issuing", "auditors/1/id_ed25519"):
        data = (folder / path).read_bytes()
        assert keys.is_encrypted(data), path
        assert keys.load_private(data, "correct horse")
    for path in ("keys/status", "relay/log.key"):
        assert not keys.is_encrypted((folder / path).read_bytes()), path
    sealed = (folder / "auditors/1/identity.txt").read_bytes()
    assert b"AGE-SECRET-KEY" in pyrage.passphrase.decrypt(sealed, "correct horse")


def test_a_passphrase_is_asked_for_twice(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    run("init", folder, "--name", "Ex", *ABOUT, typed="one\nother\none\none\n")
    assert keys.load_private((folder / "keys/root").read_bytes(), "one")


def test_passphrase_and_none_are_refused_together(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x\n")
    options = ("--no-passphrase", "--passphrase-file", tmp_path / "secret")
    assert "either" in run("init", tmp_path / "office", "--name", "Ex", *ABOUT, *options, code=3).output
    (tmp_path / "secret").write_text("\nsecond line\n")
    empty = run("init", tmp_path / "office", "--name", "Ex", *ABOUT, *options[1:], code=3)
    assert "is empty" in empty.output


def test_another_root_cannot_sign_the_profile(layout: Layout) -> None:
    from byleave.organisation.founding import sign_profile

    with pytest.raises(IdentityRefused, match="not the root"):
        sign_profile(layout, read_profile(layout.profile.read_bytes()), keys.generate())
