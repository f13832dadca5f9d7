"""What the console remembers, and whom it believes: settings, organisation, credentials, history."""

import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from session import keys
from session.certificates import issue
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from technician_console import config, credentials, history, organisation
from technician_console.history import Entry, Quantiles
from technician_console.state_folder import HISTORY, ORGANISATION, SETTINGS, StateFolder
from tests.technician_console.company import Company


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "console")


# settings


def test_key_certificate_and_organisation_are_found_beside_each_other(tmp_path: Path) -> None:
    key = Company().hand_over(tmp_path / "maya")
    found = config.load(tmp_path / "console", key=key)
    assert found.settings.certificate == f"{key}-cert.pub"
    assert found.profile == tmp_path / "maya" / "example.byleave"


def test_what_was_good_is_remembered(tmp_path: Path, folder: StateFolder) -> None:
    config.remember(folder, key='/a "quoted" key', certificate="/é")
    found = config.load(folder.path).settings
    assert (found.key, found.certificate) == ('/a "quoted" key', "/é")


def test_remembering_leaves_other_settings_alone(folder: StateFolder) -> None:
    folder.write(SETTINGS, b'log = "debug"\nrelay = "https://relay.example.org"\n')
    config.remember(folder, key="/key", certificate="/certificate")
    found = config.load(folder.path).settings
    assert (found.log, found.relay) == ("debug", "https://relay.example.org")


def test_the_command_line_goes_first(folder: StateFolder) -> None:
    folder.write(SETTINGS, b'key = "/old"\ncertificate = "/old-cert"\nrelay = "https://old.example.org"\n')
    found = config.load(folder.path, key=Path("/new"), relay="https://new.example.org").settings
    assert (found.key, found.certificate) == ("/new", "/new-cert.pub")
    assert found.relay == "https://new.example.org"


@pytest.mark.parametrize(
    "text", [b'kee = "/key"\n', b"key = 7\n", b"key = \n", b'log = "everything"\n', b"\xff"], ids=repr
)
def test_settings_that_are_not_understood_are_refused(folder: StateFolder, text: bytes) -> None:
    folder.write(SETTINGS, text)
    with pytest.raises(ConfigurationError):
        config.load(folder.path)


@pytest.mark.parametrize("relay", ["http://relay.example.org", "ftp://127.0.0.1", "relay.example.org"])
def test_a_relay_is_reached_by_https(folder: StateFolder, relay: str) -> None:
    with pytest.raises(ConfigurationError):
        config.load(folder.path, relay=relay)


def test_everything_in_the_state_folder_is_private(folder: StateFolder) -> None:
    folder.write(SETTINGS, b"")
    folder.append(HISTORY, b"{}")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for path in folder.path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# organisation


def file(tmp_path: Path, company: Company, **changes: object) -> Path:
    path = tmp_path / "offered.byleave"
    path.write_bytes(company.adoption(company.organisation(**changes)))
    return path


def test_the_organisation_is_pinned_once(tmp_path: Path, folder: StateFolder) -> None:
    with pytest.raises(ConfigurationError):
        organisation.pinned(folder, None)
    first = organisation.pinned(folder, file(tmp_path, Company()))
    assert organisation.pinned(folder, None) == first


def test_another_root_is_refused(tmp_path: Path, folder: StateFolder) -> None:
    first = organisation.pinned(folder, file(tmp_path, Company()))
    with pytest.raises(ConfigurationError):
        organisation.pinned(folder, file(tmp_path, Company(), version=9))
    assert organisation.known(folder) == first


def test_a_newer_profile_replaces_an_older_one_and_never_the_other_way(
    tmp_path: Path, folder: StateFolder
) -> None:
    company = Company()
    organisation.pinned(folder, file(tmp_path, company, version=2))
    assert organisation.pinned(folder, file(tmp_path, company, version=1)).profile.version == 2
    assert organisation.pinned(folder, file(tmp_path, company, version=3)).profile.version == 3


def test_a_profile_from_the_relay_counts_if_the_root_signed_it(folder: StateFolder) -> None:
    company = Company()
    ours, newer = company.organisation(), company.organisation(version=2, name="Renamed")
    assert ours.renewed(newer.data, newer.signature, time.time()).profile.name == "Renamed"
    assert newer.renewed(ours.data, ours.signature, time.time()) is newer
    foreign = Company().organisation(version=9)
    with pytest.raises(IdentityRefused):
        ours.renewed(foreign.data, foreign.signature, time.time())


def test_a_pinned_file_that_was_changed_is_refused(tmp_path: Path, folder: StateFolder) -> None:
    organisation.pinned(folder, file(tmp_path, Company()))
    data = (folder.path / ORGANISATION).read_bytes()
    folder.write(ORGANISATION, data.replace(b"Example Support", b"Example Support!"))
    with pytest.raises(IdentityRefused):
        organisation.pinned(folder, None)


def test_an_expired_profile_is_refused() -> None:
    expired = Company().organisation(expires=datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))
    with pytest.raises(IdentityRefused):
        expired.check(time.time())


# credentials


def sign_in(company: Company, key: Path, passphrase: str = "") -> credentials.Credentials:
    authorities = company.profile().authorities
    return credentials.sign_in(key, passphrase, Path(f"{key}-cert.pub"), authorities, time.time())


def test_a_technician_signs_in(tmp_path: Path) -> None:
    company = Company()
    found = sign_in(company, company.hand_over(tmp_path, passphrase="correct horse"), "correct horse")
    assert (found.certificate.name, found.expired(time.time())) == ("Maya Ortiz", False)
    assert "Maya" not in repr(found)


@pytest.mark.parametrize("passphrase", ["", "wrong"])
def test_a_wrong_passphrase_is_refused(tmp_path: Path, passphrase: str) -> None:
    company = Company()
    key = company.hand_over(tmp_path, passphrase="correct horse")
    with pytest.raises(ConfigurationError):
        sign_in(company, key, passphrase)


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    company = Company()
    key = company.hand_over(tmp_path, at=time.time() - 24 * 3600)
    with pytest.raises(IdentityRefused):
        sign_in(company, key)


def test_a_certificate_of_another_office_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IdentityRefused):
        sign_in(Company(), Company().hand_over(tmp_path))


def test_the_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    company = Company()
    key = company.hand_over(tmp_path)
    key.write_bytes(keys.export_private(keys.generate()))
    with pytest.raises(IdentityRefused):
        sign_in(company, key)


def test_an_auditor_is_no_technician(tmp_path: Path) -> None:
    company = Company()
    key = company.hand_over(tmp_path)
    made = issue(
        PublicKey.of(company.technician),
        authority=company.issuing,
        name="Ida",
        kind="auditor",
        number="7",
        at=time.time(),
    )
    Path(f"{key}-cert.pub").write_text(f"{made.text}\n")
    with pytest.raises(IdentityRefused):
        sign_in(company, key)


def test_files_that_are_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        sign_in(Company(), tmp_path / "id_ed25519")


# history


def test_the_history_is_one_line_for_each_session(folder: StateFolder) -> None:
    entries = [
        Entry(started=1, ended=2, reason="stopped", granted=("view",), round_trip_ms=Quantiles(1.5, 2.5)),
        Entry(started=3, ended=4, reason="refused"),
    ]
    for entry in entries:
        history.append(folder, entry)
    assert history.entries(folder) == entries
    assert len((folder.path / HISTORY).read_bytes().splitlines()) == 2


def test_a_history_that_was_changed_is_said(folder: StateFolder) -> None:
    folder.append(HISTORY, b'{"v":2}')
    with pytest.raises(ConfigurationError):
        history.entries(folder)
