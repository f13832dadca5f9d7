"""The profile and the adoption file: the root's word, and nothing that could be read in two ways."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.profile import (
    ADOPTION_LIMIT,
    LIMIT,
    Adoption,
    Auditor,
    Notice,
    Profile,
    check_relay,
    open_profile,
    profile_digest,
    read_adoption,
    read_profile,
    write_adoption,
    write_profile,
)
from session.signatures import Namespace, sign
from tests.session.office import NOW, RECIPIENT, Office

OFFICE = Office()
ROOT = PublicKey.of(OFFICE.root)
PROFILE = OFFICE.profile()
DATA = write_profile(PROFILE)
SIGNATURE = sign(OFFICE.root, DATA, Namespace.PROFILE)


def changed(**fields: object) -> Profile:
    return msgspec.structs.replace(PROFILE, **fields)


def opened(data: bytes = DATA, signature: bytes = SIGNATURE, at: float = NOW, newer_than: int = 0) -> Profile:
    return open_profile(data, signature, ROOT, at=at, newer_than=newer_than)


def test_a_profile_that_the_root_has_signed_is_read() -> None:
    profile = opened()
    assert profile == PROFILE
    assert profile.authorities == OFFICE.authorities
    assert profile.status == PublicKey.of(OFFICE.status)
    assert profile.recipients == (RECIPIENT,)
    assert len(profile_digest(DATA)) == 64


def test_another_root_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="another key"):
        opened(signature=sign(OFFICE.issuing, DATA, Namespace.PROFILE))


def test_one_changed_byte_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="signature is wrong"):
        opened(DATA.replace(b"retention_days = 90", b"retention_days = 91"))


def test_a_signature_for_something_else_is_refused() -> None:
    with pytest.raises(IdentityRefused, match="not for profile@byleave"):
        opened(signature=sign(OFFICE.root, DATA, Namespace.KRL))


def test_an_expired_profile_is_refused() -> None:
    end = PROFILE.expires.timestamp()
    assert opened(at=end - 1)
    with pytest.raises(IdentityRefused, match="expired"):
        opened(at=end)


def test_an_older_or_equal_profile_is_refused() -> None:
    assert opened(newer_than=6)
    for version in (7, 8):
        with pytest.raises(IdentityRefused, match="not newer"):
            opened(newer_than=version)


def test_a_profile_has_a_limit() -> None:
    data = DATA + b"#" * LIMIT
    with pytest.raises(IdentityRefused, match="at most"):
        opened(data, sign(OFFICE.root, data, Namespace.PROFILE))


REPLACEMENTS = {
    "unknown-key": (b"version = 7", b"version = 7\nallow_everything = true"),
    "unknown-key-of-the-notice": (b"[notice]", b"[notice]\nhidden = 1"),
    "key-twice": (b"version = 7", b"version = 7\nversion = 8"),
    "version-0": (b"version = 7", b"version = 0"),
    "version-of-text": (b"version = 7", b'version = "7"'),
    "no-name": (b'name = "Example Support"', b""),
    "empty-name": (b'name = "Example Support"', b'name = ""'),
    "name-with-right-to-left": (b'name = "Example', b'name = "\\u202eExample'),
    "name-with-line-break": (b'name = "Example', b'name = "Example\\n'),
    "contact-with-zero-width": (b'contact = "Ada', b'contact = "A\\u200bda'),
    "auditor-with-escape": (b'name = "First', b'name = "\\u001bFirst'),
    "notice-with-right-to-left": (b'text = "It', b'text = "It\\u202e'),
    "notice-without-words": (b'text = "It is recorded.\\nYou can stop."', b'text = ""'),
    "notice-elsewhere-in-clear": (b'url = ""', b'url = "http://example.org"'),
    "time-without-zone": (b"+00:00", b""),
    "expires-of-text": (b"expires = ", b'expires = "soon" #'),
    "relay-in-clear": (b"https://relay", b"http://relay"),
    "no-issuing-key": (b"issuing_keys = [", b"issuing_keys = [] #"),
    "issuing-key-malformed": (b'issuing_keys = ["ssh-ed25519 ', b'issuing_keys = ["ssh-rsa '),
    "status-key-malformed": (b'status_key = "ssh-ed25519 ', b'status_key = "'),
    "log-key-malformed": (b'log_key = "', b'log_key = "x'),
    "no-auditor": (b"[[auditors]]", b"[nobody]"),
    "recipient-malformed": (RECIPIENT.encode(), RECIPIENT[:-1].encode()),
    "recipient-of-ssh": (RECIPIENT.encode(), b"ssh-ed25519 AAAA"),
    "retention-0": (b"retention_days = 90", b"retention_days = 0"),
    "policy-best-effort": (b'policy = "strict"', b'policy = "best-effort"'),
    "spool-without-time": (b'policy = "strict"', b'policy = "spool"'),
    "strict-with-spool-time": (b"spool_minutes = 0", b"spool_minutes = 5"),
    "not-toml": (b"version = 7", b"version: 7"),
    "not-utf-8": (b"Ada", b"\xff"),
}


@pytest.mark.parametrize(("old", "new"), REPLACEMENTS.values(), ids=REPLACEMENTS.keys())
def test_a_malformed_profile_is_refused_though_the_root_has_signed_it(old: bytes, new: bytes) -> None:
    assert old in DATA
    data = DATA.replace(old, new, 1)
    with pytest.raises(IdentityRefused):
        opened(data, sign(OFFICE.root, data, Namespace.PROFILE))


def test_a_spool_has_its_time() -> None:
    spool = changed(policy="spool", spool_minutes=60)
    assert read_profile(write_profile(spool)) == spool


def test_nothing_is_written_that_nobody_would_accept() -> None:
    for wrong in (changed(version=0), changed(name=""), changed(name="\u202e"), changed(auditors=())):
        with pytest.raises(IdentityRefused):
            write_profile(wrong)


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(WORDS, WORDS, st.integers(1, 2**53), st.floats(0, 8e9))
def test_whatever_is_written_is_read(name: str, notice: str, version: int, expires: float) -> None:
    moment = datetime.fromtimestamp(expires, UTC)
    profile = changed(name=name, notice=Notice("2", notice), version=version, expires=moment)
    try:
        data = write_profile(profile)
    except IdentityRefused:
        return
    assert read_profile(data) == profile


def test_several_auditors_and_keys_are_written() -> None:
    another = PublicKey.of(OFFICE.root).text
    recipient = RECIPIENT[:-1] + "q"
    profile = changed(
        issuing_keys=(*PROFILE.issuing_keys, another),
        auditors=(*PROFILE.auditors, Auditor('The "second" \\ one', recipient)),
    )
    assert read_profile(write_profile(profile)) == profile


@pytest.mark.parametrize(
    "url",
    [
        "https://relay.example.org",
        "https://relay.example.org:8443",
        "https://[2001:db8::1]:8443",
        "http://127.0.0.1:8470",
        "http://127.9.9.9",
        "http://[::1]:1",
        "http://localhost:8470",
    ],
)
def test_a_relay_is_reached_by_https_or_on_this_computer(url: str) -> None:
    assert check_relay(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.example.org",
        "http://relay.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://10.0.0.1",
        "ws://127.0.0.1",
        "ftp://127.0.0.1",
        "https://",
        "https://:8443",
        "https://relay.example.org/",
        "https://relay.example.org/path",
        "https://relay.example.org?room=1",
        "https://relay.example.org#x",
        "https://user@relay.example.org",
        "https://user:word@relay.example.org",
        "https://relay.example.org:port",
        "https://relay.example.org:99999",
        "https://[::1",
        "https://relay.example.org\n",
        "https://rеlay.example.org",
        "https://relay example.org",
        "HTTPS://relay.example.org",
    ],
)
def test_any_other_address_of_a_relay_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_relay(url)


def test_an_adoption_file_holds_root_profile_and_signature() -> None:
    adoption = Adoption(ROOT, DATA, SIGNATURE)
    data = write_adoption(adoption)
    assert read_adoption(data) == adoption
    found = read_adoption(data)
    assert open_profile(found.profile, found.signature, found.root, at=NOW) == PROFILE


ADOPTION = write_adoption(Adoption(ROOT, DATA, SIGNATURE))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        ADOPTION.replace(b"byleave = 1", b"byleave = 2"),
        ADOPTION.replace(b"byleave = 1", b"byleave = 1\nrelay = 1"),
        ADOPTION.replace(b'root = "ssh-ed25519 ', b'root = "'),
        ADOPTION.replace(b"signature = ", b"signatur = "),
        ADOPTION + b"#" * ADOPTION_LIMIT,
    ],
    ids=["empty", "not-utf-8", "version-2", "unknown-key", "root-malformed", "no-signature", "too-long"],
)
def test_a_malformed_adoption_file_is_refused(data: bytes) -> None:
    with pytest.raises(IdentityRefused):
        read_adoption(data)
