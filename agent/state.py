"""What the agent keeps on this computer between sessions.

STATE/  organisation.byleave    root, profile and signature, as adopted or renewed
        device_key  person.age  private; they never leave this computer
        sessions/SID/           see `agent.spool`
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.spool import Spool, write_durably
from session import keys, sealing
from session.errors import ConfigurationError
from session.keys import PrivateKey
from session.profile import (
    ADOPTION_LIMIT,
    Adoption,
    Profile,
    open_profile,
    profile_digest,
    read_adoption,
    write_adoption,
)
from session.sealing import Identity


@dataclass(frozen=True)
class Adopted:
    """The organisation that this computer trusts."""

    adoption: Adoption
    profile: Profile

    @property
    def digest(self) -> str:
        """SHA-256 of the profile file."""
        return profile_digest(self.adoption.profile)


class Home:
    """The agent's state folder.

    Args:
        folder: is made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock: IO[bytes] | None = None

    def lock(self) -> None:
        """Be the only agent that uses this folder, until the process ends.

        Raises:
            ConfigurationError: another agent does.
        """
        file = open(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise ConfigurationError("Byleave is running already on this desktop") from None
        self._lock = file

    def adopted(self, at: float) -> Adopted | None:
        """Return the adopted organisation, None when there is none.

        Raises:
            IdentityRefused: its profile has expired or was changed.
        """
        try:
            adoption = read_adoption((self.folder / "organisation.byleave").read_bytes()[:ADOPTION_LIMIT])
        except FileNotFoundError:
            return None
        return Adopted(adoption, open_profile(adoption.profile, adoption.signature, adoption.root, at=at))

    def adopt(self, adoption: Adoption) -> None:
        """Trust this organisation from now on; the caller has checked it and asked."""
        write_durably(self.folder / "organisation.byleave", write_adoption(adoption))

    def device_key(self) -> PrivateKey:
        """Return this computer's key, made at first use."""
        path = self.folder / "device_key"
        if not path.exists():
            write_durably(path, keys.export_private(keys.generate("byleave device")))
        return keys.load_private(path.read_bytes())

    def person(self) -> Identity:
        """Return the person's age identity, made at first use."""
        path = self.folder / "person.age"
        if not path.exists():
            identity, _ = sealing.new_identity()
            write_durably(path, f"{identity}\n".encode())
        return sealing.identity_from_text(path.read_text("ascii"))

    def spool(self, sid: str) -> Spool:
        """Return the folder of one session."""
        return Spool(self.folder / "sessions" / sid, sid)

    def spools(self) -> list[Spool]:
        """Return the folders of all sessions that are still here."""
        folders = sorted((self.folder / "sessions").glob("*"))
        return [Spool(folder, folder.name) for folder in folders if folder.is_dir()]
