"""The agent's settings, read once; the only place that looks at the environment.

Nothing here can select an organisation, a relay or an auditor: those come from
the signed profile alone.
"""

import locale
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from session.errors import ConfigurationError


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `agent.toml` may hold."""

    language: str = ""
    log_level: str = "info"


@dataclass(frozen=True)
class Config:
    """What the agent runs with.

    Attributes:
        state: folder for keys, the adopted organisation and unfinished sessions.
        languages: locale names, the most wanted first.
        display: the X display, None where there is none.
        log_level: `debug`, `info`, `warning` or `error`.
    """

    state: Path
    languages: tuple[str, ...]
    display: str | None
    log_level: str


def read(state: Path | None = None) -> Config:
    """Read the settings.

    Args:
        state: another state folder than the usual one.

    Raises:
        ConfigurationError: a key is unknown, or a value cannot be.
    """
    folder = state or Path(platformdirs.user_state_path("byleave", appauthor=False)) / "agent"
    path = Path(platformdirs.user_config_path("byleave", appauthor=False)) / "agent.toml"
    settings = Settings()
    if path.exists():
        try:
            settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
        except msgspec.DecodeError as error:
            raise ConfigurationError(f"{path}: {error}") from None
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise ConfigurationError(f"{path}: log_level is debug, info, warning or error")
    names = (settings.language, os.environ.get("LC_MESSAGES"), os.environ.get("LANG"), locale.getlocale()[0])
    return Config(
        state=folder,
        languages=tuple(name for name in names if name),
        display=os.environ.get("DISPLAY") or None,
        log_level=settings.log_level,
    )
