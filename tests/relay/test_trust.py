"""Whom the relay believes: profile, certificates, and the newest revocation list."""

import base64
import os
import time
from pathlib import Path

import msgspec
import pyrage
import pytest

from byleave.organisation.founding import sign_profile, with_auditor
from relay import trust as module
from relay.failures import Refusal
from relay.trust import Revocations, Trust
from session import rendezvous
from session.errors import ConfigurationError, IdentityRefused, RoomRefused
from session.keys import PublicKey, generate, load_private
from session.ledger import VerifierKey
from session.profile import Auditor
from session.revocation import RevocationList
from session.signatures import Namespace, sign
from tests.relay.bench import refused
from tests.relay.office import Office


def soon(seconds: int) -> float:
    """Return a time that a revocation list can name, so many seconds from now."""
    return float(int(time.time()) + seconds)


def offered(office: Office, at: float, *, foreign: bool = False) -> Revocations:
    """Return a list as the organisation hands it over."""
    key = generate() if foreign else load_private((office.layout.status_key).read_bytes())
    data = RevocationList(int(at), int(at)).encode()
    return Revocations(base64.b64encode(data).decode(), sign(key, data, Namespace.KRL).decode())


@pytest.fixture
def trust(office: Office) -> Trust:
    return Trust(office.layout.trust, time.time)


def test_every_public_page_is_given_out(office: Office, trust: Trust) -> None:
    for path in office.layout.trust.iterdir():
        assert trust.page(path.name) == path.read_bytes()


@pytest.mark.parametrize("name", ["log.key", "../log.key", "", ".", "profile", "krl.json"])
def test_no_other_page_is_given_out(trust: Trust, name: str) -> None:
    with pytest.raises(Refusal):
        trust.page(name)


def test_a_page_that_is_missing_is_not_found(office: Office, trust: Trust) -> None:
    (office.layout.trust / "auditors.txt").unlink()
    with pytest.raises(Refusal):
        trust.page("auditors.txt")


def test_a_newer_list_is_taken_and_kept(office: Office, trust: Trust) -> None:
    at = soon(5)
    newer = offered(office, at)
    trust.take_krl(newer)
    assert trust.krl_time == at
    assert trust.page("krl") == newer.data
    assert trust.page("krl.sig") == newer.signature.encode()
    assert (office.layout.trust / "krl").read_bytes() == newer.data
    again = Trust(office.layout.trust, time.time)
    assert again.krl_time == at


@pytest.mark.parametrize(
    ("seconds", "word"), [(0.0, "not-newer"), (-60.0, "not-newer"), (3600.0, "malformed")]
)
def test_a_list_that_is_not_newer_or_from_the_future_is_refused(
    office: Office, trust: Trust, seconds: int, word: str
) -> None:
    known = trust.krl_time
    assert known is not None
    with refused(word):
        trust.take_krl(offered(office, known + seconds))
    assert trust.krl_time == known


def test_a_list_that_the_status_key_did_not_sign_is_refused(office: Office, trust: Trust) -> None:
    with refused("not-signed"):
        trust.take_krl(offered(office, soon(5), foreign=True))
    good = offered(office, soon(5))
    for lie in (
        msgspec.structs.replace(good, signature=""),
        msgspec.structs.replace(good, krl=base64.b64encode(good.data + b"x").decode()),
        msgspec.structs.replace(good, krl=""),
    ):
        with refused("not-signed"):
            trust.take_krl(lie)
    with refused("malformed"):
        trust.take_krl(msgspec.structs.replace(good, krl="***"))


def test_a_crash_between_list_and_signature_leaves_a_pair(office: Office, trust: Trust) -> None:
    newer = offered(office, soon(5))
    trust.take_krl(newer)
    (office.layout.trust / "krl").write_bytes(b"the older one")
    again = Trust(office.layout.trust, time.time)
    assert again.page("krl") == newer.data
    assert (office.layout.trust / "krl").read_bytes() == newer.data


def test_a_damaged_pair_is_passed_over(office: Office, trust: Trust) -> None:
    for content in (b"{", b'{"krl": "***", "signature": ""}', b'{"krl": "", "signature": ""}'):
        (office.relay / "krl.json").write_bytes(content)
        assert Trust(office.layout.trust, time.time).krl_time == trust.krl_time


