"""Technicians and auditors come, are renewed, and go."""

import json
import stat
import time
from pathlib import Path

import pyrage
import pytest

from byleave.organisation import register
from byleave.organisation.layout import Layout
from session import keys
from session.certificates import Certificate, admit
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.profile import open_profile, read_adoption, read_profile
from session.revocation import RevocationList
from tests.byleave.organisation.conftest import Run
from tests.session.office import RECIPIENT


def admitted(layout: Layout, place: Path, kind: str = "technician") -> Certificate:
    return admit(
        (place / "id_ed25519-cert.pub").read_text(),
        authorities=read_profile(layout.profile.read_bytes()).authorities,
        at=time.time(),
        krl=RevocationList.decode((layout.trust / "krl").read_bytes()),
        kind="auditor" if kind == "auditor" else "technician",
    )


def adoption_file(layout: Layout) -> bytes:
    return (layout.folder / "example-support.byleave").read_bytes()


def test_a_technician_gets_a_key_and_a_certificate(run: Run, layout: Layout) -> None:
    said = json.loads(
        run("technician", layout.folder, "Mila Rossi", "--id", "1001", "--no-passphrase", "--json").stdout
    )
    place = layout.person("technician", "1001")
    certificate = admitted(layout, place)
    assert (certificate.name, certificate.principal) == ("Mila Rossi", "technician:1001")
    assert said["serial"] == certificate.serial
    assert said["folder"] == str(place)
    key = keys.load_private((place / "id_ed25519").read_bytes())
    assert certificate.key == PublicKey.of(key)
    assert PublicKey.from_text((place / "id_ed25519.pub").read_text()) == certificate.key
    assert stat.S_IMODE((place / "id_ed25519").stat().st_mode) == 0o600
    assert register.issued(layout.register)[-1] == register.Issued.of(certificate)
    assert (place / "example-support.byleave").read_bytes() == adoption_file(layout)


