"""The auditor's settings: one frozen value, read once from the state folder and the command line.

The state folder holds `settings.toml` (key, certificate, identity, relay; all may be left out)
and `organisation.byleave`, whose root is pinned, by `byleave audit adopt`.
"""

import os
import re
import secrets
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

from auditor.case import Pin
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.profile import ADOPTION_LIMIT, Adoption, check_relay, read_adoption, read_profile

SETTINGS = "settings.toml"
ORGANISATION = "organisation.byleave"

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What `settings.toml` in the state folder may say.

    Args:
        key: path of the auditor's private key.
        certificate: path of its certificate; empty for KEY-cert.pub.
        identity: path of the auditor's age identity; empty for identity.txt beside the key.
        relay: another address of the relay than the profile's; empty for that one.
    """

    key: str = ""
    certificate: str = ""
    identity: str = ""
    relay: str = ""


class Config(Struct, frozen=True):
    """Everything that can be set; a path that is None was neither named nor found.

    Args:
        state: the state folder.
        pin: the root that is trusted.
        key: the auditor's private key.
        certificate: its certificate.
        identity: the auditor's age identity.
        relay: the relay's address, or empty.
    """

    state: Path
    pin: Pin | None = None
    key: Path | None = None
    certificate: Path | None = None
    identity: Path | None = None
    relay: str = ""


def default_state() -> Path:
    """Return the state folder that counts when none is named."""
    return platformdirs.user_state_path("byleave", appauthor=False) / "auditor"


def load(
    state: Path | None = None,
    *,
    root: str | None = None,
    key: Path | None = None,
    certificate: Path | None = None,
    identity: Path | None = None,
    relay: str | None = None,
) -> Config:
    """Return the settings; what is given here goes before what is in the state folder.

    Args:
        state: the state folder.
        root: a root's fingerprint, or a file that holds its public key or is an adoption file.
        key: as in `Config`, and likewise the others.
        certificate: likewise.
        identity: likewise.
        relay: likewise.

    Raises:
        ConfigurationError: an unknown key, or a value or a file that cannot be.
    """
    folder = state or default_state()
    settings = _settings(folder / SETTINGS)
    adopted = _adopted(folder / ORGANISATION)
    chosen = key or _path(settings.key)
    address = relay or settings.relay or (read_profile(adopted.profile).relay if adopted else "")
    return Config(
        state=folder,
        pin=pin_of(root) if root else (Pin(adopted.root.fingerprint) if adopted else None),
        key=chosen,
        certificate=certificate or (None if key else _path(settings.certificate)) or _beside(chosen),
        identity=identity or _path(settings.identity) or _identity_beside(chosen),
        relay=check_relay(address) if address else "",
    )


def pin_of(text: str) -> Pin:
    """Return the pin that a fingerprint or a file stands for.

    Raises:
        ConfigurationError: it is neither.
    """
    if _FINGERPRINT.fullmatch(text):
        return Pin(text)
    data = _read(Path(text))
    if data is None:
        raise ConfigurationError(f"{text} is neither a fingerprint (SHA256:…) nor a file")
    try:
        if data.startswith(b"ssh-"):
            return Pin(PublicKey.from_text(data.decode("ascii", "replace").strip()).fingerprint)
        return Pin(read_adoption(data).root.fingerprint)
    except IdentityRefused:
        raise ConfigurationError(f"{text} holds neither a root's public key nor an organisation") from None


def adopt(state: Path, adoption: bytes) -> None:
    """Pin an organisation's root from now on.

    Raises:
        ConfigurationError: the state folder cannot be written.
    """
    beside = state / f".{ORGANISATION}.{secrets.token_hex(8)}"
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(adoption)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(state / ORGANISATION)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigurationError(f"{state} cannot be written: {error.strerror}") from None


def _settings(path: Path) -> Settings:
    try:
        return msgspec.toml.decode(_read(path) or b"", type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _adopted(path: Path) -> Adoption | None:
    data = _read(path)
    try:
        return None if data is None else read_adoption(data)
    except IdentityRefused as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(ADOPTION_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _beside(key: Path | None) -> Path | None:
    """Return where OpenSSH looks for the certificate of a key."""
    return key.with_name(f"{key.name}-cert.pub") if key else None


def _identity_beside(key: Path | None) -> Path | None:
    found = key.with_name("identity.txt") if key else None
    return found if found and found.is_file() else None
