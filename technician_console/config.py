"""The console's settings: one frozen value, read once from the command line and the state folder.

Key and certificate are remembered, so that after the first time `byleave console`
is enough. The relay's address is never remembered by itself: without one, the
profile's counts.
"""

import json
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs
from msgspec import Struct

from session.errors import ConfigurationError
from session.profile import check_relay
from technician_console.state_folder import SETTINGS, StateFolder


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What `settings.toml` in the state folder may say.

    Args:
        key: path of the technician's private key.
        certificate: path of its certificate.
        relay: another address of the relay than the profile's; empty for that one.
        log: how much goes into the log file.
    """

    key: str = ""
    certificate: str = ""
    relay: str = ""
    log: Literal["warning", "info", "debug"] = "info"


class Config(Struct, frozen=True):
    """Everything that can be set.

    Args:
        state: the state folder.
        settings: the remembered settings, with what the command line says on top.
        profile: an adoption file to take the organisation from, or None for the one that is known.
    """

    state: Path
    settings: Settings
    profile: Path | None = None


def default_state() -> Path:
    """Return the state folder that counts when none is named."""
    return platformdirs.user_state_path("byleave", appauthor=False) / "console"


def load(
    state: Path | None = None,
    *,
    key: Path | None = None,
    certificate: Path | None = None,
    profile: Path | None = None,
    relay: str | None = None,
) -> Config:
    """Return the settings; what is given here goes before what is remembered.

    Raises:
        ConfigurationError: the state folder cannot be used, `settings.toml` has an unknown
            key or a value that cannot be, or the relay's address may not be used.
    """
    folder = StateFolder(state or default_state())
    settings = _remembered(folder)
    if key is not None:
        # Another key never goes with the certificate of the one before.
        settings = msgspec.structs.replace(
            settings, key=str(key.absolute()), certificate=str(_beside(key).absolute())
        )
    if certificate is not None:
        settings = msgspec.structs.replace(settings, certificate=str(certificate.absolute()))
    if relay is not None:
        settings = msgspec.structs.replace(settings, relay=relay)
    if settings.relay:
        check_relay(settings.relay)
    return Config(folder.path, settings, profile or _lone_adoption(key))


def remember(folder: StateFolder, *, key: str, certificate: str) -> None:
    """Remember which key and certificate were good, and leave all other settings as they are.

    Raises:
        ConfigurationError: the settings cannot be read or written.
    """
    before = _remembered(folder)
    after = msgspec.structs.replace(before, key=key, certificate=certificate)
    if after != before:
        folder.write(SETTINGS, _toml(after))


def _remembered(folder: StateFolder) -> Settings:
    try:
        return msgspec.toml.decode(folder.read(SETTINGS) or b"", type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{folder.path / SETTINGS}: {error}") from None


def _beside(key: Path) -> Path:
    """Return where OpenSSH looks for the certificate of a key."""
    return key.with_name(f"{key.name}-cert.pub")


def _lone_adoption(key: Path | None) -> Path | None:
    """Return the adoption file that was handed over together with the key, if there is exactly one."""
    found = sorted(key.absolute().parent.glob("*.byleave")) if key is not None else []
    return found[0] if len(found) == 1 else None


def _toml(settings: Settings) -> bytes:
    fields = msgspec.structs.asdict(settings)
    # A JSON text is a TOML text, but for DEL, which JSON leaves as it is.
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for name, value in fields.items()
        if value
    ]
    return "".join(f"{line}\n" for line in lines).encode()
