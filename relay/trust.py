"""Whom the relay believes: the organisation's profile and its newest revocation list.

The relay's own check keeps strangers out; it protects nobody else. The agent
checks everything again, with the root that it has pinned.
"""

import base64
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from relay import durable
from relay.failures import Refusal
from session import rendezvous
from session.certificates import Certificate, Kind, admit, read
from session.errors import ConfigurationError, IdentityRefused, RoomRefused
from session.keys import PublicKey
from session.profile import Profile, read_profile
from session.revocation import FRESH_SECONDS, RevocationList, open_revocation_list
from session.signatures import Namespace, open_container, verify, verify_container

_log = logging.getLogger("byleave.relay.trust")

PAGES = ("profile.toml", "profile.toml.sig", "allowed_signers", "log.vkey", "log.pem", "auditors.txt")
REFRESHED = ("profile.toml.sig", "krl", "krl.sig")
"""What `refresh` looks into."""

LOOK_SECONDS = 60.0
"""So often it does so whatever the files' times say; a clock that was set can make two alike."""

READABLE = 0o644


class Revocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A revocation list and its signature, as they are handed over together.

    Args:
        krl: the list, base64.
        signature: armored SSHSIG of the status key.
    """

    krl: str
    signature: str

    @property
    def data(self) -> bytes:
        """The list's bytes.

        Raises:
            Refusal: it is not base64.
        """
        try:
            return base64.b64decode(self.krl, validate=True)
        except ValueError:
            raise Refusal("malformed", "the list is not base64") from None


@dataclass(frozen=True, slots=True)
class _Known:
    """A revocation list that the status key has signed."""

    data: bytes
    signature: bytes
    read: RevocationList


class Trust:
    """The relay's `trust/` folder.

    Args:
        folder: where the organisation has put its public files.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: the profile is missing or malformed.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._looked_at: tuple[bytes, bytes] | None = None
        # As words: this is asked every second, and to put a path together takes longer than to ask.
        self._refreshed = tuple(str(folder / name) for name in REFRESHED)
        self._files_as_of: tuple[object, ...] = ()
        self._looked = 0.0
        self._profile = self._read_profile()
        self._profile_signature = (folder / "profile.toml.sig").read_bytes()
        self._known = self._newest()

    @property
    def profile(self) -> Profile:
        """The organisation's profile."""
        return self._profile

    @property
    def krl_time(self) -> float | None:
        """When the revocation list was made; None if there is none."""
        return None if self._known is None else float(self._known.read.generated)

    def reload(self) -> None:
        """Read the folder again; raises as the constructor, and then keeps what it has."""
        self._profile = self._next_profile()
        self._known = self._newest()

    def changed(self) -> bool:
        """Tell whether there may be something for `refresh` to take since the last time; reads no file."""
        now, found = time.monotonic(), tuple(map(_state, self._refreshed))
        if found == self._files_as_of and now - self._looked < LOOK_SECONDS:
            return False
        self._files_as_of, self._looked = found, now
        return True

    def refresh(self) -> None:
        """Take what the organisation has put into the folder by itself: a newer list, another profile.

        Raises:
            ConfigurationError: the profile there is not good; the known one stays.
            OSError: the folder cannot be read.
        """
        self._refresh_profile()
        found = self._files()
        if found is None or found == self._looked_at:
            return
        self._looked_at = found
        placed = self._placed()
        if placed is not None and (self._known is None or placed.read.generated > self._known.read.generated):
            self._known = placed

    def page(self, name: str) -> bytes:
        """Return one file of the folder.

        Raises:
            Refusal: it is not one of the public ones, or not there.
        """
        if name in {"krl", "krl.sig"}:
            if self._known is None:
                raise Refusal("not-found", "no revocation list")
            return self._known.data if name == "krl" else self._known.signature
        if name not in PAGES:
            raise Refusal("not-found")
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            raise Refusal("not-found", name) from None

    def admit_to_room(self, wish: rendezvous.OpenRoom, nonce: str) -> Certificate:
        """Check who wants to open a room.

        Raises:
            RoomRefused: `not-certified` or `revoked`.
        """
        try:
            signed = rendezvous.signed_bytes(nonce, wish.resume)
            return self.admit(wish.certificate, wish.signature, signed, Namespace.ROOM, "technician")
        except IdentityRefused as refused:
            _log.info("not admitted: %s", refused)
            revoked = self._is_revoked(wish.certificate)
            raise RoomRefused("revoked" if revoked else "not-certified") from None

    def admit(
        self, certificate: str, signature: str, signed: bytes, namespace: Namespace, kind: Kind
    ) -> Certificate:
        """Check a certificate, and that its key has signed some bytes just now.

        Args:
            certificate: OpenSSH text.
            signature: armored, naming the certificate or its bare key.
            signed: what must have been signed.
            namespace: what for.
            kind: what its holder must be.

        Raises:
            IdentityRefused: one of it is not good.
        """
        found = self.counting(certificate, kind)
        container = open_container(signature, namespace)
        if container.signer not in {found.blob, found.key.blob}:
            raise IdentityRefused("the signature is by another key")
        verify_container(container, signed, found.key)
        return found

    def counting(self, certificate: str | bytes, kind: Kind) -> Certificate:
        """Check that a certificate counts now; raises as `admit`."""
        if self._known is None:
            raise IdentityRefused("there is no revocation list yet")
        return admit(
            certificate,
            authorities=self._profile.authorities,
            at=self._clock(),
            krl=self._known.read,
            kind=kind,
        )

    def verify_signed(self, signed: bytes, signature: str, namespace: Namespace, kind: Kind) -> Certificate:
        """Check a signature that carries its certificate; raises as `admit`."""
        signer = read(open_container(signature, namespace).signer)
        return self.admit(signer.text, signature, signed, namespace, kind)

    def take_krl(self, revocations: Revocations) -> None:
        """Accept a newer revocation list, durably.

        Raises:
            Refusal: the status key did not sign it, or it is not newer, or from the future.
            OSError: it could not be stored; the older one stays.
        """
        data = revocations.data
        try:
            known = self._checked(data, revocations.signature.encode())
        except IdentityRefused as refused:
            raise Refusal("not-signed", str(refused)) from None
        if self._known is not None and known.read.generated <= self._known.read.generated:
            raise Refusal("not-newer")
        if known.read.generated > self._clock() + FRESH_SECONDS:
            # It would keep every right one out until then.
            raise Refusal("malformed", "the list was made in the future")
        # Both or none: two files cannot be replaced at once, so one file holds the pair.
        durable.replace(self._pair_path, msgspec.json.encode(revocations))
        self._publish(known)
        self._known = known

    def _refresh_profile(self) -> None:
        signature = (self._folder / "profile.toml.sig").read_bytes()
        if signature != self._profile_signature:
            # Whatever comes of it, it is looked at once.
            self._profile_signature = signature
            self._profile = self._next_profile()

    def _next_profile(self) -> Profile:
        found = self._read_profile()
        if found.log_key != self._profile.log_key:
            raise ConfigurationError("the log's key cannot change while the relay runs")
        return found

    @property
    def _pair_path(self) -> Path:
        return self._folder.parent / "krl.json"

    def _read_profile(self) -> Profile:
        try:
            data = (self._folder / "profile.toml").read_bytes()
            signature = (self._folder / "profile.toml.sig").read_bytes()
            root = PublicKey.from_text((self._folder.parent / "root.pub").read_text())
            # Its expiry is for the agents to judge; evidence can be read after it.
            verify(data, signature, Namespace.PROFILE, key=root)
            return read_profile(data)
        except (OSError, IdentityRefused) as error:
            raise ConfigurationError(f"the relay's profile cannot be used: {error}") from None

    def _newest(self) -> _Known | None:
        found = [known for known in (self._taken(), self._placed()) if known is not None]
        newest = max(found, key=lambda known: known.read.generated, default=None)
        if newest is not None:
            self._publish(newest)
        return newest

    def _taken(self) -> _Known | None:
        try:
            pair = msgspec.json.decode(self._pair_path.read_bytes(), type=Revocations)
            return self._checked(pair.data, pair.signature.encode())
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, Refusal, IdentityRefused) as error:
            _log.warning("the stored revocation list is not good: %s", error)
            return None

    def _placed(self) -> _Known | None:
        found = self._files()
        if found is None:
            return None
        try:
            return self._checked(*found)
        except IdentityRefused as error:
            _log.warning("trust/krl is not good: %s", error)
            return None

    def _files(self) -> tuple[bytes, bytes] | None:
        try:
            return (self._folder / "krl").read_bytes(), (self._folder / "krl.sig").read_bytes()
        except FileNotFoundError:
            return None

    def _checked(self, data: bytes, signature: bytes) -> _Known:
        read_list = open_revocation_list(data, signature, status_key=self._profile.status)
        return _Known(data, signature, read_list)

    def _publish(self, known: _Known) -> None:
        for name, content in (("krl.sig", known.signature), ("krl", known.data)):
            path = self._folder / name
            if not path.is_file() or path.read_bytes() != content:
                durable.replace(path, content, READABLE)

    def _is_revoked(self, certificate: str) -> bool:
        """Tell whether a certificate is refused for no other reason than the revocation list."""
        if self._known is None:
            return False
        try:
            found = admit(
                certificate,
                authorities=self._profile.authorities,
                at=self._clock(),
                krl=None,
                kind="technician",
            )
        except IdentityRefused:
            return False
        return self._known.read.revokes(found.key, found.authority, found.serial, found.name)


def _state(path: str) -> tuple[int, int, int] | None:
    """Return what is different once a file was written or replaced; None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