def test_a_technician_s_key_has_a_passphrase_of_its_own(run: Run, layout: Layout, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mila's own\n")
    run("technician", layout.folder, "Mila", "--id", "1", "--new-passphrase-file", secret)
    run("technician", layout.folder, "Juan", "--id", "2", typed="juan's\njuan's\n")
    for number, passphrase in (("1", "mila's own"), ("2", "juan's")):
        data = (layout.person("technician", number) / "id_ed25519").read_bytes()
        assert keys.load_private(data, passphrase)


def test_a_technician_may_bring_a_key(run: Run, layout: Layout, tmp_path: Path) -> None:
    own = PublicKey.of(keys.generate())
    (tmp_path / "own.pub").write_text(own.text + " mila@desk\n")
    out = tmp_path / "out"
    run(
        "technician", layout.folder, "Mila", "--id", "1", "--public-key", tmp_path / "own.pub", "--out", out
    )  # fmt: skip
    assert admitted(layout, out).key == own
    assert not (out / "id_ed25519").exists()
    (tmp_path / "own.pub").write_text("ssh-rsa AAAA\n")
    run("technician", layout.folder, "Juan", "--id", "2", "--public-key", tmp_path / "own.pub", code=4)
    run("technician", layout.folder, "Juan", "--id", "2", "--public-key", tmp_path / "none", code=2)


def test_a_number_is_given_once(run: Run, layout: Layout) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    again = run("technician", layout.folder, "Juan", "--id", "1", "--no-passphrase", code=3)
    assert "renew it, or revoke it first" in again.output
    assert admitted(layout, layout.person("technician", "1")).name == "Mila"


@pytest.mark.parametrize(("name", "number"), [("", "1"), ("Mi\u200bla", "1"), ("Mila", "../1"), ("Mila", "")])
def test_a_malformed_name_or_number_leaves_nothing(run: Run, layout: Layout, name: str, number: str) -> None:
    run("technician", layout.folder, name, "--id", number, "--no-passphrase", code=3)
    assert not (layout.folder / "technicians").exists()
    assert len(register.issued(layout.register)) == 1


def test_renewing_keeps_key_and_name(run: Run, layout: Layout) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    place = layout.person("technician", "1")
    first, private = admitted(layout, place), (place / "id_ed25519").read_bytes()
    run("renew", layout.folder, "--id", "1")
    second = admitted(layout, place)
    assert (second.key, second.name, second.principal) == (first.key, first.name, first.principal)
    assert second.serial != first.serial
    assert (place / "id_ed25519").read_bytes() == private
    run("renew", layout.folder, "--id", "1", "--kind", "auditor", "--out", layout.folder / "out")
    assert admitted(layout, layout.folder / "out", "auditor").name == "First auditor"
    run("renew", layout.folder, "--id", "2", code=3)


def test_a_revoked_person_is_refused_and_not_renewed(run: Run, layout: Layout) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    run("renew", layout.folder, "--id", "1")
    place = layout.person("technician", "1")
    certificate = (place / "id_ed25519-cert.pub").read_text()
    run("revoke", layout.folder, "--id", "1", "--reason", "laptop lost")
    assert not place.exists()
    place.mkdir()
    (place / "id_ed25519-cert.pub").write_text(certificate)
    with pytest.raises(IdentityRefused, match="revoked"):
        admitted(layout, place)
    run("renew", layout.folder, "--id", "1", code=3)
    run("revoke", layout.folder, "--id", "1", code=3)
    assert {line.reason for line in register.revoked(layout.revoked)} == {"laptop lost"}


def test_a_revoked_number_can_be_given_a_new_key_but_not_the_old_one(
    run: Run, layout: Layout, tmp_path: Path
) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    old = admitted(layout, layout.person("technician", "1")).key
    run("revoke", layout.folder, "--id", "1")
    (tmp_path / "old.pub").write_text(old.text + "\n")
    refused = run(
        "technician", layout.folder, "Mila", "--id", "1", "--public-key", tmp_path / "old.pub", code=3
    )  # fmt: skip
    assert "has been revoked" in refused.output
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    assert admitted(layout, layout.person("technician", "1")).key != old


def test_one_certificate_is_revoked_by_its_serial_number(run: Run, layout: Layout) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    place = layout.person("technician", "1")
    serial = admitted(layout, place).serial
    said = json.loads(run("revoke", layout.folder, "--serial", str(serial), "--json").stdout)
    assert said["revoked"] == [serial]
    with pytest.raises(IdentityRefused, match="revoked"):
        admitted(layout, place)
    run("renew", layout.folder, "--id", "1")
    assert admitted(layout, place).name == "Mila"
    run("revoke", layout.folder, "--serial", "1", code=3)


def test_revoking_says_whom(run: Run, layout: Layout) -> None:
    run("revoke", layout.folder, code=2)
    run("revoke", layout.folder, "--id", "1", "--serial", "1", code=2)


def test_an_auditor_is_added_to_the_next_profile(run: Run, layout: Layout) -> None:
    before = read_profile(layout.profile.read_bytes())
    run("auditor", layout.folder, "Noor Haddad", "--id", "2", "--no-passphrase")
    place = layout.person("auditor", "2")
    assert admitted(layout, place, "auditor").principal == "auditor:2"
    assert (place / "example-support.byleave").read_bytes() == adoption_file(layout)
    adoption = read_adoption(adoption_file(layout))
    profile = open_profile(
        adoption.profile, adoption.signature, adoption.root, at=time.time(), newer_than=before.version
    )
    assert [auditor.name for auditor in profile.auditors] == ["First auditor", "Noor Haddad"]
    assert (layout.trust / "auditors.txt").read_text().split() == list(profile.recipients)
    identity = pyrage.x25519.Identity.from_str((place / "identity.txt").read_text().splitlines()[1])
    assert str(identity.to_public()) == profile.recipients[1]


def test_an_auditor_may_bring_recipient_and_key(run: Run, layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "own.pub").write_text(PublicKey.of(keys.generate()).text + "\n")
    own = ("--recipient", RECIPIENT, "--public-key", tmp_path / "own.pub")
    run("auditor", layout.folder, "Noor", "--id", "2", *own)
    assert read_profile(layout.profile.read_bytes()).recipients[1] == RECIPIENT
    assert not (layout.person("auditor", "2") / "identity.txt").exists()
    run("auditor", layout.folder, "Noor", "--id", "3", *own, code=3)
    wrong = ("--recipient", "age1nonsense", "--no-passphrase")
    run("auditor", layout.folder, "Noor", "--id", "4", *wrong, code=4)
    assert read_profile(layout.profile.read_bytes()).version == 2


def test_the_organisation_s_passphrase_is_asked_for(run: Run, layout: Layout, tmp_path: Path) -> None:
    bare = keys.load_private(layout.issuing_key.read_bytes())
    layout.issuing_key.write_bytes(keys.export_private(bare, "office"))
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase", typed="office\n")
    wrong = run("renew", layout.folder, "--id", "1", typed="wrong\n", code=3)
    assert "passphrase is wrong" in wrong.output
    (tmp_path / "secret").write_text("office\r\n")
    run("renew", layout.folder, "--id", "1", "--passphrase-file", tmp_path / "secret")


def test_a_damaged_register_stops_everything(run: Run, layout: Layout) -> None:
    layout.register.write_text('{"kind":"technician"}\n')
    with pytest.raises(ConfigurationError, match="damaged"):
        register.issued(layout.register)
    layout.revoked.write_text("not json\n")
    run("publish", layout.folder, code=3)


def test_a_folder_that_is_no_organisation_is_refused(run: Run, tmp_path: Path) -> None:
    assert "organisation init" in run("publish", tmp_path, code=3).output
