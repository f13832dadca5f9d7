"""The organisation's profile: who is accountable, and which keys count. PROTOCOL.md, section 3.

TOML, signed by the root. Its digest is that of the file's bytes, so there is
no second encoding. Unknown keys are refused: an option that an old program
overlooks could be the one that protects somebody.
"""

import hashlib
import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from session.errors import ConfigurationError, IdentityRefused, LedgerError
from session.keys import PublicKey
from session.ledger import VerifierKey
from session.plain import display_name, display_text
from session.signatures import Namespace, verify

LIMIT = 64 * 1024
ADOPTION_LIMIT = 3 * LIMIT
ADOPTION_VERSION = 1

Line: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_RECIPIENT = r"^age1[02-9ac-hj-np-z]{58}$"


class Auditor(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may open recordings.

    Args:
        name: shown to the person.
        recipient: the auditor's age recipient.
    """

    name: Line
    recipient: Annotated[str, Meta(pattern=_RECIPIENT)]


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """The privacy notice; its version goes into each consent record.

    Args:
        version: changes with the text.
        text: the notice itself; may be empty when there is a URL.
        url: where it can be read; may be empty when there is a text.
    """

    version: Line
    text: Annotated[str, Meta(max_length=20_000)] = ""
    url: Annotated[str, Meta(max_length=500)] = ""


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """What an organisation's root has signed.

    Args:
        version: rises with each profile.
        name: the organisation, as the person is shown.
        expires: no longer counts from here.
        relay: `https://HOST[:PORT]`, or http on loopback.
        contact: the accountable person.
        telephone: the official number.
        issuing_keys: public keys that issue certificates, OpenSSH text.
        status_key: public key that signs revocation lists, OpenSSH text.
        log_key: the log's verifier key.
        auditors: who may open recordings; at least one.
        notice: the privacy notice.
        retention_days: how long recordings are kept.
        policy: what happens when evidence cannot be stored at once.
        spool_minutes: for how long `spool` may keep it on the person's computer.
    """

    version: Annotated[int, Meta(ge=1, le=2**53)]
    name: Line
    expires: Annotated[datetime, Meta(tz=True)]
    relay: Line
    contact: Line
    telephone: Line
    issuing_keys: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=16)]
    status_key: Line
    log_key: Line
    auditors: Annotated[tuple[Auditor, ...], Meta(min_length=1, max_length=64)]
    notice: Notice
    retention_days: Annotated[int, Meta(ge=1, le=36_500)]
    policy: Literal["strict", "spool"] = "strict"
    spool_minutes: Annotated[int, Meta(ge=0, le=7 * 24 * 60)] = 0

    @property
    def authorities(self) -> frozenset[PublicKey]:
        """The issuing keys."""
        return frozenset(PublicKey.from_text(text) for text in self.issuing_keys)

    @property
    def status(self) -> PublicKey:
        """The status key."""
        return PublicKey.from_text(self.status_key)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The auditors' age recipients."""
        return tuple(auditor.recipient for auditor in self.auditors)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What an adoption file (`NAME.byleave`) holds; nothing in it is checked yet.

    Args:
        root: the key that would be pinned.
        profile: the profile's bytes.
        signature: the root's signature over them, armored.
    """

    root: PublicKey
    profile: bytes
    signature: bytes


def open_profile(
    data: bytes, signature: bytes | str, root: PublicKey, *, at: float, newer_than: int = 0
) -> Profile:
    """Check the root's signature over a profile, then read it.

    Args:
        data: the file's bytes.
        signature: armored.
        root: the pinned key.
        at: now, in seconds since 1970.
        newer_than: the highest version that was ever seen; an equal one is refused too.

    Raises:
        IdentityRefused: the root did not sign it, it is malformed, expired, or not newer.
    """
    if len(data) > LIMIT:
        raise IdentityRefused(f"a profile has at most {LIMIT} bytes")
    verify(data, signature, Namespace.PROFILE, key=root)
    profile = read_profile(data)
    if at >= profile.expires.timestamp():
        raise IdentityRefused("the organisation's profile has expired")
    if profile.version <= newer_than:
        raise IdentityRefused("the organisation's profile is not newer than the one that is known")
    return profile


def read_profile(data: bytes) -> Profile:
    """Read a profile without its signature, as its author does before signing.

    Raises:
        IdentityRefused: it is malformed, has unknown keys, or a value that cannot be.
    """
    try:
        profile = msgspec.toml.decode(data, type=Profile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IdentityRefused(f"the profile is malformed: {error}") from None
    try:
        check_relay(profile.relay)
        VerifierKey.parse(profile.log_key)
    except (ConfigurationError, LedgerError) as error:
        raise IdentityRefused(f"the profile is malformed: {error}") from None
    _check_words(profile)
    for text in (*profile.issuing_keys, profile.status_key):
        PublicKey.from_text(text)
    if (profile.policy == "spool") != (profile.spool_minutes > 0):
        raise IdentityRefused("the profile is malformed: spool_minutes belongs to the policy spool")
    return profile


def write_profile(profile: Profile) -> bytes:
    """Return a profile as TOML; the root signs these bytes.

    Raises:
        IdentityRefused: the profile would not be accepted.
    """
    tables = {"notice", "auditors"}
    fields = {name: getattr(profile, name) for name in profile.__struct_fields__ if name not in tables}
    lines = ["# Signed by the organisation's root; any change makes it void.", *_assignments(fields)]
    lines += ["", "[notice]", *_assignments(msgspec.structs.asdict(profile.notice))]
    for auditor in profile.auditors:
        lines += ["", "[[auditors]]", *_assignments(msgspec.structs.asdict(auditor))]
    data = ("\n".join(lines) + "\n").encode()
    read_profile(data)
    return data


def profile_digest(data: bytes) -> str:
    """Return SHA-256 of a profile's bytes, in hexadecimal; statements name a profile by it."""
    return hashlib.sha256(data).hexdigest()


def read_adoption(data: bytes) -> Adoption:
    """Read an adoption file; check what it holds with `open_profile` before showing it.

    Raises:
        IdentityRefused: it is anything else than one.
    """
    if len(data) > ADOPTION_LIMIT:
        raise IdentityRefused(f"an adoption file has at most {ADOPTION_LIMIT} bytes")
    try:
        found = msgspec.toml.decode(data, type=_AdoptionFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IdentityRefused(f"this is not an adoption file: {error}") from None
    return Adoption(PublicKey.from_text(found.root), found.profile.encode(), found.signature.encode())


def write_adoption(adoption: Adoption) -> bytes:
    """Return an adoption file."""
    fields = {
        "byleave": ADOPTION_VERSION,
        "root": adoption.root.text,
        "profile": adoption.profile.decode(),
        "signature": adoption.signature.decode(),
    }
    lines = ["# Adopt this organisation with: byleave agent adopt FILE", *_assignments(fields)]
    return ("\n".join(lines) + "\n").encode()


def check_relay(url: str) -> str:
    """Return a relay's address if it may be used.

    Raises:
        ConfigurationError: it is neither `https://HOST[:PORT]` nor http on loopback.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError("the relay's address is malformed") from None
    plain = f"{parts.scheme}://{parts.netloc}" == url and "@" not in url and url.isascii()
    if not plain or not host or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
        raise ConfigurationError("a relay's address is https://HOST or https://HOST:PORT, nothing behind it")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return url
    raise ConfigurationError("a relay is reached by https; http is for this computer only")


class _AdoptionFile(Struct, frozen=True, forbid_unknown_fields=True):
    byleave: Literal[1]
    root: Line
    profile: Annotated[str, Meta(max_length=LIMIT)]
    signature: Annotated[str, Meta(max_length=8192)]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_words(profile: Profile) -> None:
    """Refuse what would read differently from what it is."""
    words = [profile.name, profile.contact, profile.telephone, profile.notice.version]
    words += [auditor.name for auditor in profile.auditors]
    if any(word != display_name(word, 200) for word in words):
        raise IdentityRefused("the profile is malformed: a name has invisible or control characters")
    notice = profile.notice
    if notice.text != display_text(notice.text, len(notice.text)):
        raise IdentityRefused("the profile is malformed: the notice has invisible or control characters")
    if not (notice.text or notice.url) or (notice.url and not notice.url.startswith("https://")):
        raise IdentityRefused("the profile is malformed: a notice has a text or an https address")


def _assignments(fields: dict[str, object]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in fields.items()]


def _value(value: object) -> str:
    """Return a TOML value: whole numbers, times, texts and lists of texts are all there are."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    # A JSON text is a TOML text, but for DEL, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