def test_a_list_that_the_organisation_puts_into_the_folder_is_found(office: Office, trust: Trust) -> None:
    before = trust.krl_time
    trust.refresh()
    assert trust.krl_time == before
    at = soon(7)
    office.publish(at)
    trust.refresh()
    assert trust.krl_time == at
    office.publish(at - 100)
    trust.refresh()
    assert trust.krl_time == at


def test_files_are_read_again_only_when_they_have_changed(
    office: Office, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trust.changed()
    assert not trust.changed()
    office.publish(soon(7))
    assert trust.changed()
    assert not trust.changed()
    for name in ("profile.toml.sig", "krl", "krl.sig"):
        (office.layout.trust / name).unlink()
        assert trust.changed()
        assert not trust.changed()
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    assert trust.changed()


def test_a_first_list_may_come_later(office: Office) -> None:
    for name in ("krl", "krl.sig"):
        (office.layout.trust / name).unlink()
    trust = Trust(office.layout.trust, time.time)
    assert trust.krl_time is None
    with pytest.raises(Refusal):
        trust.page("krl")
    with pytest.raises(IdentityRefused):
        trust.counting(office.holder().certificate.blob, "technician")
    trust.refresh()
    assert trust.krl_time is None
    trust.take_krl(offered(office, soon(0)))
    trust.counting(office.holder().certificate.blob, "technician")


def test_a_folder_that_lost_its_list_keeps_the_known_one(office: Office, trust: Trust) -> None:
    known = trust.krl_time
    (office.layout.trust / "krl").write_bytes(b"damaged")
    os.utime(office.layout.trust / "krl")
    trust.refresh()
    assert trust.krl_time == known


def test_reading_the_folder_again_keeps_what_is_good(office: Office, trust: Trust) -> None:
    path: Path = office.layout.trust / "profile.toml"
    good = path.read_bytes()
    path.write_bytes(good + b"\n")
    with pytest.raises(ConfigurationError):
        trust.reload()
    assert trust.profile.name == "Example Support"
    path.write_bytes(good)
    trust.reload()


def test_a_new_profile_in_the_folder_counts_at_once(office: Office, trust: Trust) -> None:
    root = load_private(office.layout.root_key.read_bytes())
    auditor = Auditor("Second", str(pyrage.x25519.Identity.generate().to_public()))
    sign_profile(office.layout, with_auditor(office.layout, auditor), root)
    assert len(trust.profile.auditors) == 1
    trust.refresh()
    assert (trust.profile.version, len(trust.profile.auditors)) == (2, 2)


def test_a_profile_with_another_log_does_not_count_while_the_relay_runs(office: Office, trust: Trust) -> None:
    root = load_private(office.layout.root_key.read_bytes())
    log_key = str(VerifierKey("another/log", PublicKey.of(generate()).raw))
    profile = msgspec.structs.replace(trust.profile, version=2, log_key=log_key)
    sign_profile(office.layout, profile, root)
    for read_again in (trust.refresh, trust.reload):
        with pytest.raises(ConfigurationError):
            read_again()
    trust.refresh()
    assert trust.profile.version == 1


def test_revoked_and_not_certified_are_told_apart(office: Office, trust: Trust) -> None:
    technician = office.holder()
    assert trust.admit_to_room(technician.open_room("n"), "n").number == "1001"
    office.revoke(technician, soon(3))
    trust.reload()
    with pytest.raises(RoomRefused, match="revoked"):
        trust.admit_to_room(technician.open_room("n"), "n")
    with pytest.raises(RoomRefused, match="not-certified"):
        trust.admit_to_room(rendezvous.OpenRoom("nonsense", "nonsense"), "n")
    other = office.holder()
    with pytest.raises(RoomRefused, match="not-certified"):
        trust.admit_to_room(other.open_room("another nonce"), "n")


def test_a_bare_key_may_sign_for_its_certificate(office: Office, trust: Trust) -> None:
    technician = office.holder()
    signed = rendezvous.signed_bytes("n", None)
    signature = sign(technician.key, signed, Namespace.ROOM).decode()
    assert trust.admit_to_room(rendezvous.OpenRoom(technician.certificate.text, signature), "n")
