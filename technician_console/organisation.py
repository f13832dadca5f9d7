"""The organisation that this console works for: its root is pinned, its profile renewed.

The root is taken once, from the file that a technician is handed
(`NAME.byleave`). From then on a profile counts if that root has signed it and
its version is not lower than any that was seen.
"""

from dataclasses import dataclass
from pathlib import Path

from session.errors import ConfigurationError, IdentityRefused
from session.keys import PublicKey
from session.profile import (
    ADOPTION_LIMIT,
    Adoption,
    Profile,
    open_profile,
    profile_digest,
    read_adoption,
    read_profile,
    write_adoption,
)
from session.signatures import Namespace, verify
from technician_console.state_folder import ORGANISATION, StateFolder


@dataclass(frozen=True)
class Organisation:
    """A pinned root and the newest profile that it has signed.

    Args:
        root: the pinned key.
        profile: what the profile says.
        data: its bytes.
        signature: the root's signature over them, armored.
    """

    root: PublicKey
    profile: Profile
    data: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the profile's bytes, by which statements name it."""
        return profile_digest(self.data)

    def check(self, at: float) -> None:
        """Refuse a profile that has expired.

        Args:
            at: now, in seconds since 1970.

        Raises:
            IdentityRefused: it has.
        """
        if at >= self.profile.expires.timestamp():
            raise IdentityRefused("the organisation's profile has expired; ask the office for a new one")

    def renewed(self, data: bytes, signature: bytes, at: float) -> "Organisation":
        """Return the organisation with a newer profile, or as it is if that one is not newer.

        Args:
            data: a profile, from whomever.
            signature: the root's signature over it, armored.
            at: now, in seconds since 1970.

        Raises:
            IdentityRefused: another root signed it, or it is malformed or expired.
        """
        if data == self.data:
            return self
        profile = open_profile(data, signature, self.root, at=at)
        if profile.version <= self.profile.version:
            return self
        return Organisation(self.root, profile, data, signature)


def known(folder: StateFolder) -> Organisation | None:
    """Return the organisation that was pinned before, None on the first day.

    Raises:
        IdentityRefused: the file was changed.
    """
    data = folder.read(ORGANISATION)
    return None if data is None else _checked(read_adoption(data))


def pinned(folder: StateFolder, file: Path | None) -> Organisation:
    """Return the organisation to work for, and remember it.

    Args:
        folder: the state folder.
        file: an adoption file; None for the organisation that is known.

    Raises:
        ConfigurationError: none is known and no file is given, or the file is another organisation's.
        IdentityRefused: the file is no adoption file, or its profile is not its root's.
    """
    before = known(folder)
    if file is None:
        if before is None:
            raise ConfigurationError(
                "which organisation? Name the file that you were handed: --profile NAME.byleave"
            )
        return before
    offered = _checked(read_adoption(_read(file)))
    if before is None:
        remember(folder, offered)
        return offered
    if offered.root != before.root:
        raise ConfigurationError(
            f"{folder.path} belongs to {before.profile.name} ({before.root.fingerprint}); "
            "for another organisation name another folder with --state"
        )
    if offered.profile.version <= before.profile.version:
        return before
    remember(folder, offered)
    return offered


def remember(folder: StateFolder, organisation: Organisation) -> None:
    """Keep this root and this profile; raises as `StateFolder.write`."""
    adoption = Adoption(organisation.root, organisation.data, organisation.signature)
    folder.write(ORGANISATION, write_adoption(adoption))


def _checked(adoption: Adoption) -> Organisation:
    # Its age is looked at when a session begins: an old file may still lead to a newer profile.
    verify(adoption.profile, adoption.signature, Namespace.PROFILE, key=adoption.root)
    profile = read_profile(adoption.profile)
    return Organisation(adoption.root, profile, adoption.profile, adoption.signature)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(ADOPTION_LIMIT + 1)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
