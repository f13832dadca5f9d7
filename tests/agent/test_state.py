"""What the agent keeps: private, made once, and trusted only as far as it is signed."""

import stat
from pathlib import Path

import pytest

from agent.spool import write_durably
from agent.state import Home
from session import sealing
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.profile import Adoption, profile_digest, write_profile
from session.signatures import Namespace, sign
from tests.session.office import NOW, Office

OFFICE = Office()


def adoption(office: Office = OFFICE) -> Adoption:
    data = write_profile(office.profile())
    return Adoption(PublicKey.of(office.root), data, sign(office.root, data, Namespace.PROFILE))


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "state")
    device, person = home.device_key(), home.person()
    again = Home(tmp_path / "state")
    assert again.device_key().public_data == device.public_data
    assert again.person() == person
    assert sealing.unseal(sealing.seal(b"mine", [sealing.recipient_of(person)]), person) == b"mine"
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_one_agent_uses_a_folder(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.lock()
    with pytest.raises(ConfigurationError):
        second.lock()
    assert first._lock is not None
    first._lock.close()
    second.lock()
    assert second._lock is not None
    second._lock.close()


def test_nothing_is_trusted_at_first(tmp_path: Path) -> None:
    assert Home(tmp_path).adopted(NOW) is None


def test_an_adopted_organisation_is_the_one_that_was_signed(tmp_path: Path) -> None:
    Home(tmp_path).adopt(adoption())
    adopted = Home(tmp_path).adopted(NOW)
    assert adopted is not None
    assert adopted.profile == OFFICE.profile()
    assert adopted.adoption == adoption()
    assert adopted.digest == profile_digest(adoption().profile)


def test_an_organisation_whose_profile_was_changed_or_expired_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.adopt(adoption())
    with pytest.raises(IdentityRefused):
        home.adopted(NOW + 2 * 86400)
    path = tmp_path / "organisation.byleave"
    path.write_bytes(path.read_bytes().replace(b"Example Support", b"Example Supp0rt"))
    with pytest.raises(IdentityRefused):
        home.adopted(NOW)
    path.write_bytes(b"nonsense")
    with pytest.raises(IdentityRefused):
        home.adopted(NOW)


def test_another_root_is_another_organisation(tmp_path: Path) -> None:
    home, other = Home(tmp_path), adoption(Office())
    home.adopt(Adoption(other.root, adoption().profile, adoption().signature))
    with pytest.raises(IdentityRefused):
        home.adopted(NOW)


def test_sessions_have_a_folder_each(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.spools() == []
    for sid in ("b", "a"):
        write_durably(home.spool(sid).folder / "token", b"")
    (tmp_path / "sessions" / "a file").write_bytes(b"")
    assert [spool.sid for spool in home.spools()] == ["a", "b"]
